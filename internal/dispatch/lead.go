package dispatch

import "github.com/onebot-go/onebot/internal/yield"

// lead decides when a source that keeps pushing offers the processor to the workers, long before the queue is full: what has just been
// pushed is still in the processor's cache then, and a short queue makes less work for the garbage collector. On one
// processor that takes a tenth off the cost of an event. The zero value is ready.
type lead struct {
	yield.Pace

	pushed int // since the last occasion
}

// usualLead is how many items are pushed, and wait, before the processor is offered.
const usualLead = 64

// push counts an item and tells whether it is time for an offer. Where the queue is crowded, or full, each item is an occasion.
func (l *lead) push(waiting int, crowded bool) bool {
	if crowded {
		return l.Due()
	}
	if l.pushed++; l.pushed < usualLead || waiting < usualLead {
		return false
	}
	l.pushed = 0
	return l.Due()
}
