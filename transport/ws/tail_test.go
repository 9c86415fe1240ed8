package ws_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

var errPipe = errors.New("broken pipe")

// halfBroken is a connection that can be read and, once it is broken, no more written to.
type halfBroken struct {
	net.Conn
	broken *atomic.Bool
}

func (c halfBroken) Write(p []byte) (int, error) {
	if c.broken.Load() {
		return 0, errPipe
	}
	return c.Conn.Write(p)
}

// dialHalf dials m so that writing breaks when the returned flag is set.
func dialHalf(t *testing.T, m *memory) (*ws.Conn, *atomic.Bool) {
	t.Helper()
	broken := new(atomic.Bool)
	c, err := ws.Dial(t.Context(), "ws://server/", quietDefaults(ws.Options{
		PingInterval: -1,
		FailFast:     true,
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := m.dial(ctx, network, addr)
			return halfBroken{conn, broken}, err
		},
	}))
	require.NoError(t, err)
	return c, broken
}

func TestConn_writeFails_whatHasComeIsRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		goOn := make(chan struct{})
		m := newMemory(t, func(p *peer) {
			r, _ := p.read()
			<-goOn
			for range 10 {
				p.send(`{"post_type":"notice"}`)
			}
			p.ok(r, `1`)
		}, nil)
		c, broken := dialHalf(t, m)
		m.refusing.Store(true)
		var events atomic.Int64
		go func() { _ = c.Receive(context.Background(), func(transport.Frame) { events.Add(1) }) }()
		first, second := make(chan error, 1), make(chan error, 1)
		go func() {
			_, err := c.Call(context.Background(), call(`{}`))
			first <- err
		}()
		synctest.Wait()
		broken.Store(true)
		go func() {
			_, err := c.Call(context.Background(), call(`{}`))
			second <- err
		}()
		synctest.Wait()
		close(goOn)
		require.NoError(t, <-first)
		assert.Equal(t, int64(10), events.Load())
		start := time.Now()
		one(t, <-second, transport.ErrNotSent, transport.ErrNotConnected)
		assert.Zero(t, time.Since(start), "the peer has ended too")
		require.NoError(t, c.Close())
		m.end()
	})
}

func TestConn_writeFails_peerThatStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		m := newMemory(t, func(p *peer) {
			p.read()
			<-release
		}, nil)
		c, broken := dialHalf(t, m)
		m.refusing.Store(true)
		results := make(chan error, 1)
		go func() {
			_, err := c.Call(context.Background(), call(`{}`))
			results <- err
		}()
		synctest.Wait()
		broken.Store(true)
		start := time.Now()
		unwritten := make(chan error, 1)
		go func() {
			_, err := c.Call(context.Background(), call(`{}`))
			unwritten <- err
		}()
		synctest.Wait()
		_, err := c.Call(context.Background(), call(`{}`))
		one(t, err, transport.ErrNotSent, transport.ErrNotConnected, errPipe)
		assert.Zero(t, time.Since(start), "FailFast does not wait for what is still read")
		one(t, <-unwritten, transport.ErrNotSent, transport.ErrNotConnected, errPipe)
		one(t, <-results, transport.ErrOutcomeUnknown, errPipe)
		assert.Equal(t, time.Second, time.Since(start))
		require.NoError(t, c.Close())
		close(release)
		m.end()
	})
}

func TestConn_writeFails_closeDoesNotWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		m := newMemory(t, func(*peer) { <-release }, nil)
		c, broken := dialHalf(t, m)
		broken.Store(true)
		go func() { _, _ = c.Call(context.Background(), call(`{}`)) }()
		synctest.Wait()
		start := time.Now()
		require.NoError(t, c.Close())
		assert.Zero(t, time.Since(start))
		close(release)
		m.end()
	})
}

// appendFrame appends a frame as a server sends it.
func appendFrame(dst []byte, text string) []byte {
	dst = binary.BigEndian.AppendUint16(append(dst, 0x81, 126), uint16(len(text)))
	return append(dst, text...)
}

// TestConn_writeFails_realSocket has a reader that is late when the peer answers, says more and goes away, while calls are written.
func TestConn_writeFails_realSocket(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB, func(*peer)) *server{"ws": newServer, "wss": newTLSServer} {
		const events = 40 // what a receive buffer holds at least
		gone := make(chan struct{})
		s := start(t, func(p *peer) {
			r, _ := p.read()
			// In one write: many would wait for each other, and be dropped with the rest of what has not left.
			var all []byte
			for range events {
				all = appendFrame(all, `{"post_type":"notice","pad":"`+strings.Repeat("x", 1000)+`"}`)
			}
			_, _ = p.NetConn().Write(appendFrame(all, `{"status":"ok","retcode":0,"data":null,"echo":"`+r.Echo+`"}`))
			_ = p.Close()
			close(gone)
		})
		o := ws.Options{Backoff: transport.Backoff{Min: time.Hour, Max: time.Hour}}
		url := s.url("/")
		if s.TLS != nil {
			roots := x509.NewCertPool()
			roots.AddCert(s.Certificate())
			o.TLS, url = &tls.Config{RootCAs: roots}, "wss"+strings.TrimPrefix(s.URL, "https")+"/"
		}
		c := mustDial(t, url, o)
		late, came := make(chan struct{}), make(chan struct{}, events)
		go func() {
			_ = c.Receive(context.Background(), func(transport.Frame) {
				<-late
				came <- struct{}{}
			})
		}()
		answered := make(chan error, 1)
		go func() {
			_, err := c.Call(within(t, 10*time.Second), call(`{}`))
			answered <- err
		}()
		<-gone
		// Calls are written until the connection takes none.
		require.Eventually(t, func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
			defer cancel()
			_, err := c.Call(ctx, call(`{}`))
			return errors.Is(err, transport.ErrNotSent)
		}, 10*time.Second, time.Millisecond)
		close(late)
		require.NoError(t, <-answered, name)
		require.Eventually(t, func() bool { return len(came) == events }, 10*time.Second, time.Millisecond)
	}
}
