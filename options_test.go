package onebot_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// The largest duration is how a program says "never".
func TestOptions_largestDurations(t *testing.T) {
	t.Parallel()
	const forever = time.Duration(math.MaxInt64)
	srv := onebottest.NewServer(t, onebottest.NapCat)
	for name, opt := range map[string]onebot.Option{
		"call timeout": onebot.WithCallTimeout(forever), "drain": onebot.WithDrain(forever), "outcome": onebot.WithOutcomeCheck(forever),
		"catch up": onebot.WithCatchUp(onebot.CatchUp{Timeout: forever}), "reconnect": onebot.WithReconnect(onebot.Backoff{Min: 1, Max: forever}),
		"rate": onebot.WithRateLimit(onebot.Rate{Every: forever}, onebot.Rate{Every: forever}),
	} {
		for _, url := range []string{srv.URL(), srv.HTTPURL()} {
			c := dial(t, url, opt)
			_, err := c.SendGroupMsg(t.Context(), onebot.GroupID(onebottest.Group1), onebot.Text("hi"))
			require.NoError(t, err, "%s over %s", name, url)
			require.NoError(t, c.Close())
		}
	}
	assert.Len(t, srv.Sent(), 12)
}

// What Run of a client without events asks for must not be given in vain.
func TestNew_eventsOfAnother(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]onebot.Option{
		"source": onebot.WithEventSource(answers(nil)), "url": onebot.WithEventURL("ws://127.0.0.1:1"),
	} {
		d := answers(nil)
		_, err := onebot.New(d, opt)
		require.ErrorIs(t, err, onebot.ErrInvalidArgument, name)
		assert.Contains(t, err.Error(), "transport.Join", name)
		assert.Equal(t, 1, d.closed, name)
	}
}

func TestWithDialRetry_endOfContext(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"ws://127.0.0.1:1", "http://127.0.0.1:1"} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := onebot.Dial(ctx, url, onebot.WithDialRetry(), onebot.WithReconnect(onebot.Backoff{Min: time.Hour, Max: time.Hour}), onebot.WithLogger(quiet()))
		for _, want := range []error{onebot.ErrNotSent, onebot.ErrNotConnected, context.DeadlineExceeded} {
			require.ErrorIs(t, err, want, url)
		}
	}
}

func TestWithInterceptor_givesNil(t *testing.T) {
	t.Parallel()
	c := newClient(t, answers(map[string]string{"x": "1"}), onebot.WithInterceptor(
		func(next onebot.Invoker) onebot.Invoker { return next },
		func(onebot.Invoker) onebot.Invoker { return nil },
	))
	_, err := c.Call(t.Context(), "x", nil)
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	assert.Equal(t, 1, classes(err))
	for _, err := range c.CallStream(t.Context(), "x", nil) {
		require.ErrorIs(t, err, onebot.ErrInvalidArgument)
		assert.Equal(t, 1, classes(err))
	}
}
