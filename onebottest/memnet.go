package onebottest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"time"
)

// memBuffer is how many bytes one direction of a connection holds before its writer waits, like a socket's buffers.
const memBuffer = 64 << 10

// Network is a network in memory: listeners by address, and connections that behave like TCP connections with 64 KiB of buffer
// in each direction and working deadlines. Nothing in it touches a real socket, so it works inside testing/synctest bubbles;
// make it inside the bubble that uses it. Its DialContext fits net/http.Transport and gorilla's Dialer. The zero value is not
// usable; call [NewNetwork].
type Network struct {
	mu        sync.Mutex
	listeners map[string]*memListener
	nextPort  int
	chunk     int
	frozen    chan struct{} // nil unless frozen; closed by Thaw
}

// NewNetwork makes an empty network.
func NewNetwork() *Network {
	return &Network{listeners: make(map[string]*memListener), nextPort: 40000}
}

// SetChunk limits how many bytes one read of a connection made from now on returns; 1 delivers frames byte by byte, and 0
// means no limit.
func (n *Network) SetChunk(size int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.chunk = size
}

func (n *Network) chunkSize() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.chunk
}

// Freeze makes all connections half-open: what is written stays in the buffers, nothing arrives any more, no byte and no end of
// a connection, until [Network.Thaw]. New connections can be made and are frozen too.
func (n *Network) Freeze() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.frozen == nil {
		n.frozen = make(chan struct{})
	}
}

// Thaw ends [Network.Freeze]; what was held back arrives.
func (n *Network) Thaw() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.frozen != nil {
		close(n.frozen)
		n.frozen = nil
	}
}

// thawed is nil, or a channel that closes when the network thaws.
func (n *Network) thawed() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.frozen
}

// Listen opens addr, "host:port"; port 0 chooses a free one. It fails when the address is in use.
func (n *Network) Listen(addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("onebottest: listen: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if port == "0" {
		n.nextPort++
		addr = net.JoinHostPort(host, strconv.Itoa(n.nextPort))
	}
	if n.listeners[addr] != nil {
		return nil, fmt.Errorf("onebottest: listen %s: address already in use", addr)
	}
	l := &memListener{network: n, addr: memAddr(addr), backlog: make(chan net.Conn, 128), done: make(chan struct{})}
	n.listeners[addr] = l
	return l, nil
}

// DialContext connects to a listener of this network. Without one the error matches [os.ErrNotExist], as a refused connection.
func (n *Network) DialContext(ctx context.Context, _, addr string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("onebottest: dial %s: %w", addr, err)
	}
	n.mu.Lock()
	l := n.listeners[addr]
	n.mu.Unlock()
	if l == nil {
		return nil, fmt.Errorf("onebottest: dial %s: connection refused: %w", addr, os.ErrNotExist)
	}
	client, server := newPipe(n, memAddr("127.0.0.1:1"), l.addr)
	select {
	case l.backlog <- server:
		if isClosed(l.done) {
			l.reset() // Close may have emptied the backlog before server came into it
		}
		return client, nil
	case <-l.done:
		return nil, fmt.Errorf("onebottest: dial %s: connection refused: %w", addr, os.ErrNotExist)
	case <-ctx.Done():
		return nil, fmt.Errorf("onebottest: dial %s: %w", addr, ctx.Err())
	}
}

type memAddr string

func (memAddr) Network() string  { return "tcp" }
func (a memAddr) String() string { return string(a) }

type memListener struct {
	network *Network
	addr    memAddr
	backlog chan net.Conn
	once    sync.Once
	done    chan struct{}
}

func (l *memListener) Addr() net.Addr { return l.addr }

func (l *memListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.backlog:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *memListener) Close() error {
	l.once.Do(func() {
		l.network.mu.Lock()
		delete(l.network.listeners, string(l.addr))
		l.network.mu.Unlock()
		close(l.done)
		l.reset()
	})
	return nil
}

// reset closes the connections that nobody accepted, else their diallers wait for ever.
func (l *memListener) reset() {
	for {
		select {
		case c := <-l.backlog:
			_ = c.Close()
		default:
			return
		}
	}
}

