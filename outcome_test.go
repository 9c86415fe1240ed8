package onebot_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport/ws"
)

// inMemory runs f with a server of the persona and a client on a network in memory, in a bubble of its own.
func inMemory(
	t *testing.T, p onebottest.Persona, opts []onebot.Option, f func(t *testing.T, srv *onebottest.Server, c *onebot.Client), more ...onebottest.Option,
) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := onebottest.NewServer(t, p, append(more, onebottest.InMemory())...)
		c := dialMemory(t, srv, opts...)
		f(t, srv, c)
		require.NoError(t, c.Close())
		require.NoError(t, srv.Close())
	})
}

func dialMemory(t *testing.T, srv *onebottest.Server, opts ...onebot.Option) *onebot.Client {
	t.Helper()
	conn, err := ws.Dial(t.Context(), srv.URL(), ws.Options{
		Dial: srv.DialContext, Logger: quiet(), Backoff: onebot.Backoff{Min: 100 * time.Millisecond, Max: time.Second},
	})
	require.NoError(t, err)
	return newClient(t, conn, opts...)
}

const (
	check   = 8 * time.Second
	group1  = onebot.GroupID(onebottest.Group1)
	friend1 = onebot.UserID(onebottest.Friend1)
)

func TestWithOutcomeCheck_everyPersona(t *testing.T) {
	t.Parallel()
	opts := []onebot.Option{onebot.WithOutcomeCheck(check), onebot.WithCallTimeout(5 * time.Second)}
	content := []onebot.Segment{
		onebot.Text(" look,  "), onebot.At(10001), onebot.Text(" a\r\ncat "), onebot.Face(14), onebot.Image(onebot.FileBytes([]byte("cat"))),
	}
	for _, p := range onebottest.Personas() {
		for _, to := range []onebot.Chat{onebot.GroupChat(group1), onebot.PrivateChat(friend1)} {
			hasHistory := p != onebottest.Standard && (p != onebottest.GoCQHTTP || to.Group != 0)
			// A private chat of Lagrange begins at the newest message of the other side.
			finds := hasHistory && (p != onebottest.Lagrange || to.Group != 0)
			proves := hasHistory && p != onebottest.Lagrange
			for _, tt := range []struct {
				name   string
				fault  onebottest.Fault
				went   bool
				proves bool // a failure after which absence can be proved
			}{
				{"answer lost", onebottest.DropBeforeReply(), true, true},
				{"request lost", onebottest.DropBeforeAction(), false, true},
				{"no answer", onebottest.NoReply(), true, false},
				{"ignored", onebottest.Ignore(), false, false},
			} {
				t.Run(p.String()+"/"+to.String()+"/"+tt.name, func(t *testing.T) {
					t.Parallel()
					inMemory(t, p, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
						srv.Seed(onebottest.Group1, 30)
						srv.SeedPrivate(onebottest.Friend1, 30)
						<-time.After(time.Minute) // some of these are the account's, and no receipts
						earlier, err := c.SendMsg(t.Context(), to, content...)
						require.NoError(t, err)
						srv.Fault(tt.fault)
						start := time.Now()
						id, err := c.SendMsg(t.Context(), to, content...)
						assert.LessOrEqual(t, time.Since(start), 5*time.Second+check)
						sent := srv.Sent()
						switch {
						case tt.went && finds:
							require.NoError(t, err)
							require.Len(t, sent, 2)
							assert.Equal(t, onebot.NewMessageID(sent[1].MessageID), id)
							assert.NotEqual(t, earlier, id)
						case !tt.went && tt.proves && proves:
							require.ErrorIs(t, err, onebot.ErrNotSent)
							require.ErrorContains(t, err, "did not go out")
							assert.GreaterOrEqual(t, time.Since(start), 5*time.Second)
						default:
							require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
						}
						if err != nil {
							assert.Equal(t, 1, classes(err))
						}
						if !tt.went {
							assert.Len(t, sent, 1, "nothing is sent again")
						}
					})
				})
			}
		}
	}
}

