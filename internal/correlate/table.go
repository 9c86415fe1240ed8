package correlate

import (
	"bytes"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onebot-go/onebot/internal/alarm"
)

// Verdict tells what became of an answer.
type Verdict uint8

// The verdicts of Deliver.
const (
	// Delivered: a call has it, or has it among its parts.
	Delivered Verdict = iota
	// Late: its call had ended before.
	Late
	// Unknown: no call of ours had this id.
	Unknown
)

// Table holds the calls in flight of one connection. Make one with NewTable; it is safe for concurrent use.
type Table struct {
	ids    *Counter
	flying atomic.Int64 // how many wait

	// free are the waiters for calls to come. They are the table's own, not for all: a channel that was made in the bubble of one
	// synctest test must not turn up in another.
	free sync.Pool

	mu      sync.Mutex
	waiting map[ID]*Waiter // made by the first call
	closed  error
	alarm   alarm.Alarm
}

// NewTable makes an empty table whose calls are named by ids.
func NewTable(ids *Counter) *Table {
	t := &Table{ids: ids}
	t.alarm.Ring = t.expire
	return t
}

// Add enters a call. A zero deadline means that the table does not end it; otherwise it ends with
// ErrExpired, a little late when very many calls are in flight. A call with parts gets every frame of its
// answer, from NextPart; one without gets the last. Add fails with the error of Close once the table is closed.
func (t *Table) Add(deadline time.Time, parts bool) (*Waiter, error) {
	w, ok := t.free.Get().(*Waiter)
	if !ok {
		w = &Waiter{ready: make(chan Outcome, 1)}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed != nil {
		return nil, t.closed
	}
	w.id = t.ids.next()
	w.deadline = deadline
	if parts {
		w.parts = &partQueue{more: make(chan struct{}, 1)}
	}
	if t.waiting == nil {
		t.waiting = make(map[ID]*Waiter)
	}
	t.waiting[w.id] = w
	t.flying.Add(1)
	if !deadline.IsZero() {
		t.alarm.AtLatest(deadline)
	}
	return w, nil
}

// Len is the number of calls in flight.
func (t *Table) Len() int { return int(t.flying.Load()) }

// Deliver brings a copy of data to the call id. A partial answer leaves the call waiting. It never blocks.
func (t *Table) Deliver(id ID, data []byte, partial bool) Verdict {
	small := len(data) <= smallAnswer
	if !small {
		data = bytes.Clone(data) // not while the lock is held
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	w, ok := t.waiting[id]
	lent := false
	switch {
	case !ok && t.ids.issued(id):
		return Late
	case !ok:
		return Unknown
	case !small:
	case w.parts != nil:
		data = bytes.Clone(data)
	case !partial:
		data, lent = w.small[:copy(w.small[:], data)], true
	}
	switch {
	case !partial:
		t.finish(w, Outcome{Data: data, Lent: lent})
	case w.parts != nil && !w.parts.add(data):
		t.finish(w, Outcome{Err: ErrTooMuch})
	}
	return Delivered
}

// NextPart gives the next frame of an answer in parts, or how the call ended. With last the waiter has been given back. When
// done is closed first the call is removed, and the outcome is ErrAbandoned.
func (t *Table) NextPart(w *Waiter, done <-chan struct{}) (out Outcome, last bool) {
	for {
		if data, ok := t.takePart(w); ok {
			return Outcome{Data: data}, false
		}
		select {
		case <-w.parts.more:
		case out = <-w.ready:
			// Parts that came just before the end go first.
			data, ok := t.takePart(w)
			if !ok {
				t.Release(w)
				return out, true
			}
			w.ready <- out
			return Outcome{Data: data}, false
		case <-done:
			t.Remove(w)
			return Outcome{Err: ErrAbandoned}, true
		}
	}
}

func (t *Table) takePart(w *Waiter) ([]byte, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return w.parts.take()
}

// Remove takes a call out of the table that nobody waits for any more, and gives the waiter back. An outcome that came in
// the meantime is lost.
func (t *Table) Remove(w *Waiter) {
	t.mu.Lock()
	if t.waiting[w.id] == w {
		t.leave(w)
	} else {
		// Who took it out has sent under the lock, so that the outcome is here, or was received before.
		select {
		case <-w.ready:
		default:
		}
	}
	t.mu.Unlock()
	t.Release(w)
}

// Release gives a waiter back after its outcome was received and is of no use any more: a short answer is in the waiter.
func (t *Table) Release(w *Waiter) {
	w.id, w.deadline, w.parts = 0, time.Time{}, nil
	t.free.Put(w)
}

// Close ends every call with err, and every later Add. Only the first Close has an effect.
func (t *Table) Close(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed != nil {
		return
	}
	t.closed = err
	for _, w := range t.waiting {
		t.finish(w, Outcome{Err: err})
	}
	t.alarm.Off()
}

// Wait returns after Close when the table's timer runs no more.
func (t *Table) Wait() { t.alarm.Wait() }

// finish takes w out of the table before it is told, so that it is told once; the caller holds the lock.
func (t *Table) finish(w *Waiter, out Outcome) {
	t.leave(w)
	w.ready <- out
}

func (t *Table) leave(w *Waiter) {
	delete(t.waiting, w.id)
	t.flying.Add(-1)
}

// expire ends the calls whose deadline has passed, and sets the alarm for the next one.
func (t *Table) expire() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed != nil {
		return
	}
	t.alarm.Rung()
	now := time.Now()
	var next time.Time
	for _, w := range t.waiting {
		switch {
		case w.deadline.IsZero():
		case !w.deadline.After(now):
			t.finish(w, Outcome{Err: ErrExpired})
		case next.IsZero() || w.deadline.Before(next):
			next = w.deadline
		}
	}
	if next.IsZero() {
		return
	}
	// A walk of the table takes some 50 ns a call. Walking at most once in a microsecond a call keeps thousands of
	// deadlines that follow each other closely from costing a walk each.
	if earliest := now.Add(time.Duration(len(t.waiting)) * time.Microsecond); next.Before(earliest) && len(t.waiting) > 16 {
		next = earliest
	}
	t.alarm.AtLatest(next)
}
