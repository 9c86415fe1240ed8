package onebot_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

// TestHub_olderConnectionGivesWay: which connection is newer is told by their handshakes, not by when the hub learned whose they are.
func TestHub_olderConnectionGivesWay(t *testing.T) {
	t.Parallel()
	h, url := newHub(t, noSetup)
	older := dialHub(t, url, "older", headers("10000", "Universal", "Bearer "+hubToken)) // says nothing
	newer := universal(t, url, 10000, "newer")
	c := clientOf(t, h, 10000)
	assert.Equal(t, "newer", answeredBy(t, c))
	select {
	case <-older.done:
	case <-newer.done:
		t.Error("the newer connection was ended")
	}
	assert.Equal(t, "newer", answeredBy(t, c))
}

// TestHub_otherAccount: a connection that speaks for another account later does not make its client that of the other.
func TestHub_otherAccount(t *testing.T) {
	t.Parallel()
	got := make(chan onebot.UserID, 2)
	h, url := newHub(t, func(_ onebot.UserID, c *onebot.Client) {
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error { got <- m.SelfID; return nil })
	})
	d := universal(t, url, 10000, "it")
	c := clientOf(t, h, 10000)
	d.send(groupTextOf(20000, 1, 2, 3, "x"))
	assert.Equal(t, onebot.UserID(20000), take(t, got), "the event says what it said")
	self, err := c.Self(t.Context())
	require.NoError(t, err)
	assert.Equal(t, onebot.UserID(10000), self)
	assert.Equal(t, "onebot.Client(10000)", c.String())
}

// takeovers has ten connections of an account take over from each other while events come on each, in ten groups, and gives the texts that
// came in them: for each group the number of the connection, and that of the event.
func takeovers(t *testing.T, each int) (got [10][][2]int) {
	t.Helper()
	const connections = 10
	var mu sync.Mutex
	var count atomic.Int64
	h, url := newHub(t, func(_ onebot.UserID, c *onebot.Client) {
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error {
			var text [2]int
			_, err := fmt.Sscanf(m.Message.PlainText(), "%d-%d", &text[0], &text[1])
			mu.Lock()
			defer mu.Unlock()
			got[m.Chat.Group-1] = append(got[m.Chat.Group-1], text)
			count.Add(1)
			return err
		})
	})
	for k := range connections {
		d := universal(t, url, 10000, strconv.Itoa(k))
		for i := range each {
			for g := range got {
				d.send(groupTextOf(10000, int64(g+1), 77, int64((k*each+i)*len(got)+g), fmt.Sprint(k, "-", i)))
			}
		}
	}
	c := clientOf(t, h, 10000)
	require.Eventually(t, func() bool { return count.Load() >= int64(len(got)*each*connections) }, 10*time.Second, time.Millisecond)
	assert.Equal(t, strconv.Itoa(connections-1), answeredBy(t, c))
	assert.Zero(t, c.Stats().Overflowed+c.Stats().Discarded)
	assert.EqualValues(t, connections-1, c.Stats().Reconnects)
	require.NoError(t, h.Shutdown(t.Context()))
	return got
}

// TestHub_takeoverLosesNothing: what had arrived on the older connection is handled, and before what the newer brings.
func TestHub_takeoverLosesNothing(t *testing.T) {
	t.Parallel()
	const each = 15 // 1,350 on nine connections, which all may wait for the first
	for _, texts := range takeovers(t, each) {
		require.Len(t, texts, 10*each)
		for i, text := range texts {
			require.Equal(t, [2]int{i / each, i % each}, text)
		}
	}
}

// TestHub_takeoverOfTooMuch: more comes on the newer connections than may wait for the older ones.
func TestHub_takeoverOfTooMuch(t *testing.T) {
	t.Parallel()
	const each = 30
	for _, texts := range takeovers(t, each) {
		require.Len(t, texts, 10*each)
		var next [10]int
		for _, text := range texts {
			require.Equal(t, next[text[0]], text[1], "in the order of its connection")
			next[text[0]]++
		}
	}
}

// TestHub_takeoverSaidTwice: a server that has two connections says everything on both.
func TestHub_takeoverSaidTwice(t *testing.T) {
	t.Parallel()
	got := make(chan string, 64)
	h, url := newHub(t, func(_ onebot.UserID, c *onebot.Client) {
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error { got <- m.Message.PlainText(); return nil })
	})
	older := universal(t, url, 10000, "older")
	older.send(groupTextOf(10000, 1, 77, 1, "before"))
	assert.Equal(t, "before", take(t, got))
	newer := universal(t, url, 10000, "newer")
	c := clientOf(t, h, 10000)
	require.Eventually(t, func() bool { return answeredBy(t, c) == "newer" }, 5*time.Second, time.Millisecond)
	for i, text := range []string{"a", "b", "c"} {
		older.send(groupTextOf(10000, 1, 77, int64(i+2), text))
		newer.send(groupTextOf(10000, 1, 77, int64(i+2), text))
	}
	<-older.done
	newer.send(groupTextOf(10000, 1, 77, 9, "after"))
	for _, want := range []string{"a", "b", "c", "after"} {
		assert.Equal(t, want, take(t, got))
	}
}

