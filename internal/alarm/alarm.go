// Package alarm is a timer for many: it rings for the first of them, and whoever keeps them sets it for the next.
package alarm

import (
	"sync"
	"time"
)

// Alarm is a timer that is set again and again. Set Ring before the first use; it runs in a goroutine of its own. All methods but Wait need
// the lock of the owner, which Ring takes itself.
type Alarm struct {
	Ring func()

	timer   *time.Timer
	at      time.Time      // zero: not set
	running sync.WaitGroup // what may still be under way after Off
}

// AtLatest makes Ring run at the given time, unless it will run earlier already.
func (a *Alarm) AtLatest(at time.Time) {
	if !a.at.IsZero() && !at.Before(a.at) {
		return
	}
	if a.timer == nil {
		a.running.Add(1)
		a.at = at
		a.timer = time.AfterFunc(time.Until(at), func() {
			defer a.running.Done()
			a.Ring()
		})
		return
	}
	if !a.timer.Stop() { // it has rung, and its Done is its own
		a.running.Add(1)
	}
	a.at = at
	a.timer.Reset(time.Until(at))
}

// Rung is what Ring calls first: from now on the next AtLatest counts.
func (a *Alarm) Rung() { a.at = time.Time{} }

// Off makes sure that Ring does not run again, apart from one that has begun.
func (a *Alarm) Off() {
	if a.timer != nil && a.timer.Stop() {
		a.running.Done()
	}
	a.at = time.Time{}
}

// Wait returns after Off when Ring runs no more.
func (a *Alarm) Wait() { a.running.Wait() }
