package onebot_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

// TestHub_queueIsATotal: one handler runs, eight events wait, whoever they are for.
func TestHub_queueIsATotal(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		conns := []*dialler{s.join(t, 1), s.join(t, 2)}
		for i := range 20 {
			self := i%2 + 1
			tell(conns[i%2], fmt.Sprintf(`{"post_type":"message","message_type":"private","self_id":%d,"user_id":%d,"message_id":%d,`+
				`"message":"slow"}`, self, 100+i, i))
		}
		var overflowed uint64
		for _, c := range s.hub.Clients() {
			overflowed += c.Stats().Overflowed
		}
		assert.EqualValues(t, 20-1-8, overflowed)
	}, onebot.WithEventQueue(8), onebot.WithLanes(1))
}

// TestHub_cacheIsATotal: one place for a message, and the ids of two accounts are not mixed up.
func TestHub_cacheIsATotal(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two := s.join(t, 1), s.join(t, 2)
		withdrawn := make(chan string, 8)
		for self, c := range s.hub.Clients() {
			c.OnChatMessage(func(_ context.Context, m *onebot.ChatMessage) error {
				last := "nothing"
				if m.Last != nil {
					last = m.Last.Message.PlainText()
				}
				withdrawn <- fmt.Sprintf("%d: %s", self, last)
				return nil
			}, onebot.StatusWithdrawn)
		}
		recall := func(self int) string {
			return fmt.Sprintf(`{"post_type":"notice","notice_type":"friend_recall","self_id":%d,"user_id":5,"message_id":9}`, self)
		}
		said := func(self int, text string) string {
			return fmt.Sprintf(`{"post_type":"message","message_type":"private","self_id":%d,"user_id":5,"message_id":9,"message":%q}`, self, text)
		}
		tell(one, said(1, "for one"))
		tell(two, said(2, "for two"))
		tell(one, recall(1))
		tell(two, recall(2))
		synctest.Wait()
		assert.Equal(t, "1: nothing", <-withdrawn, "two's message took the place")
		assert.Equal(t, "2: for two", <-withdrawn)
	}, onebot.WithMessageCache(1))
}

// curious is a logger that asks for figures whenever something is logged.
type curious struct {
	slog.Handler

	ask func()
}

func (c curious) Handle(context.Context, slog.Record) error {
	c.ask()
	return nil
}

func (curious) Enabled(context.Context, slog.Level) bool { return true }

// TestHub_loggerAsksForStats: what is logged on the reader of a connection must not find it locked.
func TestHub_loggerAsksForStats(t *testing.T) {
	t.Parallel()
	asked := make(chan uint64, 64)
	var client atomic.Pointer[onebot.Client]
	log := slog.New(curious{slog.DiscardHandler, func() {
		if c := client.Load(); c != nil {
			select {
			case asked <- c.Stats().Overflowed:
			default:
			}
		}
	}})
	share(t, func(t *testing.T, s *shared) {
		one := s.join(t, 1)
		c, _ := s.hub.Client(1)
		client.Store(c)
		for i := range 3 {
			tell(one, said(1, 77, i, "slow", int64(i+1)))
		}
		assert.Equal(t, uint64(1), <-asked)
		client.Store(nil)
	}, onebot.WithEventQueue(1), onebot.WithLanes(1), onebot.WithLogger(log))
}

// A bot that wants no limit of accounts says so by a large number.
func TestHub_hugeAccountLimit(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{math.MaxInt / 3, math.MaxInt} {
		h, url := newHub(t, noSetup, onebot.WithAccountLimit(limit))
		universal(t, url, 10000, "it")
		assert.Equal(t, "it", answeredBy(t, clientOf(t, h, 10000)))
	}
}

// Strangers who are refused fill no log.
func TestHub_logsRefusalsOnceASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log lockedBuffer
		h, err := onebot.NewHub(noSetup, onebot.WithToken(hubToken), onebot.WithLogger(logTo(&log)))
		require.NoError(t, err)
		for range 2 {
			for range 500 {
				for _, token := range []string{"", "Bearer wrong", "Bearer " + hubToken} {
					r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
					r.Header = headers("", "", token)
					h.ServeHTTP(httptest.NewRecorder(), r)
				}
			}
			<-time.After(time.Second)
		}
		assert.Equal(t, 2, strings.Count(log.String(), "dialler refused"))
		assert.Contains(t, log.String(), "diallers=1 ", "the first at once")
		assert.Contains(t, log.String(), "diallers=1500 ", "the others together")
		assert.NoError(t, h.Close())
	})
}
