package onebot_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// heard collects what handlers get: the text, and a star behind what was caught up.
type heard struct {
	mu    sync.Mutex
	texts []string
}

func (h *heard) add(_ context.Context, m *onebot.MessageEvent) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	text := m.Message.PlainText()
	if m.CaughtUp {
		text += "*"
	}
	h.texts = append(h.texts, text)
	return nil
}

// settled gives what was heard, and forgets it, when all has come to rest.
func (h *heard) settled(d time.Duration) []string {
	<-time.After(d)
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	texts := h.texts
	h.texts = nil
	return texts
}

// away cuts the connection, lets say happen while the client is away, and lets it come back within three seconds or so.
func away(srv *onebottest.Server, say func()) {
	srv.Fault(onebottest.RefuseConn(503).Times(3))
	srv.DropAll()
	synctest.Wait()
	say()
}

// back waits until the client is connected again for the first time.
func back(c *onebot.Client) {
	for c.Stats().Reconnects == 0 {
		<-time.After(10 * time.Millisecond)
	}
	synctest.Wait()
}

func catchingUp(bounds onebot.CatchUp) []onebot.Option {
	return []onebot.Option{onebot.WithCatchUp(bounds), onebot.WithCallTimeout(5 * time.Second)}
}

func TestWithCatchUp_everyPersona(t *testing.T) {
	t.Parallel()
	for _, p := range onebottest.Personas() {
		for _, format := range []string{"array", "string"} {
			t.Run(p.String()+"/"+format, func(t *testing.T) {
				t.Parallel()
				inMemory(t, p, catchingUp(onebot.CatchUp{}), func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
					srv.Seed(onebottest.Group1, 50)
					srv.SeedPrivate(onebottest.Friend1, 50)
					var group, private heard
					c.OnGroupMessage(group.add)
					c.OnPrivateMessage(private.add)
					runClient(t, c)
					srv.Say(onebottest.Group1, onebottest.Friend2, "g0")
					srv.SayPrivate(onebottest.Friend1, "p0")
					srv.SayTemp(onebottest.Group1, onebottest.Stranger, "temporary sessions have no history")
					assert.Equal(t, []string{"g0"}, group.settled(time.Minute))
					private.settled(0)

					for round := range 3 { // and again after the next loss
						var wantGroup, wantPrivate []string
						away(srv, func() {
							for i := range 30 {
								srv.Say(onebottest.Group1, onebottest.Friend2, fmt.Sprint("g", round, i))
								srv.SayPrivate(onebottest.Friend1, fmt.Sprint("p", round, i))
								wantGroup = append(wantGroup, fmt.Sprint("g", round, i, "*"))
								wantPrivate = append(wantPrivate, fmt.Sprint("p", round, i, "*"))
							}
						})
						if p == onebottest.Standard {
							wantGroup = nil
						}
						if p == onebottest.Standard || p == onebottest.GoCQHTTP {
							wantPrivate = nil
						}
						assert.Equal(t, wantGroup, group.settled(time.Minute))
						assert.Equal(t, wantPrivate, private.settled(0))
						srv.Say(onebottest.Group1, onebottest.Friend2, "live")
						srv.SayPrivate(onebottest.Friend1, "live")
						assert.Equal(t, []string{"live"}, group.settled(time.Second))
						assert.Equal(t, []string{"live"}, private.settled(0))
					}
					assert.Equal(t, uint64(3), c.Stats().Reconnects)
					away(srv, func() {})
					assert.Empty(t, group.settled(time.Minute), "nothing was missed")
				}, onebottest.WithMessageFormat(format))
			})
		}
	}
}

// What comes live while the gap is read waits behind what was missed, and comes once although the history has it too.
func TestWithCatchUp_liveMeanwhile(t *testing.T) {
	t.Parallel()
	for _, p := range []onebottest.Persona{onebottest.NapCat, onebottest.LLBot, onebottest.Lagrange, onebottest.GoCQHTTP} {
		for _, slow := range []string{"get_version_info", "get_group_msg_history"} {
			t.Run(p.String()+"/"+slow, func(t *testing.T) {
				t.Parallel()
				inMemory(t, p, catchingUp(onebot.CatchUp{}), func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
					var got, other heard
					c.OnMessage(got.add, onebot.InGroup(group1))
					c.OnMessage(other.add, onebot.InGroup(onebot.GroupID(onebottest.Group2)))
					runClient(t, c)
					srv.Say(onebottest.Group1, onebottest.Friend2, "before")
					got.settled(time.Minute)
					srv.Fault(onebottest.Late(3 * time.Second).On(slow))
					away(srv, func() { srv.Say(onebottest.Group1, onebottest.Friend2, "missed") })
					back(c)
					<-time.After(time.Second)
					srv.Say(onebottest.Group1, onebottest.Friend2, "live")
					gone := srv.Say(onebottest.Group1, onebottest.Friend2, "gone")
					srv.Recall(gone)
					srv.Say(onebottest.Group2, onebottest.Friend2, "elsewhere")
					assert.Equal(t, []string{"elsewhere"}, other.settled(0), "other chats do not wait")
					assert.Equal(t, []string{"missed*", "live", "gone"}, got.settled(time.Minute))
				})
			})
		}
	}
}

// NapCat forgets its ids when it restarts. What came before the loss is found in the newest page.
func TestWithCatchUp_napcatRestarts(t *testing.T) {
	t.Parallel()
	inMemory(t, onebottest.NapCat, catchingUp(onebot.CatchUp{}), func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		var got heard
		c.OnMessage(got.add)
		runClient(t, c)
		srv.Seed(onebottest.Group1, 30)
		srv.Say(onebottest.Group1, onebottest.Friend2, "before")
		got.settled(time.Minute)
		away(srv, func() {
			srv.ForgetIDs()
			for i := range 45 {
				srv.Say(onebottest.Group1, onebottest.Friend2, strconv.Itoa(i))
			}
		})
		texts := got.settled(time.Minute)
		require.Len(t, texts, 45)
		assert.Equal(t, "0*", texts[0])
		assert.Equal(t, "44*", texts[44])
	})
}

