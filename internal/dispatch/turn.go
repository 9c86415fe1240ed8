package dispatch

import "context"

// Turn is the right of one running handler to be the only one of its key. It is the handler's context as well.
type Turn struct {
	context.Context //nolint:containedctx // a context that wraps its parent, as those of the standard library do

	owner owner
	// Both are guarded by the dispatcher's lock.
	released, done bool
}

type owner interface{ release() bool }

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
