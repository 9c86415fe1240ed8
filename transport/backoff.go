package transport

import (
	"fmt"
	"time"
)

// Backoff is how long to wait before each attempt to connect again: the wait doubles from Min to Max with every attempt
// that fails or whose connection does not live 10 s, less a random share of up to Jitter of it.
// The zero value means the defaults, 500 ms to 30 s with full jitter.
type Backoff struct {
	// Min is the first wait, Max the longest.
	Min, Max time.Duration
	// Jitter is the share of each wait that is random, 0 (none) to 1 (all of it).
	Jitter float64
}

// DefaultBackoff gives the defaults: 500 ms to 30 s, full jitter.
func DefaultBackoff() Backoff {
	return Backoff{Min: 500 * time.Millisecond, Max: 30 * time.Second, Jitter: 1}
}

// Validate says what is wrong with b, as an error that matches ErrInvalidArgument. The zero value is valid.
func (b Backoff) Validate() error {
	switch {
	case b == Backoff{}:
		return nil
	case b.Min <= 0:
		return fmt.Errorf("backoff: Min must be positive: %w", ErrInvalidArgument)
	case b.Max < b.Min:
		return fmt.Errorf("backoff: Max must not be below Min: %w", ErrInvalidArgument)
	case !(b.Jitter >= 0 && b.Jitter <= 1):
		return fmt.Errorf("backoff: Jitter must be within 0 and 1: %w", ErrInvalidArgument)
	}
	return nil
}
