package onebot_test

import (
	"context"
	"fmt"
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

// A reading that fails is logged and lets live events go on; the next reconnect reads from where the gap began.
func TestWithCatchUp_failsThenResumes(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]onebottest.Fault{
		"refused":  onebottest.Fail(1200, "no"),
		"garbled":  onebottest.Garble([]byte(`{"status":"ok","retcode":0,"data":{"messages":{}}}`)),
		"ignored":  onebottest.Ignore(),
		"cut":      onebottest.DropBeforeReply(),
		"too late": onebottest.Late(time.Minute),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log lockedBuffer
			opts := append(catchingUp(onebot.CatchUp{}), onebot.WithLogger(logTo(&log)))
			inMemory(t, onebottest.NapCat, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
				var got heard
				c.OnMessage(got.add)
				runClient(t, c)
				srv.Say(onebottest.Group1, onebottest.Friend2, "before")
				got.settled(time.Minute)
				srv.Fault(fault.On("get_group_msg_history").Times(-1))
				away(srv, func() { srv.Say(onebottest.Group1, onebottest.Friend2, "missed 1") })
				back(c)
				srv.Say(onebottest.Group1, onebottest.Friend2, "live")
				if name == "cut" { // each attempt costs a connection: it tries once after each
					srv.ClearFaults()
				}
				texts := got.settled(time.Minute)
				if name == "cut" {
					assert.Contains(t, texts, "missed 1*")
					return
				}
				assert.Equal(t, []string{"live"}, texts)
				assert.Contains(t, log.String(), "catching up failed")
				srv.ClearFaults()
				away(srv, func() { srv.Say(onebottest.Group1, onebottest.Friend2, "missed 2") })
				assert.Equal(t, []string{"missed 1*", "missed 2*"}, got.settled(time.Minute), "once, and what came live not again")
			})
		})
	}
}

// An interceptor that panics does so in a goroutine of the library while it catches up; the program goes on.
func TestWithCatchUp_panic(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	opts := append(catchingUp(onebot.CatchUp{}), onebot.WithLogger(logTo(&log)), onebot.WithInterceptor(func(next onebot.Invoker) onebot.Invoker {
		return func(ctx context.Context, req transport.Request) (*transport.Response, error) {
			if req.Action == "get_group_msg_history" {
				panic("boom") //nolint:forbidigo // what is tested
			}
			return next(ctx, req)
		}
	}))
	inMemory(t, onebottest.NapCat, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		var got heard
		c.OnMessage(got.add)
		runClient(t, c)
		srv.Say(onebottest.Group1, onebottest.Friend2, "before")
		got.settled(time.Minute)
		away(srv, func() { srv.Say(onebottest.Group1, onebottest.Friend2, "missed") })
		back(c)
		srv.Say(onebottest.Group1, onebottest.Friend2, "live")
		assert.Equal(t, []string{"live"}, got.settled(time.Minute))
		assert.Contains(t, log.String(), "catching up failed")
		assert.Contains(t, log.String(), "panic: boom")
	})
}

// No event waits longer than Timeout, whatever the server does.
func TestWithCatchUp_timeout(t *testing.T) {
	t.Parallel()
	opts := []onebot.Option{onebot.WithCatchUp(onebot.CatchUp{Timeout: 10 * time.Second}), onebot.WithCallTimeout(time.Hour)}
	inMemory(t, onebottest.LLBot, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		var got heard
		c.OnMessage(got.add)
		runClient(t, c)
		for chat := range int64(5) {
			srv.Say(onebottest.Group1+chat, onebottest.Friend2, "before")
		}
		got.settled(time.Minute)
		srv.Fault(onebottest.Ignore().On("get_group_msg_history").Times(-1))
		away(srv, func() {})
		back(c)
		for chat := range int64(5) {
			srv.Say(onebottest.Group1+chat, onebottest.Friend2, "live")
		}
		assert.Empty(t, got.settled(9*time.Second))
		assert.Equal(t, []string{"live", "live", "live", "live", "live"}, got.settled(2*time.Second))
	})
}

func TestWithCatchUp_closeMeanwhile(t *testing.T) {
	t.Parallel()
	inMemory(t, onebottest.NapCat, catchingUp(onebot.CatchUp{}), func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		var got heard
		c.OnMessage(got.add)
		runClient(t, c)
		srv.Say(onebottest.Group1, onebottest.Friend2, "before")
		got.settled(time.Minute)
		srv.Fault(onebottest.Ignore().On("get_group_msg_history").Times(-1))
		away(srv, func() {})
		back(c)
		srv.Say(onebottest.Group1, onebottest.Friend2, "waits")
		synctest.Wait()
		start := time.Now()
		require.NoError(t, c.Close())
		assert.LessOrEqual(t, time.Since(start), time.Second)
		assert.Empty(t, got.settled(time.Minute), "after Close no handler starts")
		assert.Equal(t, uint64(1), c.Stats().Discarded)
	})
}

