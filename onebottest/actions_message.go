package onebottest

import "encoding/json"

// failure is a situation in which an action fails; each persona has its own words and codes for it.
type failure int

const (
	failNoTarget    failure = iota // neither a group nor a user
	failNoUser                     // the user is unknown
	failNoGroup                    // the group is unknown
	failEmpty                      // nothing to send
	failNoMessage                  // get_msg: unknown id
	failGone                       // get_msg: withdrawn
	failDelete                     // delete_msg: unknown id
	failDeleteAgain                // delete_msg: withdrawn before
	failNotAllowed                 // delete_msg: the server refuses
	failForward                    // get_forward_msg: unknown id
	failNoNodes                    // nothing to forward
	failHistory                    // no messages, or unknown start
	failTimeout                    // the send went out, the confirmation did not come; the detail is the id of a forward
	failNoRequest                  // no request goes by the flag
	failDecided                    // the request was answered before
	failNoSubject                  // an essence or a reaction: unknown message
)

// sendMessage is send_msg, send_private_msg and send_group_msg.
func sendMessage(s *Server, c *Call, name string) Reply {
	target, refused := s.dialect.send(s.state, c.params, name)
	if refused != nil {
		return *refused
	}
	value := c.params.get("message")
	if nodes, isForward := napcatNodes(s.persona, value); isForward {
		p := params{{"messages", nodes}}
		return s.forwardTo(c, target, p, value)
	}
	if s.persona == GoCQHTTP && number(value) {
		value = toText(value) // A bare number is text there.
	}
	segs := readSegments(value, truthy(c.params.get("auto_escape")))
	return s.deliver(c, target, segs, value)
}

// deliver stores what the bot sends and answers with its id.
func (s *Server) deliver(c *Call, target chatKey, segs []segment, value any) Reply {
	segs, refused := s.dialect.accept(s.state, segs)
	if refused != nil {
		return *refused
	}
	m := s.state.add(target, s.state.self, now(), segs)
	s.state.sent++
	s.note(Sent{Action: c.Action, Message: raw(value)}, m)
	return Reply{Data: object{{"message_id", m.id}}}
}

// note records a sent message and reports it as an event where that is switched on.
func (s *Server) note(sent Sent, m *message) {
	sent.Group, sent.User, sent.MessageID, sent.CQ = m.chat.group, m.chat.user, m.id, formatCQ(m.segs)
	s.sent = append(s.sent, sent)
	var gone int
	s.sent, gone = trim(s.sent)
	s.sentRead = max(s.sentRead-gone, 0)
	s.changed()
	if s.cfg.reportSelf {
		s.publish(s.dialect.event(s.state, m, s.cfg.format))
	}
}

// deleteMessage is delete_msg.
func deleteMessage(s *Server, c *Call, _ string) Reply {
	st := s.state
	m := st.ids[c.params.int("message_id")]
	switch {
	case m == nil || m.chat.isTemp() && s.persona == GoCQHTTP:
		return s.dialect.failure(failDelete, "")
	case m.recalled:
		return s.dialect.failure(failDeleteAgain, "")
	case !st.mayDelete(m) || m.chat.isTemp() && s.persona == Lagrange:
		return s.dialect.failure(failNotAllowed, kindOf(m.chat))
	}
	m.recalled = true
	s.publish(s.dialect.recall(st, m, st.self))
	return Reply{}
}

// mayDelete tells whether QQ lets the bot withdraw the message: its own, and everything where it is more than a plain member.
func (st *state) mayDelete(m *message) bool {
	if m.author == st.self {
		return true
	}
	if !m.chat.isGroup() {
		return false
	}
	return st.person(m.chat, st.self).role != "member"
}

// getMessage is get_msg.
func getMessage(s *Server, c *Call, _ string) Reply {
	m := s.state.find(c.params.get("message_id"))
	if m == nil {
		return s.dialect.failure(failNoMessage, "")
	}
	if m.recalled && s.persona == NapCat {
		return s.dialect.failure(failGone, "")
	}
	return Reply{Data: s.dialect.stored(s.state, m, s.cfg.format)}
}

// find looks a message up by its id, and on NapCat by its 64-bit id too.
func (st *state) find(v any) *message {
	if m := st.nt[toText(v)]; m != nil && st.dialect.about().idLimit > 0 {
		return m
	}
	n, ok := toInt(v)
	if !ok {
		return nil
	}
	return st.ids[n]
}

// getHistory is get_group_msg_history and get_friend_msg_history.
func getHistory(s *Server, c *Call, name string) Reply {
	k := chatKey{group: c.params.int("group_id")}
	if name == "get_friend_msg_history" {
		k = chatKey{user: c.params.int("user_id")}
	}
	page, refused := s.dialect.history(s.state, c.params, k)
	if refused != nil {
		return *refused
	}
	list := make([]object, 0, len(page))
	for _, m := range page {
		s.state.register(m) // Reading a message makes its id known again.
		list = append(list, s.dialect.paged(s.state, m, s.cfg.format))
	}
	return Reply{Data: object{{"messages", list}}}
}

// napcatNodes tells whether a message is a list of nodes that NapCat's send_msg turns into a merged forward.
func napcatNodes(p Persona, v any) ([]any, bool) {
	list, ok := v.([]any)
	if !ok || p != NapCat {
		return nil, false
	}
	for _, e := range list {
		if readSegment(e).kind == "node" {
			return list, true
		}
	}
	return nil, false
}

// newest gives the last count of a list.
func newest(list []*message, count int64) []*message {
	if count < int64(len(list)) {
		return list[int64(len(list))-max(count, 0):]
	}
	return list
}

// oldest gives the first count of a list.
func oldest(list []*message, count int64) []*message {
	if count < int64(len(list)) {
		return list[:max(count, 0)]
	}
	return list
}

// countOf reads `count`, 20 where it is not given.
func countOf(p params) int64 {
	if !p.has("count") {
		return 20
	}
	return p.int("count")
}

// upTo gives the messages of a list whose sequence is at most seq.
func upTo(list []*message, seq int64) []*message {
	for i, m := range list {
		if m.seq > seq {
			return list[:i]
		}
	}
	return list
}

// isNull tells an explicit null from an absent parameter.
func isNull(p params, key string) bool {
	v, ok := object(p).get(key)
	return ok && v == nil
}

// number tells whether v came as a JSON number.
func number(v any) bool {
	_, ok := v.(json.Number)
	return ok
}
