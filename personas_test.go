package onebot_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport/ws"
)

// overAll runs f on every persona over WebSocket and over HTTP.
func overAll(t *testing.T, f func(t *testing.T, srv *onebottest.Server, c *onebot.Client)) {
	t.Helper()
	for _, p := range onebottest.Personas() {
		for _, way := range []string{"ws", "http"} {
			t.Run(fmt.Sprintf("%s/%s", p, way), func(t *testing.T) {
				t.Parallel()
				srv := onebottest.NewServer(t, p, onebottest.WithToken("s3cret"))
				url := srv.URL()
				if way == "http" {
					url = srv.HTTPURL()
				}
				f(t, srv, dial(t, url, onebot.WithToken("s3cret")))
			})
		}
	}
}

func dial(t *testing.T, url string, opts ...onebot.Option) *onebot.Client {
	t.Helper()
	c, err := onebot.Dial(t.Context(), url, append([]onebot.Option{onebot.WithLogger(quiet())}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, c.Close()) })
	return c
}

func TestPersonas_calls(t *testing.T) {
	t.Parallel()
	overAll(t, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		ctx := t.Context()
		info, err := c.Server(ctx)
		require.NoError(t, err)
		assert.Equal(t, "v11", info.Protocol)
		assert.Equal(t, strings.ToLower(srv.Persona().String()) == "standard", info.Dialect == onebot.Standard)

		self, err := c.Self(ctx)
		require.NoError(t, err)
		assert.Equal(t, onebot.UserID(10000), self)

		for _, to := range []onebot.Chat{onebot.GroupChat(100001), onebot.PrivateChat(10001)} {
			id, err := c.SendMsg(ctx, to, onebot.Text("a [CQ:face,id=1] & b"), onebot.At(10001), onebot.Face(14),
				onebot.Image(onebot.FileBytes([]byte("not really a png"))))
			require.NoError(t, err, to)
			require.NotEmpty(t, id)
			sent, err := srv.NextSent(ctx)
			require.NoError(t, err)
			assert.Equal(t, int64(to.Group), sent.Group)
			assert.Equal(t, int64(to.User), sent.User)

			m, err := c.GetMsg(ctx, id)
			require.NoError(t, err, to)
			assert.Equal(t, id, m.ID)
			assert.True(t, m.Own)
			assert.Equal(t, self, m.Sender.UserID)
			assert.Equal(t, "a [CQ:face,id=1] & b", m.Message.PlainText(), "a user's text is never a code")

			quoting, err := c.SendMsg(ctx, to, onebot.Reply(id), onebot.Text("quoted"))
			require.NoError(t, err)
			assert.NotEqual(t, id, quoting)
			_, err = srv.NextSent(ctx)
			require.NoError(t, err)
			require.NoError(t, c.DeleteMsg(ctx, id))
		}
		id, err := c.SendCQ(ctx, onebot.GroupChat(100001), "[CQ:at,qq=10001] hi", false)
		require.NoError(t, err)
		require.NotEmpty(t, id)
		_, err = c.SendCQ(ctx, onebot.PrivateChat(10001), "[CQ:at,qq=10001]", true)
		require.NoError(t, err)

		type login struct {
			Nickname string `json:"nickname"`
		}
		who, err := onebot.Do[login](ctx, c, "get_login_info", nil)
		require.NoError(t, err)
		assert.NotEmpty(t, who.Nickname)
	})
}

