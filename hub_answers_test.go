package onebot_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// shared is a hub in memory with accounts 1, 2, ... in the same groups.
type shared struct {
	hub  *onebot.Hub
	dial *websocket.Dialer
	got  chan string // "account:text" of every message that was handled
}

// share runs f in a bubble of fake time, on a hub whose handlers report what they get.
func share(t *testing.T, f func(t *testing.T, s *shared), opts ...onebot.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &shared{got: make(chan string, 1<<13)}
		opts := append([]onebot.Option{onebot.WithLogger(quiet()), onebot.WithToken(hubToken), onebot.WithOneAnswer()}, opts...)
		hub, err := onebot.NewHub(func(self onebot.UserID, c *onebot.Client) {
			c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
				s.got <- fmt.Sprintf("%d:%s", self, m.Message.PlainText())
				if strings.HasPrefix(m.Message.PlainText(), "slow") {
					select {
					case <-time.After(time.Minute):
					case <-ctx.Done():
					}
				}
				return nil
			})
		}, opts...)
		require.NoError(t, err)
		s.hub = hub
		network := onebottest.NewNetwork()
		listener, err := network.Listen("hub:80")
		require.NoError(t, err)
		srv := &http.Server{Handler: hub, ReadHeaderTimeout: time.Second}
		served := make(chan error, 1)
		go func() { served <- srv.Serve(listener) }()
		s.dial = &websocket.Dialer{NetDialContext: network.DialContext}
		f(t, s)
		require.NoError(t, hub.Close())
		require.NoError(t, srv.Close())
		assert.ErrorIs(t, <-served, http.ErrServerClosed)
	})
}

// connect makes a handshake, without a name where that is empty, and says nothing.
func (s *shared) connect(t *testing.T, name string) *dialler {
	t.Helper()
	conn, resp, err := s.dial.DialContext(t.Context(), "ws://hub:80/", headers(name, "Universal", "Bearer "+hubToken))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	d := &dialler{ws: conn, done: make(chan struct{}), mute: make(chan struct{})}
	go d.read()
	t.Cleanup(d.close)
	return d
}

// join connects an account.
func (s *shared) join(t *testing.T, self int64) *dialler {
	t.Helper()
	d := s.connect(t, strconv.FormatInt(self, 10))
	d.send(lifecycle(self))
	synctest.Wait()
	return d
}

// handled gives what was handled since the last look.
func (s *shared) handled() []string {
	synctest.Wait()
	got := []string{}
	for {
		select {
		case one := <-s.got:
			got = append(got, one)
		default:
			return got
		}
	}
}

// tell sends a frame and lets it be handled.
func tell(d *dialler, frame string) {
	d.send(frame)
	synctest.Wait()
}

// sleep lets fake time pass.
func sleep(d time.Duration) { <-time.After(d) }

// said is a message in group 100 at a second of its own, as account self gets it.
func said(self, user int64, second int, text string, seq int64) string {
	frame := groupTextOf(self, 100, user, self*1000+int64(second), text)
	frame = strings.Replace(frame, "1795295450", strconv.Itoa(1795295450+second), 1)
	if seq != 0 {
		frame = strings.Replace(frame, `{"time"`, fmt.Sprintf(`{"real_seq":"%d","time"`, seq), 1)
	}
	return frame
}

func TestHub_oneAnswer(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two := s.join(t, 1), s.join(t, 2)
		for i := range 10 {
			text := fmt.Sprint("m", i)
			first, second, a, b := one, two, int64(1), int64(2)
			if i%2 == 1 && i > 0 { // the other one hears of it first
				first, second, a, b = two, one, 2, 1
			}
			tell(first, said(a, 77, i, text, int64(i)))
			tell(second, said(b, 77, i, text, int64(i)))
			assert.Equal(t, []string{"1:" + text}, s.handled())
		}
		sleep(time.Minute)
		assert.Empty(t, s.handled(), "nothing comes again later")
	})
}

