package onebot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport"
)

// Absence is proved by a history that was read back to before the call, and by nothing less: whoever repeats what is "not sent"
// would send it twice.
func TestWithOutcomeCheck_proof(t *testing.T) {
	t.Parallel()
	const version, login = `{"app_name":"NapCat.Onebot"}`, `{"user_id":10000}`
	// said is a page of the newest messages: each is "id user seconds-from-now text", with - for a time that is not told.
	said := func(lines ...string) func() string {
		return func() string {
			var page []string
			for _, line := range lines {
				f := strings.SplitN(line, " ", 4)
				var at int64
				if n, _ := fmt.Sscan(f[2], &at); n == 1 {
					at += time.Now().Unix()
				}
				page = append(page, fmt.Sprintf(
					`{"time":%d,"self_id":10000,"user_id":%s,"message_id":%s,"group_id":20001,"message_type":"group","sender":{"user_id":%s},"message":"%s"}`,
					at, f[1], f[0], f[1], f[3],
				))
			}
			return `{"messages":[` + strings.Join(page, ",") + `]}`
		}
	}
	for _, tt := range []struct {
		name           string
		version, login string
		history        func() string
		want           error // nil: it is found
	}{
		{"an old message of somebody", version, login, said("1 10001 -60 x"), onebot.ErrNotSent},
		{"an empty chat", version, login, said(), onebot.ErrNotSent},
		{"the message", version, login, said("1 10001 -60 x", "2 10000 0 hi"), nil},
		{"the message, clocks apart", version, login, said("1 10001 -60 x", "2 10000 -4 hi"), nil},
		{"the same from before", version, login, said("1 10001 -60 x", "2 10000 -30 hi"), onebot.ErrOutcomeUnknown},
		{"another from before", version, login, said("1 10001 -60 x", "2 10000 -30 ho"), onebot.ErrNotSent},
		{"the same by somebody else", version, login, said("1 10001 -60 x", "2 10001 0 hi"), onebot.ErrNotSent},
		{"another of the account", version, login, said("1 10001 -60 x", "2 10000 0 ho"), onebot.ErrOutcomeUnknown},
		{"a page of withdrawn messages", `{"app_name":"go-cqhttp"}`, login, said(), onebot.ErrOutcomeUnknown},
		{"grey lines behind a message of now", version, login, said("1 10001 0 x"), onebot.ErrOutcomeUnknown},
		{"no times", version, login, said("1 10001 - x"), onebot.ErrOutcomeUnknown},
		{"no times, another of the account", version, login, said("1 10001 -60 x", "2 10000 - ho"), onebot.ErrOutcomeUnknown},
		{"no times, the same", version, login, said("1 10001 -60 x", "2 10000 - hi"), onebot.ErrOutcomeUnknown},
		{"no history", version, login, nil, onebot.ErrOutcomeUnknown},
		{"a broken history", version, login, func() string { return `{"messages":[` }, onebot.ErrOutcomeUnknown},
		{"whose account it is, is not known", version, "", said("1 10001 -60 x"), onebot.ErrOutcomeUnknown},
		{"which server it is, is not known", "", login, said("1 10001 -60 x"), onebot.ErrOutcomeUnknown},
		{"a server whose history has holes", `{"app_name":"Lagrange.OneBot"}`, login, said("1 10001 -60 x"), onebot.ErrOutcomeUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			data := map[string]string{"get_version_info": tt.version, "get_login_info": tt.login}
			for action, answer := range data {
				if answer == "" {
					delete(data, action)
				}
			}
			d := losing(data)
			others := d.answer
			d.answer = func(ctx context.Context, req transport.Request) (*transport.Response, error) {
				if req.Action == "get_group_msg_history" && tt.history != nil {
					return okResponse(tt.history()), nil
				}
				return others(ctx, req)
			}
			bubble(t, d, func(t *testing.T, c *onebot.Client) {
				id, err := c.SendGroupMsg(t.Context(), 20001, onebot.Text("hi"))
				if tt.want == nil {
					require.NoError(t, err)
					assert.Equal(t, onebot.MessageID("2"), id)
					return
				}
				require.ErrorIs(t, err, tt.want)
				assert.Equal(t, 1, classes(err))
			}, onebot.WithOutcomeCheck(12*time.Second))
		})
	}
}

