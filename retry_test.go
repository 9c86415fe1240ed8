package onebot_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport"
)

// failing makes a double whose calls fail with the given errors, one after the other, and then succeed; nil is an answer that says
// failed.
func failing(errs ...error) *double {
	n := 0
	return newDouble(func(context.Context, transport.Request) (*transport.Response, error) {
		if n++; n <= len(errs) {
			if errs[n-1] == nil {
				return &transport.Response{Status: "failed", Retcode: 100, Data: []byte("null")}, nil
			}
			return nil, errs[n-1]
		}
		return okResponse(`{"message_id":7}`), nil
	})
}

func wrap(errs ...error) error {
	if len(errs) == 1 {
		return fmt.Errorf("double: %w", errs[0])
	}
	return fmt.Errorf("double: %w: %w", errs[0], errs[1])
}

func TestRetry_whatIsRepeated(t *testing.T) {
	t.Parallel()
	status := func(code int) error { return &transport.HTTPError{Status: code} }
	for _, tt := range []struct {
		name        string
		err         error
		read, write bool
	}{
		{"not connected", wrap(onebot.ErrNotSent, onebot.ErrNotConnected), true, true},
		{"429", wrap(onebot.ErrNotSent, status(429)), true, true},
		{"connection lost on the way", errLost, true, false},
		{"429, outcome unknown", wrap(onebot.ErrOutcomeUnknown, status(429)), true, false},
		{"not connected and closed", errors.Join(onebot.ErrNotSent, onebot.ErrNotConnected, onebot.ErrClosed), false, false},
		{"503", wrap(onebot.ErrOutcomeUnknown, status(503)), true, false},
		{"outcome unknown", wrap(onebot.ErrOutcomeUnknown), true, false},
		{"an error of no class", wrap(context.DeadlineExceeded), true, false},
		{"not sent, for no reason that passes", wrap(onebot.ErrNotSent), true, false},
		{"refused", nil, false, false},
		{"invalid argument", wrap(onebot.ErrNotSent, onebot.ErrInvalidArgument), false, false},
		{"unsupported", wrap(onebot.ErrNotSent, onebot.ErrUnsupported), false, false},
		{"unauthorized", wrap(onebot.ErrNotSent, onebot.ErrUnauthorized), false, false},
		{"closed", wrap(onebot.ErrNotSent, onebot.ErrClosed), false, false},
		{"closed, outcome unknown", wrap(onebot.ErrOutcomeUnknown, onebot.ErrClosed), false, false},
		{"withdrawn", wrap(onebot.ErrNotSent, onebot.ErrMessageWithdrawn), false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for action, repeated := range map[string]bool{
				"get_group_info": tt.read, "can_send_image": tt.read, "_get_group_notice": tt.read, "fetch_custom_face": tt.read,
				"get_updates": false, "get_event": false, "get_file_stream": false, "delete_msg": false, "set_group_ban": false,
				"upload_group_file": false, ".handle_quick_operation": false,
				"send_group_msg": tt.write, "send_like": tt.write, "send_private_forward_msg": tt.write,
			} {
				synctest.Test(t, func(t *testing.T) {
					d := failing(tt.err, tt.err)
					b := onebot.Backoff{Min: time.Second, Max: time.Second}
					c, err := onebot.New(d, onebot.WithLogger(quiet()), onebot.WithInterceptor(onebot.RetryReads(2, b), onebot.RetryUnsent(2, b)))
					require.NoError(t, err)
					defer func() { require.NoError(t, c.Close()) }()
					start := time.Now()
					_, err = c.Call(t.Context(), action, nil)
					if repeated {
						require.NoError(t, err, action)
						assert.Len(t, d.sent(), 3, action)
						assert.Equal(t, 2*time.Second, time.Since(start), "it waits in between")
						return
					}
					require.Error(t, err, action)
					assert.Len(t, d.sent(), 1, action)
					assert.Equal(t, 1, classes(err), action)
				})
			}
		})
	}
}

