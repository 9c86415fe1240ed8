package onebot_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
)

func TestOn_everyEvent(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		var kinds []string
		onebot.On(c, func(_ context.Context, ev onebot.Event) error {
			kinds = append(kinds, fmt.Sprintf("%T", ev))
			return nil
		})
		followed(c)
		d.watch(transport.Change{State: transport.StateReady})
		d.push(groupText(7, 1, 5, "x"))
		d.push(groupRecall(7, 1, 1, 5))
		d.push(nativeFrame("send message", 1))
		d.push(nativeFrame("edit message", 1))
		d.push(`{"post_type":"request","request_type":"friend","user_id":1}`)
		d.push(`{"post_type":"meta_event","meta_event_type":"heartbeat","status":{}}`)
		d.push(`{"post_type":"notice","notice_type":"never heard of"}`)
		d.push(`{"hello":"world"}`)
		synctest.Wait()
		assert.ElementsMatch(t, []string{
			"*onebot.ConnectionEvent", "*onebot.MessageEvent", "*onebot.GroupRecallEvent", "*onebot.ChatMessage", "*onebot.UnknownEvent",
			"*onebot.FriendRequestEvent", "*onebot.HeartbeatEvent", "*onebot.UnknownEvent", "*onebot.UnknownEvent",
		}, kinds, "everything but what OnChatMessage makes of OneBot events")
	}, onebot.WithLanes(1))
}

func TestSkipRest_nativeFrame(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		before := followed(c)
		off := onebot.On(c, func(context.Context, *onebot.ChatMessage) error { return onebot.SkipRest })
		after := followed(c)
		d.push(nativeFrame("send message", 1))
		d.push(groupText(7, 1, 2, "x"))
		synctest.Wait()
		off()
		d.push(nativeFrame("send message", 3))
		synctest.Wait()
		assert.ElementsMatch(t, []string{"send message 1", "send message 2", "send message 3"}, told(*before))
		assert.ElementsMatch(t, []string{"send message 2", "send message 3"}, told(*after),
			"a native frame is one event for all handlers, in the order of their registration")
	}, onebot.WithLanes(1))
}

func TestOnChatMessage_registering(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		var got []string
		note := func(name string) func(context.Context, *onebot.ChatMessage) error {
			return func(_ context.Context, m *onebot.ChatMessage) error {
				got = append(got, fmt.Sprintf("%s %s", name, m.ID))
				return nil
			}
		}
		var offMessage, offLife func()
		offMessage = c.OnMessage(func(context.Context, *onebot.MessageEvent) error {
			c.OnChatMessage(note("added by a message handler"))
			offMessage()
			return nil
		})
		offLife = c.OnChatMessage(func(ctx context.Context, m *onebot.ChatMessage) error {
			c.OnChatMessage(note("added by a lifecycle handler"))
			offLife()
			return note("first")(ctx, m)
		})
		d.push(groupText(7, 1, 1, "x"))
		synctest.Wait()
		assert.Equal(t, []string{"first 1"}, got, "who registers while an event is handled gets later ones")
		d.push(groupText(7, 1, 2, "x"))
		synctest.Wait()
		assert.Equal(t, []string{"first 1", "added by a lifecycle handler 2", "added by a message handler 2"}, got)
	})
}

func TestOnChatMessage_panicsAndClose(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		c.OnChatMessage(func(context.Context, *onebot.ChatMessage) error { panic("boom-life") }) //nolint:forbidigo // the fault tested
		got := followed(c)
		d.push(groupText(7, 1, 1, "x"))
		synctest.Wait()
		assert.Len(t, *got, 1, "a panic stops nothing")
		assert.Contains(t, log.String(), "boom-life")
		assert.Contains(t, log.String(), `event=*onebot.ChatMessage account=10000 chat="group 7"`)

		closed := make(chan error, 1)
		c.OnChatMessage(func(ctx context.Context, _ *onebot.ChatMessage) error {
			closed <- c.Close()
			return ctx.Err()
		})
		d.push(groupText(7, 1, 2, "x"))
		require.NoError(t, <-closed, "a lifecycle handler may close the client")
	}, onebot.WithLogger(logTo(&log)))
}

