package onebot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	"github.com/onebot-go/onebot/transport"
)

// bubble runs f inside synctest with a client that is running, and ends both.
func bubble(t *testing.T, d *double, f func(t *testing.T, c *onebot.Client), opts ...onebot.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		*d = *newDouble(d.answer) // channels have to be made in the bubble
		c, err := onebot.New(d, append([]onebot.Option{onebot.WithLogger(quiet())}, opts...)...)
		require.NoError(t, err)
		ran := make(chan error, 1)
		go func() { ran <- c.Run(context.Background()) }()
		synctest.Wait()
		defer func() {
			assert.NoError(t, c.Close())
			assert.NoError(t, <-ran)
		}()
		f(t, c)
	})
}

func TestClient_Run_orderWithinAChat(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"send_group_msg": `{"message_id":1}`})
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		var mu sync.Mutex
		var order []string
		var running atomic.Int32
		c.OnGroupMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			assert.Equal(t, int32(1), running.Add(1), "handlers of one chat overlap")
			defer running.Add(-1)
			if _, err := m.Send(ctx, onebot.Text("x")); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			order = append(order, m.Message.PlainText())
			return nil
		})
		want := make([]string, 2000)
		for i := range want {
			want[i] = strconv.Itoa(i)
			d.push(groupText(1, 2, int64(i+1), want[i]))
		}
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		assert.Equal(t, want, order, "2,000 events of one chat whose handlers call the API")
		assert.Zero(t, c.Stats().Overflowed)
		assert.Equal(t, uint64(2000), c.Stats().Events)
		assert.Equal(t, uint64(2000), c.Stats().Calls)
	})
}

func TestClient_Run_waitingHandlersHoldUpNobody(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		var answered, waiting atomic.Int32
		c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			switch m.Chat.Group {
			case 99999:
				<-ctx.Done() // stuck for ever, and keeps its turn
			case 5000:
				answered.Add(1)
			default:
				waiting.Add(1)
				_, err := onebot.Await(ctx, c, func(e *onebot.MessageEvent) bool { return e.Chat == m.Chat })
				if err == nil {
					answered.Add(1)
				}
			}
			return nil
		})
		for i := range 300 {
			d.push(groupText(int64(i+1), 2, 1, "ask"))
		}
		for i := range 3000 {
			d.push(groupText(99999, 2, int64(i+1), "stuck"))
		}
		synctest.Wait()
		assert.Equal(t, int32(300), waiting.Load())
		d.push(groupText(5000, 2, 1, "x"))
		synctest.Wait()
		assert.Equal(t, int32(1), answered.Load(), "another chat goes on")
		assert.Equal(t, uint64(3000-1-2048), c.Stats().Overflowed, "the stuck chat overflows alone: one runs, a quarter of the queue waits")
		assert.Contains(t, log.String(), `account=10000 chat="group 99999"`)
		_, err := c.Call(context.Background(), "x", nil)
		require.ErrorIs(t, err, onebot.ErrUnknownAction, "calls still work")
	}, onebot.WithLogger(logTo(&log)))
}

func TestClient_handlerErrorsAndPanics(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		var got []string
		c.OnMessage(func(context.Context, *onebot.MessageEvent) error {
			got = append(got, "error")
			return errors.New("boom-error")
		})
		c.OnMessage(func(context.Context, *onebot.MessageEvent) error { got = append(got, "panic"); panic("boom-panic") }) //nolint:forbidigo // the fault tested
		c.OnMessage(func(context.Context, *onebot.MessageEvent) error {
			got = append(got, "skip")
			return fmt.Errorf("enough: %w", onebot.SkipRest)
		})
		c.OnMessage(func(context.Context, *onebot.MessageEvent) error { got = append(got, "never"); return nil })
		onebot.On(c, func(context.Context, *onebot.HeartbeatEvent) error { return errors.New("boom-heart") })
		d.push(privateText(1, 1, "a"))
		d.push(privateText(1, 2, "b"))
		synctest.Wait()
		assert.Equal(t, []string{"error", "panic", "skip", "error", "panic", "skip"}, got)
		assert.Contains(t, log.String(), "boom-error")
		assert.Contains(t, log.String(), "boom-panic")
		assert.Contains(t, log.String(), "MessageEvent")
		assert.NotContains(t, log.String(), "enough")
		assert.Contains(t, log.String(), `account=10000 chat="private 1"`)
		d.push(groupText(7, 1, 3, "c"))
		d.push(`{"time":1,"self_id":10000,"post_type":"meta_event","meta_event_type":"heartbeat","status":{},"interval":5000}`)
		synctest.Wait()
		assert.Contains(t, log.String(), `account=10000 chat="group 7"`)
		assert.Contains(t, log.String(), `account=10000 chat="" error=boom-heart`)
	}, onebot.WithLogger(logTo(&log)))
}

