package ws_test

import (
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
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

// TestConn_Retire_slowReader: a reader that is slow gets the time that it needs, where it gets on, and no more than three times the time.
func TestConn_Retire_slowReader(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		each    time.Duration // what the sink takes for an event
		sent    int
		handled int
		within  time.Duration
	}{
		{190 * time.Millisecond, 10, 10, 2250 * time.Millisecond},
		{190 * time.Millisecond, 100, 16, 3040 * time.Millisecond},
		{2 * time.Second, 10, 1, 2 * time.Second}, // it gets nowhere
	} {
		synctest.Test(t, func(t *testing.T) {
			var handled atomic.Int64
			conns, ended := make(chan *ws.Conn, 1), make(chan error, 1)
			m := newMemory(t, nil, func(w http.ResponseWriter, r *http.Request) {
				c, err := ws.Accept(w, r, ws.AcceptOptions{PingInterval: -1, Ended: func(why error) { ended <- why }, Sink: func(transport.Frame) {
					handled.Add(1)
					<-time.After(tt.each)
				}})
				assert.NoError(t, err)
				conns <- c
			})
			dialer := websocket.Dialer{NetDialContext: m.dial}
			conn, resp, err := dialer.DialContext(t.Context(), "ws://server/", nil)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			start := time.Now()
			(<-conns).Retire(time.Second, errors.New("somebody newer came"))
			sent := make(chan struct{})
			go func() {
				defer close(sent)
				p := &peer{Conn: conn}
				for range tt.sent {
					p.send(`{"post_type":"notice"}`) // which waits for the reader
				}
			}()
			require.Error(t, <-ended)
			assert.LessOrEqual(t, time.Since(start), tt.within)
			assert.EqualValues(t, tt.handled, handled.Load())
			<-sent
			require.NoError(t, conn.Close())
			m.end()
		})
	}
}
