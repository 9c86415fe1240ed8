package onebot_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
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

// TestHub_catchUpTakenOver replaces both sockets of an account while a chat is read: the calls fail a second before the loss is told, and
// what comes meanwhile waits for what was missed.
func TestHub_catchUpTakenOver(t *testing.T) {
	t.Parallel()
	for range 10 { // else it may go well by chance
		synctest.Test(t, func(t *testing.T) {
			network := onebottest.NewNetwork()
			srv := onebottest.NewServer(t, onebottest.Lagrange, onebottest.WithNetwork(network), onebottest.WithToken(hubToken))
			var got heard
			hub, err := onebot.NewHub(func(_ onebot.UserID, c *onebot.Client) { c.OnMessage(got.add) },
				append(catchingUp(onebot.CatchUp{}), onebot.WithLogger(quiet()), onebot.WithToken(hubToken))...)
			require.NoError(t, err)
			listener, err := network.Listen("hub:80")
			require.NoError(t, err)
			front := &http.Server{Handler: hub, ReadHeaderTimeout: time.Second}
			served := make(chan error, 1)
			go func() { served <- front.Serve(listener) }()
			dial := func() {
				for _, role := range []string{"Event", "API"} {
					require.NoError(t, srv.DialReverseAs("ws://hub:80/", role))
					synctest.Wait()
				}
			}
			dial()
			sayIn(srv, "before")
			assert.Equal(t, []string{"before"}, got.settled(time.Minute))
			srv.DropAll()
			synctest.Wait()
			sayIn(srv, "missed")
			srv.Fault(onebottest.Late(3 * time.Second).On("get_group_msg_history"))
			dial()
			sleep(100 * time.Millisecond)
			dial()
			sayIn(srv, "live")
			assert.Equal(t, []string{"missed*", "live"}, got.settled(time.Minute))
			require.NoError(t, hub.Close())
			require.NoError(t, front.Close())
			assert.ErrorIs(t, <-served, http.ErrServerClosed)
			require.NoError(t, srv.Close())
		})
	}
}
