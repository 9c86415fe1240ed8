package correlate

import (
	"errors"
	"time"
)

// The bounds of what a call keeps of an answer in parts that it has not taken yet.
const (
	maxParts     = 1024
	maxPartBytes = 64 << 20
)

// ErrExpired is the outcome of a call whose deadline has passed.
var ErrExpired = errors.New("the deadline of the call has passed")

// ErrAbandoned is the outcome of a call whose caller stopped waiting.
var ErrAbandoned = errors.New("nobody waits for the answer any more")

// ErrTooMuch ends a call whose answer came in more parts than it took in time.
var ErrTooMuch = errors.New("too many parts of an answer are waiting")

// smallAnswer is how long an answer may be to come in the memory of the waiter, which the next call uses again: that of a send has
// a hundred bytes or two.
const smallAnswer = 256

// Outcome is how a call ended: with the bytes of its answer, or an error.
type Outcome struct {
	Data []byte
	Err  error
	// Lent: Data is the waiter's, until that is given back.
	Lent bool
}

// Waiter is one call in a Table. It is used by one goroutine, and not after it was given back to the table by Release or Remove.
type Waiter struct {
	// ready has room for one: whoever takes the waiter out of the table sends, under the table's lock, and nobody else.
	ready    chan Outcome
	id       ID
	deadline time.Time
	parts    *partQueue
	small    [smallAnswer]byte
}

// partQueue holds the parts of an answer. It belongs to the table's lock.
type partQueue struct {
	more  chan struct{}
	list  [][]byte
	bytes int
}

// ID names the call.
func (w *Waiter) ID() ID { return w.id }

// Ready brings the outcome, once. Give the waiter back with Release after that.
func (w *Waiter) Ready() <-chan Outcome { return w.ready }

func (q *partQueue) add(data []byte) bool {
	if len(q.list) >= maxParts || q.bytes+len(data) > maxPartBytes {
		return false
	}
	q.list = append(q.list, data)
	q.bytes += len(data)
	select {
	case q.more <- struct{}{}:
	default:
	}
	return true
}

func (q *partQueue) take() ([]byte, bool) {
	if len(q.list) == 0 {
		return nil, false
	}
	data := q.list[0]
	q.list[0] = nil
	q.list = q.list[1:]
	q.bytes -= len(data)
	return data, true
}
