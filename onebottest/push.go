package onebottest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gorilla/websocket"
)

// Say lets a user say something in a group and returns the message's id. The message is a CQ string or plain text. The event
// goes to all event connections in the persona's spelling; Say waits while a client does not read and its buffers are full. A
// group or a user that the server does not know joins at once.
func (s *Server) Say(group, user int64, message string) int64 {
	s.mu.Lock()
	s.state.join(group, user)
	s.mu.Unlock()
	return s.say(chatKey{group: group}, user, message)
}

// SayPrivate lets a user write to the bot and returns the message's id; [Server.Say] tells the rest. Anybody may write; only the
// friends of the bot can be answered.
func (s *Server) SayPrivate(user int64, message string) int64 {
	return s.say(chatKey{user: user}, user, message)
}

// SayTemp lets a member of a group write to the bot in a temporary session and returns the message's id.
func (s *Server) SayTemp(group, user int64, message string) int64 {
	s.mu.Lock()
	s.state.join(group, user)
	s.mu.Unlock()
	return s.say(chatKey{group: group, user: user}, user, message)
}

func (s *Server) say(k chatKey, user int64, text string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.state.add(k, user, now(), parseCQ(text))
	s.state.received++
	s.publish(s.dialect.event(s.state, m, s.cfg.format))
	return m.id
}

// Recall withdraws a message, by its author, and pushes the persona's notice. An unknown id does nothing.
func (s *Server) Recall(messageID int64) { s.RecallBy(messageID, 0) }

// RecallBy withdraws a message of a group by an operator; 0 is the author.
func (s *Server) RecallBy(messageID, operator int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.state.ids[messageID]
	if m == nil {
		return
	}
	m.recalled = true
	if operator == 0 {
		operator = m.author
	}
	s.publish(s.dialect.recall(s.state, m, operator))
}

// Seed puts n messages into a group without pushing events, one a second up to now, said by its members in turn: "message 1" to
// "message n". None is older than what was said in the group before. It returns their ids, oldest first. An n below 1 puts none.
func (s *Server) Seed(group int64, n int) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.join(group, s.state.self)
	return s.state.seed(chatKey{group: group}, n, func(i int) int64 {
		members := s.state.group(group).members
		return members[i%len(members)].user
	})
}

// SeedPrivate puts n messages into a private chat without pushing events; the user and the bot take turns.
func (s *Server) SeedPrivate(user int64, n int) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.seed(chatKey{user: user}, n, func(i int) int64 {
		if i%2 == 1 {
			return s.state.self
		}
		return user
	})
}

func (st *state) seed(k chatKey, n int, author func(int) int64) []int64 {
	var ids []int64
	start := now() - int64(n)
	last := int64(0)
	if c := st.chats[k]; c != nil {
		last = c.messages[len(c.messages)-1].time // time does not run backwards within a chat
	}
	for i := range n {
		m := st.add(k, author(i), max(start+int64(i), last), []segment{textSegment("message " + strconv.Itoa(i+1))})
		ids = append(ids, m.id)
	}
	return ids
}

// ForgetIDs drops the ids of all messages, as NapCat's restart does; the chats and their history stay.
func (s *Server) ForgetIDs() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.forget()
}

// Push sends a frame to all event connections and webhooks: a string, []byte or json.RawMessage as it is, anything else through json.Marshal.
// A value that cannot be marshalled is pushed as a JSON string that tells the error. Push waits while a client does not read and
// its buffers are full.
func (s *Server) Push(v any) {
	var data []byte
	switch v := v.(type) {
	case string:
		data = []byte(v)
	case []byte:
		data = bytes.Clone(v) // who pushed may write into it again, and it is still to be sent and polled
	case json.RawMessage:
		data = bytes.Clone(v)
	default:
		b, err := json.Marshal(v)
		if err != nil {
			b = raw(err.Error())
		}
		data = b
	}
	s.broadcast(data)
}

// publish pushes an event of the persona. The lock is held, so that events leave in the order in which things happened; it is
// released only while a client does not read.
func (s *Server) publish(event object) {
	data := s.marshal(event)
	s.noted(data)
	for c := range s.conns {
		if !c.events {
			continue
		}
		f := frame{kind: websocket.TextMessage, data: data}
		select {
		case c.out <- f:
		default:
			s.mu.Unlock()
			c.send(f)
			s.mu.Lock()
		}
	}
	for _, h := range s.hooks {
		if !s.hooked(data) {
			continue
		}
		select {
		case h.out <- data:
		default:
			s.mu.Unlock()
			s.offer(h, data)
			s.mu.Lock()
		}
	}
}