func TestPersonas_refusals(t *testing.T) {
	t.Parallel()
	overAll(t, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		ctx := t.Context()
		_, err := c.Call(ctx, "definitely_unknown_action", nil)
		require.ErrorIs(t, err, onebot.ErrUnknownAction)
		var refused *onebot.ActionError
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, "definitely_unknown_action", refused.Action)
		assert.Equal(t, 1, classes(err))

		_, err = c.GetMsg(ctx, "123456789")
		require.ErrorAs(t, err, &refused)
		assert.NotErrorIs(t, err, onebot.ErrUnknownAction)
		assert.Equal(t, 1, classes(err))

		before := len(srv.Calls())
		for name, call := range map[string]func() error{
			"no target":   func() error { _, err := c.SendMsg(ctx, onebot.Chat{}, onebot.Text("x")); return err },
			"two targets": func() error { _, err := c.SendMsg(ctx, onebot.Chat{Group: 1, User: 2}, onebot.Text("x")); return err },
			"negative":    func() error { _, err := c.SendGroupMsg(ctx, -1, onebot.Text("x")); return err },
			"empty":       func() error { _, err := c.SendGroupMsg(ctx, 100001); return err },
			"empty text":  func() error { _, err := c.SendGroupMsg(ctx, 100001, onebot.Text(""), onebot.Text("")); return err },
			"nil segment": func() error { _, err := c.SendGroupMsg(ctx, 100001, nil); return err },
			"nil pointer": func() error { _, err := c.SendGroupMsg(ctx, 100001, (*onebot.TextSegment)(nil)); return err },
			"node": func() error {
				_, err := c.SendGroupMsg(ctx, 100001, onebot.Raw("node", map[string]any{"id": "1"}))
				return err
			},
			"empty CQ":  func() error { _, err := c.SendCQ(ctx, onebot.GroupChat(1), "", false); return err },
			"no id":     func() error { return c.DeleteMsg(ctx, "") },
			"no get id": func() error { _, err := c.GetMsg(ctx, ""); return err },
			"missing file": func() error {
				_, err := c.SendGroupMsg(ctx, 100001, onebot.Image(onebot.FilePath("/does/not/exist")))
				return err
			},
		} {
			err := call()
			require.ErrorIs(t, err, onebot.ErrInvalidArgument, name)
			require.ErrorIs(t, err, onebot.ErrNotSent, name)
			assert.Equal(t, 1, classes(err), name)
		}
		assert.Len(t, srv.Calls(), before, "found before anything was sent")
	})
}

func TestPersonas_temporarySession(t *testing.T) {
	t.Parallel()
	overAll(t, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		_, err := c.SendMsg(t.Context(), onebot.TempChat(100001, 10003), onebot.Text("x"))
		switch srv.Persona() {
		case onebottest.Standard, onebottest.Lagrange:
			require.ErrorIs(t, err, onebot.ErrUnsupported)
			require.ErrorIs(t, err, onebot.ErrNotSent)
			assert.Empty(t, srv.Sent())
		default:
			if err != nil { // the server may refuse the person, but it was asked
				var refused *onebot.ActionError
				require.ErrorAs(t, err, &refused)
			}
			calls := srv.CallsOf("send_private_msg")
			require.Len(t, calls, 1)
			assert.Contains(t, string(calls[0].Params), `"group_id":100001,"user_id":10003`)
		}
	})
}

func TestPersonas_events(t *testing.T) {
	t.Parallel()
	for _, p := range onebottest.Personas() {
		for _, format := range []string{"array", "string"} {
			t.Run(p.String()+"/"+format, func(t *testing.T) {
				t.Parallel()
				srv := onebottest.NewServer(t, p, onebottest.WithMessageFormat(format))
				c := dial(t, srv.URL())
				got := make(chan *onebot.MessageEvent, 4)
				c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
					got <- m
					_, err := m.Reply(ctx, onebot.Text("pong"))
					return err
				}, onebot.Command("ping"))
				runClient(t, c)
				group := srv.Say(100001, 10001, "[CQ:at,qq=10000] ping now")
				private := srv.SayPrivate(10001, "ping")
				seen := map[onebot.Chat]*onebot.MessageEvent{}
				for range 2 {
					select {
					case m := <-got:
						seen[m.Chat] = m
					case <-time.After(5 * time.Second):
						t.Fatal("no event")
					}
				}
				g, u := seen[onebot.GroupChat(100001)], seen[onebot.PrivateChat(10001)]
				require.NotNil(t, g)
				require.NotNil(t, u)
				assert.Equal(t, onebot.NewMessageID(group), g.ID)
				assert.Equal(t, onebot.NewMessageID(private), u.ID)
				assert.True(t, onebot.Mentioned(g))
				name, args := g.Command()
				assert.Equal(t, "ping now", name+" "+args)
				for range 2 {
					sent, err := srv.NextSent(t.Context())
					require.NoError(t, err)
					assert.Contains(t, sent.CQ, "pong")
				}
			})
		}
	}
}

func TestPersonas_outcomeUnknown(t *testing.T) {
	t.Parallel()
	for _, p := range []onebottest.Persona{onebottest.NapCat, onebottest.LLBot} {
		srv := onebottest.NewServer(t, p)
		c := dial(t, srv.URL())
		srv.Fault(onebottest.TimeoutAfterAction())
		_, err := c.SendGroupMsg(t.Context(), 100001, onebot.Text("x"))
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown, p)
		assert.Equal(t, 1, classes(err), p)
		assert.Len(t, srv.Sent(), 1, "it was delivered, once")
	}
}

