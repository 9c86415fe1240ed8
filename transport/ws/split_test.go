package ws_test

import (
	"context"
	"net"
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

func TestDial_split(t *testing.T) {
	t.Parallel()
	killAPI := make(chan struct{})
	s := newServer(t, func(p *peer) {
		switch p.path {
		case "/api/":
			p.send(`{"post_type":"message","from":"api"}`)
			go func() {
				<-killAPI
				_ = p.NetConn().Close()
			}()
			p.echoes()
		case "/event":
			p.send(`{"post_type":"message","from":"event"}`)
			p.read()
		}
	})
	c := mustDial(t, s.url("/api/"), ws.Options{EventURL: s.url("/event")})
	frames, _ := receive(t, c)
	changes := make(chan transport.Change, 100)
	c.Watch(func(change transport.Change) { changes <- change })
	assert.Equal(t, transport.StateReady, (<-changes).State)
	_, err := c.Call(within(t, 5*time.Second), call(`{}`))
	require.NoError(t, err)
	assert.Contains(t, next(t, frames), `"event"`)
	assert.Empty(t, frames, "events on the socket for calls are the same ones again")

	// The one reconnects, the other stays.
	close(killAPI)
	for (<-changes).State != transport.StateReady {
		continue
	}
	assert.Empty(t, frames)
	assert.Equal(t, uint64(1), c.Counters().Reconnects)
	assert.Equal(t, int64(3), s.conns.Load())
}

func TestDial_splitFailsWhole(t *testing.T) {
	t.Parallel()
	s := newServer(t, (*peer).echoes)
	_, err := ws.Dial(t.Context(), s.url("/api"), quiet(ws.Options{EventURL: "ws://127.0.0.1:1/event"}))
	require.ErrorIs(t, err, transport.ErrNotConnected)
	assert.Contains(t, err.Error(), "/event", "it names the socket that failed")
}

func TestDial_splitEndsWhole(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *peer) {
		if p.path == "/event" {
			p.send(`{"status":"failed","retcode":1403,"data":null,"echo":null}`)
			return
		}
		p.echoes()
	})
	c := mustDial(t, s.url("/api"), ws.Options{EventURL: s.url("/event")})
	<-c.Done()
	_, err := c.Call(within(t, 5*time.Second), call(`{}`))
	one(t, err, transport.ErrNotSent, transport.ErrUnauthorized)
}

// dialOnce lets the first connection through, and others when it is opened.
func dialOnce(m *memory) (dial func(context.Context, string, string) (net.Conn, error), open func()) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := m.dial(ctx, network, addr)
		if m.dialled.Load() == 1 {
			m.refusing.Store(true)
		}
		return conn, err
	}, func() { m.refusing.Store(false) }
}

func TestDial_retry_otherSocketIsRejected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, func(p *peer) {
			<-time.After(5 * time.Second)
			p.send(`{"status":"failed","retcode":1403,"data":null,"echo":null}`)
		}, nil)
		dial, _ := dialOnce(m)
		start := time.Now()
		_, err := ws.Dial(t.Context(), "ws://server/api", quietDefaults(ws.Options{
			EventURL: "ws://server/event", DialRetry: true, Dial: dial,
		}))
		require.ErrorIs(t, err, transport.ErrUnauthorized)
		require.NotErrorIs(t, err, transport.ErrNotConnected)
		assert.Equal(t, 5*time.Second, time.Since(start))
		m.end()
	})
}

func TestDial_retry_otherSocketIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		m := newMemory(t, func(p *peer) {
			if p.path == "/api" && calls.Add(1) == 1 {
				<-time.After(time.Second)
				return
			}
			p.echoes()
		}, nil)
		dial, open := dialOnce(m)
		time.AfterFunc(10*time.Minute, open)
		c, err := ws.Dial(t.Context(), "ws://server/api", quietDefaults(ws.Options{
			EventURL: "ws://server/event", DialRetry: true, Dial: dial,
		}))
		require.NoError(t, err)
		_, err = c.Call(t.Context(), call(`{}`))
		require.NoError(t, err)
		assert.Equal(t, int64(2), calls.Load())
		require.NoError(t, c.Close())
		m.end()
	})
}

func TestDial_otherSocketCannotBeDialled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ends := make(chan error, 1)
		m := newMemory(t, func(p *peer) {
			_, _, err := p.ReadMessage()
			ends <- err
		}, nil)
		dial, _ := dialOnce(m)
		_, err := ws.Dial(t.Context(), "ws://server/api", quietDefaults(ws.Options{EventURL: "ws://server/event", Dial: dial}))
		require.ErrorIs(t, err, transport.ErrNotConnected)
		require.ErrorIs(t, err, errRefused)
		require.NotErrorIs(t, err, transport.ErrClosed)
		assert.True(t, websocket.IsCloseError(<-ends, websocket.CloseNormalClosure), "the first one is taken leave of")
		m.end()
	})
}

func TestDial_splitReplyOnTheWrongSocket(t *testing.T) {
	t.Parallel()
	asked, misled := make(chan request), make(chan struct{})
	s := newServer(t, func(p *peer) {
		if p.path == "/event" {
			p.ok(<-asked, `"wrong"`)
			p.send(`{"post_type":"notice"}`) // comes behind it
			p.read()
			return
		}
		r, _ := p.read()
		asked <- r
		<-misled
		p.ok(r, `"right"`)
		p.read()
	})
	c := mustDial(t, s.url("/api"), ws.Options{EventURL: s.url("/event")})
	go func() {
		_ = c.Receive(context.Background(), func(transport.Frame) { close(misled) })
	}()
	resp, err := c.Call(within(t, 5*time.Second), call(`{}`))
	require.NoError(t, err)
	assert.Equal(t, `"right"`, string(resp.Data))
	assert.Equal(t, transport.Counters{UnknownEchoes: 1}, c.Counters())
}