// TestHub_takeoverSaidTwiceAtOnce says on both connections what comes before the newer one has said whose it is, whether its handshake has
// told or not.
func TestHub_takeoverSaidTwiceAtOnce(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"1", ""} {
		share(t, func(t *testing.T, s *shared) {
			older := s.join(t, 1)
			newer := s.connect(t, name)
			for i, text := range []string{"a", "b"} {
				tell(older, said(1, 77, i, text, 0))
				newer.send(said(1, 77, i, text, 0))
			}
			newer.send(said(1, 77, 2, "c", 0))
			<-older.done
			assert.Equal(t, []string{"1:a", "1:b", "1:c"}, s.handled())
			tell(newer, said(1, 77, 2, "c", 0))
			assert.Equal(t, []string{"1:c"}, s.handled(), "what is said twice on one connection is two")
		})
	}
}

// TestHub_takeoverSaidTwiceAfterMuch has diallers without a name come and go all the time, so that everything may come again for long.
func TestHub_takeoverSaidTwiceAfterMuch(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		older := s.join(t, 1)
		for minute := range 10 {
			for range 10 {
				s.connect(t, "")
				sleep(6 * time.Second)
			}
			for i := range 1000 {
				older.send(said(1, 77, minute*1000+i, "x", 0))
			}
			assert.Len(t, s.handled(), 1000)
		}
		newer := s.connect(t, "1")
		tell(older, said(1, 77, 1, "a", 0))
		newer.send(said(1, 77, 1, "a", 0))
		<-older.done
		assert.Equal(t, []string{"1:a"}, s.handled())
	})
}

// TestHub_takeoverSaidTwiceLate has the older of two connections placed last, and say what the newer one says too.
func TestHub_takeoverSaidTwiceLate(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		older := s.connect(t, "")
		newer := s.join(t, 1)
		tell(newer, said(1, 77, 1, "a", 0))
		for i, text := range []string{"a", "b"} {
			older.send(said(1, 77, i+1, text, 0))
		}
		<-older.done
		tell(newer, said(1, 77, 2, "b", 0))
		tell(newer, said(1, 77, 3, "c", 0))
		assert.Equal(t, []string{"1:a", "1:b", "1:c"}, s.handled())
	})
}

// TestHub_takeoverSaidTwiceLater has the newer connection say what the older one has said when that has gone already.
func TestHub_takeoverSaidTwiceLater(t *testing.T) {
	t.Parallel()
	for _, placed := range []bool{false, true} {
		share(t, func(t *testing.T, s *shared) {
			older := s.join(t, 1)
			newer := s.connect(t, "1")
			tell(older, said(1, 77, 1, "a", 0))
			if placed {
				tell(newer, lifecycle(1))
			}
			older.close()
			synctest.Wait()
			tell(newer, said(1, 77, 1, "a", 0))
			tell(newer, said(1, 77, 2, "b", 0))
			assert.Equal(t, []string{"1:a", "1:b"}, s.handled())
			sleep(4 * time.Second)
			tell(newer, said(1, 77, 1, "a", 0))
			assert.Equal(t, []string{"1:a"}, s.handled(), "what is said again later is another one")
		})
	}
}

// TestHub_takeoverByTheNamelessOne has a connection without a name placed after a newer one has come and gone: it is the newest that stands.
func TestHub_takeoverByTheNamelessOne(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		s.join(t, 1) // half open
		o := s.connect(t, "")
		n := s.join(t, 1)
		n.close()
		synctest.Wait()
		o.send(lifecycle(1))
		sleep(time.Second)
		c, _ := s.hub.Client(1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Call(ctx, "get_status", nil)
		require.NoError(t, err)
		tell(o, said(1, 77, 1, "first", 1))
		sleep(time.Minute)
		tell(o, said(1, 77, 2, "second", 2))
		assert.Equal(t, []string{"1:first", "1:second"}, s.handled())
	})
}

// TestHub_takeoverStorm: each connection that dials leaves the one before it a second, and no more.
func TestHub_takeoverStorm(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		s.join(t, 1)
		second := s.join(t, 1)
		start := time.Now()
		second.send(said(1, 77, 1, "said on the second", 1))
		for len(s.handled()) == 0 && time.Since(start) < 10*time.Second {
			sleep(100 * time.Millisecond)
			s.join(t, 1)
		}
		assert.LessOrEqual(t, time.Since(start), 1100*time.Millisecond)
	})
}

// TestHub_takeoverWhileOthersEnd has a connection without a name placed while newer ones are gone, or only read to their end: it brings the
// events from then on.
func TestHub_takeoverWhileOthersEnd(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		o := s.connect(t, "")
		s.join(t, 1)
		s.join(t, 1).close()
		synctest.Wait()
		tell(o, said(1, 77, 1, "first", 1))
		sleep(time.Minute)
		tell(o, said(1, 77, 2, "second", 2))
		assert.Equal(t, []string{"1:first", "1:second"}, s.handled())
	})
}

// TestHub_takeoverSaidTwiceOfTooMuch has the event said on both connections which is the first that cannot wait any more.
func TestHub_takeoverSaidTwiceOfTooMuch(t *testing.T) {
	t.Parallel()
	for _, olderFirst := range []bool{true, false} {
		share(t, func(t *testing.T, s *shared) {
			older := s.join(t, 1)
			newer := s.connect(t, "1")
			both := said(1, 77, 1, "both", 0)
			if olderFirst {
				tell(older, both)
			}
			const held = 2048
			for i := range held {
				newer.send(groupTextOf(1, int64(i%100+200), 77, int64(i), "x"))
			}
			synctest.Wait()
			newer.send(both)
			synctest.Wait()
			if !olderFirst {
				tell(older, both)
			}
			<-older.done
			got := s.handled()
			assert.Len(t, got, held+1)
			assert.Contains(t, got, "1:both")
		})
	}
}
