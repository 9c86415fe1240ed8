package ws

import (
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// pings is what a socket knows of its peer's life. A timer drives it; no goroutine waits for the next ping. Numbers are small where they
// can be: with a few bytes more the heap would take 32 more for each account of a hub.
type pings struct {
	mu       sync.Mutex
	rounds   *Rounds     // drives them together with others; nil: a timer of their own does
	due      time.Time   // the next look; written by arm, before rounds reads it
	timer    *time.Timer // their own
	running  sync.WaitGroup
	place    int32 // in the heap of rounds, which writes it
	armed    bool  // the timer runs, or its function does
	stopped  bool
	answered bool
	sent     int8 // until one was answered
	last     time.Time
	beat     time.Duration // between the peer's heartbeats; 0: none has come
	asleep   asleep
}

// maxUnanswered is how many pings a peer gets that has answered none. go-cqhttp never reads from its /event (dialects.md,
// section 6.4): what is sent there for ever fills the buffers of the network, and ends as a write that does not move.
const maxUnanswered = 3

// startPings sends the first ping at once: only a peer that has answered one can be told dead by its silence.
func (s *socket) startPings() {
	if s.conn.pingEvery < 0 {
		return
	}
	p := &s.pings
	p.mu.Lock()
	defer p.mu.Unlock()
	s.arm(s.checkLife(time.Now()))
}

func (s *socket) stopPings() {
	p := &s.pings
	p.mu.Lock()
	p.stopped = true
	if s.disarm() {
		p.running.Done()
	}
	p.mu.Unlock()
	p.running.Wait()
}

func (s *socket) ringPings() {
	p := &s.pings
	defer p.running.Done()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed = false
	now := time.Now()
	p.asleep.look(now.Sub(s.box.born), p.due.Sub(s.box.born), s.box.lastRead.Load())
	s.arm(s.checkLife(now))
}

// arm sets the next look, 0 for none, unless one is due already. It needs the lock.
func (s *socket) arm(next time.Duration) {
	p := &s.pings
	if next == 0 || p.armed || p.stopped {
		return
	}
	p.armed = true
	p.running.Add(1)
	p.due = time.Now().Add(next)
	switch {
	case p.rounds != nil:
		p.rounds.add(s)
	case p.timer == nil:
		p.timer = time.AfterFunc(next, s.ringPings)
	default:
		p.timer.Reset(next)
	}
}

// disarm reports that the next look was set and will not come. It needs the lock.
func (s *socket) disarm() bool {
	p := &s.pings
	if p.rounds != nil {
		return p.rounds.remove(s)
	}
	return p.timer != nil && p.timer.Stop()
}

// checkLife sends a ping when one is due, ends the socket when its peer is dead, and gives the time until the next look;
// 0 means that there is none. It needs the lock.
func (s *socket) checkLife(now time.Time) time.Duration {
	p := &s.pings
	if p.stopped {
		return 0
	}
	silence := s.box.silence()
	next := s.checkBeat(now, silence)
	if s.conn.pingEvery > 0 && next >= 0 {
		next = sooner(next, s.checkPing(now, silence))
	}
	if next <= 0 {
		return 0
	}
	return max(next, time.Millisecond)
}

// dead is in place of the time until the next look: there is none, the socket was ended.
const dead = -1

// sooner gives the sooner of two looks, of which 0 is none and dead wins.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// beatsMissed is how many intervals without a sign of life a peer with heartbeats gets, before pongWait.
const beatsMissed = 3

// checkBeat looks at the silence of a peer that has sent heartbeats: once when it becomes suspicious, so that a peer that answers
// pings and was told to send no more heartbeats can say so, and once when it is too long.
func (s *socket) checkBeat(now time.Time, silence time.Duration) time.Duration {
	beat := s.pings.beat
	if beat == 0 {
		return 0
	}
	suspicious := beatsMissed*beat - s.pings.asleep.excuse(now.Sub(s.box.born), silence, beatsMissed*beat)
	switch {
	case suspicious > 0:
		return suspicious
	case suspicious+pongWait > 0:
		return suspicious + pongWait
	default:
		s.kill(lossOf(errNoBeat))
		return dead
	}
}

// checkPing sends a ping when one is due, and looks at the silence of a peer that has answered one.
func (s *socket) checkPing(now time.Time, silence time.Duration) time.Duration {
	interval := s.conn.pingEvery
	p := &s.pings
	tillDead := interval + pongWait - p.asleep.excuse(now.Sub(s.box.born), silence, interval)
	if p.answered && tillDead <= 0 {
		s.kill(lossOf(errSilent))
		return dead
	}
	since := now.Sub(p.last)
	suspicious := p.beat > 0 && silence >= beatsMissed*p.beat && since >= silence // not asked since it last spoke
	if p.last.IsZero() || since >= interval || suspicious {
		if !p.answered && p.sent == maxUnanswered {
			return 0
		}
		p.last = now
		if !p.answered {
			p.sent++
		}
		// A ping behind a full buffer would only wait; the flusher notices when nothing moves.
		if ok, _ := s.box.room(headRoom); ok {
			s.control(websocket.PingMessage, nil)
		}
	}
	next := max(p.last.Add(interval).Sub(now), time.Millisecond)
	if p.answered {
		next = min(next, tillDead)
	}
	return next
}

func (s *socket) heardPong(string) error {
	s.box.heard()
	s.pings.mu.Lock()
	defer s.pings.mu.Unlock()
	s.pings.answered = true
	if !s.pings.armed { // it was given up on: from now on its silence tells something
		s.arm(s.checkLife(time.Now()))
	}
	return nil
}

// maxBeat is the longest interval that is believed.
const maxBeat = time.Hour

// heardBeat notes that the peer sends heartbeats, whose interval is in milliseconds. From now on its silence tells something.
func (s *socket) heardBeat(interval int64) {
	if interval <= 0 || interval > maxBeat.Milliseconds() {
		return
	}
	p := &s.pings
	p.mu.Lock()
	defer p.mu.Unlock()
	beat := time.Duration(interval) * time.Millisecond
	if beat == p.beat {
		return
	}
	p.beat = beat
	if p.armed && s.disarm() {
		p.armed = false
		p.running.Done()
	}
	s.arm(s.checkLife(time.Now()))
}
