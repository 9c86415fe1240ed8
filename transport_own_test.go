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

// parts is a transport whose CallStream a test writes.
type parts struct {
	*double

	stream func(part func(*transport.Response) bool) error
}

func (p parts) CallStream(_ context.Context, _ transport.Request, part func(*transport.Response) bool) error {
	return p.stream(part)
}

// partsOf ranges over a call in parts, as far as limit.
func partsOf(c *onebot.Client, limit int) (got []string, failure error) {
	for resp, err := range c.CallStream(context.Background(), "x", nil) {
		if err != nil {
			return got, err
		}
		if got = append(got, string(resp.Data)); len(got) == limit {
			break
		}
	}
	return got, nil
}

func TestClient_CallStream_oddTransports(t *testing.T) {
	t.Parallel()
	deaf := parts{answers(nil), func(part func(*transport.Response) bool) error {
		for _, data := range []string{"1", "2", `{"`, "3"} {
			part(okResponse(data))
		}
		return nil
	}}
	c := newClient(t, deaf)
	got, err := partsOf(c, 1)
	require.NoError(t, err)
	assert.Equal(t, []string{"1"}, got, "the loop was left")
	got, err = partsOf(c, 9)
	require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
	assert.Equal(t, []string{"1", "2"}, got, "the third part is broken")

	silent := parts{answers(nil), func(func(*transport.Response) bool) error { return nil }}
	got, err = partsOf(newClient(t, silent), 9)
	require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
	assert.Equal(t, 1, classes(err))
	assert.Empty(t, got)
}

// An interceptor that answers by itself, from a cache for example, does so for every call.
func TestClient_CallStream_answeredByAnInterceptor(t *testing.T) {
	t.Parallel()
	cached := okResponse("1")
	cache := func(onebot.Invoker) onebot.Invoker {
		return func(context.Context, transport.Request) (*transport.Response, error) { return cached, nil }
	}
	c := newClient(t, answers(nil), onebot.WithInterceptor(cache))
	got, err := partsOf(c, 9)
	require.NoError(t, err)
	assert.Equal(t, []string{"1"}, got)
	cached = nil
	_, err = partsOf(c, 9)
	require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
}

// One answer may be given to all calls, of several goroutines too.
func TestNew_sharedResponse(t *testing.T) {
	t.Parallel()
	shared := &transport.Response{Status: "ok"}
	c := newClient(t, newDouble(func(context.Context, transport.Request) (*transport.Response, error) { return shared, nil }))
	resp, err := c.Call(t.Context(), "x", nil)
	require.NoError(t, err)
	assert.Equal(t, "null", string(resp.Data))
	assert.Nil(t, shared.Data, "it is read by another call at the same time")
}