func TestFilter_panics(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		got := 0
		count := func(context.Context, *onebot.MessageEvent) error { got++; return nil }
		c.OnMessage(count, func(m *onebot.MessageEvent) bool { return m.Message[0].Type() == "text" })
		c.OnMessage(count, nil)
		c.OnMessage(count)
		d.push(`{"time":1,"self_id":10000,"post_type":"message","message_type":"private","user_id":1,"message_id":1,"message":[]}`)
		synctest.Wait()
		assert.Equal(t, 1, got, "filters that panic accept nothing, and stop nothing")
		assert.Contains(t, log.String(), "index out of range")
		assert.Contains(t, log.String(), "nil pointer")
	}, onebot.WithLogger(logTo(&log)))
}

// Close waits for the library and not for handlers; Run does.
func TestHandler_outlivesTheClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := answers(map[string]string{"x": "1"})
		c, err := onebot.New(d, onebot.WithLogger(quiet()))
		require.NoError(t, err)
		hold, late := make(chan struct{}), make(chan error, 1)
		c.OnMessage(func(ctx context.Context, _ *onebot.MessageEvent) error {
			<-hold // it does not listen to its context
			assert.ErrorIs(t, ctx.Err(), context.Canceled)
			_, err := c.Call(context.Background(), "x", nil)
			late <- err
			return nil
		})
		ran := make(chan error, 1)
		go func() { ran <- c.Run(context.Background()) }()
		synctest.Wait()
		d.push(groupText(7, 1, 1, "x"))
		d.push(groupText(7, 1, 2, "never handled"))
		synctest.Wait()
		require.NoError(t, c.Close())
		synctest.Wait()
		assert.Empty(t, ran, "Run returns after the last handler")
		close(hold)
		require.ErrorIs(t, <-late, onebot.ErrClosed)
		require.NoError(t, <-ran)
		assert.Empty(t, late, "no further handler starts")
	})
}

// Handlers come and go from everywhere while events are handled: for the race detector.
func TestClient_registeringWhileHandling(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		var handled atomic.Int32
		onebot.On(c, func(context.Context, *onebot.MessageEvent) error {
			off := c.OnChatMessage(func(context.Context, *onebot.ChatMessage) error { return nil })
			onebot.On(c, func(context.Context, onebot.Event) error { return nil })()
			off()
			handled.Add(1)
			return nil
		})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 100 {
					off := c.OnChatMessage(func(context.Context, *onebot.ChatMessage) error { return nil })
					runtime.Gosched()
					off()
				}
			})
		}
		for i := range 400 {
			d.push(groupText(int64(i%7+1), 1, int64(i%50), "x"))
			d.push(groupRecall(int64(i%7+1), 1, 1, int64(i%50)))
		}
		wg.Wait()
		synctest.Wait()
		assert.Equal(t, int32(400), handled.Load())
	})
}

func TestHandler_endsItsGoroutine(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		var got []string
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error {
			got = append(got, string(m.ID))
			runtime.Goexit() // as t.FailNow does in a bot's test
			return nil
		})
		d.push(groupText(7, 1, 1, "x"))
		d.push(groupText(7, 1, 2, "x"))
		synctest.Wait()
		assert.Equal(t, []string{"1", "2"}, got, "the chat goes on")
	})
}

func TestNext_keepsTheOrderOfLives(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		claimed := make(chan string, 1)
		c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			next, err := m.Next(ctx)
			if err != nil {
				return err
			}
			claimed <- next.Message.PlainText()
			return nil
		})
		got := followed(c)
		d.push(groupText(7, 1, 1, "ask"))
		synctest.Wait()
		d.push(groupRecall(7, 1, 1, 1)) // while the handler of the message waits in Next
		synctest.Wait()
		d.push(groupText(7, 1, 2, "answer"))
		assert.Equal(t, "answer", <-claimed)
		d.push(groupRecall(7, 1, 1, 2))
		synctest.Wait()
		assert.Equal(t, []string{
			"send message 1", "withdraw message 1 in group 7: ask",
			"send message 2", "withdraw message 2 in group 7: answer",
		}, told(*got), "a claimed message is followed like any other")
	})
}