// memPipe is one direction of a connection.
type memPipe struct {
	mu     sync.Mutex
	buf    []byte
	eof    bool          // the writer has closed
	broken bool          // the reader has closed
	wake   chan struct{} // closed and replaced at every change
}

func (p *memPipe) changed() {
	close(p.wake)
	p.wake = make(chan struct{})
}

// end closes the pipe from the writer's side, or from the reader's.
func (p *memPipe) end(byReader bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if byReader {
		p.broken = true
	} else {
		p.eof = true
	}
	p.changed()
}

// memConn is one end of a connection.
type memConn struct {
	network        *Network
	chunk          int
	in, out        *memPipe
	local, remote  net.Addr
	once           sync.Once
	done           chan struct{}
	readBy, sendBy *memDeadline
}

func newPipe(n *Network, client, server net.Addr) (*memConn, *memConn) {
	up, down := &memPipe{wake: make(chan struct{})}, &memPipe{wake: make(chan struct{})}
	end := func(in, out *memPipe, local, remote net.Addr) *memConn {
		return &memConn{
			network: n, chunk: n.chunkSize(), in: in, out: out, local: local, remote: remote,
			done: make(chan struct{}), readBy: newDeadline(), sendBy: newDeadline(),
		}
	}
	return end(down, up, client, server), end(up, down, server, client)
}

// Read takes what is there, waiting for at least one byte.
func (c *memConn) Read(b []byte) (int, error) {
	for {
		deadline := c.readBy.wait()
		if isClosed(deadline) {
			return 0, os.ErrDeadlineExceeded
		}
		if isClosed(c.done) {
			return 0, net.ErrClosed
		}
		if frozen := c.network.thawed(); frozen != nil {
			select {
			case <-frozen:
			case <-deadline:
			case <-c.done:
			}
			continue
		}
		c.in.mu.Lock()
		if len(c.in.buf) > 0 || len(b) == 0 {
			if c.chunk > 0 && len(b) > c.chunk {
				b = b[:c.chunk]
			}
			n := copy(b, c.in.buf)
			c.in.buf = c.in.buf[n:]
			c.in.changed()
			c.in.mu.Unlock()
			return n, nil
		}
		if c.in.eof {
			c.in.mu.Unlock()
			return 0, io.EOF
		}
		wake := c.in.wake
		c.in.mu.Unlock()
		select {
		case <-wake:
		case <-deadline:
		case <-c.done:
		}
	}
}

// Write puts all of b into the buffer, waiting for room.
func (c *memConn) Write(b []byte) (int, error) {
	total := 0
	for len(b) > 0 {
		deadline := c.sendBy.wait()
		if isClosed(deadline) {
			return total, os.ErrDeadlineExceeded
		}
		if isClosed(c.done) {
			return total, net.ErrClosed
		}
		c.out.mu.Lock()
		if c.out.broken {
			c.out.mu.Unlock()
			return total, errors.Join(io.ErrClosedPipe, errReset)
		}
		if room := min(memBuffer-len(c.out.buf), len(b)); room > 0 {
			c.out.buf = append(c.out.buf, b[:room]...)
			b = b[room:]
			total += room
			c.out.changed()
			c.out.mu.Unlock()
			continue
		}
		wake := c.out.wake
		c.out.mu.Unlock()
		select {
		case <-wake:
		case <-deadline:
		case <-c.done:
		}
	}
	return total, nil
}

// errReset is what a writer gets when the other end is gone.
var errReset = errors.New("connection reset by peer")

// Close ends both directions. What was written before can still be read by the other end.
func (c *memConn) Close() error {
	c.once.Do(func() {
		close(c.done)
		c.out.end(false)
		c.in.end(true)
	})
	return nil
}

func (c *memConn) LocalAddr() net.Addr  { return c.local }
func (c *memConn) RemoteAddr() net.Addr { return c.remote }

func (c *memConn) SetDeadline(t time.Time) error {
	c.readBy.set(t)
	c.sendBy.set(t)
	return nil
}

func (c *memConn) SetReadDeadline(t time.Time) error {
	c.readBy.set(t)
	return nil
}

func (c *memConn) SetWriteDeadline(t time.Time) error {
	c.sendBy.set(t)
	return nil
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