func TestClient_registering(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		var got []string
		var offSelf func()
		offSelf = c.OnMessage(func(context.Context, *onebot.MessageEvent) error {
			got = append(got, "once")
			offSelf()
			c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error {
				got = append(got, "late "+m.Message.PlainText())
				return nil
			})
			return nil
		})
		off := onebot.On(c, func(_ context.Context, m *onebot.MessageEvent) error { got = append(got, "on"); return nil })
		d.push(privateText(1, 1, "a"))
		synctest.Wait()
		d.push(privateText(1, 2, "b"))
		synctest.Wait()
		off()
		off()
		d.push(privateText(1, 3, "c"))
		synctest.Wait()
		assert.Equal(t, []string{"once", "on", "on", "late b", "late c"}, got)
	})
}

func TestClient_ownMessages(t *testing.T) {
	t.Parallel()
	const sent = `{"self_id":10000,"user_id":10000,"time":1,"message_id":5,"message_type":"group","group_id":7,"message":"own","post_type":"message_sent"}`
	const lagrange = `{"post_type":"message","message_type":"group","self_id":10000,"user_id":10000,"group_id":7,"message_id":6,"message":[{"type":"text","data":{"text":"own"}}]}`
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		var got []string
		note := func(name string) func(context.Context, *onebot.MessageEvent) error {
			return func(_ context.Context, m *onebot.MessageEvent) error {
				got = append(got, fmt.Sprintf("%s %s %v", name, m.ID, m.Own))
				return nil
			}
		}
		c.OnMessage(note("message"))
		c.OnGroupMessage(note("group"))
		c.OnPrivateMessage(note("private"))
		c.OnOwnMessage(note("own"))
		onebot.On(c, note("on"))
		d.push(sent)
		d.push(lagrange)
		synctest.Wait()
		assert.Equal(t, []string{"own 5 true", "on 5 true", "own 6 true", "on 6 true"}, got, "dialects T15")

		got = nil
		for _, self := range []string{``, `"self_id":null,`, `"self_id":{},`} {
			d.push(strings.Replace(lagrange, `"self_id":10000,`, self, 1))
		}
		synctest.Wait()
		assert.Equal(t, slices.Repeat([]string{"own 6 true", "on 6 true"}, 3), got, "the account is known from the events before")
	})
}

func TestClient_middlewareAndFilters(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	var trace []string
	mw := func(name string) func(onebot.Handler) onebot.Handler {
		return func(next onebot.Handler) onebot.Handler {
			return func(ctx context.Context, ev onebot.Event) error {
				trace = append(trace, name)
				return next(ctx, ev)
			}
		}
	}
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error {
			trace = append(trace, m.Message.PlainText())
			return nil
		}, onebot.Prefix("/"), onebot.FromUser(1, 2), onebot.Not(onebot.InGroup(9)))
		d.push(groupText(7, 1, 1, "/yes"))
		d.push(groupText(9, 1, 2, "/group"))
		d.push(groupText(7, 3, 3, "/user"))
		d.push(groupText(7, 1, 4, "no"))
		synctest.Wait()
		assert.Equal(t, []string{"a", "b", "/yes"}, trace)
	}, onebot.WithHandlerMiddleware(mw("a"), mw("b")))
}

func TestClient_Next(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		var mu sync.Mutex // the handlers of another chat run at the same time, and so does one that has given up its turn
		var got []string
		note := func(what string) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, what)
		}
		c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			if m.Message.PlainText() != "ask" {
				note("handler " + m.Message.PlainText())
				return nil
			}
			// The answer of a quick user waits behind this message already.
			d.push(groupText(7, 2, 20, "somebody else"))
			d.push(groupText(8, 1, 21, "another chat"))
			d.push(groupText(7, 1, 22, "answer"))
			d.push(groupText(7, 1, 23, "later"))
			next, err := m.Next(ctx)
			if err != nil {
				return err
			}
			note("next " + next.Message.PlainText())
			return nil
		})
		observed := make(chan string, 1)
		go func() {
			ev, err := onebot.Await(context.Background(), c, func(m *onebot.MessageEvent) bool { return m.ID == "22" })
			if assert.NoError(t, err) {
				observed <- ev.Message.PlainText()
			}
		}()
		synctest.Wait()
		d.push(groupText(7, 1, 19, "ask"))
		synctest.Wait()
		assert.Equal(t, "answer", <-observed, "Await observes what Next claims")
		assert.ElementsMatch(t, []string{"next answer", "handler somebody else", "handler another chat", "handler later"}, got)
	})
}

