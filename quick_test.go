package onebot_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

const hookSecret = "hook-s3cret"

// hook makes a client that has a webhook and no caller, and the webhook's URL.
func hook(t *testing.T, opts ...onebot.Option) (*onebot.Client, string) {
	t.Helper()
	receiver := httpapi.NewReceiver(httpapi.ReceiverOptions{Secret: hookSecret, Logger: quiet()})
	c := newClient(t, transport.Join(nil, receiver), opts...)
	srv := httptest.NewServer(receiver)
	t.Cleanup(srv.Close)
	return c, srv.URL
}

// post posts an event until somebody receives, and gives the answer.
func post(t *testing.T, url, body string) (status int, answer string) {
	t.Helper()
	require.Eventually(t, func() bool {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Self-ID", "10000")
		r.Header.Set("X-Signature", "sha1="+onebottest.Sign(hookSecret, []byte(body)))
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		data, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		status, answer = resp.StatusCode, string(data)
		return status != http.StatusServiceUnavailable
	}, 5*time.Second, time.Millisecond)
	return status, answer
}

func TestClient_quickReply(t *testing.T) {
	t.Parallel()
	napcatGroup := strings.Replace(groupText(7, 1, 5, "x"), "{", `{"message_format":"array","real_seq":"9",`, 1)
	napcatPrivate := strings.Replace(privateText(1, 5, "x"), "{", `{"message_format":"array","real_seq":"9",`, 1)
	llbotPrivate := strings.Replace(privateText(1, 5, "x"), "{", `{"message_format":"array",`, 1)
	reply := func(ctx context.Context, m *onebot.MessageEvent) error { return m.ReplyText(ctx, "y") }
	send := func(ctx context.Context, m *onebot.MessageEvent) error {
		_, err := m.Send(ctx, onebot.Text("y"))
		return err
	}
	const plain = `{"reply":[{"type":"text","data":{"text":"y"}}],"at_sender":false}`
	const quoted = `{"reply":[{"type":"reply","data":{"id":"5"}},{"type":"text","data":{"text":"y"}}],"at_sender":false}`
	for _, tt := range []struct {
		name, event string
		handler     func(context.Context, *onebot.MessageEvent) error
		want        string
	}{
		{"send", groupText(7, 1, 5, "x"), send, plain},
		{"reply on go-cqhttp, which quotes nothing itself", groupTextOf(10000, 7, 1, 5, "x"), reply, quoted},
		{"reply in a group on NapCat, which quotes", napcatGroup, reply, plain},
		{"reply in private on NapCat, which does not", napcatPrivate, reply, quoted},
		{"reply in private on LLBot, which quotes", llbotPrivate, reply, plain},
		{"no answer", groupText(7, 1, 5, "x"), func(context.Context, *onebot.MessageEvent) error { return nil }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, url := hook(t)
			failed := make(chan error, 1)
			c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
				failed <- tt.handler(ctx, m)
				return nil
			})
			runClient(t, c)
			status, answer := post(t, url, tt.event)
			require.NoError(t, take(t, failed))
			assert.Equal(t, tt.want, answer)
			assert.Equal(t, tt.want == "", status == http.StatusNoContent)
		})
	}
}

func TestClient_quickReplyOnce(t *testing.T) {
	t.Parallel()
	c, url := hook(t)
	errs := make(chan error, 4)
	c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
		_, err := m.Send(ctx)
		errs <- err
		errs <- m.ReplyText(ctx, "first")
		errs <- m.ReplyText(ctx, "second")
		_, err = c.SendGroupMsg(ctx, 7, onebot.Text("call"))
		errs <- err
		return nil
	})
	runClient(t, c)
	_, answer := post(t, url, groupText(7, 1, 5, "x"))
	assert.Contains(t, answer, "first")
	assert.ErrorIs(t, take(t, errs), onebot.ErrInvalidArgument)
	require.NoError(t, take(t, errs))
	for range 2 {
		err := take(t, errs)
		assert.ErrorIs(t, err, onebot.ErrUnsupported)
		assert.Equal(t, 1, classes(err))
		assert.ErrorIs(t, err, onebot.ErrNotSent)
	}
}

func as[E onebot.Event](ev onebot.Event) E {
	e, _ := ev.(E)
	return e
}

