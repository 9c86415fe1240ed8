package lazyctx

import (
	"context"
	"sync"
	"time"

	"github.com/onebot-go/onebot/internal/alarm"
)

// Group makes contexts for those who need Done in any case: one timer ends all of them at their deadlines, and Close ends what is left. The
// zero value is ready; it must not be copied after the first use.
type Group struct {
	mu      sync.Mutex
	closed  bool
	members *Member // linked in no order
	count   int
	alarm   alarm.Alarm
}

// Member is one context of a Group. The zero value becomes one by Enter, which is to be followed by Leave.
type Member struct {
	group    *Group
	parent   context.Context //nolint:containedctx // a context is made of its parent
	deadline time.Time       // zero: none
	watched  bool            // the group's timer ends it; else its parent does
	done     chan struct{}
	stop     func() bool // of the watch over the parent, nil where the parent never ends

	// Guarded by the group's lock.
	prev, next *Member
	err        error
	closed     bool  // by Close
	calls      *call // to be made when it ends
	first      call  // so that one of them takes no memory of its own
}

// call is what AfterFunc was given.
type call struct {
	f          func()
	prev, next *call
}

var _ context.Context = (*Member)(nil)

// Enter makes m a child of ctx that ends with it, or at its deadline, or when the group is closed. It reports false where it is closed already.
func (g *Group) Enter(ctx context.Context, m *Member) bool {
	m.group, m.parent, m.done = g, ctx, make(chan struct{})
	m.deadline, _ = ctx.Deadline()
	if c, ok := ctx.(*Context); ok { // which has made no timer
		m.parent, m.watched = c.parent, true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	if g.members != nil {
		g.members.prev = m
	}
	m.next, g.members = g.members, m
	g.count++
	if m.watched {
		if g.alarm.Ring == nil {
			g.alarm.Ring = g.expire
		}
		g.alarm.AtLatest(m.deadline)
	}
	if m.parent.Done() != nil {
		m.stop = context.AfterFunc(m.parent, m.orphan) //nolint:contextcheck // the parent is what it was made of
	}
	return true
}

// Leave ends m for good, whose Err is context.Canceled from then on where it had not ended before.
func (g *Group) Leave(m *Member) {
	if m.stop != nil {
		m.stop()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.end(m, context.Canceled)
}

// Close ends every member with context.Canceled and refuses later ones. Only the first Close has an effect.
func (g *Group) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	for g.members != nil {
		g.members.closed = true
		g.end(g.members, context.Canceled)
	}
	g.alarm.Off()
}

// Closed tells whether Close was called.
func (g *Group) Closed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}

// end takes m out, where it is still in. It needs the lock.
func (g *Group) end(m *Member, err error) {
	if m.err != nil {
		return
	}
	m.err = err
	close(m.done)
	if m.prev != nil {
		m.prev.next = m.next
	} else {
		g.members = m.next
	}
	if m.next != nil {
		m.next.prev = m.prev
	}
	m.prev, m.next = nil, nil
	g.count--
	for c := m.calls; c != nil; c = c.next {
		go c.f()
	}
	m.calls = nil
}

// expire ends the members whose deadline has passed, and sets the alarm for the next one.
func (g *Group) expire() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return
	}
	g.alarm.Rung()
	now := time.Now()
	var first time.Time
	for m := g.members; m != nil; {
		following := m.next
		switch {
		case !m.watched:
		case !m.deadline.After(now):
			g.end(m, context.DeadlineExceeded)
		case first.IsZero() || m.deadline.Before(first):
			first = m.deadline
		}
		m = following
	}
	if first.IsZero() {
		return
	}
	// Many deadlines that follow each other closely must not cost a walk each.
	if earliest := now.Add(time.Duration(g.count) * time.Microsecond); first.Before(earliest) && g.count > 16 {
		first = earliest
	}
	g.alarm.AtLatest(first)
}

// orphan ends m with its parent.
func (m *Member) orphan() {
	m.group.mu.Lock()
	defer m.group.mu.Unlock()
	m.group.end(m, m.parent.Err())
}

// Deadline gives the deadline.
func (m *Member) Deadline() (time.Time, bool) { return m.deadline, !m.deadline.IsZero() }

// Done is closed when m ends.
func (m *Member) Done() <-chan struct{} { return m.done }

// Err is nil until m ends.
func (m *Member) Err() error {
	m.group.mu.Lock()
	defer m.group.mu.Unlock()
	return m.err
}

// Closed tells whether it was Close of the group that ended m.
func (m *Member) Closed() bool {
	m.group.mu.Lock()
	defer m.group.mu.Unlock()
	return m.closed
}

// Value is the parent's.
func (m *Member) Value(key any) any { return m.parent.Value(key) }

// AfterFunc has f called in a goroutine of its own when m ends, unless stop is called first; package context asks for it.
func (m *Member) AfterFunc(f func()) (stop func() bool) {
	m.group.mu.Lock()
	defer m.group.mu.Unlock()
	if m.err != nil {
		go f()
		return func() bool { return false }
	}
	c := &m.first
	if c.f != nil {
		c = new(call)
	}
	c.f, c.next = f, m.calls
	if c.next != nil {
		c.next.prev = c
	}
	m.calls = c
	return func() bool { return m.forget(c) }
}

// forget takes a call out, and reports false where it has been made, or taken out, before.
func (m *Member) forget(c *call) bool {
	m.group.mu.Lock()
	defer m.group.mu.Unlock()
	switch {
	case m.err != nil:
		return false
	case c.prev != nil:
		c.prev.next = c.next
	case m.calls == c:
		m.calls = c.next
	default:
		return false
	}
	if c.next != nil {
		c.next.prev = c.prev
	}
	c.prev, c.next = nil, nil
	return true
}
