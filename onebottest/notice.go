package onebottest

import "slices"

// Notice is something that a server reports beside messages and recalls: a notice, a request or a meta event. The types of this
// package that implement it are all there are; their fields mean the same for every persona, whatever its spelling.
type Notice interface {
	// event spells the event the persona's way; nil where the persona never sends it.
	event(v view) object
}

// view is what the spelling of an event depends on.
type view struct {
	persona Persona
	self    int64
	server  *Server // with its lock held
}

// PushNotice pushes n to all event connections and webhooks, spelled as the persona's server spells it; NapCat posts and streams no
// meta events. It tells whether that server sends such events at all; if not, nothing is pushed. A zero field is sent as 0 or an
// empty text. A request can be answered by its flag from then on.
func (s *Server) PushNotice(n Notice) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	event := n.event(view{s.persona, s.state.self, s})
	if event == nil {
		return false
	}
	if n, ok := n.(asking); ok {
		s.state.asked(n.request())
	}
	s.publish(event)
	return true
}

// is tells whether the persona is one of list.
func (v view) is(list ...Persona) bool {
	return slices.Contains(list, v.persona)
}

// head is what every event begins with.
func (v view) head(postType string) object {
	return object{{"time", now()}, {"self_id", v.self}, {"post_type", postType}}
}

// notice begins a notice of its own type.
func (v view) notice(kind string, fields ...field) object {
	return append(v.head("notice").with("notice_type", kind), fields...)
}

// notify begins a notice of the kinds that stand under notify.
func (v view) notify(subType string, fields ...field) object {
	return append(v.head("notice").with("notice_type", "notify").with("sub_type", subType), fields...)
}

// either gives the first word, or the other one.
func either(second bool, first, other string) string {
	if second {
		return other
	}
	return first
}