func TestRequestEvents(t *testing.T) {
	t.Parallel()
	const friend = `{"post_type":"request","request_type":"friend","user_id":1,"comment":"hi","flag":"f\"1"}`
	const group = `{"post_type":"request","request_type":"group","sub_type":"add","group_id":7,"user_id":1,"flag":"g1"}`
	for _, tt := range []struct {
		name, event, action, params, quick string
		decide                             func(context.Context, onebot.Event) error
	}{
		{
			"approve a friend", friend, "set_friend_add_request", `{"approve":true,"remark":"r","flag":"f\"1"}`, `{"approve":true,"remark":"r"}`,
			func(ctx context.Context, ev onebot.Event) error {
				return as[*onebot.FriendRequestEvent](ev).Approve(ctx, "r")
			},
		},
		{
			"reject a friend", friend, "set_friend_add_request", `{"approve":false,"flag":"f\"1"}`, `{"approve":false}`,
			func(ctx context.Context, ev onebot.Event) error {
				return as[*onebot.FriendRequestEvent](ev).Reject(ctx)
			},
		},
		{
			"approve in a group", group, "set_group_add_request", `{"approve":true,"sub_type":"add","flag":"g1"}`, `{"approve":true}`,
			func(ctx context.Context, ev onebot.Event) error {
				return as[*onebot.GroupRequestEvent](ev).Approve(ctx)
			},
		},
		{
			"reject in a group", group, "set_group_add_request", `{"approve":false,"reason":"no","sub_type":"add","flag":"g1"}`,
			`{"approve":false,"reason":"no"}`,
			func(ctx context.Context, ev onebot.Event) error {
				return as[*onebot.GroupRequestEvent](ev).Reject(ctx, "no")
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := answers(map[string]string{tt.action: "null"})
			byCall := newClient(t, d)
			byQuick, url := hook(t)
			errs := make(chan error, 4)
			for _, c := range []*onebot.Client{byCall, byQuick} {
				onebot.On(c, func(ctx context.Context, ev onebot.Event) error {
					errs <- tt.decide(ctx, ev)
					errs <- tt.decide(ctx, ev)
					return nil
				})
				runClient(t, c)
			}
			d.push(tt.event)
			require.NoError(t, take(t, errs))
			require.NoError(t, take(t, errs))
			assert.Equal(t, tt.action, d.sent()[0].Action)
			assert.JSONEq(t, tt.params, d.lastParams(t))

			_, answer := post(t, url, tt.event)
			require.NoError(t, take(t, errs))
			assert.ErrorIs(t, take(t, errs), onebot.ErrUnsupported)
			assert.Equal(t, tt.quick, answer)

			ev, err := onebot.ParseEvent([]byte(tt.event))
			require.NoError(t, err)
			assert.ErrorIs(t, tt.decide(t.Context(), ev), onebot.ErrInvalidArgument)
		})
	}
}

func TestRequestEvents_noFlag(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	c := newClient(t, d)
	errs := make(chan error, 1)
	onebot.On(c, func(ctx context.Context, ev *onebot.FriendRequestEvent) error {
		errs <- ev.Reject(ctx)
		return nil
	})
	runClient(t, c)
	d.push(`{"post_type":"request","request_type":"friend","user_id":1}`)
	err := take(t, errs)
	assert.ErrorIs(t, err, onebot.ErrInvalidArgument)
	assert.ErrorIs(t, err, onebot.ErrNotSent)
	assert.Empty(t, d.sent())
}

func TestClient_quickReplyPersonas(t *testing.T) {
	t.Parallel()
	for _, persona := range onebottest.Personas() {
		t.Run(persona.String(), func(t *testing.T) {
			t.Parallel()
			c, url := hook(t)
			handled := make(chan error, 1)
			c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
				handled <- m.ReplyText(ctx, "pong")
				return nil
			}, onebot.Command("ping"))
			runClient(t, c)
			srv := onebottest.NewServer(t, persona)
			_, _ = post(t, url, `{"post_type":"meta_event"}`) // now somebody receives
			srv.PostTo(url, hookSecret)
			srv.Say(100001, 10001, "ping")
			require.NoError(t, take(t, handled))
			if persona == onebottest.Lagrange {
				return // it reads no answer
			}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			sent, err := srv.NextSent(ctx)
			require.NoError(t, err)
			assert.EqualValues(t, 100001, sent.Group)
		})
	}
}

// With a caller an answer is a call, however the event came.
func TestDial_webhook(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat, onebottest.WithToken("tok"))
	receiver := httpapi.NewReceiver(httpapi.ReceiverOptions{Secret: hookSecret, Logger: quiet()})
	web := httptest.NewServer(receiver)
	t.Cleanup(web.Close)
	c, err := onebot.Dial(t.Context(), srv.HTTPURL(), onebot.WithToken("tok"), onebot.WithEventSource(receiver), onebot.WithLogger(quiet()))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, c.Close()) })
	ids := make(chan onebot.MessageID, 2)
	c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
		for range 2 {
			id, err := m.Reply(ctx, onebot.Text("pong"))
			require.NoError(t, err)
			ids <- id
		}
		return nil
	})
	runClient(t, c)
	_, _ = post(t, web.URL, `{"post_type":"meta_event"}`)
	srv.PostTo(web.URL, hookSecret)
	srv.Say(100001, 10001, "ping")
	assert.NotEmpty(t, take(t, ids))
	assert.NotEmpty(t, take(t, ids))
}
