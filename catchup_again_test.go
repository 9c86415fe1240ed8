package onebot_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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

func withHistory() []onebottest.Persona {
	return []onebottest.Persona{onebottest.NapCat, onebottest.LLBot, onebottest.Lagrange, onebottest.GoCQHTTP}
}

// onPage runs f after each page of history has been answered, with its number, in the place of the one who reads.
func onPage(f func(page int64, err error)) onebot.Option {
	var pages atomic.Int64
	return onebot.WithInterceptor(func(next onebot.Invoker) onebot.Invoker {
		return func(ctx context.Context, req transport.Request) (*transport.Response, error) {
			resp, err := next(ctx, req)
			if strings.HasSuffix(req.Action, "_msg_history") {
				f(pages.Add(1), err)
			}
			return resp, err
		}
	})
}

// sayMany makes n messages in the group and gives what is to be heard of them.
func sayMany(srv *onebottest.Server, name string, n int, mark string) []string {
	var texts []string
	for i := range n {
		text := fmt.Sprint(name, i)
		srv.Say(onebottest.Group1, onebottest.Friend2, text)
		texts = append(texts, text+mark)
	}
	return texts
}

// A second loss falls into the reading of the first: what was missed then comes too, each in its place among what came live.
func TestWithCatchUp_lostAgain(t *testing.T) {
	t.Parallel()
	for _, p := range withHistory() {
		for _, live := range []int{0, 5, 70} {
			t.Run(fmt.Sprint(p, "/", live), func(t *testing.T) {
				t.Parallel()
				var srv *onebottest.Server
				want := make(chan []string, 10)
				opts := append(catchingUp(onebot.CatchUp{}), onPage(func(page int64, _ error) {
					if page > 3 {
						return
					}
					want <- sayMany(srv, fmt.Sprint("live", page, "-"), live, "")
					sleep(time.Millisecond) // and not Wait, which the test may be at
					away(srv, func() { want <- sayMany(srv, fmt.Sprint("missed", page, "-"), 10, "*") })
					if page == 2 {
						<-time.After(5 * time.Second) // it has been back for long when the reading goes on
					}
				}))
				inMemory(t, p, opts, func(t *testing.T, s *onebottest.Server, c *onebot.Client) {
					srv = s
					var got heard
					c.OnMessage(got.add)
					runClient(t, c)
					assert.Equal(t, sayMany(srv, "before", 10, ""), got.settled(time.Minute))
					away(srv, func() { want <- sayMany(srv, "missed0-", 50, "*") })
					texts := got.settled(time.Minute)
					require.Len(t, want, 7)
					for range 7 {
						part := <-want
						require.GreaterOrEqual(t, len(texts), len(part))
						assert.Equal(t, part, append([]string(nil), texts[:len(part)]...))
						texts = texts[len(part):]
					}
					assert.Empty(t, texts)
					assert.Equal(t, uint64(4), c.Stats().Reconnects)
					assert.Equal(t, sayMany(srv, "after", 3, ""), got.settled(time.Second))
					away(srv, func() {})
					assert.Empty(t, got.settled(time.Minute), "nothing comes twice")
				})
			})
		}
	}
}

// A reading fails by a loss and hears of it only when the next connection stands: it is read again on that one.
func TestWithCatchUp_hearsLateOfTheLoss(t *testing.T) {
	t.Parallel()
	for _, p := range withHistory() {
		opts := append(catchingUp(onebot.CatchUp{}), onPage(func(_ int64, err error) {
			if errors.Is(err, onebot.ErrOutcomeUnknown) {
				<-time.After(10 * time.Second)
			}
		}))
		inMemory(t, p, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
			var got heard
			c.OnMessage(got.add)
			runClient(t, c)
			sayMany(srv, "before", 1, "")
			got.settled(time.Minute)
			srv.Fault(onebottest.DropBeforeReply().On("get_group_msg_history"))
			var want []string
			away(srv, func() { want = sayMany(srv, "missed", 30, "*") })
			assert.Equal(t, want, got.settled(time.Minute), p)
			assert.Equal(t, uint64(2), c.Stats().Reconnects)
		})
	}
}

// Where the connection does not come back, or not for long, events wait no longer than Timeout all the same. The time of a later loss
// is its own.
func TestWithCatchUp_lostAgainTimeout(t *testing.T) {
	t.Parallel()
	var srv *onebottest.Server
	opts := append(catchingUp(onebot.CatchUp{Timeout: 10 * time.Second}), onPage(func(page int64, _ error) {
		if page == 1 {
			sayMany(srv, "live", 2, "")
			sleep(time.Millisecond) // and not Wait, which the test may be at
			srv.Fault(onebottest.RefuseConn(503).Times(-1))
			srv.DropAll()
		}
	}))
	inMemory(t, onebottest.NapCat, opts, func(t *testing.T, s *onebottest.Server, c *onebot.Client) {
		srv = s
		var got heard
		c.OnMessage(got.add)
		runClient(t, c)
		sayMany(srv, "before", 1, "")
		got.settled(time.Minute)
		away(srv, func() { sayMany(srv, "missed", 30, "*") })
		back(c)
		assert.Empty(t, got.settled(9*time.Second))
		assert.Equal(t, []string{"live0", "live1"}, got.settled(2*time.Second))
		srv.ClearFaults()
		assert.Len(t, got.settled(time.Minute), 30, "the gap has stayed open")

		// One connection is lost and the next one comes shortly before the time of the first is over.
		srv.Fault(onebottest.NoReply().On("get_group_msg_history"), onebottest.Late(4*time.Second).On("get_group_msg_history"))
		away(srv, func() { sayMany(srv, "missed", 30, "*") })
		<-time.After(6 * time.Second)
		srv.DropAll()
		assert.Len(t, got.settled(time.Minute), 30)
	})
}