func TestPersonas_goCQHTTPEmptyObject(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.GoCQHTTP)
	c := dial(t, srv.URL())
	_, err := c.Call(t.Context(), "send_msg", map[string]any{"message": "hi"}) // dialects T9
	var refused *onebot.ActionError
	require.ErrorAs(t, err, &refused)
	assert.Empty(t, refused.Status)
	assert.Equal(t, 1, classes(err))
}

func TestPersonas_rejectedToken(t *testing.T) {
	t.Parallel()
	overAll(t, func(t *testing.T, srv *onebottest.Server, _ *onebot.Client) {
		var log lockedBuffer
		before := srv.Connections()
		for _, url := range []string{srv.URL(), srv.HTTPURL()} {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			c, err := onebot.Dial(ctx, url, onebot.WithToken("wr0ng-token"), onebot.WithLogger(logTo(&log)))
			if err == nil {
				err = c.Run(ctx) // NapCat and LLBot look at the token after the handshake
				_, callErr := c.Call(ctx, "get_status", nil)
				require.ErrorIs(t, callErr, onebot.ErrUnauthorized)
				require.ErrorIs(t, callErr, onebot.ErrNotSent)
				require.NoError(t, c.Close())
			}
			cancel()
			require.ErrorIs(t, err, onebot.ErrUnauthorized, url)
			assert.NotContains(t, err.Error(), "wr0ng")
		}
		assert.Equal(t, before+1, srv.Connections(), "a rejected token causes one connection")
		assert.NotContains(t, log.String(), "wr0ng")
	})
}

func TestPersonas_tokenInURL(t *testing.T) {
	t.Parallel()
	for _, p := range onebottest.Personas() {
		srv := onebottest.NewServer(t, p, onebottest.WithToken("s3cret"))
		for _, url := range []string{srv.URL(), srv.HTTPURL()} {
			var log lockedBuffer
			c := dial(t, url+"?access_token=s3cret", onebot.WithLogger(logTo(&log)))
			_, err := c.Self(t.Context())
			require.NoError(t, err, p)
			srv.Fault(onebottest.DropBeforeReply())
			_, err = c.Call(t.Context(), "get_status", nil)
			require.Error(t, err, p)
			assert.NotContains(t, err.Error(), "s3cret")
			assert.NotContains(t, log.String(), "s3cret")
		}
	}
}

func TestClient_killedSocket(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat)
	c := dial(t, srv.URL(), onebot.WithReconnect(onebot.Backoff{Min: 10 * time.Millisecond, Max: 50 * time.Millisecond}))
	for _, fault := range []onebottest.Fault{onebottest.DropBeforeAction(), onebottest.DropBeforeReply()} {
		srv.Fault(fault)
		start := time.Now()
		_, err := c.SendGroupMsg(t.Context(), 100001, onebot.Text("x"))
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
		assert.Less(t, time.Since(start), 5*time.Second)
		assert.Equal(t, 1, classes(err))
		_, err = c.SendGroupMsg(t.Context(), 100001, onebot.Text("y"))
		require.NoError(t, err, "calls work again without the caller doing anything")
	}
	assert.Equal(t, uint64(2), c.Stats().Reconnects)
	assert.Len(t, srv.Sent(), 3, "nothing was sent twice")
}

func TestClient_manyInFlight(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat)
	c := dial(t, srv.URL())
	const n = 500
	var held sync.WaitGroup
	held.Add(n)
	srv.Handle("echo_back", func(call onebottest.Call) onebottest.Reply {
		held.Done()
		held.Wait() // all are in flight; from here on they answer in any order
		return onebottest.Reply{Data: call.Params}
	})
	var wg sync.WaitGroup
	errs := make(chan error, n)
	for i := range n {
		wg.Go(func() {
			got, err := onebot.Do[map[string]int](t.Context(), c, "echo_back", map[string]int{"n": i})
			if err == nil && got["n"] != i {
				err = fmt.Errorf("%d got the answer of %d", i, got["n"])
			}
			errs <- err
		})
	}
	wg.Wait()
	for range n {
		require.NoError(t, <-errs)
	}
}

