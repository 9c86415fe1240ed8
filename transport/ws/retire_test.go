package ws_test

import (
	"errors"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

// TestConn_Retire: what has been sent is read, nothing is written any more, and the time is up for a peer that stays.
func TestConn_Retire(t *testing.T) {
	t.Parallel()
	newer := errors.New("somebody newer came")
	const events = 100
	for _, limit := range []time.Duration{0, time.Second} {
		had := make(chan time.Time, events)
		reverse(t, ws.AcceptOptions{Sink: func(transport.Frame) { had <- time.Now() }}, func(t *testing.T, c *ws.Conn, p *websocket.Conn) {
			t.Helper()
			for range events {
				require.NoError(t, p.WriteMessage(websocket.TextMessage, []byte(`{"post_type":"notice"}`)))
			}
			start := time.Now()
			c.Retire(limit, newer)
			_, err := c.Call(t.Context(), call(`{}`))
			one(t, err, transport.ErrNotSent, transport.ErrNotConnected, newer)
			<-c.Done()
			assert.Equal(t, limit, time.Since(start))
			require.ErrorIs(t, c.Err(), newer)
			if limit > 0 {
				assert.Len(t, had, events)
			}
		})
	}
}