// broadcast sends bytes to all event connections and webhooks. The lock is not held.
func (s *Server) broadcast(data []byte) {
	for _, c := range s.events() {
		c.send(frame{kind: websocket.TextMessage, data: data})
	}
	s.mu.Lock()
	s.noted(data)
	hooks := slices.Clone(s.hooks)
	s.mu.Unlock()
	for _, h := range hooks {
		if s.hooked(data) {
			s.offer(h, data)
		}
	}
}

// noted keeps an event for those who poll, and tells those who wait for one. The lock is held.
func (s *Server) noted(data []byte) {
	s.published++
	s.keepPolled(data)
	s.changed()
}

// events lists the connections that get events.
func (s *Server) events() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*conn
	for c := range s.conns {
		if c.events {
			list = append(list, c)
		}
	}
	return list
}

// WaitOpen waits until at least n WebSocket connections are open.
func (s *Server) WaitOpen(ctx context.Context, n int) error {
	for {
		s.mu.Lock()
		open, wake := len(s.conns), s.wake
		s.mu.Unlock()
		if open >= n {
			return nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return fmt.Errorf("onebottest: wait for %d connections, %d open: %w", n, open, ctx.Err())
		case <-s.done:
			return errServerClosed
		}
	}
}

// beat pushes heartbeats until the server closes.
func (s *Server) beat() {
	t := time.NewTicker(s.cfg.heartbeat)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			s.mu.Lock()
			beat := s.heartbeat()
			s.mu.Unlock()
			s.broadcast(s.marshal(beat))
		case <-s.done:
			return
		}
	}
}

// heartbeat is one heartbeat event. The lock is held.
func (s *Server) heartbeat() object {
	interval, status := field{"interval", s.cfg.heartbeat.Milliseconds()}, field{"status", s.dialect.pulse(s.state)}
	if s.persona == GoCQHTTP {
		return object{
			{"post_type", "meta_event"}, {"meta_event_type", "heartbeat"}, {"time", now()}, {"self_id", s.state.self}, interval, status,
		}
	}
	return object{
		{"time", now()}, {"self_id", s.state.self}, {"post_type", "meta_event"}, {"meta_event_type", "heartbeat"}, status, interval,
	}
}

// lifecycle is the first frame of an event connection. Where go-cqhttp dials it is of the present; else of its start, with a key more.
func (s *Server) lifecycle(reverse bool) []byte {
	at := now()
	if s.persona == GoCQHTTP {
		o := object{{"meta_event_type", "lifecycle"}, {"post_type", "meta_event"}, {"self_id", s.state.self}, {"sub_type", "connect"}}
		if reverse {
			return raw(o.with("time", at))
		}
		return raw(append(object{{"_post_method", 2}}, o.with("time", s.state.started.Unix())...))
	}
	return raw(object{
		{"time", at},
		{"self_id", s.state.self},
		{"post_type", "meta_event"},
		{"meta_event_type", "lifecycle"},
		{"sub_type", "connect"},
	})
}

// refusal gives the HTTP status of a handshake without the right token; 0 where the server rejects it later (dialects 5.5).
func (s *Server) refusal(present bool) int {
	switch s.persona {
	case NapCat, LLBot:
		return 0
	case Lagrange:
		return 403
	case GoCQHTTP, Standard:
	}
	if present {
		return 403
	}
	return 401
}

// reject tells an open connection that its token is not good and closes it, the persona's way (dialects 5.5).
func (s *Server) reject(c *conn) {
	const text = "token验证失败"
	body := object{{"status", "failed"}, {"retcode", 1403}, {"data", nil}, {"message", text}, {"wording", text}}
	code, reason := websocket.ClosePolicyViolation, "invalid access token"
	switch s.persona {
	case NapCat:
		c.send(frame{kind: websocket.TextMessage, data: raw(body.with("echo", nil).with("stream", "normal-action"))})
		code, reason = websocket.CloseNoStatusReceived, ""
	case LLBot:
		c.send(frame{kind: websocket.TextMessage, data: raw(body)})
	case Standard, Lagrange, GoCQHTTP:
	}
	c.send(frame{kind: websocket.CloseMessage, data: websocket.FormatCloseMessage(code, reason)})
}
