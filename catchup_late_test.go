package onebot_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

// lateEvents is a connection on which the events of some messages come late: those whose text begins with late.
type lateEvents struct {
	*ws.Conn

	mu   sync.Mutex
	sink func(transport.Frame)
	kept []transport.Frame
	done atomic.Int64 // how many of them are over
}

func (l *lateEvents) Receive(ctx context.Context, sink func(transport.Frame)) error {
	l.sink = sink
	return l.Conn.Receive(ctx, func(f transport.Frame) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if bytes.Contains(f.Data, []byte(`late`)) && bytes.Contains(f.Data, []byte(`"message"`)) {
			f.Data = bytes.Clone(f.Data)
			f.Done = func(error) { l.done.Add(1) }
			l.kept = append(l.kept, f)
			return
		}
		sink(f)
	})
}

// bring lets the late events come.
func (l *lateEvents) bring() {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.kept {
		l.sink(f)
	}
	l.kept = nil
}

// aroundPage runs before when the first page of history is about to be asked for, and after when it has been answered.
func aroundPage(before, after func()) onebot.Option {
	var pages atomic.Int64
	return onebot.WithInterceptor(func(next onebot.Invoker) onebot.Invoker {
		return func(ctx context.Context, req transport.Request) (*transport.Response, error) {
			if !strings.HasSuffix(req.Action, "_msg_history") || pages.Add(1) > 1 {
				return next(ctx, req)
			}
			before()
			synctest.Wait()
			resp, err := next(ctx, req)
			after()
			synctest.Wait()
			return resp, err
		}
	})
}

// withLateEvents runs f with a client on such a connection; before and after happen around the first page of history.
func withLateEvents(
	t *testing.T, p onebottest.Persona, before, after func(srv *onebottest.Server), f func(t *testing.T, srv *onebottest.Server, c *onebot.Client, l *lateEvents),
) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := onebottest.NewServer(t, p, onebottest.InMemory())
		conn, err := ws.Dial(t.Context(), srv.URL(), ws.Options{
			Dial: srv.DialContext, Logger: quiet(), Backoff: onebot.Backoff{Min: 100 * time.Millisecond, Max: time.Second},
		})
		require.NoError(t, err)
		l := &lateEvents{Conn: conn}
		c := newClient(t, l, append(catchingUp(onebot.CatchUp{}), aroundPage(func() { before(srv) }, func() { after(srv) }))...)
		f(t, srv, c, l)
		require.NoError(t, c.Close())
		require.NoError(t, srv.Close())
	})
}

func sayIn(srv *onebottest.Server, texts ...string) (last int64) {
	for _, text := range texts {
		last = srv.Say(onebottest.Group1, onebottest.Friend2, text)
	}
	return last
}

// The history has a message whose event comes only after its answer: it comes once, as caught up, behind the events that were before it.
func TestWithCatchUp_eventBehindTheAnswer(t *testing.T) {
	t.Parallel()
	for _, p := range withHistory() {
		for _, pause := range []time.Duration{0, 3 * time.Second} { // all in one second, or not
			t.Run(fmt.Sprint(p, "/", pause), func(t *testing.T) {
				t.Parallel()
				before := func(srv *onebottest.Server) {
					sayIn(srv, "live1", "live2")
					<-time.After(pause)
					sayIn(srv, "late1", "late2")
					<-time.After(pause)
				}
				after := func(srv *onebottest.Server) { sayIn(srv, "live3") }
				withLateEvents(t, p, before, after, func(t *testing.T, srv *onebottest.Server, c *onebot.Client, l *lateEvents) {
					var got heard
					c.OnMessage(got.add)
					runClient(t, c)
					sayIn(srv, "before")
					got.settled(time.Minute)
					away(srv, func() { sayIn(srv, "missed1", "missed2") })
					assert.Equal(t, []string{"missed1*", "missed2*", "live1", "live2", "late1*", "late2*", "live3"}, got.settled(10*time.Second))
					l.bring()
					assert.Equal(t, int64(2), l.done.Load(), "the source hears that their events are over")
					sayIn(srv, "live4")
					assert.Equal(t, []string{"live4"}, got.settled(time.Second))
					away(srv, func() { sayIn(srv, "missed3") })
					assert.Equal(t, []string{"missed3*"}, got.settled(time.Minute), "the next gap begins behind them")
				})
			})
		}
	}
}

// The event comes when the connection on which the history was read is lost already: of two sockets one can be lost alone.
func TestWithCatchUp_eventBehindTheLoss(t *testing.T) {
	t.Parallel()
	for _, p := range withHistory() {
		before := func(srv *onebottest.Server) { sayIn(srv, "late") }
		withLateEvents(t, p, before, func(*onebottest.Server) {}, func(t *testing.T, srv *onebottest.Server, c *onebot.Client, l *lateEvents) {
			var got heard
			c.OnMessage(got.add)
			runClient(t, c)
			sayIn(srv, "before")
			got.settled(time.Minute)
			away(srv, func() {})
			assert.Equal(t, []string{"late*"}, got.settled(10*time.Second))
			away(srv, func() { sayIn(srv, "missed") })
			l.bring()
			assert.Equal(t, []string{"missed*"}, got.settled(20*time.Second), p)
		})
	}
}

