package correlate

import (
	"sync"
	"time"
)

// alarm is a timer that is set again and again. Its methods need the lock of its owner; running counts what may still
// be under way after off.
type alarm struct {
	ring    func()
	timer   *time.Timer
	at      time.Time // zero: not set
	running sync.WaitGroup
}

// atLatest makes ring run at the given time, unless it will run earlier already.
func (a *alarm) atLatest(at time.Time) {
	if !a.at.IsZero() && !at.Before(a.at) {
		return
	}
	if a.timer == nil {
		a.running.Add(1)
		a.at = at
		a.timer = time.AfterFunc(time.Until(at), func() {
			defer a.running.Done()
			a.ring()
		})
		return
	}
	if !a.timer.Stop() { // it has rung, and its Done is its own
		a.running.Add(1)
	}
	a.at = at
	a.timer.Reset(time.Until(at))
}

// off makes sure that ring does not run again, apart from one that has begun.
func (a *alarm) off() {
	if a.timer != nil && a.timer.Stop() {
		a.running.Done()
	}
	a.at = time.Time{}
}
