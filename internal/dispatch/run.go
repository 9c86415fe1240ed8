package dispatch

import (
	"context"
	"runtime"
	"time"
)

// Run hands items to the function until ctx ends, Close is called or no more items come, which the closing of ended tells; then it
// finishes as Finish does, after drain at the latest. Items that wait when ended is closed are handled as far as drain allows. A nil ended
// is never closed. Run fails at once with ErrRunning beside another run and with ErrClosed after Close; else it returns nil.
func (d *Dispatcher[K, T]) Run(ctx context.Context, ended <-chan struct{}, drain time.Duration) error {
	if err := d.Start(ctx); err != nil {
		return err
	}
	last := false
	select {
	case <-ctx.Done():
	case <-d.halt:
	case <-ended:
		last = true
	}
	until, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if last {
		d.handleRest(ctx, until)
	}
	d.Finish(until)
	return nil
}

// handleRest waits until no handler runs, and with that nothing waits, or one of the contexts ends.
func (d *Dispatcher[K, T]) handleRest(ctx, until context.Context) {
	quiet := d.whenQuiet()
	select {
	case <-quiet:
	case <-ctx.Done():
	case <-until.Done():
	case <-d.halt:
	}
}

// whenQuiet gives what is closed when no handler runs. Only the last one that was given is.
func (d *Dispatcher[K, T]) whenQuiet() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	quiet := make(chan struct{})
	if d.live == 0 {
		close(quiet)
	} else {
		d.quiet = quiet
	}
	return quiet
}

// Start begins a run and returns: for a caller that has other work for its goroutine. When ctx ends no further handler
// starts. Handlers see the values of ctx but not its end. A Start without error must be followed by one Finish, or by Close where nobody waits for the handlers.
// It fails with ErrRunning beside another run and with ErrClosed after Close.
func (d *Dispatcher[K, T]) Start(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch d.state {
	case running, ending:
		return ErrRunning
	case closed:
		return ErrClosed
	}
	d.state = running
	d.runCtx = ctx
	d.base, d.cancel = context.WithCancel(context.WithoutCancel(ctx))
	d.wake()
	return nil
}

// Stop begins the end of a run: no further handler starts, and waiting items are discarded.
func (d *Dispatcher[K, T]) Stop() {
	d.mu.Lock()
	if d.state == running {
		d.state = ending
	}
	items := d.queue.clear()
	d.mu.Unlock()
	d.discard(items)
}

// Idle tells whether no handler runs.
func (d *Dispatcher[K, T]) Idle() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.live == 0
}

// Finish ends a run: it does what Stop does, running handlers keep a live context until the given one ends, then theirs is
// cancelled. Finish returns after the last handler has returned, however long that takes.
func (d *Dispatcher[K, T]) Finish(until context.Context) {
	d.Stop()
	quiet := d.whenQuiet()
	d.mu.Lock()
	cancel := d.cancel
	d.mu.Unlock()

	select {
	case <-quiet:
	case <-until.Done():
	case <-d.halt:
	}
	if cancel != nil {
		cancel()
	}
	<-quiet

	d.mu.Lock()
	defer d.mu.Unlock()
	d.runCtx, d.base, d.cancel = nil, nil, nil
	if d.state != closed {
		d.state = over
	}
}

// Close ends everything for good: no further handler starts, the contexts of running ones are cancelled, waiting and later
// items are discarded. It does not wait; Run and Finish do. It may be called in a handler, and more than once.
func (d *Dispatcher[K, T]) Close() {
	d.mu.Lock()
	if d.state == closed {
		d.mu.Unlock()
		return
	}
	d.state = closed
	items := d.queue.clear()
	cancel := d.cancel
	close(d.halt)
	d.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	d.discard(items)
}

func (d *Dispatcher[K, T]) discard(items []T) {
	for _, item := range items {
		d.drop(item, Discarded)
	}
}

// wake starts a worker where a lane is ready, a slot is free and no other worker is on its way. It is called with the
// lock held whenever one of the three may have changed. The worker that comes to look wakes the next one, so a burst
// starts no more of them than there is work for by the time they run.
func (d *Dispatcher[K, T]) wake() {
	if d.waking || d.state != running || d.queue.readyHead == nil || d.active >= d.o.Handlers {
		return
	}
	d.waking = true
	d.active++
	d.live++
	go d.work()
}

// work handles items until none may start. Finish waits for it.
func (d *Dispatcher[K, T]) work() {
	var t *task[K, T]
	defer func() {
		if t != nil { // the handler ended its goroutine (runtime.Goexit): the lane must go on
			d.abandon(t)
		}
	}()
	if t = d.next(nil); t != nil {
		growStack()
	}
	for ; t != nil; t = d.next(t) {
		d.run(&t.Turn, &t.Turn, t.item)
	}
}

// growStack makes the stack of a new worker large enough for most that it will run. It would grow by itself, but twice, and with more on
// it that has to be moved.
//
//go:noinline
func growStack() {
	var room [5 << 10]byte
	touch(&room)
}

//go:noinline
func touch(*[5 << 10]byte) {}

// next ends the task of a worker and gives it another; nil tells the worker to end. A worker that was just started has
// no task yet.
func (d *Dispatcher[K, T]) next(last *task[K, T]) *task[K, T] {
	d.mu.Lock()
	defer d.mu.Unlock()
	if last == nil {
		d.waking = false
	} else if d.complete(last); last.released {
		if d.active >= d.o.Handlers {
			d.exit()
			return nil
		}
		d.active++
	}
	t := d.pick()
	if t == nil && last != nil && !d.waking {
		t = d.linger()
	}
	if t == nil {
		d.active--
		d.exit()
	}
	return t
}

// pick takes the next item that may start. It needs the lock.
func (d *Dispatcher[K, T]) pick() *task[K, T] {
	if d.state != running || d.runCtx.Err() != nil {
		return nil
	}
	item, l, ok := d.queue.next()
	if !ok {
		return nil
	}
	t := &task[K, T]{d: d, lane: l, item: item}
	t.Context, t.owner = d.base, t
	d.wake()
	return t
}

// linger is pick after a pause in which others run: where items come one by one, a worker that ended at once would be followed
// by another each time, which has to grow its stack first. It counts as the worker that is on its way. It needs the lock.
func (d *Dispatcher[K, T]) linger() *task[K, T] {
	d.waking = true
	d.mu.Unlock()
	runtime.Gosched()
	d.mu.Lock()
	d.waking = false
	return d.pick()
}

// complete marks t as returned and gives its turn back, if it still has it.
func (d *Dispatcher[K, T]) complete(t *task[K, T]) {
	var none T
	t.done, t.item = true, none // a context that is kept must not keep the item
	t.givesUp()
	if t.released {
		d.released--
		return
	}
	d.queue.back(t.lane)
	t.lane = nil
}

// abandon is next for a worker that cannot go on.
func (d *Dispatcher[K, T]) abandon(t *task[K, T]) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.complete(t); !t.released {
		d.active--
	}
	d.wake()
	d.exit()
}

func (d *Dispatcher[K, T]) exit() {
	if d.live--; d.live == 0 && d.quiet != nil {
		close(d.quiet)
		d.quiet = nil
	}
}
