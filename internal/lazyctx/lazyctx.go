// Package lazyctx gives a context a deadline without giving it a timer: most calls are answered long before, and most
// who wait for them can watch one timer for all.
package lazyctx

import (
	"context"
	"sync"
	"time"
)

// Context is its parent with a deadline. It makes a timer only when somebody calls Done.
type Context struct {
	parent   context.Context //nolint:containedctx // a context is made of its parent
	deadline time.Time

	mu    sync.Mutex
	timed *timed // made by the first Done: from then on it decides, where nothing was decided before
	end   end
}

type timed struct {
	context.Context //nolint:containedctx // the one that Done is of

	cancel context.CancelFunc
}

// end is how a context without a timer has ended, as far as somebody has asked.
type end uint8

const (
	open     end = iota
	released     // by Release
	expired      // at the deadline
	orphaned     // with the parent
)

var _ context.Context = (*Context)(nil)

// With gives parent a deadline; an earlier one of parent's stays. Release frees the timer that Done may have made; it is
// freed at the deadline, or when parent ends, in any case.
func With(parent context.Context, deadline time.Time) *Context {
	if d, ok := parent.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	return &Context{parent: parent, deadline: deadline}
}

// Split tells what to wait for in place of ctx.Done(): the end of done, and the deadline. It reports false for a context
// that was not made by With; for that one ctx.Done() is the only way.
func Split(ctx context.Context) (done <-chan struct{}, deadline time.Time, ok bool) {
	c, ok := ctx.(*Context)
	if !ok {
		return nil, time.Time{}, false
	}
	return c.parentDone(), c.deadline, true
}

// parentDone looks past further contexts of this kind, whose deadlines With has taken into account.
func (c *Context) parentDone() <-chan struct{} {
	if up, ok := c.parent.(*Context); ok {
		return up.parentDone()
	}
	return c.parent.Done()
}

// Deadline gives the deadline.
func (c *Context) Deadline() (time.Time, bool) { return c.deadline, true }

// Done is closed at the deadline or when the parent ends. The first call makes a timer.
func (c *Context) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timed == nil {
		c.timed = new(timed)
		c.timed.Context, c.timed.cancel = context.WithDeadline(c.parent, c.deadline)
		if c.end == released {
			c.timed.cancel()
		}
	}
	return c.timed.Done()
}

// Err is nil until the deadline has passed or the parent has ended, and the same error from then on.
func (c *Context) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end == open {
		switch {
		case c.timed != nil:
			return c.timed.Err()
		case c.parent.Err() != nil:
			c.end = orphaned
		case time.Until(c.deadline) <= 0: // half of what time.Now costs
			c.end = expired
		}
	}
	switch c.end {
	case released:
		return context.Canceled
	case expired:
		return context.DeadlineExceeded
	case orphaned:
		return c.parent.Err()
	default:
		return nil
	}
}

// Value is the parent's.
func (c *Context) Value(key any) any { return c.parent.Value(key) }

// Release ends the context: it frees the timer, if there is one. Err is context.Canceled from then on, unless the context
// had ended before.
func (c *Context) Release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timed != nil {
		c.timed.cancel()
	} else if c.end == open {
		c.end = released
	}
}
