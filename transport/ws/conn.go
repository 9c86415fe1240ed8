package ws

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/onebot-go/onebot/internal/correlate"
	"github.com/onebot-go/onebot/internal/secret"
	"github.com/onebot-go/onebot/transport"
)

// Conn is a transport over WebSocket, made by Dial or Accept. It is safe for concurrent use.
type Conn struct {
	logger    *slog.Logger
	pingEvery time.Duration // negative: no pings
	mask      secret.Mask
	name      string // for logs
	// calls carries the calls; events, where it is another link, the events.
	calls, events *link

	ids           correlate.Counter
	inbox         inbox
	watch         watch
	reconnects    atomic.Uint64
	lateReplies   atomic.Uint64
	unknownEchoes atomic.Uint64

	cancel  context.CancelFunc // ends redialling
	running sync.WaitGroup
	done    chan struct{} // closed when over is set
	ended   func(error)   // AcceptOptions.Ended

	mu   sync.Mutex
	over error // why there will be no connection any more
	// changed is closed when a socket has come or over was set; nil while nobody waits.
	changed chan struct{}
}

var (
	_ transport.Transport    = (*Conn)(nil)
	_ transport.StreamCaller = (*Conn)(nil)
	_ transport.Watcher      = (*Conn)(nil)
	_ transport.Meter        = (*Conn)(nil)
)

func newConn(o *Options, mask secret.Mask, name string) *Conn {
	return &Conn{
		logger: o.Logger, pingEvery: o.PingInterval, mask: mask, name: name,
		done:  make(chan struct{}),
		watch: watch{now: transport.Change{State: transport.StateConnecting}},
	}
}

// String gives the address without secrets, for logs.
func (c *Conn) String() string { return "ws.Conn(" + c.name + ")" }

// GoString is String: the fields hold the token.
func (c *Conn) GoString() string { return c.String() }

// addLink makes the next link of c. It is called before anything runs.
func (c *Conn) addLink(r *remote, events bool) *link {
	l := &link{conn: c, index: len(c.watch.states), remote: r, events: events}
	c.watch.states = append(c.watch.states, transport.StateConnecting)
	return l
}

// links are those of c, each once.
func (c *Conn) links() []*link {
	if c.events == nil || c.events == c.calls {
		return []*link{c.calls}
	}
	return []*link{c.calls, c.events}
}

// Done is closed when there will be no connection any more: after Close, after the token was rejected, and when an
// accepted connection has ended. Err tells which.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err is nil until Done is closed. After that it matches ErrClosed, ErrUnauthorized, or tells why an accepted connection
// has ended.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

// Counters gives the figures since the Conn was made.
func (c *Conn) Counters() transport.Counters {
	return transport.Counters{
		Reconnects:    c.reconnects.Load(),
		LateReplies:   c.lateReplies.Load(),
		UnknownEchoes: c.unknownEchoes.Load(),
		Dropped:       c.inbox.dropped.Load(),
	}
}

// finish makes why the end of the Conn: calls fail with it from now on, and the other socket is closed. Only the first
// reason counts.
func (c *Conn) finish(why error) {
	c.mu.Lock()
	if c.over != nil {
		c.mu.Unlock()
		return
	}
	c.over = why
	var standing []*socket
	for _, l := range c.links() { // before Done tells: a call of who has seen that must find none
		if s := l.sock.Swap(nil); s != nil {
			standing = append(standing, s)
		}
	}
	c.tell()
	c.mu.Unlock()
	// First, as who receives stops listening when Done tells.
	c.watch.set(0, transport.Change{State: transport.StateLost, Err: why, Final: true})
	close(c.done)
	c.cancel()
	for _, s := range standing {
		s.kill(why)
	}
}

// Abort ends the connection for the given reason, which calls fail with: those of which nothing was written with ErrNotSent
// and ErrNotConnected, the others with ErrOutcomeUnknown. Unlike Close it does not mean that this side wants no more, so that
// ErrClosed does not match. A nil reason is taken for one that tells nothing. With a close code (RFC 6455, section 7.4) other than
// 0 the peer is told, for which a quarter of a second is given. Abort does not wait for goroutines, so that a sink may call it. On
// a Conn that is over it does nothing.
func (c *Conn) Abort(code int, why error) {
	if why == nil {
		why = errNoReason
	}
	if code != 0 {
		for _, l := range c.links() {
			if s := l.sock.Load(); s != nil {
				s.control(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""))
				s.box.drain(goodbyeWait)
			}
		}
	}
	c.finish(why)
}

// tell wakes the calls that wait for a connection; it needs the lock.
func (c *Conn) tell() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

// Close ends the connection for good, in this order:
//
//  1. No call is taken any more: Call fails with ErrClosed and ErrNotSent. Calls that wait for a connection fail so too.
//  2. Attempts to connect again end.
//  3. Each socket is told with a close frame, and what is still pending may leave within a quarter of a second.
//  4. The sockets are closed, their readers and writers end.
//  5. Calls in flight fail with ErrClosed, and ErrOutcomeUnknown where a byte of their request had left, else ErrNotSent.
//  6. When no goroutine of the Conn is left, Receive returns an error that matches ErrClosed, a watcher hears of the end,
//     and Done is closed.
//
// The second Close returns nil, when the first is done. It must not be called by the sink of Receive or by a watcher.
func (c *Conn) Close() error {
	c.mu.Lock()
	first := c.over == nil
	if first {
		c.over = errClosed
		c.tell()
	}
	c.mu.Unlock()
	if first {
		c.cancel()
		var leaving sync.WaitGroup
		for _, l := range c.links() {
			if s := l.sock.Swap(nil); s != nil {
				leaving.Go(s.farewell)
			}
		}
		leaving.Wait()
		c.running.Wait()
		c.watch.set(0, transport.Change{State: transport.StateLost, Err: errClosed, Final: true})
		close(c.done)
	}
	<-c.done
	c.running.Wait()
	return nil
}
