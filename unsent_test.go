package onebot_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport"
)

// What comes before a send, or is asked when a client connects, and fails.

// answering makes a server that answers everything with one status and body; a body "hang" is none at all.
func answering(t *testing.T, status int, body string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body == "hang" {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
			return
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestDial_httpFailures(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		cause  error // what else it matches
	}{
		"bad gateway":       {http.StatusBadGateway, "<html>bad gateway</html>", onebot.ErrNotConnected},
		"some page":         {http.StatusOK, "<html>hello</html>", onebot.ErrNotConnected},
		"redirect":          {http.StatusTemporaryRedirect, "", onebot.ErrNotConnected},
		"too many requests": {http.StatusTooManyRequests, "", onebot.ErrNotConnected},
		"no answer":         {0, "hang", context.DeadlineExceeded},
		"wrong token":       {http.StatusUnauthorized, "", onebot.ErrUnauthorized},
		"forbidden":         {http.StatusForbidden, "", onebot.ErrUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := onebot.Dial(ctx, answering(t, tt.status, tt.body))
			require.ErrorIs(t, err, tt.cause)
			require.ErrorIs(t, err, onebot.ErrNotSent)
			require.NotErrorIs(t, err, onebot.ErrOutcomeUnknown)
			rejected := errors.Is(tt.cause, onebot.ErrUnauthorized)
			assert.NotEqual(t, rejected, errors.Is(err, onebot.ErrNotConnected))
			assert.NotContains(t, err.Error(), "outcome unknown")
			assert.Truef(t, strings.HasPrefix(err.Error(), "onebot: dial: get_version_info: "), "%v", err)
			var page *transport.HTTPError
			if tt.status >= 300 && !rejected {
				require.ErrorAs(t, err, &page)
				assert.Equal(t, tt.status, page.Status)
			}
		})
	}
}

func TestDial_anyOneBotAnswer(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]onebot.ServerInfo{
		`{"status":"ok","retcode":0,"data":[]}`:                       {},
		`{"status":"ok","retcode":0,"data":"x"}`:                      {},
		`{"status":"ok","retcode":0,"data":null}`:                     {},
		`{"status":"failed","retcode":100}`:                           {},
		`{"status":"ok","retcode":0,"data":{"app_name":5}}`:           {Name: "5"},
		`{"status":"ok","retcode":0,"data":{"protocol_version":11}}`:  {Protocol: "11"},
		`{"status":"ok","retcode":0,"data":{"app_name":"go-cqhttp"}}`: {Name: "go-cqhttp", Dialect: onebot.GoCQHTTP},
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			c, err := onebot.Dial(t.Context(), answering(t, http.StatusOK, body))
			require.NoError(t, err)
			info, err := c.Server(t.Context())
			require.NoError(t, err)
			assert.Equal(t, want, info)
			require.NoError(t, c.Close())
		})
	}
}

// source is a source of events that says whether it was closed.
type source struct{ closed atomic.Int32 }

func (*source) Receive(ctx context.Context, _ func(transport.Frame)) error {
	<-ctx.Done()
	return nil
}

func (s *source) Close() error {
	s.closed.Add(1)
	return nil
}

func TestDial_failedLeavesTheSource(t *testing.T) {
	t.Parallel()
	events := new(source)
	_, err := onebot.Dial(t.Context(), answering(t, http.StatusBadGateway, ""), onebot.WithEventSource(events))
	require.Error(t, err)
	assert.Zero(t, events.closed.Load(), "it is the user's still")
	c, err := onebot.Dial(t.Context(), onebottest.NewServer(t, onebottest.LLBot).HTTPURL(), onebot.WithEventSource(events))
	require.NoError(t, err)
	require.NoError(t, c.Close())
	assert.EqualValues(t, 1, events.closed.Load())
}

// A transport that somebody else has closed is a failure to tell, not an end.
func TestClient_Run_transportClosed(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	c := newClient(t, d)
	d.final <- transport.ErrClosed
	require.ErrorIs(t, c.Run(t.Context()), onebot.ErrClosed)
}

// A forward is not sent where the server could not be asked which it is.
func TestClient_preparationLost(t *testing.T) {
	t.Parallel()
	lost := errors.Join(onebot.ErrOutcomeUnknown, io.ErrUnexpectedEOF)
	d := newDouble(func(_ context.Context, req transport.Request) (*transport.Response, error) {
		if req.Action == "get_version_info" {
			return nil, lost
		}
		return okResponse(`{"message_id":1}`), nil
	})
	c := newClient(t, d)
	f := onebot.NewForward(onebot.CustomNode(1, "n", onebot.Text("x")))
	for action, call := range map[string]func() error{
		"send_group_forward_msg": func() error { _, err := c.SendGroupForwardMsg(t.Context(), 1, f); return err },
		"send_forward_msg":       func() error { _, err := c.UploadForward(t.Context(), f); return err },
		"send_private_msg": func() error {
			_, err := c.SendMsg(t.Context(), onebot.Chat{Group: 1, User: 2, Temp: true}, onebot.Text("x"))
			return err
		},
		"mark_msg_as_read": func() error { return c.MarkMsgAsRead(t.Context(), onebot.GroupChat(1), onebot.MessageRef{}) },
	} {
		err := call()
		require.ErrorIs(t, err, onebot.ErrNotSent, action)
		assert.Equal(t, 1, classes(err), action)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "the cause is told")
		require.ErrorContains(t, err, "onebot: "+action+": "+onebot.ErrNotSent.Error()+": ")
	}
	for _, call := range d.sent() {
		assert.Equal(t, "get_version_info", call.Action)
	}
}

