package onebot_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// TestHub_catchUp: an account that dials in again gets what was said while it was away, on whichever connection its calls go, and once.
func TestHub_catchUp(t *testing.T) {
	t.Parallel()
	for _, persona := range onebottest.Personas() {
		if persona == onebottest.Standard { // has no history
			continue
		}
		for _, roles := range [][]string{{"Universal"}, {"API", "Event"}} {
			t.Run(fmt.Sprint(persona, roles), func(t *testing.T) {
				t.Parallel()
				srv := onebottest.NewServer(t, persona, onebottest.WithToken(hubToken))
				srv.Seed(onebottest.Group1, 30)
				texts := make(chan string, 100)
				h, url := newHub(t, func(_ onebot.UserID, c *onebot.Client) {
					c.OnGroupMessage(func(_ context.Context, m *onebot.MessageEvent) error {
						text := m.Message.PlainText()
						if m.CaughtUp {
							text += "*"
						}
						texts <- text
						return nil
					})
				}, onebot.WithCatchUp(onebot.CatchUp{}), onebot.WithCallTimeout(5*time.Second))
				heard := func(want ...string) {
					t.Helper()
					for _, text := range want {
						select {
						case got := <-texts:
							assert.Equal(t, text, got)
						case <-time.After(20 * time.Second):
							require.Fail(t, "not heard", text)
						}
					}
				}
				dial := func() {
					t.Helper()
					for _, role := range roles {
						require.NoError(t, srv.DialReverseAs(url, role))
					}
				}
				dial()
				c := clientOf(t, h, onebot.UserID(onebottest.Account))
				srv.Say(onebottest.Group1, onebottest.Friend2, "before")
				heard("before")
				for round := range 2 {
					lost := c.Stats().Reconnects
					srv.DropAll()
					var want []string
					for i := range 25 {
						text := fmt.Sprint("missed", round, "-", i)
						srv.Say(onebottest.Group1, onebottest.Friend2, text)
						want = append(want, text+"*")
					}
					dial()
					require.Eventually(t, func() bool { return c.Stats().Reconnects > lost }, 5*time.Second, time.Millisecond)
					heard(want...)
					srv.Say(onebottest.Group1, onebottest.Friend2, "live")
					heard("live")
				}
				assert.Empty(t, texts, "nothing comes twice")
			})
		}
	}
}

// TestHub_catchUpDuringSetup: connections are lost while setup runs. What was missed comes when it has returned, each in its place among
// the events that waited for it.
func TestHub_catchUpDuringSetup(t *testing.T) {
	t.Parallel()
	for _, persona := range withHistory() {
		t.Run(persona.String(), func(t *testing.T) {
			t.Parallel()
			srv := onebottest.NewServer(t, persona, onebottest.WithToken(hubToken))
			srv.Seed(onebottest.Group1, 30)
			texts, proceed := make(chan string, 100), make(chan struct{})
			h, url := newHub(t, func(_ onebot.UserID, c *onebot.Client) {
				<-proceed
				c.OnGroupMessage(func(_ context.Context, m *onebot.MessageEvent) error {
					texts <- fmt.Sprint(m.Message.PlainText(), " ", m.CaughtUp)
					return nil
				})
			}, onebot.WithCatchUp(onebot.CatchUp{}), onebot.WithCallTimeout(5*time.Second))
			require.NoError(t, srv.DialReverse(url))
			c := clientOf(t, h, onebot.UserID(onebottest.Account))
			live := func(text string) {
				t.Helper()
				srv.Say(onebottest.Group1, onebottest.Friend2, text)
				_, err := c.Call(t.Context(), "get_status", nil)
				require.NoError(t, err, "its answer comes behind the event")
			}
			live("live0")
			want := []string{"live0 false"}
			for round := range 2 {
				lost := c.Stats().Reconnects
				srv.DropAll()
				for i := range 3 {
					text := fmt.Sprint("missed", round, i)
					srv.Say(onebottest.Group1, onebottest.Friend2, text)
					want = append(want, text+" true")
				}
				require.NoError(t, srv.DialReverse(url))
				require.Eventually(t, func() bool { return c.Stats().Reconnects > lost }, 5*time.Second, time.Millisecond)
				for i := range 2 {
					text := fmt.Sprint("live", round, i)
					live(text)
					want = append(want, text+" false")
				}
			}
			assert.Empty(t, texts)
			close(proceed)
			for _, text := range want {
				assert.Equal(t, text, take(t, texts))
			}
			live("live3")
			assert.Equal(t, "live3 false", take(t, texts))
			assert.Empty(t, texts, "nothing comes twice")
		})
	}
}
