package ws_test

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

// reverse runs f in a bubble of fake time with an accepted connection and its peer.
func reverse(t *testing.T, o ws.AcceptOptions, f func(t *testing.T, c *ws.Conn, p *websocket.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.Logger = slog.New(slog.DiscardHandler)
		network := onebottest.NewNetwork()
		listener, err := network.Listen("host:80")
		require.NoError(t, err)
		conns := make(chan accepted, 1)
		srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, err := ws.Accept(w, r, o)
			conns <- accepted{c, err}
		})}
		served := make(chan error, 1)
		go func() { served <- srv.Serve(listener) }()
		p, resp, err := (&websocket.Dialer{NetDialContext: network.DialContext}).DialContext(t.Context(), "ws://host:80/", nil)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		a := <-conns
		require.NoError(t, a.err)
		f(t, a.conn, p)
		require.NoError(t, a.conn.Close())
		require.NoError(t, p.Close())
		require.NoError(t, srv.Close())
		assert.ErrorIs(t, <-served, http.ErrServerClosed)
	})
}

// drain reads until the connection ends, which is what answers pings.
func drain(p *websocket.Conn) {
	for {
		if _, _, err := p.NextReader(); err != nil {
			return
		}
	}
}

// alive fails where the connection has ended.
func alive(t *testing.T, c *ws.Conn) {
	t.Helper()
	select {
	case <-c.Done():
		require.NoError(t, c.Err())
	default:
	}
}

const beat = `{"post_type":"meta_event","meta_event_type":"heartbeat","interval":5000}`

// Whatever comes is a sign of life: a pong, a ping of the peer's, and a part of a frame.
func TestAccept_signsOfLife(t *testing.T) {
	t.Parallel()
	t.Run("pongs", func(t *testing.T) {
		t.Parallel()
		reverse(t, ws.AcceptOptions{}, func(t *testing.T, c *ws.Conn, p *websocket.Conn) {
			t.Helper()
			go drain(p)
			<-time.After(10 * time.Minute)
			alive(t, c)
		})
	})
	t.Run("pings", func(t *testing.T) {
		t.Parallel()
		reverse(t, ws.AcceptOptions{PingInterval: -1}, func(t *testing.T, c *ws.Conn, p *websocket.Conn) {
			t.Helper()
			go drain(p)
			require.NoError(t, p.WriteMessage(websocket.TextMessage, []byte(beat)))
			for range 60 {
				<-time.After(10 * time.Second)
				require.NoError(t, p.WriteControl(websocket.PingMessage, nil, time.Time{}))
			}
			alive(t, c)
			<-time.After(26 * time.Second)
			require.ErrorContains(t, c.Err(), "heartbeats have stopped")
		})
	})
	t.Run("parts of a frame", func(t *testing.T) {
		t.Parallel()
		reverse(t, ws.AcceptOptions{PingInterval: -1}, func(t *testing.T, c *ws.Conn, p *websocket.Conn) {
			t.Helper()
			require.NoError(t, p.WriteMessage(websocket.TextMessage, []byte(beat)))
			const parts, part = 60, 1000
			frame := append([]byte{0x81, 0x80 | 126}, binary.BigEndian.AppendUint16(nil, parts*part)...)
			frame = append(frame, 0, 0, 0, 0) // a mask that changes nothing
			_, err := p.NetConn().Write(frame)
			require.NoError(t, err)
			for range parts {
				<-time.After(10 * time.Second)
				_, err := p.NetConn().Write([]byte(strings.Repeat(" ", part)))
				require.NoError(t, err)
			}
			alive(t, c)
		})
	})
}

// A connection that is calm, becomes busy, and calms down again gives its events in their order.
func TestAccept_calmAndBusy(t *testing.T) {
	t.Parallel()
	var got []string
	sink := func(f transport.Frame) { got = append(got, string(f.Data)) }
	reverse(t, ws.AcceptOptions{Sink: sink}, func(t *testing.T, _ *ws.Conn, p *websocket.Conn) {
		t.Helper()
		go drain(p)
		var want []string
		say := func(n int, pause time.Duration) {
			for range n {
				frame := fmt.Sprintf(`{"post_type":"notice","n":%d}`, len(want))
				want = append(want, frame)
				require.NoError(t, p.WriteMessage(websocket.TextMessage, []byte(frame)))
				<-time.After(pause)
			}
		}
		say(10, 5*time.Second)
		say(200, 0)
		say(10, 5*time.Second)
		synctest.Wait()
		assert.Equal(t, want, got)
	})
}
