package onebot_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/onebot-go/onebot"
)

// brokenError has methods that panic, as those of a struct with a nil error inside do.
type brokenError struct{ inner error }

func (e brokenError) Error() string        { return e.inner.Error() }
func (e brokenError) Is(target error) bool { return e.inner.Error() == target.Error() }

// A handler that returns a nil pointer as its error returns an error that is not nil and whose methods panic: that is the handler's failure,
// and not the end of the program.
func TestHandler_brokenErrors(t *testing.T) {
	t.Parallel()
	for name, handle := range map[string]func() error{
		"nil pointer": func() error {
			var failed *onebot.ForwardError
			errors.As(errors.New("another one"), &failed)
			return failed
		},
		"nil inside": func() error { return brokenError{} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log lockedBuffer
			d := answers(nil)
			bubble(t, d, func(t *testing.T, c *onebot.Client) {
				got := 0
				c.OnMessage(func(context.Context, *onebot.MessageEvent) error { return handle() })
				c.OnChatMessage(func(context.Context, *onebot.ChatMessage) error { return handle() })
				c.OnMessage(func(context.Context, *onebot.MessageEvent) error { got++; return nil })
				d.push(privateText(1, 1, "a"))
				d.push(privateText(1, 2, "b"))
				synctest.Wait()
				assert.Equal(t, 2, got)
				assert.Contains(t, log.String(), "handler failed")
				assert.Contains(t, log.String(), "nil pointer")
			}, onebot.WithLogger(logTo(&log)))
		})
	}
}
