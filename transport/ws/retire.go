package ws

import "time"

// Retire ends an accepted connection for the given reason, as Abort does, once what the peer has sent by now was read: nothing is written
// any more, answers and events that are here already still come, for the given time, and for up to three times as long where there still is
// something to read. It does not wait for that, so that a sink may call it. On a Conn that is over it does nothing; one that was dialled
// connects again.
func (c *Conn) Retire(within time.Duration, why error) {
	if why == nil {
		why = errNoReason
	}
	for _, l := range c.links() {
		if s := l.sock.Load(); s != nil {
			s.blame(why)
			s.box.refuse(why)
			s.box.readRest(within)
		}
	}
}

// readRest gives the reader some time for what is on its way, and up to three times as long while it reads. Whether it is through is looked at,
// and not decided beforehand: a machine may be so busy that the time passes before what has long been here was read.
func (b *outbox) readRest(within time.Duration) {
	const looks = 4 // within the time; the first is the last but one of these, and all that follow take twice the time more
	b.lookAfter(within-within/looks, within/looks, -1, 2*looks+1)
}

// lookAfter looks whether anything was read since the last look, when it was heard at last, and ends the reading where nothing was, or after
// so many looks more.
func (b *outbox) lookAfter(wait, every time.Duration, last int64, more int) {
	time.AfterFunc(wait, func() {
		now := b.lastRead.Load()
		if now == last || more == 0 {
			_ = b.SetReadDeadline(time.Unix(1, 0)) // a connection that cannot be told is at its end
			return
		}
		b.lookAfter(every, every, now, more-1)
	})
}
