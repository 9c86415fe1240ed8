package onebot_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// fleet is a hub in memory and many accounts that dial it.
type fleet struct {
	hub     *onebot.Hub
	network *onebottest.Network
	serving chan error
	server  *http.Server
	seen    []sync.Map // of each account, the ids of the messages handled
	handled atomic.Int64
	twice   atomic.Int64
	setups  atomic.Int64
}

func newFleet(tb testing.TB, n int) *fleet {
	tb.Helper()
	f := &fleet{network: onebottest.NewNetwork(), serving: make(chan error, 1), seen: make([]sync.Map, n+1)}
	hub, err := onebot.NewHub(func(self onebot.UserID, c *onebot.Client) {
		f.setups.Add(1)
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error {
			if _, again := f.seen[self].LoadOrStore(m.ID, true); again {
				f.twice.Add(1)
			}
			f.handled.Add(1)
			return nil
		})
	}, onebot.WithToken(hubToken), onebot.WithLogger(quiet()), onebot.WithEventQueue(8*n))
	require.NoError(tb, err)
	f.hub = hub
	listener, err := f.network.Listen("hub:80")
	require.NoError(tb, err)
	f.server = &http.Server{Handler: hub, ReadHeaderTimeout: 5 * time.Second}
	go func() { f.serving <- f.server.Serve(listener) }()
	tb.Cleanup(func() {
		assert.NoError(tb, f.hub.Close())
		assert.NoError(tb, f.server.Close())
		assert.ErrorIs(tb, <-f.serving, http.ErrServerClosed)
	})
	return f
}

// connect dials for one account, greets, and says one message.
func (f *fleet) connect(tb testing.TB, self, message int) *websocket.Conn {
	tb.Helper()
	d := websocket.Dialer{NetDialContext: f.network.DialContext, ReadBufferSize: 256, WriteBufferSize: 256}
	ws, resp, err := d.DialContext(tb.Context(), "ws://hub:80/", headers(strconv.Itoa(self), "Universal", "Bearer "+hubToken))
	if !assert.NoError(tb, err) {
		return nil
	}
	assert.NoError(tb, resp.Body.Close())
	assert.NoError(tb, ws.WriteMessage(websocket.TextMessage, []byte(lifecycle(int64(self)))))
	if message > 0 {
		assert.NoError(tb, ws.WriteMessage(websocket.TextMessage, []byte(groupTextOf(int64(self), 100, 7000077, int64(message), "hi"))))
	}
	return ws
}

// all connects every account at once and waits until each has been heard.
func (f *fleet) all(tb testing.TB, message int) []*websocket.Conn {
	tb.Helper()
	conns := make([]*websocket.Conn, len(f.seen))
	before := f.handled.Load()
	var dialling sync.WaitGroup
	for self := 1; self < len(f.seen); self++ {
		dialling.Go(func() { conns[self] = f.connect(tb, self, message) })
	}
	dialling.Wait()
	require.Eventually(tb, func() bool { return f.handled.Load()-before == int64(len(f.seen)-1) }, 30*time.Second, time.Millisecond)
	return conns
}

// TestHub_thousandAccounts drops a thousand accounts at once and lets them come back at once, some of them before the hub has
// noticed that they were gone.
func TestHub_thousandAccounts(t *testing.T) { //nolint:paralleltest // it takes the whole machine, and others measure time
	const n = 1000
	f := newFleet(t, n)
	conns := f.all(t, 1)
	for round := range 3 {
		start := time.Now()
		var dropping sync.WaitGroup
		for self := 1; self <= n; self++ {
			if (self+round)%3 != 0 { // the others are replaced while they stand
				dropping.Go(func() { _ = conns[self].NetConn().Close() })
			}
		}
		dropping.Wait()
		old := conns
		conns = f.all(t, round+2)
		t.Logf("round %d: %d accounts back after %s", round, n, time.Since(start))
		for self := 1; self <= n; self++ {
			// What an older connection still says, or says again, is not for anybody.
			_ = old[self].WriteMessage(websocket.TextMessage, []byte(groupTextOf(int64(self), 100, 7000077, int64(round+1), "hi")))
			_ = old[self].NetConn().Close()
		}
	}
	assert.EqualValues(t, n, f.setups.Load(), "handlers are set up once")
	assert.Zero(t, f.twice.Load(), "no event is handled twice")
	assert.EqualValues(t, 4*n, f.handled.Load())
	known := 0
	for self, c := range f.hub.Clients() {
		known++
		assert.EqualValues(t, 3, c.Stats().Reconnects, "account %d", self)
		assert.Zero(t, c.Stats().Overflowed)
	}
	assert.Equal(t, n, known)
	for _, ws := range conns[1:] {
		assert.NoError(t, ws.NetConn().Close())
	}
}

// TestHub_idleAccounts measures what an account costs that is connected and silent: over loopback, with diallers that are bare
// TCP connections, so that nearly all of it is the hub's.
func TestHub_idleAccounts(t *testing.T) { //nolint:paralleltest // it counts goroutines and memory
	const n = 1000
	f := newFleet(t, n)
	web := httptest.NewServer(f.hub)
	defer web.Close()
	conns := make([]net.Conn, 0, n)
	mem, routines := usage()
	for self := 1; self <= n; self++ {
		conns = append(conns, bareDial(t, web.Listener.Addr().String(), self))
	}
	require.Eventually(t, func() bool { return f.handled.Load() == n }, 10*time.Second, time.Millisecond)
	f.seen = nil
	require.Eventually(t, func() bool {
		_, now := usage()
		return now-routines <= n+8
	}, 10*time.Second, 10*time.Millisecond, "one goroutine an account: its reader")
	mem1, routines1 := usage()
	t.Logf("%d idle accounts: %d bytes of heap and stacks and %.3f goroutines each", n, (mem1-mem)/n, float64(routines1-routines)/n)
	assert.Less(t, (mem1-mem)/n, int64(16<<10))
	for _, c := range conns {
		require.NoError(t, c.Close())
	}
}

// usage gives the bytes in use of heap and stacks, and the number of goroutines.
func usage() (mem int64, routines int) {
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse), runtime.NumGoroutine()
}

// bareDial makes a handshake by hand, greets, and says one message.
func bareDial(tb testing.TB, addr string, self int) net.Conn {
	tb.Helper()
	var d net.Dialer
	c, err := d.DialContext(tb.Context(), "tcp", addr)
	require.NoError(tb, err)
	_, err = fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Self-ID: %d\r\nX-Client-Role: Universal\r\nAuthorization: Bearer %s\r\n\r\n", self, hubToken)
	require.NoError(tb, err)
	var answer []byte
	for one := make([]byte, 1); !bytes.HasSuffix(answer, []byte("\r\n\r\n")); answer = append(answer, one[0]) {
		_, err := io.ReadFull(c, one)
		require.NoError(tb, err)
	}
	require.Contains(tb, string(answer), " 101 ")
	for _, text := range []string{lifecycle(int64(self)), groupTextOf(int64(self), 100, 7000077, 1, "hi")} {
		_, err := c.Write(maskedFrame(text))
		require.NoError(tb, err)
	}
	return c
}

// maskedFrame is a text frame under a mask of zeros.
func maskedFrame(text string) []byte {
	head := binary.BigEndian.AppendUint16([]byte{0x81, 0x80 | 126}, uint16(len(text)))
	return append(append(head, 0, 0, 0, 0), text...)
}