func TestWithOutcomeCheck_ownEvent(t *testing.T) {
	t.Parallel()
	for _, p := range onebottest.Personas() { // Standard has no history: only the event can tell
		for _, action := range []string{"SendMsg", "SendCQ", "Call"} {
			opts := []onebot.Option{onebot.WithOutcomeCheck(check), onebot.WithCallTimeout(time.Second)}
			inMemory(t, p, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
				srv.Fault(onebottest.NoReply().On("send_group_msg"), onebottest.NoReply().On("send_msg"))
				start := time.Now()
				switch action {
				case "SendMsg":
					id, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("hi & [bye]"))
					require.NoError(t, err, p)
					assert.NotEmpty(t, id)
				case "SendCQ":
					_, err := c.SendCQ(t.Context(), onebot.GroupChat(group1), "hi [CQ:face,id=14]", false)
					require.NoError(t, err, p)
				case "Call":
					_, err := c.Call(t.Context(), "send_group_msg", map[string]any{"group_id": onebottest.Group1, "message": "hi"})
					require.NoError(t, err, p)
				}
				assert.Less(t, time.Since(start), 2*time.Second+check/8, "%s %s: the event was there already", p, action)
				assert.Len(t, srv.Sent(), 1)
			}, onebottest.WithReportSelf())
		}
	}
}

func TestWithOutcomeCheck_serverTimedOut(t *testing.T) {
	t.Parallel()
	for _, p := range []onebottest.Persona{onebottest.NapCat, onebottest.LLBot} {
		inMemory(t, p, []onebot.Option{onebot.WithOutcomeCheck(check)}, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
			srv.Fault(onebottest.TimeoutAfterAction())
			id, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("x"))
			require.NoError(t, err)
			assert.Equal(t, onebot.NewMessageID(srv.Sent()[0].MessageID), id)

			srv.Fault(onebottest.Fail(200, "Timeout: NTEvent serviceAndMethod:NodeIKernelMsgService/sendMsg"))
			_, err = c.SendGroupMsg(t.Context(), group1, onebot.Text("y"))
			require.ErrorIs(t, err, onebot.ErrOutcomeUnknown, "the server may still be at it")
			assert.Equal(t, 1, classes(err))
		})
	}
}

// An answer that says ok and names no message, or cannot be read, leaves the outcome unknown as well.
func TestWithOutcomeCheck_answerWithoutID(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{"null": `null`, "empty": `{}`, "broken": `{"message_id":1,,}`, "text": `"sent"`} {
		inMemory(t, onebottest.NapCat, []onebot.Option{onebot.WithOutcomeCheck(check)}, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
			answer := func(answer []byte) []byte {
				echo := gjson.GetBytes(answer, "echo").Raw
				return []byte(`{"status":"ok","retcode":0,"data":` + data + `,"echo":` + echo + `}`)
			}
			srv.Fault(onebottest.Rewrite(answer))
			id, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("x"))
			require.NoError(t, err, name)
			assert.Equal(t, onebot.NewMessageID(srv.Sent()[0].MessageID), id, name)

			srv.Handle("send_group_msg", func(onebottest.Call) onebottest.Reply { return onebottest.Reply{} })
			srv.Fault(onebottest.Rewrite(answer))
			_, err = c.SendGroupMsg(t.Context(), group1, onebot.Text("nowhere"))
			require.ErrorIs(t, err, onebot.ErrOutcomeUnknown, name)
			assert.Equal(t, 1, classes(err), name)
		})
	}
}

// Messages with the same content, sent at once and all lost or not, are told apart by their ids: each is given out once.
func TestWithOutcomeCheck_sameContent(t *testing.T) {
	t.Parallel()
	inMemory(t, onebottest.NapCat, []onebot.Option{onebot.WithOutcomeCheck(check)}, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		const n = 6
		srv.Fault(onebottest.NoReply().Times(n / 2).Skip(1))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		ids := make(chan onebot.MessageID, n)
		for range n {
			wg.Go(func() {
				id, err := c.SendGroupMsg(ctx, group1, onebot.Text("same"))
				assert.NoError(t, err)
				ids <- id
			})
		}
		wg.Wait()
		close(ids)
		given := map[onebot.MessageID]bool{}
		for id := range ids {
			given[id] = true
		}
		assert.Len(t, given, n)
		assert.Len(t, srv.Sent(), n)
	})
}

