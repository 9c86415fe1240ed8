package ws

import (
	"container/heap"
	"sync"
	"time"
)

// Rounds is one timer for the pings of many accepted connections: thousands of timers would take memory, and each of them would wake
// the processor at a time of its own. The zero value is ready; give a pointer to it to every Accept. It must not be copied after that.
type Rounds struct {
	mu      sync.Mutex
	due     dueHeap
	timer   *time.Timer
	at      time.Time // when it rings; zero: it does not
	running sync.WaitGroup
}

// Wait returns when the timer runs no more. It is called after the last connection has ended.
func (r *Rounds) Wait() { r.running.Wait() }

// add enters s, whose next look is when it is due.
func (r *Rounds) add(s *socket) {
	r.mu.Lock()
	defer r.mu.Unlock()
	heap.Push(&r.due, s)
	r.set()
}

// remove takes s out. It reports false where s is not there any more: its look is due, or under way.
func (r *Rounds) remove(s *socket) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := int(s.pings.place)
	if i >= len(r.due) || r.due[i] != s {
		return false
	}
	heap.Remove(&r.due, i)
	r.set()
	return true
}

// set makes the timer ring for the first that is due, and stops it where there is none. It needs the lock.
func (r *Rounds) set() {
	switch {
	case len(r.due) == 0:
		r.at = time.Time{}
		if r.timer != nil && r.timer.Stop() {
			r.running.Done()
		}
	case !r.at.IsZero() && !r.due[0].pings.due.Before(r.at): // it rings early enough
	case r.timer == nil:
		r.at = r.due[0].pings.due
		r.running.Add(1)
		r.timer = time.AfterFunc(time.Until(r.at), r.ring)
	default:
		if !r.timer.Stop() { // it has rung, and its Done is its own
			r.running.Add(1)
		}
		r.at = r.due[0].pings.due
		r.timer.Reset(time.Until(r.at))
	}
}

// ring looks at those that are due. None of them is waited for: a look writes nothing, it only appends.
func (r *Rounds) ring() {
	defer r.running.Done()
	r.mu.Lock()
	r.at = time.Time{}
	var batch []*socket
	for now := time.Now(); len(r.due) > 0 && !r.due[0].pings.due.After(now); {
		s, _ := heap.Pop(&r.due).(*socket)
		batch = append(batch, s)
	}
	r.set()
	r.mu.Unlock()
	for _, s := range batch {
		s.ringPings()
	}
}

// dueHeap has the socket whose look comes first at its top.
type dueHeap []*socket

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].pings.due.Before(h[j].pings.due) }

func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].pings.place, h[j].pings.place = int32(i), int32(j)
}

// Push appends a socket.
func (h *dueHeap) Push(x any) {
	if s, ok := x.(*socket); ok {
		s.pings.place = int32(len(*h))
		*h = append(*h, s)
	}
}

// Pop takes the last one away.
func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	s := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return s
}
