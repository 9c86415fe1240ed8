package ws

import (
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onebot-go/onebot/internal/correlate"
	"github.com/onebot-go/onebot/internal/yield"
)

// outbox is the network connection under a WebSocket (and under its TLS). Once buffer was called, Write only appends to
// what is pending, and a flusher writes all that is pending at a time: calls that come while it writes share its next
// write, and nobody who appends ever waits for the peer. Where a write can be had without waiting, a call does it itself (lead.go).
type outbox struct {
	net.Conn
	timeout time.Duration
	// stay keeps the flusher for the life of the connection. Without it one is started when something is pending and ends
	// when nothing is, so that an idle connection costs no goroutine.
	stay bool
	// born and lastRead tell when bytes last came.
	born     time.Time
	lastRead atomic.Int64
	// left is how much may still come before the handshake is over; 0: there is no bound, -1: it was too much. It is the reader's alone.
	left int64

	// answered says that a call got its answer since the last Read. It and pace are the reader's alone.
	answered bool
	pace     yield.Pace

	// calls are those in flight: with several it pays to let others append before a write.
	calls *correlate.Table

	flusher sync.WaitGroup
	wake    chan struct{} // only with stay

	mu        sync.Mutex
	buffering bool
	running   bool
	parked    bool
	closed    error
	leading   bool    // a call writes; the flusher does not then
	direct    *direct // the leader's
	pending   *[]byte // nil: nothing
	appended  int64
	handed    int64 // how much of it was given to the kernel
	// changed is closed when bytes have left or the connection was closed; nil while nobody waits for that.
	changed chan struct{}
}

func newOutbox(conn net.Conn, timeout time.Duration, stay bool) *outbox {
	b := &outbox{Conn: conn, timeout: timeout, stay: stay, born: time.Now()}
	if stay {
		b.wake = make(chan struct{}, 1)
	}
	return b
}

// buffer ends the handshake, during which Write writes.
func (b *outbox) buffer(calls *correlate.Table) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = calls
	b.buffering = true
	b.left = 0
}

// Read notes that the peer lives. Callers whose answers have just come go first: they write their next request while this one asks the
// kernel in vain, and not after it.
func (b *outbox) Read(p []byte) (int, error) {
	if b.answered {
		b.answered = false
		if b.pace.Due() {
			b.pace.Took(yield.Offer())
		}
	}
	n, err := b.Conn.Read(p)
	if n > 0 {
		b.heard()
	}
	if b.left != 0 {
		if b.left -= int64(n); b.left <= 0 {
			b.left = -1
			return 0, errLongHandshake
		}
	}
	return n, err
}

// heard notes it for who reads past the outbox.
func (b *outbox) heard() { b.lastRead.Store(int64(time.Since(b.born))) }

// silence is how long nothing has come.
func (b *outbox) silence() time.Duration {
	return time.Since(b.born) - time.Duration(b.lastRead.Load())
}

// Write appends p to what is pending. It fails only when the connection was closed, and then has not taken anything.
func (b *outbox) Write(p []byte) (int, error) {
	b.mu.Lock()
	if !b.buffering {
		b.mu.Unlock()
		return b.Conn.Write(p)
	}
	defer b.mu.Unlock()
	if b.closed != nil {
		return 0, b.closed
	}
	b.add(p)
	if !b.leading {
		b.follow()
	}
	return len(p), nil
}

// add, flushing, follow and fits need the lock.
func (b *outbox) add(p []byte) {
	if b.pending == nil {
		b.pending = getBuffer()
	}
	*b.pending = append(*b.pending, p...)
	b.appended += int64(len(p))
}

// flushing tells whether the flusher is at work.
func (b *outbox) flushing() bool { return b.running && !b.parked }

// follow has the flusher write what is pending.
func (b *outbox) follow() {
	switch {
	case !b.running:
		b.running = true
		b.flusher.Go(b.flush)
	case b.parked:
		b.parked = false
		b.wake <- struct{}{}
	}
}

