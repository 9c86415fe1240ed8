package dispatch

import "context"

// Turn is the right of one running handler to be the only one of its key. It is the handler's context as well.
type Turn struct {
	context.Context //nolint:containedctx // a context that wraps its parent, as those of the standard library do

	owner owner
	// All are guarded by the dispatcher's lock.
	released, done bool
	gaveUp         func() // called once when the turn is given up, the next time, or the handler returns; nil for nothing
}

type owner interface {
	release() bool
	onGiveUp(f func())
	settle()
}

type turnKey struct{}

// Value gives the turn itself to FromContext, else what the run's context holds.
func (t *Turn) Value(key any) any {
	if _, ok := key.(turnKey); ok {
		return t
	}
	return t.Context.Value(key)
}

// FromContext gives the turn of the handler that ctx was made for, nil outside of handlers.
func FromContext(ctx context.Context) *Turn {
	t, _ := ctx.Value(turnKey{}).(*Turn)
	return t
}

// Release gives up the turn: the next item of the key may start and the handler's slot is free, while the handler goes on.
// It may be called from any goroutine. It reports true when the turn is given up, now or before; false when the bound of
// such handlers is reached, and the turn is kept, or when the handler has returned without having released it.
func (t *Turn) Release() bool { return t.owner.release() }

// OnGiveUp has f called once: by the next Release, given up before or not, or when the handler returns; at once where it has. f is
// called with the dispatcher locked: it must be quick and must not call back.
func (t *Turn) OnGiveUp(f func()) { t.owner.onGiveUp(f) }

// Settle does what Release does about OnGiveUp, and keeps the turn.
func (t *Turn) Settle() { t.owner.settle() }

// givesUp needs the lock.
func (t *Turn) givesUp() {
	if f := t.gaveUp; f != nil {
		t.gaveUp = nil
		f()
	}
}

// task is one item being handled: one allocation for the turn, the context and what belongs to it.
type task[K comparable, T any] struct {
	Turn

	d    *Dispatcher[K, T]
	lane *lane[K, T] // nil once the turn is given back
	item T
}

func (t *task[K, T]) release() bool {
	d := t.d
	d.mu.Lock()
	defer d.mu.Unlock()
	t.givesUp()
	switch {
	case t.released:
		return true
	case t.done || d.released >= d.o.Released:
		return false
	}
	t.released = true
	d.released++
	d.active--
	d.queue.back(t.lane)
	t.lane = nil
	d.wake()
	return true
}

func (t *task[K, T]) onGiveUp(f func()) {
	d := t.d
	d.mu.Lock()
	defer d.mu.Unlock()
	before := t.gaveUp
	switch {
	case t.done:
		f()
	case before == nil:
		t.gaveUp = f
	default:
		t.gaveUp = func() { before(); f() }
	}
}

func (t *task[K, T]) settle() {
	t.d.mu.Lock()
	defer t.d.mu.Unlock()
	t.givesUp()
}
