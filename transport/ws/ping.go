package ws

import (
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// pings is what a socket knows of its peer's life. A timer drives it; no goroutine waits for the next ping.
type pings struct {
	mu       sync.Mutex
	timer    *time.Timer
	running  sync.WaitGroup
	stopped  bool
	answered bool
	sent     int // until one was answered
	last     time.Time
}

// maxUnanswered is how many pings a peer gets that has answered none. go-cqhttp never reads from its /event (dialects.md,
// section 6.4): what is sent there for ever fills the buffers of the network, and ends as a write that does not move.
const maxUnanswered = 3

// startPings sends the first ping at once: only a peer that has answered one can be told dead by its silence.
func (s *socket) startPings() {
	if s.conn.opts.PingInterval < 0 {
		return
	}
	next := s.checkLife(time.Now())
	p := &s.pings
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running.Add(1)
	p.timer = time.AfterFunc(next, s.ringPings)
}

func (s *socket) stopPings() {
	p := &s.pings
	p.mu.Lock()
	p.stopped = true
	if p.timer != nil && p.timer.Stop() {
		p.running.Done()
	}
	p.mu.Unlock()
	p.running.Wait()
}

func (s *socket) ringPings() {
	p := &s.pings
	defer p.running.Done()
	next := s.checkLife(time.Now())
	p.mu.Lock()
	defer p.mu.Unlock()
	if next > 0 && !p.stopped {
		p.running.Add(1)
		p.timer.Reset(next)
	}
}

// checkLife sends a ping when one is due, ends the socket when its peer is dead, and gives the time until the next look;
// 0 means that there is none.
func (s *socket) checkLife(now time.Time) time.Duration {
	interval := s.conn.opts.PingInterval
	p := &s.pings
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return 0
	}
	tillDead := interval + pongWait - s.box.silence()
	if p.answered && tillDead <= 0 {
		s.kill(lossOf(errSilent))
		return 0
	}
	if p.last.IsZero() || now.Sub(p.last) >= interval {
		if !p.answered && p.sent == maxUnanswered {
			return 0
		}
		p.last = now
		p.sent++
		// A ping behind a full buffer would only wait; the flusher notices when nothing moves.
		if ok, _ := s.box.room(headRoom); ok {
			s.control(websocket.PingMessage, nil)
		}
	}
	next := p.last.Add(interval).Sub(now)
	if p.answered {
		next = min(next, tillDead)
	}
	return max(next, time.Millisecond)
}

func (s *socket) heardPong(string) error {
	s.pings.mu.Lock()
	defer s.pings.mu.Unlock()
	s.pings.answered = true
	return nil
}
