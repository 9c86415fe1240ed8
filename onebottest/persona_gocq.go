package onebottest

import (
	"fmt"
	"slices"
	"strings"
)

// gocq plays go-cqhttp (commit a5923f1), checked against the frames recorded from it. Its maps come out with sorted keys.
type gocq struct{}

func (gocq) about() about {
	return about{
		selfName: "GocqRig", appName: "go-cqhttp", appVersion: "v1.2.0", escapeHTML: true, newline: true,
		aliases: []string{"_async"},
	}
}

// authorize: any scheme word, the header over the query (dialects 6.2).
func (gocq) authorize(t tokens, want string, _ bool) (ok, present bool) {
	got := t.query
	if t.header != "" {
		got = anyScheme(t.header)
	}
	return got == want, got != ""
}

// roles: /event is never read, /api/ and /event/ serve both (dialects 6.4).
func (gocq) roles(path string) (api, events, reads bool) {
	switch path {
	case "/api":
		return true, false, true
	case "/event":
		return false, true, false
	}
	return true, true, true
}

// check: go-cqhttp converts what it gets, and what it cannot convert is 0 or empty.
func (gocq) check(string, params) *Reply { return nil }

func (gocq) envelope(c *Call, r Reply) any {
	o := object{}
	if r.kind == failUnknown {
		r.code, r.Message = "API_NOT_FOUND", "API不存在"
	}
	if !r.empty {
		o = o.with("data", r.Data)
	}
	if c.hasEcho && c.Transport == OverWebSocket {
		o = o.with("echo", loose(c.echo, true))
	}
	switch {
	case r.empty:
		return o
	case !r.failed():
		return append(o, field{"message", ""}, field{"retcode", 0}, field{"status", "ok"})
	}
	code := r.code
	if code == "" {
		code = r.Message
	}
	return append(o, field{"message", r.Message}, field{"msg", code}, field{"retcode", r.retcode([4]int64{100, 100, 404, 404})},
		field{"status", "failed"}, field{"wording", r.Message})
}

// loose takes numbers through a float64, and with sorted loses the order of keys.
func loose(v any, sorted bool) any {
	switch v := v.(type) {
	case object:
		o := make(object, 0, len(v))
		for _, f := range v {
			o = append(o, field{f.key, loose(f.value, sorted)})
		}
		if sorted {
			slices.SortStableFunc(o, func(a, b field) int { return strings.Compare(a.key, b.key) })
		}
		return o
	case []any:
		list := make([]any, 0, len(v))
		for _, e := range v {
			list = append(list, loose(e, sorted))
		}
		return list
	}
	return double64(v)
}

func (gocq) messageID(m *message) int64 { return crcID(m) }

// accept: what is no known segment becomes text (dialects 4, T12); everything is turned into strings. A poke pokes, nothing else is sent, and
// the id is 0 (dialects 1.2, 4).
func (gocq) accept(st *state, segs []segment) ([]segment, *Reply) {
	kept := make([]segment, 0, len(segs))
	for _, s := range segs {
		if s.kind == "reply" && st.find(s.text("id")) == nil {
			s.kind, s.data = "text", object{{"text", formatCQ([]segment{stringify(s)})}}
		}
		switch s.kind {
		case "poke":
			return nil, &Reply{Data: object{{"message_id", 0}}}
		case "text", "face", "image", "record", "video", "file", "at", "reply", "forward", "json", "xml", "music", "share", "dice",
			"rps", "tts", "cardimage":
			kept = append(kept, stringify(s))
		case "node", "":
		default:
			kept = append(kept, textSegment(formatCQ([]segment{stringify(s)})))
		}
	}
	if len(kept) == 0 {
		r := st.dialect.failure(failNoUser, "")
		return nil, &r
	}
	return kept, nil
}

func (gocq) show(_ *state, s segment) segment {
	switch s.kind {
	case "image":
		name := strings.ToLower(mediaName(s))
		data := object{{"file", name + ".image"}}
		if s.text("subType") != "" {
			data = data.with("subType", s.text("subType"))
		}
		return segment{"image", data.with("url", mediaURL(s, name))}
	case "face":
		return segment{"face", object{{"id", s.text("id")}}}
	}
	return stringify(s)
}

