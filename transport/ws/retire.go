package ws

import "time"

// Retire ends an accepted connection for the given reason, as Abort does, once what the peer has sent by now was read: nothing is written
// any more, answers and events that are here already still come, for the given time at most. It does not wait for that, so that a sink may
// call it. On a Conn that is over it does nothing; one that was dialled connects again.
func (c *Conn) Retire(within time.Duration, why error) {
	if why == nil {
		why = errNoReason
	}
	for _, l := range c.links() {
		if s := l.sock.Load(); s != nil {
			s.blame(why)
			s.box.refuse(why)
			_ = s.box.SetReadDeadline(time.Now().Add(within)) // a connection that cannot be told is at its end
		}
	}
}
