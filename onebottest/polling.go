package onebottest

import (
	"encoding/json"
	"slices"
	"time"
)

// polledMax is how many events are kept for who polls (dialects 6.6).
const polledMax = 100

// pollKey names a queue of events for polling: LLBot has one for each key that is asked for, go-cqhttp one for all.
type pollKey string

// polled is a queue of events that waits to be fetched. The first poll makes it, of the last events.
type polled struct {
	events []json.RawMessage
	wake   chan struct{} // capacity one
}

// keepPolled puts an event into every queue, the oldest giving way. The lock is held.
func (s *Server) keepPolled(data []byte) {
	s.latest = latest(s.latest, data)
	for _, q := range s.polls {
		q.events = latest(q.events, data)
		select {
		case q.wake <- struct{}{}:
		default:
		}
	}
}

func latest(list []json.RawMessage, data []byte) []json.RawMessage {
	list = append(list, data)
	return list[max(0, len(list)-polledMax):]
}

// polling gives the action of a persona that offers long polling: get_updates {limit, timeout in seconds} of go-cqhttp and
// get_event {key, timeout in milliseconds} of LLBot. It waits without the lock.
func (s *Server) polling(action string) func(Call) Reply {
	switch {
	case s.persona == GoCQHTTP && action == "get_updates":
		return func(c Call) Reply {
			return s.poll(c, "", int(c.params.int("limit")), time.Duration(c.params.int("timeout"))*time.Second)
		}
	case s.persona == LLBot && action == "get_event":
		return func(c Call) Reply {
			return s.poll(c, pollKey(toText(c.params.get("key"))), 0, time.Duration(c.params.int("timeout"))*time.Millisecond)
		}
	}
	return nil
}

// poll gives the events that wait, or those that come within the time; limit 0 is no limit.
func (s *Server) poll(c Call, key pollKey, limit int, wait time.Duration) Reply {
	s.mu.Lock()
	if s.polls == nil {
		s.polls = make(map[pollKey]*polled)
	}
	q := s.polls[key]
	if q == nil {
		q = &polled{events: slices.Clone(s.latest), wake: make(chan struct{}, 1)}
		s.polls[key] = q
	}
	s.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for waiting := true; waiting; {
		if events := s.fetch(q, limit); len(events) > 0 {
			return Reply{Data: events}
		}
		select {
		case <-q.wake:
		case <-timer.C:
			waiting = false
		case <-c.Done:
			return Reply{Silent: true}
		}
	}
	return Reply{Data: s.fetch(q, limit)}
}

func (s *Server) fetch(q *polled, limit int) []json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(q.events)
	if limit > 0 {
		n = min(n, limit)
	}
	events := append([]json.RawMessage{}, q.events[:n]...)
	q.events = q.events[n:]
	return events
}