// The last message before the loss, and one of the missed, are withdrawn: neither comes, nor anything twice.
func TestWithCatchUp_withdrawn(t *testing.T) {
	t.Parallel()
	for _, p := range []onebottest.Persona{onebottest.NapCat, onebottest.LLBot, onebottest.Lagrange, onebottest.GoCQHTTP} {
		inMemory(t, p, catchingUp(onebot.CatchUp{}), func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
			var got heard
			c.OnMessage(got.add)
			runClient(t, c)
			srv.Say(onebottest.Group1, onebottest.Friend2, "a")
			srv.Say(onebottest.Group1, onebottest.Friend2, "b")
			last := srv.Say(onebottest.Group1, onebottest.Friend2, "c") // all in one second
			assert.Len(t, got.settled(0), 3)
			away(srv, func() {
				srv.Recall(last)
				srv.Recall(srv.Say(onebottest.Group1, onebottest.Friend2, "withdrawn"))
				srv.Say(onebottest.Group1, onebottest.Friend2, "stays")
			})
			assert.Equal(t, []string{"stays*"}, got.settled(time.Minute), p)
		})
	}
}

// The history of go-cqhttp ends at twenty messages in a row that were withdrawn, or so it looks: that something may be missing is logged.
func TestWithCatchUp_manyWithdrawn(t *testing.T) {
	t.Parallel()
	for _, many := range []int{5, 25} {
		var log lockedBuffer
		opts := append(catchingUp(onebot.CatchUp{}), onebot.WithLogger(logTo(&log)))
		inMemory(t, onebottest.GoCQHTTP, opts, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
			var got heard
			c.OnMessage(got.add)
			runClient(t, c)
			srv.Seed(onebottest.Group1, 30)
			srv.Say(onebottest.Group1, onebottest.Friend2, "before")
			got.settled(time.Minute)
			away(srv, func() {
				srv.Say(onebottest.Group1, onebottest.Friend2, "missed")
				for range many {
					srv.Recall(srv.Say(onebottest.Group1, onebottest.Friend2, "spam"))
				}
			})
			texts := got.settled(time.Minute)
			if many < 20 {
				assert.Equal(t, []string{"missed*"}, texts)
				assert.NotContains(t, log.String(), "may be missing")
				return
			}
			assert.Empty(t, texts)
			assert.Contains(t, log.String(), "messages may be missing")
		})
	}
}

func TestWithCatchUp_ownMessages(t *testing.T) {
	t.Parallel()
	for _, p := range []onebottest.Persona{onebottest.NapCat, onebottest.LLBot, onebottest.Lagrange, onebottest.GoCQHTTP} {
		for _, reports := range []bool{false, true} {
			var more []onebottest.Option
			want := []string(nil)
			if reports {
				more = append(more, onebottest.WithReportSelf())
				want = []string{"from the phone*"}
			}
			inMemory(t, p, catchingUp(onebot.CatchUp{}), func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
				var own, others heard
				c.OnOwnMessage(own.add)
				c.OnMessage(others.add)
				runClient(t, c)
				srv.Say(onebottest.Group1, onebottest.Friend2, "hi")
				_, err := c.SendGroupMsg(t.Context(), group1, onebot.Text("hello"))
				require.NoError(t, err)
				own.settled(time.Minute)
				others.settled(0)
				away(srv, func() { srv.Say(onebottest.Group1, onebottest.Account, "from the phone") })
				assert.Equal(t, want, own.settled(time.Minute), "%s reports own messages: %v", p, reports)
				assert.Empty(t, others.settled(0))
			}, more...)
		}
	}
}

func TestWithCatchUp_bounds(t *testing.T) {
	t.Parallel()
	inMemory(t, onebottest.LLBot, catchingUp(onebot.CatchUp{Chats: 1, Messages: 25}), func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		var got heard
		c.OnMessage(got.add)
		runClient(t, c)
		srv.Say(onebottest.Group2, onebottest.Friend2, "forgotten")
		srv.Say(onebottest.Group1, onebottest.Friend2, "remembered")
		got.settled(time.Minute)
		away(srv, func() {
			srv.Say(onebottest.Group2, onebottest.Friend2, "lost")
			for i := range 60 {
				srv.Say(onebottest.Group1, onebottest.Friend2, strconv.Itoa(i))
			}
		})
		texts := got.settled(time.Minute)
		require.Len(t, texts, 25)
		assert.Equal(t, "35*", texts[0], "the newest of them")
		assert.Equal(t, "59*", texts[24])
		assert.Len(t, srv.CallsOf("get_group_msg_history"), 2)
	})
	for _, bad := range []onebot.CatchUp{{Chats: -1}, {Messages: -1}, {Timeout: -1}} {
		_, err := onebot.New(answers(nil), onebot.WithCatchUp(bad))
		require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	}
	inMemory(t, onebottest.NapCat, nil, func(t *testing.T, srv *onebottest.Server, c *onebot.Client) {
		var got heard
		c.OnMessage(got.add)
		runClient(t, c)
		srv.Say(onebottest.Group1, onebottest.Friend2, "x")
		got.settled(time.Second)
		away(srv, func() { srv.Say(onebottest.Group1, onebottest.Friend2, "missed") })
		assert.Empty(t, got.settled(time.Minute))
		assert.Empty(t, srv.CallsOf("get_group_msg_history"), "off by default")
	})
}