// TestHub_oneAnswerKeys tells messages apart, and knows them again, whatever their servers tell.
func TestHub_oneAnswerKeys(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two := s.join(t, 1), s.join(t, 2)
		// The same words twice in one second, on a server that tells sequences: two messages.
		tell(one, said(1, 77, 0, "a", 5))
		tell(one, strings.Replace(said(1, 77, 0, "a", 6), `"message_id":1000`, `"message_id":1999`, 1))
		assert.Equal(t, []string{"1:a", "1:a"}, s.handled())
		tell(two, said(2, 77, 0, "a", 5))
		tell(two, said(2, 77, 0, "a", 6))
		// One that tells none (Lagrange) beside one that does.
		tell(one, said(1, 77, 9, "b", 7))
		tell(two, said(2, 77, 9, "b", 0))
		// Two that tell none: the same words twice in one second.
		tell(one, said(1, 77, 10, "c", 0))
		tell(one, strings.Replace(said(1, 77, 10, "c", 0), `"message_id":1010`, `"message_id":1999`, 1))
		tell(two, said(2, 77, 10, "c", 0))
		tell(two, strings.Replace(said(2, 77, 10, "c", 0), `"message_id":2010`, `"message_id":2999`, 1))
		assert.Equal(t, []string{"1:b", "1:c", "1:c"}, s.handled())
		// Other chats are each account's own.
		tell(one, strings.Replace(privateText(5, 1, "p"), "{", `{"self_id":1,`, 1))
		tell(two, strings.Replace(privateText(5, 1, "p"), "{", `{"self_id":2,`, 1))
		assert.ElementsMatch(t, []string{"1:p", "2:p"}, s.handled())
		sleep(time.Minute)
		assert.Empty(t, s.handled())
	})
}

func TestHub_oneAnswerHandOver(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two := s.join(t, 1), s.join(t, 2)
		tell(one, said(1, 77, 1, "first", 1))
		assert.Equal(t, []string{"1:first"}, s.handled())
		tell(two, said(2, 77, 1, "first", 1))
		tell(two, said(2, 77, 2, "not seen by one", 2))
		assert.Empty(t, s.handled())
		one.close()
		assert.Equal(t, []string{"2:not seen by one"}, s.handled(), "at once")
		tell(two, said(2, 77, 3, "third", 3))
		assert.Equal(t, []string{"2:third"}, s.handled())

		// Who comes back does not take it away, and does not handle again what he missed.
		one = s.join(t, 1)
		tell(one, said(1, 77, 3, "third", 3))
		tell(one, said(1, 77, 4, "fourth", 4))
		tell(two, said(2, 77, 4, "fourth", 4))
		assert.Equal(t, []string{"2:fourth"}, s.handled())
		sleep(time.Minute)
		assert.Empty(t, s.handled())
	})
}

// TestHub_oneAnswerMissed: the account that is at it is connected and does not get the message, or is busy.
func TestHub_oneAnswerMissed(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two := s.join(t, 1), s.join(t, 2)
		tell(one, said(1, 77, 1, "slow", 1))
		tell(one, said(1, 77, 2, "queued", 2))
		tell(two, said(2, 77, 2, "queued", 2))
		sleep(30 * time.Second)
		assert.Equal(t, []string{"1:slow"}, s.handled())
		sleep(time.Minute)
		assert.Equal(t, []string{"1:queued"}, s.handled())

		tell(two, said(2, 77, 3, "missed", 3))
		sleep(2 * time.Second)
		assert.Empty(t, s.handled())
		sleep(2 * time.Second)
		assert.Equal(t, []string{"2:missed"}, s.handled())
		tell(one, said(1, 77, 3, "missed", 3))
		assert.Empty(t, s.handled())
	})
}

func TestHub_oneAnswerNotToEachOther(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two := s.join(t, 1), s.join(t, 2)
		tell(two, said(2, 1, 1, "from account 1", 1))
		tell(one, said(1, 2, 2, "from account 2", 2))
		sleep(time.Minute)
		assert.Empty(t, s.handled())
	})
}