func TestAwait_overflow(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		hold := make(chan struct{})
		errs := make(chan error, 1)
		seen := 0
		go func() {
			_, err := onebot.Await(context.Background(), c, func(*onebot.MessageEvent) bool {
				<-hold
				seen++
				return false
			})
			errs <- err
		}()
		synctest.Wait()
		d.push(privateText(1, 0, "held by match"))
		synctest.Wait()
		for i := range 4097 {
			d.push(privateText(1, int64(i+1), "x"))
		}
		close(hold)
		require.ErrorIs(t, <-errs, onebot.ErrOverflow)
		assert.Equal(t, 4097, seen, "all that was held is looked at before")
	})
}

// At most 4,096 handlers may have given up their turn.
func TestRelease_bound(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		var started, behind atomic.Int32
		hold := make(chan struct{})
		c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			if m.Message.PlainText() == "behind" {
				behind.Add(1)
				return nil
			}
			started.Add(1)
			onebot.Release(ctx)
			<-hold
			return nil
		})
		for group := range 4097 {
			d.push(groupText(int64(group+1), 1, 1, "x"))
			synctest.Wait()
		}
		assert.Equal(t, int32(4097), started.Load())
		for _, group := range []int64{1, 4096, 4097} {
			d.push(groupText(group, 1, 2, "behind"))
		}
		synctest.Wait()
		assert.Equal(t, int32(2), behind.Load(), "the 4,097th keeps its turn")
		close(hold)
		synctest.Wait()
		assert.Equal(t, int32(3), behind.Load())
	}, onebot.WithLanes(8))
}

// A source can know the account where the frame does not tell it.
func TestFrame_selfID(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"send_private_msg": `{"message_id":1}`})
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		var own, others []*onebot.MessageEvent
		c.OnOwnMessage(func(_ context.Context, m *onebot.MessageEvent) error { own = append(own, m); return nil })
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error { others = append(others, m); return nil })
		push := func(frame string) { d.pushFrame(transport.Frame{Data: []byte(frame), SelfID: 10000}); synctest.Wait() }
		push(`{"post_type":"message","message_type":"private","user_id":10000,"target_id":3,"message_id":5,"message":"mine"}`)
		push(`{"post_type":"message","message_type":"private","user_id":3,"target_id":3,"message_id":6,"message":"theirs"}`) // T20: NapCat's target_id
		require.Len(t, own, 1)
		assert.Equal(t, onebot.UserID(10000), own[0].SelfID)
		assert.True(t, own[0].Own)
		assert.Equal(t, onebot.PrivateChat(3), own[0].Chat)
		assert.Equal(t, onebot.UserID(3), own[0].Target)
		require.Len(t, others, 1)
		assert.Equal(t, onebot.UserID(10000), others[0].Target)
		assert.Equal(t, onebot.PrivateChat(3), others[0].Chat)
	})
}

// An event that nobody wants is not even copied, also when somebody has waited for one before. Not parallel: it counts allocations.
func TestClient_unwantedEvents(t *testing.T) {
	d := answers(nil)
	c := newClient(t, d)
	runClient(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := onebot.Await[onebot.Event](ctx, c, nil)
	require.ErrorIs(t, err, context.Canceled)
	frame := []byte(groupText(7, 1, 1, "x"))
	<-d.ready
	require.Eventually(t, func() bool { // until Run has begun, everything is kept
		return testing.AllocsPerRun(100, func() { d.sink(transport.Frame{Data: frame}) }) == 0
	}, 10*time.Second, time.Millisecond)
}

// A filter runs before the call starts: one that is at work when off returns must not let it start.
func TestOnMessage_offInFilter(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		asked, called := 0, 0
		var off func()
		off = c.OnMessage(
			func(context.Context, *onebot.MessageEvent) error { called++; return nil },
			func(*onebot.MessageEvent) bool { asked++; off(); return true },
		)
		d.push(groupText(7, 1, 1, "x"))
		d.push(groupText(7, 1, 2, "y"))
		synctest.Wait()
		assert.Equal(t, 1, asked)
		assert.Zero(t, called, "off had returned")
	})
}