func TestRetry_bounds(t *testing.T) {
	t.Parallel()
	lost := wrap(onebot.ErrNotSent, onebot.ErrNotConnected)
	hour := onebot.Backoff{Min: time.Hour, Max: time.Hour}
	synctest.Test(t, func(t *testing.T) {
		d := failing(lost, lost, lost, lost)
		c := newClient(t, d, onebot.WithInterceptor(onebot.RetryUnsent(2, onebot.Backoff{Min: time.Second, Max: 4 * time.Second})))
		_, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("x"))
		require.ErrorIs(t, err, onebot.ErrNotConnected, "the last error as it came")
		assert.Len(t, d.sent(), 3)
		require.NoError(t, c.Close())
	})
	synctest.Test(t, func(t *testing.T) {
		asked := wrap(onebot.ErrNotSent, &transport.HTTPError{Status: 429, RetryAfter: 20 * time.Second})
		c := newClient(t, failing(asked), onebot.WithInterceptor(onebot.RetryUnsent(2, onebot.Backoff{Min: time.Second, Max: time.Second})))
		start := time.Now()
		_, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("x"))
		require.NoError(t, err)
		assert.Equal(t, 20*time.Second, time.Since(start), "Retry-After is honoured")
		require.NoError(t, c.Close())
	})
	synctest.Test(t, func(t *testing.T) {
		asked := wrap(onebot.ErrNotSent, &transport.HTTPError{Status: 429, RetryAfter: 5 * time.Minute})
		c := newClient(t, failing(asked, lost), onebot.WithInterceptor(onebot.RetryUnsent(2, onebot.Backoff{})))
		start := time.Now()
		_, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("x"))
		require.NoError(t, err)
		assert.Greater(t, time.Since(start), 5*time.Minute, "the zero Backoff waits, too")
		require.NoError(t, c.Close())
	})
	synctest.Test(t, func(t *testing.T) {
		asked := wrap(onebot.ErrNotSent, &transport.HTTPError{Status: 429, RetryAfter: 5*time.Minute + time.Second})
		c := newClient(t, failing(asked), onebot.WithInterceptor(onebot.RetryUnsent(2, onebot.Backoff{})))
		start := time.Now()
		_, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("x"))
		require.ErrorIs(t, err, onebot.ErrNotSent)
		assert.Zero(t, time.Since(start), "too long to wait for")
		require.NoError(t, c.Close())
	})
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, failing(lost, lost), onebot.WithInterceptor(onebot.RetryReads(5, hour)))
		short, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		_, err := c.Call(short, "get_status", nil)
		require.ErrorIs(t, err, onebot.ErrNotConnected)
		assert.Zero(t, time.Since(start), "the context would end within the wait")
		cancelled, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		_, err = c.Call(cancelled, "get_status", nil)
		require.ErrorIs(t, err, onebot.ErrNotConnected)
		assert.Equal(t, time.Minute, time.Since(start))
		require.NoError(t, c.Close())
	})
	for _, in := range []onebot.Interceptor{
		onebot.RetryReads(-1, hour), onebot.RetryUnsent(-1, hour), onebot.RetryReads(1, onebot.Backoff{Min: -1}), onebot.RetryUnsent(1, onebot.Backoff{Jitter: 2}),
	} {
		_, err := onebot.New(answers(nil), onebot.WithInterceptor(in))
		require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	}
	c := newClient(t, failing(lost), onebot.WithInterceptor(onebot.RetryReads(0, onebot.Backoff{})))
	_, err := c.Call(t.Context(), "get_status", nil)
	require.ErrorIs(t, err, onebot.ErrNotConnected, "0 repeats nothing")
}

// A send that was lost with its connection and shown not to have gone out is repeated; one that went out is not.
func TestRetryUnsent_withOutcomeCheck(t *testing.T) {
	t.Parallel()
	opts := []onebot.Option{onebot.WithOutcomeCheck(check), onebot.WithInterceptor(onebot.RetryUnsent(3, onebot.Backoff{}))}
	inMemory(t, onebottest.NapCat, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		srv.Fault(onebottest.DropBeforeAction().On("send_group_msg"), onebottest.DropBeforeReply().On("send_group_msg"))
		id, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("once"))
		require.NoError(t, err)
		require.Len(t, srv.Sent(), 1)
		assert.Equal(t, onebot.NewMessageID(srv.Sent()[0].MessageID), id)
		assert.Len(t, srv.CallsOf("send_group_msg"), 2)
	})
}

// A call that waits to be repeated ends when the client is closed, however long the server asked it to wait.
func TestRetry_close(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		later := wrap(onebot.ErrNotSent, &transport.HTTPError{Status: 429, RetryAfter: 4 * time.Minute})
		for _, action := range []string{"send_msg", "get_msg"} {
			slow := onebot.Backoff{Min: time.Minute, Max: time.Minute}
			c := newClient(t, failing(later, later), onebot.WithInterceptor(onebot.RetryReads(3, slow), onebot.RetryUnsent(3, slow)))
			time.AfterFunc(time.Second, func() { _ = c.Close() })
			start := time.Now()
			_, err := c.Call(t.Context(), action, nil)
			require.ErrorIs(t, err, onebot.ErrClosed, action)
			require.ErrorIs(t, err, onebot.ErrNotSent, action)
			assert.Equal(t, 1, classes(err), action)
			assert.Equal(t, time.Second, time.Since(start), action)
		}
	})
}