// TestHub_oneAnswerClaimed: the message that Next waits for is not handled by another account either.
func TestHub_oneAnswerClaimed(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two := s.join(t, 1), s.join(t, 2)
		c, _ := s.hub.Client(1)
		asked := make(chan string, 1)
		c.OnGroupMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			next, err := m.Next(ctx)
			if err != nil {
				return err
			}
			asked <- next.Message.PlainText()
			return nil
		}, onebot.Command("ask"))
		tell(one, said(1, 77, 1, "ask", 1))
		tell(two, said(2, 77, 1, "ask", 1))
		assert.Equal(t, []string{"1:ask"}, s.handled())
		tell(two, said(2, 77, 2, "answer", 2))
		tell(one, said(1, 77, 2, "answer", 2))
		assert.Equal(t, "answer", <-asked)
		sleep(time.Minute)
		assert.Empty(t, s.handled())
	})
}

// TestHub_oneAnswerFlood: more waits than may, and nothing of it is lost or out of order.
func TestHub_oneAnswerFlood(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ messages, size int }{
		"many":  {6000, 10},
		"large": {25, 1 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			share(t, func(t *testing.T, s *shared) {
				one, two := s.join(t, 1), s.join(t, 2)
				const groups = 10
				for g := range groups { // account 1 is at it, and hears nothing more
					tell(one, groupTextOf(1, int64(g+1), 77, int64(g+1), "first"))
				}
				assert.Len(t, s.handled(), groups)
				pad := strings.Repeat("x", tt.size)
				got := make([][]string, groups)
				note := func() {
					for _, text := range s.handled() {
						n := strings.TrimPrefix(strings.TrimSuffix(text, pad), "2:")
						i, err := strconv.Atoi(n)
						require.NoError(t, err, "account 2 handles it")
						got[i%groups] = append(got[i%groups], n)
					}
				}
				want := make([][]string, groups)
				for i := range tt.messages {
					tell(two, groupTextOf(2, int64(i%groups+1), 77, int64(i+100), strconv.Itoa(i)+pad))
					want[i%groups] = append(want[i%groups], strconv.Itoa(i))
					note()
				}
				assert.NotEqual(t, make([][]string, groups), got, "some could not wait")
				sleep(time.Minute)
				note()
				assert.Equal(t, want, got)
				c, _ := s.hub.Client(2)
				assert.Zero(t, c.Stats().Overflowed+c.Stats().Discarded)
			})
		})
	}
}

// TestHub_oneAnswerLeft: a message whose account was busy has waited again, behind a later one.
func TestHub_oneAnswerLeft(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two := s.join(t, 1), s.join(t, 2)
		tell(one, said(1, 77, 1, "slow", 1))
		assert.Equal(t, []string{"1:slow"}, s.handled())
		tell(two, said(2, 77, 2, "a", 2))
		sleep(2 * time.Second)
		tell(two, said(2, 77, 3, "b", 3))
		sleep(2 * time.Second)
		one.close()
		assert.Equal(t, []string{"2:a", "2:b"}, s.handled())
	})
}

// TestHub_oneAnswerTakenOver: what came first in a chat is handled first, also where another account takes over.
func TestHub_oneAnswerTakenOver(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two := s.join(t, 1), s.join(t, 2)
		tell(one, said(1, 77, 1, "first", 1))
		assert.Equal(t, []string{"1:first"}, s.handled())
		tell(two, said(2, 77, 2, "a", 2))
		sleep(2 * time.Second)
		tell(two, said(2, 77, 3, "b", 3))
		sleep(1500 * time.Millisecond)
		tell(two, said(2, 77, 4, "c", 4))
		sleep(time.Minute)
		assert.Equal(t, []string{"2:a", "2:b", "2:c"}, s.handled())
	})
}
