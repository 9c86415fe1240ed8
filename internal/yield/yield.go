// Package yield offers the processor to other goroutines, and less often where that takes long.
package yield

import (
	"runtime"
	"time"
)

// Pace says which of many occasions to offer the processor are taken: all, as long as the offers are short. The zero value is ready;
// it is not safe for concurrent use.
type Pace struct {
	skip    int // how many occasions are let pass
	doubled int // how often the distance between two offers was doubled
}

const (
	// long is how long an offer may take before the next one comes later: handlers that keep the processors busy must not hold up the answers
	// that are still to be read.
	long = time.Millisecond
	// mostDoubled bounds the distance to 128 occasions.
	mostDoubled = 7
)

// Due tells whether to take this occasion. Whoever does tells Took how long it was.
func (p *Pace) Due() bool {
	if p.skip == 0 {
		return true
	}
	p.skip--
	return false
}

// Took is told how long an offer took.
func (p *Pace) Took(d time.Duration) {
	if d <= long {
		p.doubled = 0
	} else {
		p.doubled = min(p.doubled+1, mostDoubled)
	}
	p.skip = 1<<p.doubled - 1
}

// Offer lets other goroutines run and gives the time until this one ran again.
func Offer() time.Duration {
	start := time.Now()
	runtime.Gosched()
	return time.Since(start)
}
