package onebot_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport"
)

// An interceptor that ends its goroutine, as a failing assertion of a test does, ends no more than the reading that it was called for.
func TestWithCatchUp_goexit(t *testing.T) {
	t.Parallel()
	broken := true
	opts := append(catchingUp(onebot.CatchUp{}), onebot.WithLogger(quiet()), onebot.WithInterceptor(func(next onebot.Invoker) onebot.Invoker {
		return func(ctx context.Context, req transport.Request) (*transport.Response, error) {
			if req.Action == "get_group_msg_history" && broken {
				broken = false
				runtime.Goexit()
			}
			return next(ctx, req)
		}
	}))
	inMemory(t, onebottest.NapCat, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		var got heard
		c.OnMessage(got.add)
		runClient(t, c)
		srv.Say(onebottest.Group1, onebottest.Friend2, "before")
		got.settled(time.Minute)
		away(srv, func() { srv.Say(onebottest.Group1, onebottest.Friend2, "missed 1") })
		back(c)
		srv.Say(onebottest.Group1, onebottest.Friend2, "live")
		assert.Equal(t, []string{"live"}, got.settled(time.Minute))
		away(srv, func() { srv.Say(onebottest.Group1, onebottest.Friend2, "missed 2") })
		srv.Say(onebottest.Group1, onebottest.Friend2, "missed 3")
		assert.Equal(t, []string{"missed 1*", "missed 2*", "missed 3*"}, got.settled(time.Minute))
	})
}