func TestClient_strayReplies(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat)
	c := dial(t, srv.URL())
	srv.Fault(onebottest.Double(), onebottest.ForeignEcho(), onebottest.Late(100*time.Millisecond))
	_, err := c.Call(t.Context(), "get_status", nil)
	require.NoError(t, err, "a doubled reply")
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = c.Call(short, "get_login_info", nil)
	require.True(t, err == nil || errors.Is(err, context.DeadlineExceeded))
	for range 20 {
		self, err := onebot.Do[map[string]any](t.Context(), c, "get_login_info", nil)
		require.NoError(t, err)
		assert.EqualValues(t, 10000, self["user_id"], "every call gets its own answer")
	}
}

func TestClient_largeAnswers(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"ws", "http"} {
		srv := onebottest.NewServer(t, onebottest.NapCat)
		url := srv.URL()
		if way == "http" {
			url = srv.HTTPURL()
		}
		c := dial(t, url)
		size := 20 << 20
		if raceEnabled {
			size /= 10 // each byte is looked at many times, by the fake server and encoding/json too
		}
		big := strings.Repeat("长", size/3)
		srv.Handle("big", func(onebottest.Call) onebottest.Reply {
			return onebottest.Reply{Data: map[string]any{"text": big, "id": int64(7491567521670112331)}}
		})
		got, err := onebot.Do[struct {
			Text string
			ID   onebot.MessageID
		}](t.Context(), c, "big", nil)
		require.NoError(t, err, way)
		assert.Equal(t, onebot.MessageID("7491567521670112331"), got.ID)
		assert.True(t, got.Text == big, "all of it arrives intact over %s", way)
	}
}

func TestClient_stuckPeer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, err := onebottest.Start(onebottest.NapCat, onebottest.InMemory())
		require.NoError(t, err)
		srv.Fault(onebottest.StallReads())
		conn, err := ws.Dial(context.Background(), srv.URL(), ws.Options{Dial: srv.DialContext, Logger: quiet()})
		require.NoError(t, err)
		c, err := onebot.New(conn, onebot.WithLogger(quiet()))
		require.NoError(t, err)

		large := onebot.Image(onebot.FileBytes(make([]byte, 256<<10))) // one is more than the network takes
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer cancel()
		start := time.Now()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				_, err := c.SendGroupMsg(ctx, 100001, large)
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, 1, classes(err))
			})
		}
		wg.Wait()
		assert.Equal(t, 300*time.Millisecond, time.Since(start), "a peer that never reads cannot hold a caller past its deadline")
		require.NoError(t, c.Close())
		require.NoError(t, srv.Close())
	})
}

func TestClient_CallStream_parts(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat)
	c := dial(t, srv.URL())
	for _, err := range c.CallStream(t.Context(), "nope_stream", nil) {
		require.ErrorIs(t, err, onebot.ErrUnknownAction)
	}
}

func TestDial_failFastAndRetry(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"ws://127.0.0.1:1/", "http://127.0.0.1:1"} {
		_, err := onebot.Dial(t.Context(), url, onebot.WithLogger(quiet()))
		require.ErrorIs(t, err, onebot.ErrNotConnected, url)
		require.ErrorIs(t, err, onebot.ErrNotSent, url)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		start := time.Now()
		_, err = onebot.Dial(ctx, url, onebot.WithDialRetry(), onebot.WithLogger(quiet()), onebot.WithReconnect(onebot.Backoff{Min: time.Millisecond, Max: 10 * time.Millisecond}))
		cancel()
		require.Error(t, err, url)
		assert.GreaterOrEqual(t, time.Since(start), 190*time.Millisecond, "it tries until ctx ends")
	}
	srv := onebottest.NewServer(t, onebottest.NapCat)
	ctx, cancel := context.WithCancel(t.Context())
	c, err := onebot.Dial(ctx, srv.URL(), onebot.WithFailFast(), onebot.WithLogger(quiet()), onebot.WithReconnect(onebot.Backoff{Min: time.Hour, Max: time.Hour}))
	require.NoError(t, err)
	defer func() { assert.NoError(t, c.Close()) }()
	cancel()
	_, err = c.Self(t.Context())
	require.NoError(t, err, "Dial's ctx bounds dialling only")
	srv.DropAll()
	require.Eventually(t, func() bool {
		_, err := c.Call(t.Context(), "get_status", nil)
		return errors.Is(err, onebot.ErrNotConnected) && errors.Is(err, onebot.ErrNotSent)
	}, 5*time.Second, time.Millisecond, "calls while disconnected fail at once")
}
