package onebot_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/onebot-go/onebot"
)

// Middleware that waits before it goes on must not let a handler start that was removed meanwhile.
func TestWithHandlerMiddleware_offWhileItWaits(t *testing.T) {
	t.Parallel()
	var gate chan struct{}
	waits := func(next onebot.Handler) onebot.Handler {
		return func(ctx context.Context, ev onebot.Event) error {
			<-gate
			return next(ctx, ev)
		}
	}
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		gate = make(chan struct{})
		removed, stays := 0, 0
		off := c.OnMessage(func(context.Context, *onebot.MessageEvent) error { removed++; return nil })
		c.OnMessage(func(context.Context, *onebot.MessageEvent) error { stays++; return nil })
		d.push(groupText(7, 1, 1, "x"))
		synctest.Wait()
		off()
		close(gate)
		synctest.Wait()
		assert.Zero(t, removed, "off had returned")
		assert.Equal(t, 1, stays)
	}, onebot.WithHandlerMiddleware(waits))
}
