package onebottest_test

import (
	"context"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onebot-go/onebot/onebottest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func pair(t *testing.T, n *onebottest.Network) (client, server net.Conn) {
	t.Helper()
	l, err := n.Listen("127.0.0.1:0")
	require.NoError(t, err)
	client, err = n.DialContext(t.Context(), "tcp", l.Addr().String())
	require.NoError(t, err)
	server, err = l.Accept()
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return client, server
}

func TestNetwork_buffersAndDeadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t, onebottest.NewNetwork())
		n, err := a.Write(make([]byte, 64<<10))
		require.NoError(t, err)
		assert.Equal(t, 64<<10, n)
		start := time.Now()
		require.NoError(t, a.SetWriteDeadline(start.Add(time.Minute)))
		n, err = a.Write([]byte("xyz"))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Zero(t, n)
		assert.Equal(t, time.Minute, time.Since(start))
		require.NoError(t, a.SetWriteDeadline(time.Time{}))

		// Bytes written before the close can be read, then comes the end.
		require.NoError(t, a.Close())
		got, err := io.ReadAll(b)
		require.NoError(t, err)
		assert.Len(t, got, 64<<10)
		_, err = b.Write([]byte("x"))
		require.ErrorIs(t, err, io.ErrClosedPipe)
		_, err = a.Read(make([]byte, 1))
		require.ErrorIs(t, err, net.ErrClosed)
		require.NoError(t, b.Close())
	})
}

func TestNetwork_deadlineMovedWhileReading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t, onebottest.NewNetwork())
		start := time.Now()
		require.NoError(t, b.SetReadDeadline(start.Add(time.Hour)))
		read := make(chan error)
		go func() {
			_, err := b.Read(make([]byte, 1))
			read <- err
		}()
		synctest.Wait()
		require.NoError(t, b.SetReadDeadline(start.Add(time.Second)))
		require.ErrorIs(t, <-read, os.ErrDeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(start))

		// A deadline taken away lets the next read wait for bytes.
		require.NoError(t, b.SetReadDeadline(time.Time{}))
		go func() {
			_, err := b.Read(make([]byte, 1))
			read <- err
		}()
		synctest.Wait()
		_, err := a.Write([]byte("x"))
		require.NoError(t, err)
		require.NoError(t, <-read)
		require.NoError(t, a.Close())
		require.NoError(t, b.Close())
	})
}

func TestNetwork_chunk(t *testing.T) {
	t.Parallel()
	n := onebottest.NewNetwork()
	n.SetChunk(1)
	a, b := pair(t, n)
	_, err := a.Write([]byte("abc"))
	require.NoError(t, err)
	buf := make([]byte, 10)
	got, err := b.Read(buf)
	require.NoError(t, err)
	assert.Equal(t, "a", string(buf[:got]))
	require.NoError(t, a.Close())
	require.NoError(t, b.Close())
}

func TestNetwork_freeze(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := onebottest.NewNetwork()
		a, b := pair(t, n)
		n.Freeze()
		// A half-open connection: writes go into the buffer, nothing arrives, not even the end.
		_, err := a.Write([]byte("lost?"))
		require.NoError(t, err)
		require.NoError(t, a.Close())
		require.NoError(t, b.SetReadDeadline(time.Now().Add(time.Minute)))
		_, err = b.Read(make([]byte, 10))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		n.Thaw()
		require.NoError(t, b.SetReadDeadline(time.Time{}))
		got, err := io.ReadAll(b)
		require.NoError(t, err)
		assert.Equal(t, "lost?", string(got))
		require.NoError(t, b.Close())
	})
}

func TestNetwork_addresses(t *testing.T) {
	t.Parallel()
	n := onebottest.NewNetwork()
	l, err := n.Listen("127.0.0.1:80")
	require.NoError(t, err)
	_, err = n.Listen("127.0.0.1:80")
	require.ErrorContains(t, err, "in use")
	require.NoError(t, l.Close())
	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = n.DialContext(t.Context(), "tcp", "127.0.0.1:80")
	require.ErrorIs(t, err, os.ErrNotExist)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = n.DialContext(ctx, "tcp", "127.0.0.1:80")
	require.ErrorIs(t, err, context.Canceled)
}

// A connection that comes while its listener closes is refused or reset; it does not stay open with nobody at the other end.
func TestNetwork_dialWhileClosing(t *testing.T) {
	t.Parallel()
	n := onebottest.NewNetwork()
	for range 10000 {
		l, err := n.Listen("127.0.0.1:80")
		require.NoError(t, err)
		closed := make(chan error)
		go func() { closed <- l.Close() }()
		c, err := n.DialContext(t.Context(), "tcp", "127.0.0.1:80")
		require.NoError(t, <-closed)
		if err != nil {
			require.ErrorIs(t, err, os.ErrNotExist)
			continue
		}
		require.NoError(t, c.SetReadDeadline(time.Now().Add(5*time.Second)))
		_, err = c.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
		require.NoError(t, c.Close())
	}
}

// A server restarts behind the same address as another implementation.
func TestNetwork_restartAsAnother(t *testing.T) {
	t.Parallel()
	n := onebottest.NewNetwork()
	first, err := onebottest.Start(onebottest.NapCat, onebottest.WithNetwork(n))
	require.NoError(t, err)
	addr := first.Addr()
	require.NoError(t, first.Close())
	second := onebottest.NewServer(t, onebottest.GoCQHTTP, onebottest.WithNetwork(n), onebottest.WithAddr(addr))
	assert.Equal(t, "ws://"+addr+"/", second.URL())
	w := dial(t, second, "/api", nil)
	assert.Contains(t, w.call("get_version_info", "{}"), "go-cqhttp")
}
