package onebot_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

// answered posts an event and gives what the post was answered with, and whether that took shorter than nobody's silence.
func answered(t *testing.T, url, body string) <-chan string {
	t.Helper()
	got := make(chan string, 1)
	go func() {
		start := time.Now()
		status, answer := post(t, url, body)
		if time.Since(start) > 2*time.Second {
			answer = "late: " + answer
		}
		if status != http.StatusOK {
			answer += http.StatusText(status)
		}
		got <- answer
	}()
	return got
}

// settleHook posts until somebody receives.
func settleHook(t *testing.T, url string) { <-answered(t, url, `{"post_type":"meta_event"}`) }

func TestEvents_quickReply(t *testing.T) {
	t.Parallel()
	c, url := hook(t)
	runClient(t, c)
	settleHook(t, url)
	events := make(chan *onebot.MessageEvent)
	proceed := make(chan struct{})
	opened := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var knocking sync.WaitGroup
		defer knocking.Wait()
		knocking.Go(func() { // something comes once the loop stands
			for range 100 {
				settleHook(t, url)
				select {
				case <-opened:
					return
				default:
				}
			}
		})
		for ev, err := range c.Events(ctx) {
			if !assert.NoError(t, err) {
				return
			}
			m, ok := ev.(*onebot.MessageEvent)
			if !ok {
				select {
				case <-opened:
				default:
					close(opened)
				}
				continue
			}
			events <- m
			<-proceed
		}
	}()
	<-opened
	for i := range 3 {
		answer := answered(t, url, groupText(7, 1, int64(i+1), "ping"))
		m := <-events
		require.NoError(t, m.ReplyText(t.Context(), "pong"))
		assert.Contains(t, <-answer, `"pong"`)
		require.ErrorIs(t, m.ReplyText(t.Context(), "pong"), onebot.ErrUnsupported, "it is answered")
		proceed <- struct{}{}
	}
	answer := answered(t, url, groupText(7, 1, 6, "ping"))
	<-events
	behind := answered(t, url, groupText(7, 1, 7, "ping"))
	proceed <- struct{}{}
	assert.Equal(t, "No Content", <-answer, "the loop went on without an answer")
	<-events
	waiting := answered(t, url, groupText(8, 1, 8, "ping"))
	require.Eventually(t, func() bool { return c.Stats().Events >= 7 }, 5*time.Second, time.Millisecond)
	cancel()
	proceed <- struct{}{}
	<-ended
	assert.Equal(t, "No Content", <-waiting, "it was not taken")
	<-behind
}

func TestAwait_quickReply(t *testing.T) {
	t.Parallel()
	c, url := hook(t)
	runClient(t, c)
	settleHook(t, url)
	awaited := make(chan *onebot.MessageEvent, 1)
	go func() {
		m, err := onebot.Await(t.Context(), c, func(m *onebot.MessageEvent) bool { return m.Message.PlainText() == "mine" })
		assert.NoError(t, err)
		awaited <- m
	}()
	id := int64(0)
	require.Eventually(t, func() bool {
		id += 2 // an equal post would be a repeated one
		other := answered(t, url, groupText(7, 1, id, "other"))
		assert.Equal(t, "No Content", <-other, "nobody waits for this one")
		answer := answered(t, url, groupText(7, 1, id+1, "mine"))
		select {
		case m := <-awaited:
			require.NoError(t, m.ReplyText(t.Context(), "pong"))
			assert.Contains(t, <-answer, `"pong"`)
			return true
		case <-answer: // it came before Await
			return false
		}
	}, 10*time.Second, time.Millisecond)
}

func TestNext_quickReply(t *testing.T) {
	t.Parallel()
	c, url := hook(t)
	failed := make(chan error, 1)
	c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
		if err := m.ReplyText(ctx, "name?"); err != nil {
			return err
		}
		next, err := m.Next(ctx)
		if err == nil {
			_, err = next.Send(ctx, onebot.Text("hello "+next.Message.PlainText()))
		}
		failed <- err
		return nil
	}, onebot.Command("hi"))
	runClient(t, c)
	settleHook(t, url)
	assert.Contains(t, <-answered(t, url, groupText(7, 1, 5, "hi")), "name?")
	assert.Contains(t, <-answered(t, url, groupText(7, 1, 6, "Bob")), "hello Bob")
	require.NoError(t, <-failed)
}