// A history is read back as far as the call, past what others wrote since, and no further than five pages.
func TestWithOutcomeCheck_busyChat(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		others int
		want   error
	}{{30, nil}, {90, nil}, {150, onebot.ErrOutcomeUnknown}} {
		inMemory(t, onebottest.NapCat, []onebot.Option{onebot.WithOutcomeCheck(check)}, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
			srv.Seed(onebottest.Group1, 150)
			<-time.After(time.Minute)
			srv.Fault(onebottest.DropBeforeReply())
			time.AfterFunc(10*time.Millisecond, func() { // before the client is back
				for range tt.others {
					srv.Say(onebottest.Group1, onebottest.Friend1, "me too")
				}
			})
			id, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("hi"))
			require.ErrorIs(t, err, tt.want, "%d", tt.others)
			if tt.want == nil {
				assert.Equal(t, onebot.NewMessageID(srv.Sent()[0].MessageID), id)
			}
		})
	}
	inMemory(t, onebottest.NapCat, []onebot.Option{onebot.WithOutcomeCheck(check)}, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		srv.Seed(onebottest.Group1, 150)
		<-time.After(time.Minute)
		srv.Fault(onebottest.DropBeforeAction())
		_, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("hi"))
		require.ErrorIs(t, err, onebot.ErrNotSent, "what is older than the call need not be read")
	})
}

// On go-cqhttp twenty messages that were withdrawn look like the start of the chat, and what was sent may stand before them.
func TestWithOutcomeCheck_withdrawnBehind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		others int
		fault  onebottest.Fault
		want   error
	}{
		{25, onebottest.DropBeforeReply(), onebot.ErrOutcomeUnknown},
		{10, onebottest.DropBeforeReply(), nil},
		{10, onebottest.DropBeforeAction(), onebot.ErrNotSent},
	} {
		inMemory(t, onebottest.GoCQHTTP, []onebot.Option{onebot.WithOutcomeCheck(check)}, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
			srv.Seed(onebottest.Group1, 30)
			<-time.After(time.Minute)
			srv.Fault(tt.fault)
			time.AfterFunc(10*time.Millisecond, func() { // before the client is back
				for range tt.others {
					srv.Recall(srv.Say(onebottest.Group1, onebottest.Friend1, "spam"))
				}
				srv.Say(onebottest.Group1, onebottest.Friend1, "enough")
				for range tt.others {
					srv.Recall(srv.Say(onebottest.Group1, onebottest.Friend1, "spam"))
				}
			})
			_, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("hi"))
			require.ErrorIs(t, err, tt.want, "%d", tt.others)
		})
	}
}

// While another send to the chat has no answer, a message there may be that one's.
func TestWithOutcomeCheck_anotherOnItsWay(t *testing.T) {
	t.Parallel()
	inMemory(t, onebottest.NapCat, []onebot.Option{onebot.WithOutcomeCheck(check)}, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		srv.Fault(onebottest.Ignore(), onebottest.Late(4*time.Second))
		first := make(chan error, 1)
		go func() {
			short, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := c.SendGroupMsg(short, group1, onebot.Text("same"))
			first <- err
		}()
		<-time.After(time.Second / 2)
		id, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("same"))
		require.NoError(t, err)
		require.Len(t, srv.Sent(), 1)
		assert.Equal(t, onebot.NewMessageID(srv.Sent()[0].MessageID), id)
		require.ErrorIs(t, <-first, onebot.ErrOutcomeUnknown, "it is the receipt of the other")
	})
}