// Await, Events and Next get what was missed as handlers do.
func TestWithCatchUp_observers(t *testing.T) {
	t.Parallel()
	inMemory(t, onebottest.NapCat, catchingUp(onebot.CatchUp{}), func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		next := make(chan string, 10)
		c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			got, err := m.Next(ctx)
			if err != nil {
				return err
			}
			next <- m.Message.PlainText() + " " + got.Message.PlainText()
			return nil
		}, onebot.Prefix("ask"))
		runClient(t, c)
		srv.Say(onebottest.Group1, onebottest.Friend2, "hello")
		srv.Say(onebottest.Group1, onebottest.Friend1, "ask1")
		<-time.After(time.Minute)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		seen := make(chan string, 100)
		go func() {
			defer close(seen)
			for ev, err := range c.Events(ctx) {
				if m, ok := ev.(*onebot.MessageEvent); ok && err == nil {
					seen <- fmt.Sprint(m.Message.PlainText(), " ", m.CaughtUp)
				}
			}
		}()
		awaited := make(chan *onebot.MessageEvent, 1)
		go func() {
			m, err := onebot.Await(ctx, c, func(m *onebot.MessageEvent) bool { return m.Sender.UserID == onebot.UserID(onebottest.Friend1) })
			assert.NoError(t, err)
			awaited <- m
		}()
		synctest.Wait()
		away(srv, func() {
			srv.Say(onebottest.Group1, onebottest.Friend1, "answer1")
			srv.Say(onebottest.Group1, onebottest.Friend2, "ask2")
			srv.Say(onebottest.Group1, onebottest.Friend2, "answer2")
			srv.Say(onebottest.Group1, onebottest.Friend2, "ask3")
		})
		back(c)
		srv.Say(onebottest.Group1, onebottest.Friend2, "answer3 live")
		assert.Equal(t, "answer1", (<-awaited).Message.PlainText())
		<-time.After(time.Minute)
		cancel()
		var events []string
		for text := range seen {
			events = append(events, text)
		}
		assert.Equal(t, []string{"answer1 true", "ask2 true", "answer2 true", "ask3 true", "answer3 live false"}, events)
		got := map[string]bool{<-next: true, <-next: true, <-next: true}
		assert.Equal(t, map[string]bool{"ask1 answer1": true, "ask2 answer2": true, "ask3 answer3 live": true}, got)
	})
}

// A handler of OnChatMessage follows what was missed, and its withdrawal.
func TestWithCatchUp_lifecycle(t *testing.T) {
	t.Parallel()
	inMemory(t, onebottest.NapCat, catchingUp(onebot.CatchUp{}), func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		got := make(chan string, 10)
		c.OnChatMessage(func(_ context.Context, m *onebot.ChatMessage) error {
			last := ""
			if m.Last != nil {
				last = m.Last.Message.PlainText()
			}
			got <- fmt.Sprint(m.Status, " ", last)
			return nil
		})
		runClient(t, c)
		srv.Say(onebottest.Group1, onebottest.Friend2, "before")
		<-got
		var missed int64
		away(srv, func() { missed = srv.Say(onebottest.Group1, onebottest.Friend2, "missed") })
		assert.Equal(t, "send message ", <-got)
		srv.Recall(missed)
		assert.Equal(t, "withdraw message missed", <-got)
	})
}

// One call after the other, with a pause: a server is not stormed by a client that knows many chats.
func TestWithCatchUp_doesNotStorm(t *testing.T) {
	t.Parallel()
	var inFlight, most atomic.Int64
	var calls []time.Time
	watch := func(next onebot.Invoker) onebot.Invoker {
		return func(ctx context.Context, req transport.Request) (*transport.Response, error) {
			if req.Action != "get_group_msg_history" {
				return next(ctx, req)
			}
			calls = append(calls, time.Now())
			most.Store(max(most.Load(), inFlight.Add(1)))
			defer inFlight.Add(-1)
			return next(ctx, req)
		}
	}
	opts := append(catchingUp(onebot.CatchUp{}), onebot.WithInterceptor(watch))
	inMemory(t, onebottest.LLBot, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		var got heard
		c.OnMessage(got.add)
		runClient(t, c)
		for chat := range int64(120) {
			srv.Say(onebottest.Group1+chat, onebottest.Friend2, "before")
		}
		got.settled(time.Minute)
		away(srv, func() {
			for chat := range int64(120) {
				srv.Say(onebottest.Group1+chat, onebottest.Friend2, "missed")
			}
		})
		assert.Len(t, got.settled(time.Minute), 100, "the chats heard most recently")
		assert.Len(t, calls, 100, "one page each")
		assert.Equal(t, int64(1), most.Load())
		for i, at := range calls[1:] {
			assert.GreaterOrEqual(t, at.Sub(calls[i]), 50*time.Millisecond)
		}
	})
}