// Connections are lost at any moment of the readings. Every message comes once, and in order.
func TestWithCatchUp_manyLosses(t *testing.T) {
	t.Parallel()
	for _, p := range withHistory() {
		for seed := range uint64(2) {
			t.Run(fmt.Sprint(p, "/", seed), func(t *testing.T) {
				t.Parallel()
				opts := catchingUp(onebot.CatchUp{Messages: 10000, Timeout: time.Hour})
				inMemory(t, p, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
					manyLosses(t, p, srv, c, rand.New(rand.NewPCG(seed, 1)))
				})
			})
		}
	}
}

func manyLosses(t *testing.T, p onebottest.Persona, srv *onebottest.Server, c *onebot.Client, r *rand.Rand) {
	t.Helper()
	chats := []string{"g1-", "g2-", "p-"}
	if p == onebottest.GoCQHTTP {
		chats = chats[:2] // has no history of private chats
	}
	got, want := make([]heard, len(chats)), make([][]string, len(chats))
	c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
		for i, name := range chats {
			if strings.HasPrefix(m.Message.PlainText(), name) {
				return got[i].add(ctx, m)
			}
		}
		return nil
	})
	runClient(t, c)
	say := func(i int) {
		text := fmt.Sprint(chats[i], len(want[i]))
		want[i] = append(want[i], text)
		switch i {
		case 0:
			srv.Say(onebottest.Group1, onebottest.Friend2, text)
		case 1:
			srv.Say(onebottest.Group2, onebottest.Friend2, text)
		default:
			srv.SayPrivate(onebottest.Friend1, text)
		}
	}
	for i := range chats {
		say(i)
	}
	<-time.After(time.Minute)
	for range 150 {
		switch r.IntN(12) {
		case 0, 1:
			srv.DropAll()
			<-time.After(time.Duration(r.IntN(1500)) * time.Millisecond)
		case 2:
			cut := []onebottest.Fault{
				onebottest.DropBeforeReply(), onebottest.DropAfterReply(), onebottest.Late(200 * time.Millisecond), onebottest.DropBeforeAction(),
			}[r.IntN(4)]
			action := []string{"get_group_msg_history", "get_friend_msg_history", "get_version_info"}[r.IntN(3)]
			srv.Fault(cut.On(action).Skip(r.IntN(3)))
		default:
			i := r.IntN(len(chats))
			for range r.IntN(12) {
				say(i)
			}
		}
		if r.IntN(3) > 0 {
			<-time.After(time.Duration(r.IntN(400)) * time.Millisecond)
		}
	}
	srv.ClearFaults()
	<-time.After(2 * time.Minute)
	srv.DropAll()
	<-time.After(2 * time.Minute)
	synctest.Wait()
	caughtUp := 0
	for i := range chats {
		var texts []string
		for _, text := range got[i].settled(0) {
			if plain, ok := strings.CutSuffix(text, "*"); ok {
				caughtUp++
				text = plain
			}
			texts = append(texts, text)
		}
		require.Equal(t, want[i], texts)
	}
	assert.Greater(t, caughtUp, 50)
	assert.Greater(t, c.Stats().Reconnects, uint64(10))
}

// The calls of a connection fail before its loss is told: the reading was cut short all the same, and what waits goes on waiting. Where no
// loss is told it has failed.
func TestWithCatchUp_failsBeforeTheLossIsTold(t *testing.T) {
	t.Parallel()
	for _, told := range []bool{true, false} {
		for _, action := range []string{"get_login_info", "get_group_msg_history"} {
			t.Run(fmt.Sprint(action, "/", told), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					cut, asked := make(chan struct{}), false
					d := newDouble(func(_ context.Context, req transport.Request) (*transport.Response, error) {
						switch {
						case req.Action == action && !asked:
							asked = true
							<-cut
							return nil, fmt.Errorf("the connection broke: %w", transport.ErrOutcomeUnknown)
						case req.Action == "get_login_info":
							return okResponse(`{"user_id":10000}`), nil
						}
						return okResponse(pastPage(past(1, 1, 1700000001), past(2, 2, 1700000002), past(3, 3, 1700000003))), nil
					})
					c := newClient(t, d, append(catchingUp(onebot.CatchUp{}), onebot.WithDialect(onebot.LLBot))...)
					var got []string
					c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error {
						got = append(got, fmt.Sprint(m.ID, " ", m.CaughtUp))
						return nil
					})
					runClient(t, c)
					d.push(past(1, 1, 1700000001))
					again := func() {
						d.watch(transport.Change{State: transport.StateLost})
						d.watch(transport.Change{State: transport.StateReady})
						synctest.Wait()
					}
					again()
					d.push(past(3, 3, 1700000003))
					close(cut)
					synctest.Wait()
					if !told {
						<-time.After(5 * time.Second)
						synctest.Wait()
						assert.Equal(t, []string{"1 false", "3 false"}, got)
						require.NoError(t, c.Close())
						return
					}
					again()
					<-time.After(5 * time.Second)
					synctest.Wait()
					assert.Equal(t, []string{"1 false", "2 true", "3 false"}, got)
					require.NoError(t, c.Close())
				})
			})
		}
	}
}
