package onebot

import (
	"slices"
	"sync"
	"sync/atomic"
)

// heldEvents and heldBytes bound what one open Await or Events holds for its caller.
const (
	heldEvents = 4096
	heldBytes  = 16 << 20
)

// subscriptions are the open Awaits and Events. The reader offers them every event they want; they never hold it up.
type subscriptions struct {
	mu    sync.Mutex
	list  atomic.Pointer[[]*subscription]
	ended error
}

// subscription is a bounded buffer between the reader and one goroutine.
type subscription struct {
	kinds kind

	mu     sync.Mutex
	buf    []*incoming
	bytes  int
	gap    bool // events were dropped behind the last one in buf
	closed bool
	ended  error
	signal chan struct{} // capacity one: something has changed

	given *incoming // what next gave last; the consumer's alone
}

// open starts a subscription. Where events have ended for good it begins with that.
func (s *subscriptions) open(kinds kind) *subscription {
	sub := &subscription{kinds: kinds, signal: make(chan struct{}, 1)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != nil {
		sub.end(s.ended)
		return sub
	}
	list := append(slices.Clone(s.all()), sub)
	s.list.Store(&list)
	return sub
}

func (s *subscriptions) close(sub *subscription) {
	s.mu.Lock()
	list := slices.DeleteFunc(slices.Clone(s.all()), func(x *subscription) bool { return x == sub })
	s.list.Store(&list)
	s.mu.Unlock()
	sub.close()
}

func (s *subscriptions) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = err
	for _, sub := range s.all() {
		sub.end(err)
	}
}

func (s *subscriptions) all() []*subscription {
	if list := s.list.Load(); list != nil {
		return *list
	}
	return nil
}

// wanting gives the subscriptions that want an event of kind k, without allocating where all or none do.
func (s *subscriptions) wanting(k kind) []*subscription {
	all := s.all()
	for i, sub := range all {
		if sub.kinds&k != 0 {
			continue
		}
		some := slices.Clone(all[:i])
		for _, sub := range all[i+1:] {
			if sub.kinds&k != 0 {
				some = append(some, sub)
			}
		}
		return some
	}
	return all
}

func (s *subscription) offer(in *incoming) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
	case s.gap: // one gap is told before anything behind it
	case len(s.buf) >= heldEvents || s.bytes+in.size() > heldBytes && len(s.buf) > 0:
		s.gap = true
	default:
		in.open.hold()
		s.buf = append(s.buf, in)
		s.bytes += in.size()
	}
	s.notify()
}

// close lets go of what was not taken. What was given last may be answered yet.
func (s *subscription) close() {
	s.mu.Lock()
	left := s.buf
	s.closed, s.buf, s.bytes = true, nil, 0
	s.mu.Unlock()
	for _, in := range left {
		in.open.release(nil)
	}
	if s.given != nil {
		s.given.open.releaseLater()
		s.given = nil
	}
}

func (s *subscription) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = err
	s.notify()
}

func (s *subscription) notify() {
	select {
	case s.signal <- struct{}{}:
	default:
	}
}

// take gives the oldest event, or ErrOverflow where events are missing, or why there will be no more; nil and nil when there
// is nothing yet.
func (s *subscription) take() (*incoming, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.buf) > 0 {
		in := s.buf[0]
		s.buf[0] = nil
		s.buf = s.buf[1:]
		s.bytes -= in.size()
		return in, nil
	}
	if s.gap {
		s.gap = false
		return nil, ErrOverflow
	}
	return nil, s.ended
}