// Events that wait are bounded, as all are.
func TestWithCatchUp_heldIsBounded(t *testing.T) {
	t.Parallel()
	inMemory(t, onebottest.NapCat, append(catchingUp(onebot.CatchUp{}), onebot.WithEventQueue(100000)), func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		var got heard
		c.OnMessage(got.add)
		runClient(t, c)
		srv.Say(onebottest.Group1, onebottest.Friend2, "before")
		got.settled(time.Minute)
		srv.Fault(onebottest.Ignore().On("get_group_msg_history"))
		away(srv, func() {})
		back(c)
		for range 5000 {
			srv.Say(onebottest.Group1, onebottest.Friend2, "flood")
		}
		assert.Len(t, got.settled(time.Minute), 4096)
		assert.Equal(t, uint64(5000-4096), c.Stats().Overflowed)
	})
}

// A server, or a proxy before it, that does not survive the reading of a chat must not be lost for good: the chat is left to the next loss.
func TestWithCatchUp_readingCostsTheConnection(t *testing.T) {
	t.Parallel()
	for name, times := range map[string]int{"one chat": 1, "every chat": 30} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log lockedBuffer
			opts := append(catchingUp(onebot.CatchUp{}), onebot.WithLogger(logTo(&log)))
			inMemory(t, onebottest.NapCat, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
				var got heard
				c.OnMessage(got.add)
				runClient(t, c)
				for i := range times {
					srv.Say(onebottest.Group1+int64(i), onebottest.Friend2, "before")
				}
				srv.Say(onebottest.Group2, onebottest.Friend2, "before")
				got.settled(time.Minute)
				srv.Fault(onebottest.DropBeforeAction().On("get_group_msg_history").Times(-1))
				away(srv, func() { srv.Say(onebottest.Group1, onebottest.Friend2, "missed") })
				<-time.After(10 * time.Minute)
				lost := c.Stats().Reconnects
				assert.LessOrEqual(t, lost, uint64(50), "for half a minute, at most a second between two")
				assert.Contains(t, log.String(), "lost whenever")
				srv.Say(onebottest.Group1, onebottest.Friend2, "live")
				<-time.After(10 * time.Minute)
				assert.Equal(t, lost, c.Stats().Reconnects, "the connection stands")
				assert.Equal(t, []string{"live"}, got.settled(time.Minute))

				srv.ClearFaults()
				away(srv, func() { srv.Say(onebottest.Group1, onebottest.Friend2, "missed again") })
				assert.Equal(t, []string{"missed*", "missed again*"}, got.settled(time.Minute), "the gap has stayed open")
			})
		})
	}
}

// Losses of another time do not count: after a round that has ended, by its time too, a chat has five readings again.
func TestWithCatchUp_cutsAreForgotten(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	opts := append(catchingUp(onebot.CatchUp{}), onebot.WithLogger(logTo(&log)))
	inMemory(t, onebottest.NapCat, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		var got heard
		c.OnMessage(got.add)
		runClient(t, c)
		srv.Say(onebottest.Group1, onebottest.Friend2, "before")
		got.settled(time.Minute)
		const action = "get_group_msg_history"
		srv.Fault(onebottest.DropBeforeAction().On(action).Times(3))
		srv.Fault(onebottest.Ignore().On(action).Times(-1))
		away(srv, func() {})
		<-time.After(10 * time.Minute)
		require.Contains(t, log.String(), "took too long")

		srv.ClearFaults()
		srv.Fault(onebottest.DropBeforeAction().On(action).Times(3))
		away(srv, func() { srv.Say(onebottest.Group1, onebottest.Friend2, "missed") })
		assert.Equal(t, []string{"missed*"}, got.settled(10*time.Minute))
		assert.NotContains(t, log.String(), "lost whenever")
	})
}
