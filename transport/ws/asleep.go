package ws

import "time"

// asleep knows of the time in which this process did not run: it was stopped, its container was frozen, or the machine had no time for
// it. What the peer sent then may lie in the system's buffer when the look at its silence comes, and its answers to pings that were
// not sent are missing through no fault of its own.
type asleep struct {
	woke time.Duration // after the connection began; 0: it never was
	// mark is what the peer had last been heard at then.
	mark int64
}

// overslept is how late a look is that was slept through.
const overslept = 100 * time.Millisecond

// look notes a look that was planned for an earlier time; both are counted from the beginning of the connection. One silence is excused
// once: a machine that is always late must still find out that a peer is dead.
func (a *asleep) look(now, planned time.Duration, heard int64) {
	if now-planned >= overslept && (a.woke == 0 || a.mark != heard) {
		a.woke, a.mark = now, heard
	}
}

// excuse gives how much of a silence counts: since this process woke no more than the usual part of it and the time from then on, so
// that the peer has pongWait to be heard.
func (a *asleep) excuse(now, silence, usual time.Duration) time.Duration {
	if a.woke == 0 {
		return silence
	}
	return min(silence, usual+now-a.woke)
}