// fits tells whether n bytes more are within the bound. A frame larger than the bound fits when nothing else is pending.
func (b *outbox) fits(n int) bool {
	waiting := b.appended - b.handed
	return waiting == 0 || waiting+int64(n) <= maxPending || b.closed != nil
}

// SetWriteDeadline does nothing once Write buffers: the flusher has its own deadline.
func (b *outbox) SetWriteDeadline(at time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.buffering {
		return nil
	}
	return b.Conn.SetWriteDeadline(at)
}

// room reports whether n bytes more fit. When they do not, changed is closed as soon as it is worth asking again.
func (b *outbox) room(n int) (ok bool, changed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fits(n) {
		return true, nil
	}
	return false, b.watch()
}

// position is how many bytes were appended so far.
func (b *outbox) position() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.appended
}

// reached tells whether a byte behind the given position was given to the kernel.
func (b *outbox) reached(position int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.handed > position
}

// drain waits until everything has left, the connection is closed, or the time is over.
func (b *outbox) drain(limit time.Duration) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		b.mu.Lock()
		done := b.closed != nil || b.appended == b.handed
		var changed <-chan struct{}
		if !done {
			changed = b.watch()
		}
		b.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-timer.C:
			return
		}
	}
}

// shut closes the connection. Nothing is taken any more; what is pending stays behind.
func (b *outbox) shut(cause error) {
	b.refuse(cause)
	_ = b.Close() // the connection is given up, whatever closing it says
}

// fail is what follows when a write has failed. A peer that went away may have said something before: the reader goes on until it comes
// to the end of that. A peer that takes nothing is still there, and would make it wait in vain.
func (b *outbox) fail(cause error) {
	if isTimeout(cause) {
		b.shut(cause)
		return
	}
	b.refuse(cause)
	b.readRest(tailWait)
}

// refuse lets nothing more be written.
func (b *outbox) refuse(cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed != nil {
		return
	}
	b.closed = cause
	b.tell()
	if b.parked {
		b.parked = false
		b.wake <- struct{}{}
	}
}

// failure is why nothing can be written any more, nil while it can.
func (b *outbox) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}

// watch and tell need the lock.
func (b *outbox) watch() <-chan struct{} {
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	return b.changed
}

func (b *outbox) tell() {
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

// flush writes what is pending until there is nothing, or for as long as the connection lives.
func (b *outbox) flush() {
	var deadline time.Time
	b.gather()
	for {
		b.mu.Lock()
		for b.stay && b.pending == nil && b.closed == nil {
			b.parked = true
			b.mu.Unlock()
			<-b.wake
			b.gather()
			b.mu.Lock()
		}
		batch := b.pending
		b.pending = nil
		if batch == nil || b.closed != nil {
			b.running = false
			b.mu.Unlock()
			return
		}
		b.mu.Unlock()
		err := b.writeAll(*batch, &deadline)
		putBuffer(batch)
		if err != nil {
			b.fail(err)
		}
	}
}

// gather lets the other calls that were woken at the same time append before the first write. During a write they do so
// anyway.
func (b *outbox) gather() {
	if b.calls.Len() > 1 {
		runtime.Gosched()
	}
}

// chunk is how much is written under one deadline, so that a slow peer is not taken for a dead one.
const chunk = 256 << 10

func (b *outbox) writeAll(p []byte, deadline *time.Time) error {
	for len(p) > 0 {
		// Setting a deadline is not free, and one that is a little old will do.
		if now := time.Now(); deadline.Sub(now) < b.timeout-b.timeout/8 {
			*deadline = now.Add(b.timeout)
			if err := b.Conn.SetWriteDeadline(*deadline); err != nil {
				return err
			}
		}
		n, err := b.Conn.Write(p[:min(len(p), chunk)])
		p = p[n:]
		b.mu.Lock()
		b.handed += int64(n)
		b.tell()
		b.mu.Unlock()
		if err != nil && !(n > 0 && errors.Is(err, os.ErrDeadlineExceeded)) {
			return err
		}
	}
	return nil
}
