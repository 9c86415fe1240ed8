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
