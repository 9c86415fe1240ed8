package ws

import "time"

// asleep knows of the time in which this process did not run: it was stopped, its container was frozen, or the machine had no time for
// it. What the peer sent then may lie in the system's buffer when the look at its silence comes, and its answers to pings that were
// not sent are missing through no fault of its own.
type asleep struct {
	woke time.Time // zero: it never was
	// mark is what the peer had last been heard at then.
	mark int64
}

// overslept is how late a look is that was slept through.
const overslept = 100 * time.Millisecond

// look notes a look that was planned for an earlier time. One silence is excused once: a machine that is always late must still find out
// that a peer is dead.
func (a *asleep) look(now, planned time.Time, heard int64) {
	if now.Sub(planned) >= overslept && (a.woke.IsZero() || a.mark != heard) {
		a.woke, a.mark = now, heard
	}
}

// excuse gives how much of a silence counts: since this process woke no more than the usual part of it and the time from then on, so
// that the peer has pongWait to be heard.
func (a *asleep) excuse(now time.Time, silence, usual time.Duration) time.Duration {
	if a.woke.IsZero() {
		return silence
	}
	return min(silence, usual+now.Sub(a.woke))
}
