package onebot_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
)

// A transport of the user's own may try two ways, or ask another client, and tell of both: what the caller gets has one class, and
// nothing that may have gone out is sent again.
func TestNew_errorsOfSeveralClasses(t *testing.T) {
	t.Parallel()
	refusal := &onebot.ActionError{Action: "x", Status: "failed", Retcode: 100}
	page := &transport.HTTPError{Status: 429}
	for name, c := range map[string]struct {
		err     error
		refused bool
	}{
		"first lost, second not connected": {
			err: errors.Join(transport.ErrOutcomeUnknown, fmt.Errorf("%w: %w: %w", transport.ErrNotSent, transport.ErrNotConnected, page)),
		},
		"first not connected, second lost": {
			err: fmt.Errorf("%w: %w: %w: %w", transport.ErrNotSent, transport.ErrNotConnected, page, transport.ErrOutcomeUnknown),
		},
		"refused and lost":     {err: fmt.Errorf("%w: %w: %w: %w", refusal, transport.ErrNotConnected, page, transport.ErrOutcomeUnknown)},
		"refused and not sent": {err: fmt.Errorf("%w: %w: %w: %w", refusal, transport.ErrNotConnected, page, transport.ErrNotSent)},
		"refused":              {err: fmt.Errorf("%w: %w: %w", refusal, transport.ErrNotConnected, page), refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDouble(func(context.Context, transport.Request) (*transport.Response, error) { return nil, c.err })
			client := newClient(t, d, onebot.WithInterceptor(onebot.RetryUnsent(3, onebot.Backoff{Min: 1, Max: 1})))
			_, err := client.SendGroupMsg(t.Context(), 1, onebot.Text("x"))
			require.ErrorContains(t, err, c.err.Error())
			assert.Equal(t, 1, classes(err))
			assert.Equal(t, !c.refused, errors.Is(err, onebot.ErrOutcomeUnknown))
			require.ErrorIs(t, err, onebot.ErrNotConnected, "the cause")
			var he *transport.HTTPError
			require.ErrorAs(t, err, &he)
			assert.Len(t, d.sent(), 1)
		})
	}
}
