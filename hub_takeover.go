package onebot

import (
	"bytes"
	"time"

	"github.com/onebot-go/onebot/transport"
)

// succession are the connections that are to bring the events of an account, one after the other, while the one before is read to its
// end: what has arrived there is not lost, and comes first.
type succession struct {
	line   []*successor // the next one first, never empty
	frames int          // held by all of them
	bytes  int
}

type successor struct {
	by    *session
	held  []transport.Frame
	ended bool
}

// lineMax bounds how many connections of an account wait for an older one.
const lineMax = 64

const (
	// retireWait is how long the older connection may go on. What it has sent is here, as a rule, and only has to be read.
	retireWait = time.Second
	// retireMost is how long where it still is being read: a busy machine may take its time for that.
	retireMost = 3 * retireWait
)

// attach makes s the connection of the account for what it carries, unless a newer one does. A connection that carries nothing any more is
// ended; of one that comes too late what has arrived is taken. It reports false when the client was closed.
func (a *account) attach(s *session) bool {
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return false
	}
	calls, events := a.calls.Load(), a.newest()
	carries := false
	if s.role.calls() && !calls.newerThan(s) {
		a.calls.Store(s)
		carries = true
	}
	if s.role.events() && !events.newerThan(s) {
		a.expect(s)
		carries = true
	}
	if !carries {
		a.comesLate(s)
		a.mu.Unlock()
		s.retire()
		return true
	}
	if a.stood[s.role] {
		a.counting.Lock()
		a.count.Reconnects++
		a.counting.Unlock()
	}
	a.stood[s.role] = true
	a.client.server.hint(s.agent)
	a.tell()
	if a.coming == nil {
		a.report(calls != nil || events != nil, nil)
	}
	begin := !a.begun
	a.begun = true
	idle, retired := a.idle(calls, events), a.retired()
	a.mu.Unlock()
	for _, old := range idle {
		old.abort(0, errReplaced)
	}
	for _, old := range retired {
		old.retire()
	}
	if begin {
		go a.begin() // waits for nobody: setup is the user's, as handlers are
	}
	return true
}

// newest gives the last of those that bring events, or will: nil where that has ended, as all before it are only read to their end. It
// needs the lock.
func (a *account) newest() *session {
	if a.coming == nil {
		return a.events
	}
	if last := a.coming.line[len(a.coming.line)-1]; !last.ended {
		return last.by
	}
	return nil
}

// expect makes s the one that brings events: at once where none does, or the one that does goes on for calls. It needs the lock.
func (a *account) expect(s *session) {
	if a.coming != nil && len(a.coming.line) == lineMax {
		a.follow()
	}
	switch c := a.coming; {
	case c != nil:
		c.line = append(c.line, &successor{by: s})
	case a.events == nil || a.events == s || a.events == a.calls.Load():
		a.events = s
	default:
		a.coming = &succession{line: []*successor{{by: s}}}
	}
}

// idle gives those of the connections that carry nothing any more. It needs the lock.
func (a *account) idle(before ...*session) []*session {
	var list []*session
	for _, old := range before {
		if old != nil && old != a.calls.Load() && old != a.events && a.successor(old) == nil {
			list = append(list, old)
		}
	}
	return list
}

// retired gives those that only have to be read to their end, each once: the time that they have begins now. It needs the lock.
func (a *account) retired() []*session {
	if a.coming == nil {
		return nil
	}
	var list []*session
	add := func(s *session) {
		if !s.retired {
			s.retired = true
			list = append(list, s)
		}
	}
	add(a.events)
	for _, n := range a.coming.line[:len(a.coming.line)-1] {
		add(n.by)
	}
	return list
}

// successor finds s in the line. It needs the lock.
func (a *account) successor(s *session) *successor {
	if a.coming != nil {
		for _, n := range a.coming.line {
			if n.by == s {
				return n
			}
		}
	}
	return nil
}

// follow puts the next connection, and those behind one that has ended already, in the place of the one before, whose events are late from
// then on. It needs the lock.
func (a *account) follow() {
	c := a.coming
	a.comesLate(a.events)
	for next := true; next; {
		n := c.line[0]
		a.events = n.by
		a.report(true, nil)
		for _, f := range n.held {
			c.bytes -= len(f.Data)
			a.once(n.by, f)
		}
		c.frames -= len(n.held)
		c.line = c.line[1:]
		next = n.ended && len(c.line) > 0
		if n.ended {
			a.events = nil
		}
	}
	if len(c.line) == 0 {
		a.coming = nil
	}
}

// comesLate lets s be read although a newer one brings events already. It needs the lock.
func (a *account) comesLate(s *session) {
	s.late = true
	a.heard().late = time.Now().Add(retireMost)
}

// detach takes s away, unless another one has taken its place.
func (a *account) detach(s *session, why error) {
	a.mu.Lock()
	was := a.disown(s)
	if was {
		a.tell()
	}
	if n := a.successor(s); n != nil {
		n.ended = true
	}
	if a.events == s {
		was = true
		if a.coming != nil {
			a.follow()
		} else {
			a.events = nil
		}
	}
	if was {
		a.report(false, why)
	}
	away := a.events == nil
	a.mu.Unlock()
	if was && away && a.hub.answers != nil {
		a.hub.answers.left(a)
	}
}

// disown takes the calls away from s, where it has them, and keeps what it has counted.
func (a *account) disown(s *session) (had bool) {
	a.counting.Lock()
	defer a.counting.Unlock()
	had = a.calls.CompareAndSwap(s, nil)
	if n := s.conn.Counters(); s.conn.Err() != nil { // else it goes on elsewhere
		a.count.LateReplies += n.LateReplies
		a.count.UnknownEchoes += n.UnknownEchoes
	}
	return had
}

// deliver takes an event of s.
func (a *account) deliver(s *session, f transport.Frame) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.closed:
	case a.events == s, s.late && s.role.events():
		a.once(s, f)
	case a.successor(s) != nil:
		a.wait(s, f)
	default: // it goes on for calls only
	}
}

// wait lets an event wait for those of older connections, which have had their time where too much waits. It needs the lock.
func (a *account) wait(s *session, f transport.Frame) {
	for n := a.successor(s); n != nil; n = a.successor(s) {
		if a.coming.hold(n, f) {
			return
		}
		a.follow()
	}
	a.once(s, f)
}

// accept needs the lock.
func (a *account) accept(f transport.Frame) {
	if a.open {
		a.client.inbox.sink(f)
	} else {
		a.hold(f)
	}
}

// hold lets an event wait for those of older connections. It reports false where too much waits.
func (c *succession) hold(n *successor, f transport.Frame) bool {
	if c.frames == setupEvents || c.bytes+len(f.Data) > setupBytes {
		return false
	}
	f.Data = bytes.Clone(f.Data)
	n.held = append(n.held, f)
	c.frames++
	c.bytes += len(f.Data)
	return true
}

// discard counts an event that no handler gets.
func (a *account) discard() {
	a.client.inbox.events.Add(1)
	a.client.inbox.discarded.Add(1)
}

// retire lets what has arrived on the connection be read, and ends it.
func (s *session) retire() {
	if s.ready.Wait(); s.conn != nil {
		s.conn.Retire(retireWait, errReplaced)
	}
}
