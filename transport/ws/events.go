package ws

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/onebot-go/onebot/transport"
)

// The bounds of what is held until Receive is called; the oldest gives way. They are far above what a server sends while a goroutine that
// is about to call Receive waits for a processor, on a busy machine too.
const (
	maxHeld      = 8192
	maxHeldBytes = 16 << 20
)

// inbox is where events go: to the sink once there is one, until then they are held.
type inbox struct {
	mu    sync.Mutex
	sink  func(transport.Frame)
	used  bool // there was a sink
	held  []transport.Frame
	bytes int

	dropped atomic.Uint64 // held frames that gave way
}

// put hands a frame to the sink, whose data is the reader's again afterwards.
func (b *inbox) put(f transport.Frame) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.sink != nil:
		b.sink(f)
	case b.used:
	case len(f.Data) > maxHeldBytes: // it would push out all others, and itself
		b.dropped.Add(1)
	default:
		f.Data = bytes.Clone(f.Data)
		b.held = append(b.held, f)
		b.bytes += len(f.Data)
		for len(b.held) > maxHeld || b.bytes > maxHeldBytes {
			b.bytes -= len(b.held[0].Data)
			b.held[0] = transport.Frame{}
			b.held = b.held[1:]
			b.dropped.Add(1)
		}
	}
}

// open hands on what was held and everything from now on. It reports false when there was a sink before.
func (b *inbox) open(sink func(transport.Frame)) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.used {
		return false
	}
	b.used = true
	for _, f := range b.held {
		sink(f)
	}
	b.held, b.bytes = nil, 0
	b.sink = sink
	return true
}

// ignore lets go of what was held, and of everything from now on.
func (b *inbox) ignore() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.used {
		b.used = true
		b.held, b.bytes = nil, 0
		b.dropped.Store(0)
	}
}

// close ends that. No sink runs any more when it has returned.
func (b *inbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sink = nil
}

// IgnoreEvents tells that nobody will receive the events of c, so that none is held. Receive fails afterwards with ErrInvalidArgument.
// While somebody receives it does nothing.
func (c *Conn) IgnoreEvents() { c.inbox.ignore() }

// Receive hands every event to sink until ctx ends, which is no error, or the connection is over for good: the error
// matches ErrUnauthorized when the token was rejected, ErrClosed after Close, and tells why an accepted connection ended.
// Events that came before, at most 8,192 and 16 MiB of them, are handed over first; the oldest give way, and are counted
// (Counters.Dropped). After Receive has returned events are not kept. It can be called once; a second call is ErrInvalidArgument.
//
// The sink runs on the reader of the connection: it must not block, and must not call Close.
func (c *Conn) Receive(ctx context.Context, sink func(transport.Frame)) error {
	if !c.inbox.open(sink) {
		return fmt.Errorf("ws: Receive was called before: %w", transport.ErrInvalidArgument)
	}
	defer c.inbox.close()
	select {
	case <-ctx.Done():
		return nil
	case <-c.done:
		return c.Err()
	}
}