// event: dialects 7.1 and 7.2. The key order of the rest is random there; here it is one of the orders recorded.
func (gocq) event(st *state, m *message, f format) object {
	segs := showAll(st, m.segs)
	post := "message"
	if m.author == st.self {
		post = "message_sent"
	}
	o := object{
		{"post_type", post},
		{"message_type", kindOf(m.chat)},
		{"time", m.time},
		{"self_id", st.self},
		{"sub_type", subType(m.chat)},
		{"user_id", m.author},
	}
	p := st.person(m.chat, m.author)
	if m.chat.isGroup() {
		return append(o, field{"font", 0}, field{"group_id", m.chat.group}, field{"raw_message", formatCQ(segs)},
			field{"message_id", m.id}, field{"anonymous", nil}, field{"message", spell(segs, f)}, field{"message_seq", m.seq},
			field{"sender", object{
				{"age", 0},
				{"area", ""},
				{"card", p.card},
				{"level", ""},
				{"nickname", p.nickname},
				{"role", p.role},
				{"sex", "unknown"},
				{"title", ""},
				{"user_id", m.author},
			}})
	}
	id, sender := m.id, object{{"age", 0}}
	if m.chat.isTemp() {
		// The raw sequence, which no action takes (dialects 3).
		id, sender = m.seq, sender.with("group_id", m.chat.group)
		o = o.with("temp_source", 0)
	}
	target := st.self
	if m.author == st.self {
		target = m.chat.user
	}
	return append(o, field{"target_id", target}, field{"message", spell(segs, f)}, field{"raw_message", formatCQ(segs)},
		field{"font", 0}, field{"sender", append(sender, field{"nickname", p.nickname}, field{"sex", "unknown"},
			field{"user_id", m.author})}, field{"message_id", id})
}

func (d gocq) paged(st *state, m *message, f format) object { return d.event(st, m, f) }

func (gocq) stored(st *state, m *message, f format) object {
	chat := m.chat.user
	o := object{{"group", m.chat.isGroup()}}
	if m.chat.isGroup() {
		chat = m.chat.group
		o = o.with("group_id", chat)
	}
	return append(o, field{"message", spell(showAll(st, m.segs), f)}, field{"message_id", m.id},
		field{"message_id_v2", fmt.Sprintf("%016x%08x", chat, m.seq)}, field{"message_seq", m.seq},
		field{"message_type", kindOf(m.chat)}, field{"real_id", m.seq},
		field{"sender", object{{"nickname", st.person(m.chat, m.author).nickname}, {"user_id", m.author}}}, field{"time", m.time})
}

// recall: the user of a friend_recall is the friend, whoever wrote the message (dialects T20).
func (gocq) recall(st *state, m *message, operator int64) object {
	o := object{{"post_type", "notice"}}
	if m.chat.isGroup() {
		return append(o, field{"notice_type", "group_recall"}, field{"time", now()}, field{"self_id", st.self},
			field{"group_id", m.chat.group}, field{"user_id", m.author}, field{"operator_id", operator}, field{"message_id", m.id})
	}
	return append(o, field{"notice_type", "friend_recall"}, field{"time", now()}, field{"self_id", st.self},
		field{"user_id", m.chat.user}, field{"message_id", m.id})
}

// history: the twenty real sequences up to message_seq; count and direction are not known (dialects 1.9).
func (gocq) history(st *state, p params, k chatKey) ([]*message, *Reply) {
	if st.group(k.group) == nil {
		r := st.dialect.failure(failNoGroup, "")
		return nil, &r
	}
	const width = 20
	c := st.chats[k]
	if c == nil {
		return nil, nil
	}
	seq := p.int("message_seq")
	if seq == 0 {
		seq = c.seq
	}
	list := upTo(st.visible(k), seq)
	return list[len(upTo(list, seq-width)):], nil
}

// send: with both ids it is the person; with none, send_msg answers an object without a status (dialects 1.2, T9).
func (d gocq) send(st *state, p params, action string) (chatKey, *Reply) {
	group, user := p.int("group_id"), p.int("user_id")
	toGroup := strings.HasPrefix(action, "send_group")
	if action == "send_msg" || action == "send_forward_msg" {
		kind := toText(p.get("message_type"))
		switch {
		case kind == "group", kind != "private" && user == 0 && group != 0:
			toGroup = true
		case kind != "private" && user == 0:
			return chatKey{}, &Reply{Status: "failed", empty: true}
		}
	}
	fail := func(why failure) (chatKey, *Reply) {
		r := d.failure(why, "")
		return chatKey{}, &r
	}
	if toGroup && st.group(group) == nil {
		return fail(failNoGroup)
	}
	if !strings.Contains(action, "forward") && toText(p.get("message")) == "" {
		return fail(failEmpty)
	}
	switch {
	case toGroup:
		return chatKey{group: group}, nil
	case st.friend(user) != nil || user == st.self && user != 0:
		return chatKey{user: user}, nil
	}
	// A temporary session needs a group in which the bot is an administrator.
	if g := st.group(group); g != nil && g.member(user) != nil && st.person(chatKey{group: group}, st.self).role != "member" {
		return chatKey{group: group, user: user}, nil
	}
	return fail(failNoUser)
}
