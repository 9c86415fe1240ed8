package dispatch

import (
	"context"
	"errors"
	"sync"

	"github.com/onebot-go/onebot/internal/yield"
)

var (
	// ErrRunning is returned by Start and Run while another run has not ended.
	ErrRunning = errors.New("already running")
	// ErrClosed is returned by Start and Run after Close.
	ErrClosed = errors.New("closed")
)

// Reason tells why an item was dropped without having been handled.
type Reason int

const (
	// Overflow is for a new item that found no room.
	Overflow Reason = iota
	// Discarded is for an item that gave way before the first run, waited when a run ended, or came later.
	Discarded
)

// Options bounds a Dispatcher. A field that is zero or negative takes its default.
type Options struct {
	// Queue is how many items may wait, all keys together; default 8192. One key may have a quarter of them, at least one.
	Queue int
	// Bytes is how large the waiting items may be together; default 64 MiB. One key may have a quarter, or one item of any
	// size that fits the whole.
	Bytes int64
	// Handlers is how many handlers run at once, those that have given up their turn not counted; default 256.
	Handlers int
	// Released is how many handlers may run without a turn; default 4096.
	Released int
}

func (o Options) withDefaults() Options {
	if o.Queue <= 0 {
		o.Queue = 8192
	}
	if o.Bytes <= 0 {
		o.Bytes = 64 << 20
	}
	if o.Handlers <= 0 {
		o.Handlers = 256
	}
	if o.Released <= 0 {
		o.Released = 4096
	}
	return o
}

type state uint8

const (
	idle    state = iota // before the first run: items wait, the oldest gives way
	running              // between Start and Finish
	ending               // Finish waits for handlers
	over                 // after a run: items are discarded
	closed               // after Close, for good
)

// Dispatcher hands items to one function. Make it with New; its methods are safe for concurrent use.
type Dispatcher[K comparable, T any] struct {
	o    Options
	run  func(ctx context.Context, t *Turn, item T)
	size func(T) int
	drop func(T, Reason)

	halt chan struct{} // closed by Close

	mu       sync.Mutex
	state    state
	queue    queue[K, T]
	lead     lead
	active   int             // workers that hold a handler slot
	released int             // handlers without a turn
	live     int             // worker goroutines
	waking   bool            // a worker was started that has not looked for a lane yet
	runCtx   context.Context //nolint:containedctx // the context of the present run, dropped when it ends
	base     context.Context //nolint:containedctx // the parent of the handlers' contexts, dropped with it
	cancel   context.CancelFunc
	quiet    chan struct{} // closed when live reaches zero; nil while nobody waits for that
}

// New makes a Dispatcher that is not running. run handles one item and must not panic: it has to recover on its own. Its
// context carries the turn and the values of the run's context. size gives the bytes of an item. drop gets each item that
// is never handled; it is called without locks held, by whoever caused it, and must not block.
func New[K comparable, T any](
	o Options, run func(ctx context.Context, t *Turn, item T), size func(T) int, drop func(T, Reason),
) *Dispatcher[K, T] {
	return &Dispatcher[K, T]{o: o.withDefaults(), run: run, size: size, drop: drop, halt: make(chan struct{})}
}

// Push adds an item behind the others of its key and tells whether it was taken. It never waits for a handler.
//
// Before the first run an item is always taken, and the oldest one gives way: of its key where the key has its share, else
// of all. During a run it is the new item that is dropped. After a run every item is.
func (d *Dispatcher[K, T]) Push(key K, item T) bool {
	size := int64(d.size(item))
	d.mu.Lock()
	switch d.state {
	case idle:
		return d.pushIdle(key, item, size)
	case running:
	default:
		d.mu.Unlock()
		d.drop(item, Discarded)
		return false
	}
	l := d.queue.lanes[key]
	if d.overKey(l, size) || d.overAll(size) {
		offer := d.lead.push(d.queue.count, true)
		d.mu.Unlock()
		d.drop(item, Overflow)
		d.offer(offer)
		return false
	}
	l = d.queue.push(l, key, item, size)
	crowded := d.queue.count > d.o.Queue/2 || l.count > d.keyLimit()/2
	offer := d.lead.push(d.queue.count, crowded)
	d.wake()
	d.mu.Unlock()
	d.offer(offer)
	return true
}

// offer lets others run, where it is due: a source that has its data ready can starve the workers on a machine with few processors.
// That waits for nobody, and is less often due where others keep the processors busy.
func (d *Dispatcher[K, T]) offer(due bool) {
	if !due {
		return
	}
	took := yield.Offer()
	d.mu.Lock()
	d.lead.Took(took)
	d.mu.Unlock()
}

// pushIdle is called with the lock held and gives it back.
func (d *Dispatcher[K, T]) pushIdle(key K, item T, size int64) bool {
	if size > d.o.Bytes {
		d.mu.Unlock()
		d.drop(item, Discarded)
		return false
	}
	var gone []T
	for d.overKey(d.queue.lanes[key], size) {
		gone = append(gone, d.queue.remove(d.queue.lanes[key].head))
	}
	for d.overAll(size) {
		gone = append(gone, d.queue.remove(d.queue.oldest))
	}
	d.queue.push(d.queue.lanes[key], key, item, size)
	d.mu.Unlock()
	for _, old := range gone {
		d.drop(old, Discarded)
	}
	return true
}

func (d *Dispatcher[K, T]) keyLimit() int { return max(1, d.o.Queue/4) }

func (d *Dispatcher[K, T]) overKey(l *lane[K, T], size int64) bool {
	return l != nil && l.count > 0 && (l.count >= d.keyLimit() || l.bytes+size > d.o.Bytes/4)
}

func (d *Dispatcher[K, T]) overAll(size int64) bool {
	return d.queue.count >= d.o.Queue || d.queue.bytes+size > d.o.Bytes
}

// Claim takes the first waiting item of key for which match reports true out of the queue, so that it is not handled.
// match is called with the dispatcher locked: it must be quick and must not call back.
func (d *Dispatcher[K, T]) Claim(key K, match func(T) bool) (item T, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.queue.lanes[key]
	if l == nil {
		return item, false
	}
	for e := l.head; e != nil; e = e.next {
		if match(e.item) {
			return d.queue.remove(e), true
		}
	}
	return item, false
}

// Busy tells whether an item of key waits or is being handled with its turn.
func (d *Dispatcher[K, T]) Busy(key K) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.queue.lanes[key]
	return l != nil && !l.resting
}

// Len is the number of items that wait.
func (d *Dispatcher[K, T]) Len() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.queue.count
}
