package ws_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

func TestConn_Close_steps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var server []string
		m := newMemory(t, func(p *peer) {
			for {
				_, data, err := p.ReadMessage()
				if err != nil {
					if websocket.IsCloseError(err, websocket.CloseNormalClosure) {
						server = append(server, "close frame")
					}
					return
				}
				server = append(server, string(data))
			}
		}, nil)
		c := m.mustDial(t, ws.Options{})
		var mu sync.Mutex
		var steps []string
		step := func(s string) {
			mu.Lock()
			defer mu.Unlock()
			steps = append(steps, s)
		}
		c.Watch(func(change transport.Change) {
			if change.Final {
				assert.ErrorIs(t, change.Err, transport.ErrClosed)
				step("watcher")
			}
		})
		var wg sync.WaitGroup
		wg.Go(func() {
			assert.ErrorIs(t, c.Receive(context.Background(), func(transport.Frame) {}), transport.ErrClosed)
		})
		wg.Go(func() {
			_, err := c.Call(context.Background(), call(`{}`))
			one(t, err, transport.ErrOutcomeUnknown, transport.ErrClosed)
			step("call")
			_, err = c.Call(context.Background(), call(`{}`))
			one(t, err, transport.ErrNotSent, transport.ErrClosed)
		})
		synctest.Wait()
		// Both at once: the second waits for the first.
		for range 2 {
			wg.Go(func() {
				assert.NoError(t, c.Close())
				assert.ErrorIs(t, c.Err(), transport.ErrClosed)
				<-c.Done()
			})
		}
		wg.Wait()
		assert.ElementsMatch(t, []string{"call", "watcher"}, steps)
		<-time.After(time.Hour)
		assert.Equal(t, int64(1), m.dialled.Load(), "nothing connects again")
		m.end()
		assert.Equal(t, []string{`{"action":"echo","params":{},"echo":"1"}`, "close frame"}, server)
	})
}

func TestConn_Close_stuckPeerGetsAQuarterOfASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, release := stuck(t)
		c := m.mustDial(t, ws.Options{PingInterval: -1})
		failed := make(chan error, 1)
		go func() {
			_, err := c.Call(context.Background(), call(`{}`))
			failed <- err
		}()
		synctest.Wait()
		start := time.Now()
		require.NoError(t, c.Close())
		assert.Equal(t, 250*time.Millisecond, time.Since(start))
		one(t, <-failed, transport.ErrNotSent, transport.ErrClosed)
		release()
		m.end()
	})
}
