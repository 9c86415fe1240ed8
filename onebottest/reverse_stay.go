package onebottest

import (
	"time"
)

// StayReverse is DialReverse for a bot that may come later and may go: the server dials, and dials again whenever the handshake
// fails or the connection is lost, after the delay of the persona: 3 s on the standard, go-cqhttp and LLBot, 5 s on NapCat and
// Lagrange ([WithReverseDelay] sets another one). go-cqhttp notices a loss only when it has an event to send, heartbeats included;
// that event is lost (dialects 6.5, 15.1). It goes on until the server closes.
func (s *Server) StayReverse(url string) {
	if !s.enter() {
		return
	}
	go func() {
		defer s.running.Done()
		s.stayReverse(url)
	}()
}

func (s *Server) stayReverse(url string) {
	delay := s.reverseDelay()
	for {
		c, err := s.reverse(url, "Universal")
		if err == nil {
			lost := s.serveReverse(c)
			if s.persona == GoCQHTTP && !s.nextEvent(lost) {
				return
			}
		}
		if !s.pause(nil, delay) {
			return
		}
	}
}

// serveReverse serves a connection to its end, and counts the events from then on.
func (s *Server) serveReverse(c *conn) (lost uint64) {
	defer s.remove(c)
	c.serve(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.published
}

// nextEvent waits for an event after the given number of them; false means that the server is closing.
func (s *Server) nextEvent(after uint64) bool {
	for {
		s.mu.Lock()
		come, wake := s.published > after, s.wake
		s.mu.Unlock()
		if come {
			return true
		}
		select {
		case <-wake:
		case <-s.done:
			return false
		}
	}
}

func (s *Server) reverseDelay() time.Duration {
	switch {
	case s.cfg.reverseDelay > 0:
		return s.cfg.reverseDelay
	case s.persona == NapCat, s.persona == Lagrange:
		return 5 * time.Second
	default:
		return 3 * time.Second
	}
}
