package onebot_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
)

// What came before a permanent failure is handled, the word of the failure last: Run was still there to deliver it.
func TestClient_Run_handlesWhatCameBeforeAFailure(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]bool{"during Run": false, "before Run": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := answers(nil)
				c, err := onebot.New(d, onebot.WithLogger(quiet()))
				require.NoError(t, err)
				var texts []string
				c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error {
					texts = append(texts, m.Message.PlainText())
					<-time.After(time.Second)
					return nil
				})
				finals := 0
				onebot.On(c, func(_ context.Context, e *onebot.ConnectionEvent) error {
					assert.True(t, e.Final)
					finals++
					return nil
				})
				ran := make(chan error, 1)
				run := func() { ran <- c.Run(context.Background()) }
				if !late {
					go run()
					synctest.Wait()
				}
				for i, text := range []string{"a", "b", "c"} {
					d.push(groupText(7, 1, int64(1+i), text))
				}
				d.watch(transport.Change{State: transport.StateLost, Err: onebot.ErrUnauthorized, Final: true})
				d.final <- onebot.ErrUnauthorized
				synctest.Wait()
				if late {
					go run()
				}
				require.ErrorIs(t, <-ran, onebot.ErrUnauthorized)
				assert.Equal(t, []string{"a", "b", "c"}, texts)
				assert.Equal(t, 1, finals)
				assert.Zero(t, c.Stats().Discarded)
				require.ErrorIs(t, c.Run(context.Background()), onebot.ErrUnauthorized, "there is nothing more to deliver")
				require.NoError(t, c.Close())
			})
		})
	}
}
