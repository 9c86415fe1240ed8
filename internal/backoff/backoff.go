// Package backoff computes how long to wait between attempts: exponential, with jitter, started over only after success
// that has lasted.
package backoff

import (
	"math/rand/v2"
	"time"
)

// Stable is how long a connection has to live before the waits start over. Less proves nothing: a server may greet and
// drop every connection.
const Stable = 10 * time.Second

// Policy is the shape of the waits. It has the fields of transport.Backoff and converts from it.
type Policy struct {
	// Min is the first wait, Max the longest; both positive.
	Min, Max time.Duration
	// Jitter is the share of each wait that is random, 0 to 1.
	Jitter float64
}

// Sequence gives one wait after the other. It is not safe for concurrent use.
type Sequence struct {
	policy Policy
	next   time.Duration
}

// New starts a sequence at p.Min.
func New(p Policy) *Sequence { return &Sequence{policy: p, next: p.Min} }

// Next gives the wait before the next attempt, and doubles the one after it.
func (s *Sequence) Next() time.Duration {
	wait := s.next
	if s.next > s.policy.Max/2 {
		s.next = s.policy.Max
	} else {
		s.next *= 2
	}
	return wait - time.Duration(rand.Float64()*s.policy.Jitter*float64(wait))
}

// Lived tells how long the last connection stood, and starts over when that was at least Stable.
func (s *Sequence) Lived(d time.Duration) {
	if d >= Stable {
		s.next = s.policy.Min
	}
}