func TestClient_Next_ends(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		errs := make(chan error, 2)
		c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			if m.Chat.Group == 7 {
				limited, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				_, err := m.Next(limited)
				errs <- err
				return nil
			}
			_, err := m.Next(context.Background())
			errs <- err
			return nil
		})
		d.push(groupText(7, 1, 1, "x"))
		require.ErrorIs(t, <-errs, context.DeadlineExceeded)
		d.push(groupText(8, 1, 2, "x"))
		synctest.Wait()
		require.NoError(t, c.Close())
		require.ErrorIs(t, <-errs, onebot.ErrClosed)
	})
	ev, err := onebot.ParseEvent([]byte(privateText(1, 1, "x")))
	require.NoError(t, err)
	m, ok := ev.(*onebot.MessageEvent)
	require.True(t, ok)
	_, err = m.Next(t.Context())
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	_, err = m.Reply(t.Context(), onebot.Text("x"))
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	_, err = m.Send(t.Context(), onebot.Text("x"))
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
}

func TestRelease(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		hold := make(chan struct{})
		var got []string
		c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			if m.Message.PlainText() == "long" {
				onebot.Release(ctx)
				onebot.Release(ctx)
				<-hold
			}
			got = append(got, m.Message.PlainText())
			return nil
		})
		d.push(privateText(1, 1, "long"))
		d.push(privateText(1, 2, "short"))
		synctest.Wait()
		assert.Equal(t, []string{"short"}, got)
		close(hold)
		synctest.Wait()
		assert.Equal(t, []string{"short", "long"}, got)
	})
	onebot.Release(t.Context()) // elsewhere it does nothing
}

func TestClient_Events(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := answers(nil)
		c, err := onebot.New(d, onebot.WithLogger(quiet()))
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(context.Background())
		var got []string
		done := make(chan struct{})
		hold := make(chan struct{})
		go func() {
			defer close(done)
			for ev, err := range c.Events(ctx) {
				if err != nil {
					assert.ErrorIs(t, err, onebot.ErrOverflow)
					got = append(got, "gap")
					continue
				}
				m, ok := ev.(*onebot.MessageEvent)
				if !ok {
					continue
				}
				if m.ID == "1" {
					<-hold
				}
				got = append(got, string(m.ID))
			}
		}()
		synctest.Wait()
		d.push(privateText(1, 1, "x"))
		synctest.Wait()
		for i := range 6000 {
			d.push(privateText(1, int64(i+2), "x"))
		}
		close(hold)
		synctest.Wait()
		d.push(privateText(1, 9999, "x"))
		synctest.Wait()
		require.Len(t, got, 1+4096+1+1)
		assert.Equal(t, []string{"4097", "gap", "9999"}, got[len(got)-3:], "the gap shows once, in its place")
		cancel()
		<-done
		assert.NotContains(t, got[:4096], "gap", "ends without an error when ctx ends")

		var last error
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for _, err := range c.Events(context.Background()) {
				last = err
			}
		}()
		synctest.Wait()
		require.NoError(t, c.Close())
		<-ended
		require.ErrorIs(t, last, onebot.ErrClosed)
	})
}

func TestAwait_ends(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := answers(nil)
		c, err := onebot.New(d, onebot.WithLogger(quiet()))
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err = onebot.Await(ctx, c, func(*onebot.MessageEvent) bool { return true })
		require.ErrorIs(t, err, context.DeadlineExceeded)

		errs := make(chan error, 2)
		go func() {
			_, err := onebot.Await(context.Background(), c, func(m *onebot.MessageEvent) bool { return false })
			errs <- err
		}()
		synctest.Wait()
		d.final <- fmt.Errorf("no: %w", transport.ErrUnauthorized)
		require.ErrorIs(t, <-errs, onebot.ErrUnauthorized)
		require.ErrorIs(t, c.Run(context.Background()), onebot.ErrUnauthorized)
		_, err = onebot.Await[onebot.Event](context.Background(), c, nil)
		require.ErrorIs(t, err, onebot.ErrUnauthorized)
		require.NoError(t, c.Close())
	})
}