// A server that never says which it is holds nothing up for long, and only once.
func TestClient_silentAboutItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDouble(func(ctx context.Context, req transport.Request) (*transport.Response, error) {
			if req.Action == "get_version_info" {
				<-ctx.Done()
				return nil, errors.Join(onebot.ErrOutcomeUnknown, ctx.Err())
			}
			return okResponse(`{"message_id":1}`), nil
		})
		c := newClient(t, d)
		start := time.Now()
		require.NoError(t, c.DeleteMsg(t.Context(), "7"))
		assert.Equal(t, 3*time.Second, time.Since(start))
		require.NoError(t, c.DeleteMsg(t.Context(), "8"))
		assert.Equal(t, 3*time.Second, time.Since(start), "it is not asked again")
		forward := func() {
			_, err := c.SendGroupForwardMsg(t.Context(), 1, onebot.NewForward(onebot.CustomNode(1, "n", onebot.Text("x"))))
			require.NoError(t, err)
		}
		forward()
		assert.Equal(t, 33*time.Second, time.Since(start), "a forward depends on the answer more")
		forward()
		assert.Equal(t, 33*time.Second, time.Since(start))

		d.watch(transport.Change{State: transport.StateLost})
		d.watch(transport.Change{State: transport.StateReady})
		require.NoError(t, c.DeleteMsg(t.Context(), "9"))
		assert.Equal(t, 36*time.Second, time.Since(start), "another one may stand there now")
	})
}

// What a server says late counts from then on, and silence for no longer than an answer would.
func TestClient_lateAboutItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var quiet atomic.Bool
		quiet.Store(true)
		d := newDouble(func(ctx context.Context, req transport.Request) (*transport.Response, error) {
			switch {
			case req.Action != "get_version_info":
				return okResponse(`"forward-id"`), nil
			case quiet.Load():
				<-ctx.Done()
				return nil, errors.Join(onebot.ErrOutcomeUnknown, ctx.Err())
			}
			return okResponse(`{"app_name":"Lagrange.OneBot"}`), nil
		})
		upload := func(c *onebot.Client) error {
			_, err := c.UploadForward(t.Context(), onebot.NewForward(onebot.CustomNode(1, "n", onebot.Text("x"))))
			return err
		}
		told := newClient(t, d)
		require.ErrorIs(t, upload(told), onebot.ErrUnsupported)
		quiet.Store(false)
		require.ErrorIs(t, upload(told), onebot.ErrUnsupported, "not asked again so soon")
		_, err := told.Server(t.Context())
		require.NoError(t, err)
		require.NoError(t, upload(told))
		require.NoError(t, told.Close())

		quiet.Store(true)
		d.ready, d.final = make(chan struct{}), make(chan error, 1)
		waited := newClient(t, d)
		require.ErrorIs(t, upload(waited), onebot.ErrUnsupported)
		quiet.Store(false)
		sleep(5*time.Minute + time.Second)
		require.NoError(t, upload(waited))
	})
}

// A file may come from a call, whose failure is not that of the send.
func TestFileOpen_errorOfACall(t *testing.T) {
	t.Parallel()
	c := newClient(t, answers(nil))
	_, refusal := c.Call(t.Context(), "get_file", nil)
	for _, cause := range []error{refusal, onebot.ErrOutcomeUnknown} {
		_, err := c.SendGroupMsg(t.Context(), 1, onebot.Image(onebot.FileOpen(func() (io.ReadCloser, error) { return nil, cause })))
		require.ErrorIs(t, err, onebot.ErrNotSent)
		assert.Equal(t, 1, classes(err), "%v", err)
		require.ErrorContains(t, err, cause.Error())
	}
}

// What was learnt about a server is not told of the next one.
func TestClient_anotherServer(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"get_version_info": `{"app_name":"NapCat.Onebot"}`})
	c := newClient(t, d)
	_, err := c.Server(t.Context())
	require.NoError(t, err)
	var refused *onebot.ActionError
	_, err = c.Call(t.Context(), "make_coffee", nil)
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, "NapCat.Onebot", refused.Server)
	d.watch(transport.Change{State: transport.StateLost})
	d.watch(transport.Change{State: transport.StateReady})
	_, err = c.Call(t.Context(), "make_coffee", nil)
	require.ErrorAs(t, err, &refused)
	assert.Empty(t, refused.Server)
}

// TestErrors_name: an error names the action that was asked for, and what to do.
func TestErrors_name(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		ctx := t.Context()
		for action, call := range map[string]func() error{
			"send_group_msg":         func() error { _, err := c.SendGroupMsg(ctx, 0, onebot.Text("x")); return err },
			"send_private_msg":       func() error { _, err := c.SendPrivateMsg(ctx, 0, onebot.Text("x")); return err },
			"get_group_msg_history":  func() error { _, err := c.GetGroupMsgHistory(ctx, 0, onebot.HistoryQuery{}); return err },
			"get_friend_msg_history": func() error { _, err := c.GetFriendMsgHistory(ctx, 0, onebot.HistoryQuery{}); return err },
		} {
			err := call()
			require.ErrorIs(t, err, onebot.ErrInvalidArgument)
			require.ErrorIs(t, err, onebot.ErrNotSent)
			assert.Contains(t, err.Error(), " "+action+": ")
		}
	})
	for _, address := range []string{"", "127.0.0.1:3001", "localhost:3001", "bot"} {
		_, err := onebot.Dial(t.Context(), address)
		require.ErrorIs(t, err, onebot.ErrInvalidArgument)
		assert.Contains(t, err.Error(), "ws://host:port")
	}
}
