package dispatch

import "time"

// lead decides when a source that keeps pushing offers the processor to the workers, long before the queue is full: what has just been
// pushed is still in the processor's cache then, and a short queue makes less work for the garbage collector. On one
// processor that takes a tenth off the cost of an event. The zero value is ready.
type lead struct {
	pushed  int // since the last offer
	doubled int // how often the distance between two offers was doubled
}

const (
	// usualLead is how many items are pushed, and wait, before the processor is offered.
	usualLead = 64
	// longOffer is how long an offer may take before the next one comes later: handlers that keep the processors busy must not hold up the
	// replies that stand behind events.
	longOffer = time.Millisecond
	// mostDoubled bounds the distance to 8192 items.
	mostDoubled = 7
)

// push counts an item and tells whether it is time for an offer.
func (l *lead) push(waiting int) bool {
	l.pushed++
	return waiting >= usualLead && l.pushed >= usualLead<<l.doubled
}

// offered is told how long an offer took.
func (l *lead) offered(took time.Duration) {
	l.pushed = 0
	if took <= longOffer {
		l.doubled = 0
	} else if l.doubled < mostDoubled {
		l.doubled++
	}
}