// Next, Await and the life of a message see the one that was caught up, and its own event changes nothing.
func TestWithCatchUp_eventBehindTheAnswerObserved(t *testing.T) {
	t.Parallel()
	var late int64
	before := func(srv *onebottest.Server) { late = sayIn(srv, "ask", "late") }
	withLateEvents(t, onebottest.NapCat, before, func(*onebottest.Server) {}, func(t *testing.T, srv *onebottest.Server, c *onebot.Client, l *lateEvents) {
		next, life := make(chan string, 10), make(chan string, 10)
		c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			got, err := m.Next(ctx)
			if err == nil {
				next <- fmt.Sprint(got.Message.PlainText(), " ", got.CaughtUp)
			}
			return err
		}, onebot.Prefix("ask"))
		c.OnChatMessage(func(_ context.Context, m *onebot.ChatMessage) error {
			if m.Status == onebot.StatusWithdrawn {
				life <- m.Last.Message.PlainText()
			}
			return nil
		})
		runClient(t, c)
		sayIn(srv, "before")
		<-time.After(time.Minute)
		away(srv, func() {})
		<-time.After(10 * time.Second)
		require.Len(t, next, 1)
		assert.Equal(t, "late true", <-next)
		srv.Recall(late)
		assert.Equal(t, "late", <-life)
		l.bring()
		synctest.Wait()
		_, err := c.GetMsg(t.Context(), onebot.MessageID(strconv.FormatInt(late, 10)))
		require.ErrorIs(t, err, onebot.ErrMessageWithdrawn, "its event does not bring it back")
		srv.Recall(late)
		assert.Empty(t, life)
	})
}

// Ids recur where they are hashes: a message that has another sequence or another time than the one that was caught up is another one.
func TestWithCatchUp_idRecurs(t *testing.T) {
	t.Parallel()
	const id = 500
	for name, again := range map[string]string{
		"other sequence": past(id, 9, 1700000011),
		"other time":     past(id, 0, 1700000200),
		"twice":          past(id, 4, 1700000010),
		"too late":       past(id, 4, 1700000010),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := historyServer(t, func(historyParams, int) string { return pastPage(past(1, 1, 1700000000), past(id, 4, 1700000010)) })
				answer := d.answer
				d.answer = func(ctx context.Context, req transport.Request) (*transport.Response, error) {
					if req.Action == "get_login_info" {
						return okResponse(`{"user_id":10000}`), nil
					}
					return answer(ctx, req)
				}
				c := newClient(t, d, append(catchingUp(onebot.CatchUp{}), onebot.WithDialect(onebot.LLBot))...)
				var got heard
				c.OnMessage(got.add)
				runClient(t, c)
				d.push(past(1, 1, 1700000000))
				assert.Len(t, got.settled(0), 1)
				d.watch(transport.Change{State: transport.StateLost})
				d.watch(transport.Change{State: transport.StateReady})
				assert.Equal(t, []string{"m*"}, got.settled(time.Second))
				switch name {
				case "twice":
					d.push(again)
					assert.Empty(t, got.settled(0), "its event is dropped once")
				case "too late":
					got.settled(time.Minute)
				}
				d.push(again)
				assert.Equal(t, []string{"m"}, got.settled(0))
				require.NoError(t, c.Close())
			})
		})
	}
}

// An event that waits is withdrawn while the connection is away once more, so that the history does not tell what was before it and what
// after it: the sequence does, or the time.
func TestWithCatchUp_withdrawnWhileItWaits(t *testing.T) {
	t.Parallel()
	for _, p := range withHistory() {
		for _, more := range []bool{false, true} { // a message is heard on the last connection, or none
			var srv *onebottest.Server
			opts := append(catchingUp(onebot.CatchUp{}), onPage(func(page int64, _ error) {
				switch {
				case page == 1:
					<-time.After(2 * time.Second)
					waits := sayIn(srv, "waits")
					sleep(time.Millisecond) // and not Wait, which the test may be at
					away(srv, func() {
						srv.Recall(waits)
						sayIn(srv, "missed2")
					})
				case page == 2 && more:
					sayIn(srv, "live")
				}
			}))
			inMemory(t, p, opts, func(t *testing.T, s *onebottest.Server, c *onebot.Client) {
				srv = s
				var got heard
				c.OnMessage(got.add)
				runClient(t, c)
				sayIn(srv, "before")
				got.settled(time.Minute)
				away(srv, func() { sayIn(srv, "missed1") })
				want := []string{"missed1*", "waits", "missed2*"}
				if more {
					want = append(want, "live")
				}
				assert.Equal(t, want, got.settled(time.Minute), p)
			})
		}
	}
}

// TestWithCatchUp_manyMessages takes a bound that is none.
func TestWithCatchUp_manyMessages(t *testing.T) {
	t.Parallel()
	inMemory(t, onebottest.NapCat, catchingUp(onebot.CatchUp{Messages: math.MaxInt}), func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		srv.Seed(onebottest.Group1, 5)
		got := make(chan string, 10)
		c.OnGroupMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			got <- "h:" + m.Message.PlainText()
			if m.Message.PlainText() != "ask" {
				return nil
			}
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			n, err := m.Next(ctx)
			if err == nil {
				got <- "next:" + n.Message.PlainText()
			} else {
				got <- err.Error()
			}
			return nil
		})
		runClient(t, c)
		srv.Say(onebottest.Group1, onebottest.Friend2, "x")
		synctest.Wait()
		away(srv, func() {})
		sleep(time.Minute)
		srv.Say(onebottest.Group1, onebottest.Friend2, "ask")
		synctest.Wait()
		away(srv, func() {})
		sleep(time.Minute)
		away(srv, func() {})
		sleep(time.Minute)
		srv.Say(onebottest.Group1, onebottest.Friend2, "answer")
		sleep(2 * time.Hour)
		close(got)
		var all []string
		for s := range got {
			all = append(all, s)
		}
		assert.Equal(t, []string{"h:x", "h:ask", "next:answer"}, all)
	})
}
