package ws_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport/ws"
)

// memory is a network in memory with one server in it, for tests in fake time.
type memory struct {
	conns    chan net.Conn
	closed   chan struct{}
	dialled  atomic.Int64
	refusing atomic.Bool
	status   atomic.Int32 // answers the handshake, where it is not 0
	stop     context.CancelFunc
	running  sync.WaitGroup
	server   *http.Server
}

var errRefused = errors.New("connection refused")

// newMemory serves every WebSocket by serve; answer, where given, answers the handshake instead.
func newMemory(t *testing.T, serve func(p *peer), answer http.HandlerFunc) *memory {
	t.Helper()
	m := &memory{conns: make(chan net.Conn), closed: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	m.stop = cancel
	upgrader := websocket.Upgrader{}
	m.server = &http.Server{ReadHeaderTimeout: time.Hour, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status := m.status.Load(); status != 0 {
			w.WriteHeader(int(status))
			return
		}
		if answer != nil {
			answer(w, r)
			return
		}
		m.running.Add(1)
		defer m.running.Done()
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		defer stop()
		defer func() { _ = conn.Close() }()
		serve(&peer{Conn: conn, header: r.Header, path: r.URL.RequestURI()})
	})}
	m.running.Go(func() {
		_ = m.server.Serve(m)
	})
	return m
}

func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	m.dialled.Add(1)
	if m.refusing.Load() {
		return nil, errRefused
	}
	client, server := net.Pipe()
	select {
	case m.conns <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept, Close and Addr make it a net.Listener.
func (m *memory) Accept() (net.Conn, error) {
	select {
	case conn := <-m.conns:
		return conn, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	close(m.closed)
	return nil
}

func (m *memory) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

func (m *memory) end() {
	m.stop()
	_ = m.server.Close()
	m.running.Wait()
}

func (m *memory) mustDial(t *testing.T, o ws.Options) *ws.Conn {
	t.Helper()
	o.Dial = m.dial
	c, err := ws.Dial(t.Context(), "ws://server/", quietDefaults(o))
	require.NoError(t, err)
	return c
}
