package onebot

import (
	"sync"
	"time"

	"github.com/onebot-go/onebot/transport"
)

// ending keeps the post of an event open that can be answered by nothing but a quick operation: until one was handed over, or all who
// got the event have done with it. Its methods do nothing on nil, which every other event has.
type ending struct {
	mu     sync.Mutex
	left   int // how many have it
	shared bool
	done   func(error)
}

// afterwards is how long whoever was given an event by Await, Events or Next may take to answer it: nobody hears when they have
// done with it. It is what Reply promises.
const afterwards = 2500 * time.Millisecond

// keepOpen makes the end of f wait for all who get the event.
func (c *Client) keepOpen(f *transport.Frame) *ending {
	if !c.mute || f.Quick == nil || f.Done == nil {
		return nil
	}
	e := &ending{left: 1, done: f.Done}
	quick := f.Quick
	f.Done = e.release
	f.Quick = func(op []byte) bool {
		taken := quick(op)
		if taken {
			e.end(nil)
		}
		return taken
	}
	return e
}

// hold is for one more who gets the event.
func (e *ending) hold() {
	if e != nil {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.left++
		e.shared = true
	}
}

// release is for one who has done with it. That the lane had no room for it counts where nobody else got it.
func (e *ending) release(err error) {
	if e == nil {
		return
	}
	e.mu.Lock()
	e.left--
	over := e.left == 0
	if e.shared {
		err = nil
	}
	e.mu.Unlock()
	if over {
		e.end(err)
	}
}

// releaseLater is for one who has it and does not say when it has done with it.
func (e *ending) releaseLater() {
	if e != nil {
		time.AfterFunc(afterwards, func() { e.release(nil) })
	}
}

func (e *ending) end(err error) {
	e.mu.Lock()
	done := e.done
	e.done = nil
	e.mu.Unlock()
	finish(done, err)
}