// What a send was answered with is no other's message, though its event comes late.
func TestWithOutcomeCheck_lateEvent(t *testing.T) {
	t.Parallel()
	calls := 0
	d := newDouble(func(_ context.Context, req transport.Request) (*transport.Response, error) {
		if req.Action != "send_group_msg" {
			return &transport.Response{Status: "failed", Retcode: 1404, Data: []byte("null")}, nil
		}
		if calls++; calls == 1 {
			return okResponse(`{"message_id":77}`), nil
		}
		return nil, errLost
	})
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		_, err := c.SendGroupMsg(t.Context(), 20001, onebot.Text("same"))
		require.NoError(t, err)
		time.AfterFunc(time.Second/2, func() { d.push(ownMessage("77", `"same"`, `"message_type":"group","group_id":20001`)) })
		_, err = c.SendGroupMsg(t.Context(), 20001, onebot.Text("same"))
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
	}, onebot.WithOutcomeCheck(time.Second))
}

// A look ends with the context of its caller, and is not begun where the outcome is known.
func TestWithOutcomeCheck_noLook(t *testing.T) {
	t.Parallel()
	opts := []onebot.Option{onebot.WithOutcomeCheck(check), onebot.WithCallTimeout(time.Second)}
	inMemory(t, onebottest.NapCat, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		srv.Say(onebottest.Group1, onebottest.Account, "hi")
		for _, fault := range []onebottest.Fault{onebottest.Fail(100, "muted"), onebottest.Fail(1404, "no such action")} {
			srv.Fault(fault)
			start := time.Now()
			_, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("hi"))
			var refused *onebot.ActionError
			require.ErrorAs(t, err, &refused, "the message there is another")
			assert.Zero(t, time.Since(start))
		}
		srv.Fault(onebottest.Ignore())
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		start := time.Now()
		_, err := c.SendGroupMsg(ctx, group1, onebot.Text("bye"))
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
		assert.Equal(t, 3*time.Second, time.Since(start), "the call had ended, the look had not")
	})
	inMemory(t, onebottest.Standard, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		srv.Fault(onebottest.Ignore())
		_, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("hi"))
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
		assert.Len(t, srv.CallsOf("get_group_msg_history"), 1, "a server without history is asked once")
	})
}

// A server that was stopped, and has lost its client meanwhile, finds the request before it when it goes on: from then on it may be at
// work, however long ago the loss was.
func TestWithOutcomeCheck_serverThatWasStopped(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		back time.Duration // after the loss
		said time.Duration // after the loss; 0: never
		want error
	}{
		{"back at once, never said", 0, 0, onebot.ErrNotSent},
		{"back in time, never said", 6 * time.Second, 0, onebot.ErrNotSent},
		{"back in time, said after that", 6 * time.Second, 10 * time.Second, nil},
		{"back too late", 8 * time.Second, 0, onebot.ErrOutcomeUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := losing(map[string]string{"get_version_info": `{"app_name":"NapCat.Onebot"}`, "get_login_info": `{"user_id":10000}`})
			others := d.answer
			var lost time.Time
			d.answer = func(ctx context.Context, req transport.Request) (*transport.Response, error) {
				if req.Action == "send_group_msg" {
					lost = time.Now()
				} else if wait := tt.back - time.Since(lost); wait > 0 {
					select {
					case <-time.After(wait):
					case <-ctx.Done():
						return nil, fmt.Errorf("%w: %w", transport.ErrNotSent, transport.ErrNotConnected)
					}
				}
				if req.Action != "get_group_msg_history" {
					return others(ctx, req)
				}
				page := fmt.Sprintf(`{"time":%d,"user_id":10001,"message_id":1,"group_id":20001,"message_type":"group","message":"x"}`, lost.Unix()-60)
				if tt.said > 0 && time.Since(lost) >= tt.said {
					page += fmt.Sprintf(`,{"time":%d,"user_id":10000,"message_id":2,"group_id":20001,"message_type":"group","message":"hi"}`, lost.Unix()+7)
				}
				return okResponse(`{"messages":[` + page + `]}`), nil
			}
			bubble(t, d, func(t *testing.T, c *onebot.Client) {
				id, err := c.SendGroupMsg(t.Context(), 20001, onebot.Text("hi"))
				if tt.want != nil {
					require.ErrorIs(t, err, tt.want)
					return
				}
				require.NoError(t, err)
				assert.Equal(t, onebot.MessageID("2"), id)
			}, onebot.WithOutcomeCheck(12*time.Second))
		})
	}
}