// A server may go on for 5 s after it has lost its client.
func TestWithOutcomeCheck_serverGoesOn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ check, after time.Duration }{
		{5 * time.Second, 4 * time.Second}, {check, 4900 * time.Millisecond}, {12 * time.Second, 5900 * time.Millisecond},
	} {
		opts := []onebot.Option{onebot.WithOutcomeCheck(tt.check)}
		inMemory(t, onebottest.NapCat, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
			srv.Fault(onebottest.DropBeforeAction())
			time.AfterFunc(tt.after, func() { srv.Say(onebottest.Group1, onebottest.Account, "late") })
			id, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("late"))
			require.NoError(t, err, "%s", tt.check)
			assert.NotEmpty(t, id)
		})
	}
	for d, want := range map[time.Duration]error{
		2 * time.Second: onebot.ErrOutcomeUnknown, 5 * time.Second: onebot.ErrOutcomeUnknown, 6 * time.Second: onebot.ErrNotSent,
	} {
		inMemory(t, onebottest.NapCat, []onebot.Option{onebot.WithOutcomeCheck(d)}, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
			srv.Fault(onebottest.DropBeforeAction())
			_, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("never"))
			require.ErrorIs(t, err, want, "%s", d)
			assert.Equal(t, 1, classes(err))
		})
	}
}

// What the account wrote by other hands casts doubt: the server may have changed the content.
func TestWithOutcomeCheck_doubt(t *testing.T) {
	t.Parallel()
	inMemory(t, onebottest.NapCat, []onebot.Option{onebot.WithOutcomeCheck(check)}, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		srv.Say(onebottest.Group1, onebottest.Account, "from the phone")
		srv.Fault(onebottest.DropBeforeAction())
		_, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("x"))
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
	})
}

// A merged forward that the client sent itself casts none.
func TestWithOutcomeCheck_afterForward(t *testing.T) {
	t.Parallel()
	for _, p := range []onebottest.Persona{onebottest.NapCat, onebottest.LLBot, onebottest.GoCQHTTP} {
		opts := []onebot.Option{onebot.WithOutcomeCheck(check)}
		inMemory(t, p, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
			srv.Say(onebottest.Group1, onebottest.Friend1, "older") // a page without messages proves nothing
			<-time.After(time.Minute)
			f := onebot.NewForward(onebot.CustomNode(friend1, "x", onebot.Text("y")))
			_, err := c.SendForwardMsg(t.Context(), onebot.GroupChat(group1), f)
			require.NoError(t, err)
			_, err = c.SendGroupForwardMsg(t.Context(), group1, f)
			require.NoError(t, err)
			srv.Fault(onebottest.DropBeforeAction())
			_, err = c.SendGroupMsg(t.Context(), group1, onebot.Text("x"))
			require.ErrorIs(t, err, onebot.ErrNotSent, p)
			require.Len(t, srv.Sent(), 2)
		})
	}
}

func TestWithOutcomeCheck_ends(t *testing.T) {
	t.Parallel()
	opts := []onebot.Option{onebot.WithOutcomeCheck(check)}
	inMemory(t, onebottest.NapCat, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		srv.Fault(onebottest.Ignore().Times(-1))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.SendGroupMsg(ctx, group1, onebot.Text("deadline"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second+check, time.Since(start), "the look lasts d")

		cancelled, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start = time.Now()
		_, err = c.SendGroupMsg(cancelled, group1, onebot.Text("cancelled"))
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, time.Second, time.Since(start))

		closing, cancelClosing := context.WithTimeout(t.Context(), time.Second)
		defer cancelClosing()
		time.AfterFunc(3*time.Second, func() { _ = c.Close() })
		start = time.Now()
		_, err = c.SendGroupMsg(closing, group1, onebot.Text("closed"))
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
		assert.Equal(t, 3*time.Second, time.Since(start), "Close ends the look")
	})
	inMemory(t, onebottest.NapCat, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		srv.Fault(onebottest.DropBeforeAction(), onebottest.RefuseConn(503).Times(-1))
		_, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("down"))
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown, "a server that is away proves nothing")
		assert.Equal(t, 1, classes(err))
	})
	_, err := onebot.New(answers(nil), onebot.WithOutcomeCheck(-1))
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
}
