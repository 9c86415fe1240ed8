package onebottest

// standard follows the OneBot 11 documents (commit d4456ee). The other personas embed it and change what they do otherwise.
type standard struct{}

func (standard) about() about {
	return about{selfName: "bot", appName: "onebottest", appVersion: "1.0.0", aliases: []string{"_async", "_rate_limited"}}
}

func (standard) authorize(t tokens, want string, _ bool) (ok, present bool) {
	got := t.query
	if t.header != "" {
		got = bearer(t.header)
	}
	return got == want, t.header != "" || t.query != ""
}

// roles: "/" serves both, "/api" calls, "/event" events (dialects 6.4).
func (standard) roles(path string) (api, events, reads bool) {
	switch path {
	case "/api", "/api/":
		return true, false, true
	case "/event", "/event/":
		return false, true, true
	}
	return true, true, true
}

func (standard) check(action string, p params) *Reply {
	required := ""
	switch action {
	case "get_msg", "delete_msg":
		required = "message_id"
	case "send_msg", "send_private_msg", "send_group_msg":
		required = "message"
	case "get_forward_msg":
		required = "id"
	}
	if required != "" && !p.has(required) {
		return &Reply{kind: failParams, Message: "missing parameter " + required}
	}
	return nil
}

// envelope has status, retcode, data and the echo as it came (communication/ws.md).
func (standard) envelope(c *Call, r Reply) any {
	table := [4]int64{100, 400, 404, 400}
	if c.Transport == OverWebSocket {
		table = [4]int64{100, 1400, 1404, 1400}
	}
	o := object{{"status", r.status()}, {"retcode", r.retcode(table)}, {"data", r.Data}}
	if r.ours {
		o = o.with("message", r.Message)
	}
	if c.hasEcho {
		o = o.with("echo", c.echo)
	}
	return o
}

// messageID counts within the chat, from a start that is the chat's own: no two messages have the same id.
func (standard) messageID(m *message) int64 {
	start := m.chat.user % 1000 * 2
	if m.chat.group != 0 {
		start = m.chat.group%1000*2 + 1
	}
	return m.seq - firstSeq + start*10000
}

func (standard) accept(_ *state, segs []segment) ([]segment, *Reply) { return segs, nil }

func (standard) show(_ *state, s segment) segment { return stringify(s) }

// showAll spells a whole message as events and reads contain it.
func showAll(st *state, segs []segment) []segment {
	list := make([]segment, 0, len(segs))
	for _, s := range segs {
		list = append(list, st.dialect.show(st, s))
	}
	return list
}

// subType of a message event.
func subType(k chatKey) string {
	switch {
	case k.isGroup():
		return "normal"
	case k.isTemp():
		return "group"
	}
	return "friend"
}

// kindOf gives message_type.
func kindOf(k chatKey) string {
	if k.isGroup() {
		return "group"
	}
	return "private"
}

// event follows event/message.md; documents do not say how own messages look, so they are ordinary messages.
func (standard) event(st *state, m *message, f format) object {
	segs := showAll(st, m.segs)
	o := object{
		{"time", m.time},
		{"self_id", st.self},
		{"post_type", "message"},
		{"message_type", kindOf(m.chat)},
		{"sub_type", subType(m.chat)},
		{"message_id", m.id},
		{"user_id", m.author},
		{"message", spell(segs, f)},
		{"raw_message", formatCQ(segs)},
		{"font", 0},
	}
	p := st.person(m.chat, m.author)
	sender := object{{"user_id", m.author}, {"nickname", p.nickname}, {"sex", "unknown"}, {"age", 0}}
	if m.chat.isGroup() {
		o = o.with("group_id", m.chat.group).with("anonymous", nil)
		sender = append(sender, field{"card", p.card}, field{"area", ""}, field{"level", ""}, field{"role", p.role}, field{"title", ""})
	}
	return o.with("sender", sender)
}

// stored follows get_msg of api/public.md.
func (standard) stored(st *state, m *message, f format) object {
	return object{
		{"time", m.time},
		{"message_type", kindOf(m.chat)},
		{"message_id", m.id},
		{"real_id", m.seq},
		{"sender", object{{"user_id", m.author}, {"nickname", st.person(m.chat, m.author).nickname}}},
		{"message", spell(showAll(st, m.segs), f)},
	}
}

func (d standard) paged(st *state, m *message, f format) object { return d.stored(st, m, f) }

// recall follows event/notice.md.
func (standard) recall(st *state, m *message, operator int64) object {
	o := object{{"time", now()}, {"self_id", st.self}, {"post_type", "notice"}}
	if m.chat.isGroup() {
		return append(o, field{"notice_type", "group_recall"}, field{"group_id", m.chat.group}, field{"user_id", m.author},
			field{"operator_id", operator}, field{"message_id", m.id})
	}
	return append(o, field{"notice_type", "friend_recall"}, field{"user_id", m.author}, field{"message_id", m.id})
}

func (d standard) history(*state, params, chatKey) ([]*message, *Reply) {
	return nil, &Reply{kind: failUnknown}
}

func (d standard) send(st *state, p params, action string) (chatKey, *Reply) {
	return resolve(st, p, action, false)
}

// resolve finds the target of a send. With neither a type nor the action to tell, a group wins (dialects 1.2).
func resolve(st *state, p params, action string, privateWins bool) (chatKey, *Reply) {
	group, user := p.int("group_id"), p.int("user_id")
	kind := toText(p.get("message_type"))
	switch action {
	case "send_group_msg", "send_group_forward_msg":
		kind = "group"
	case "send_private_msg", "send_private_forward_msg":
		kind = "private"
	}
	if kind != "group" && kind != "private" {
		kind = "group"
		if group == 0 || privateWins && user != 0 {
			kind = "private"
		}
	}
	fail := func(why failure) (chatKey, *Reply) {
		r := st.dialect.failure(why, "")
		return chatKey{}, &r
	}
	switch {
	case kind == "group" && !p.has("group_id"), kind == "private" && !p.has("user_id"):
		return fail(failNoTarget)
	case kind == "group" && st.group(group) == nil:
		return fail(failNoGroup)
	case kind == "group":
		return chatKey{group: group}, nil
	case st.friend(user) != nil || user == st.self:
		return chatKey{user: user}, nil
	}
	if k := (chatKey{group: group, user: user}); k.isTemp() && st.group(group) != nil && st.group(group).member(user) != nil {
		return k, nil
	}
	return fail(failNoUser)
}

func (standard) version(st *state) object {
	a := st.dialect.about()
	return object{{"app_name", a.appName}, {"app_version", a.appVersion}, {"protocol_version", "v11"}}
}

func (standard) status(*state) object { return object{{"online", true}, {"good", true}} }

func (standard) pulse(*state) object { return object{{"online", true}, {"good", true}} }

func (standard) friendInfo(m member) object {
	return object{{"user_id", m.user}, {"nickname", m.nickname}, {"remark", ""}}
}

// strangerInfo follows get_stranger_info of api/public.md.
func (standard) strangerInfo(m member) object {
	return object{{"user_id", m.user}, {"nickname", m.nickname}, {"sex", "unknown"}, {"age", 0}}
}

func (standard) groupInfo(g *group) object {
	return object{{"group_id", g.id}, {"group_name", g.name}, {"member_count", len(g.members)}, {"max_member_count", 200}}
}

func (standard) memberInfo(g *group, m member) object {
	return object{
		{"group_id", g.id},
		{"user_id", m.user},
		{"nickname", m.nickname},
		{"card", m.card},
		{"sex", "unknown"},
		{"age", 0},
		{"area", ""},
		{"join_time", 1700000000},
		{"last_sent_time", 1700000001},
		{"level", "1"},
		{"role", m.role},
		{"unfriendly", false},
		{"title", ""},
		{"title_expire_time", 0},
		{"card_changeable", true},
	}
}

func (standard) readNodes(*state, params) (*forward, []segment, *Reply) {
	return nil, nil, &Reply{kind: failUnknown}
}

// writeForward answers node segments under `message` (dialects 1.6).
func (standard) writeForward(st *state, f *forward, _ format) any {
	return object{{"message", nodeSegments(st, f)}}
}

// nodeSegments writes a forward as node segments; a nested one is a forward segment with its id.
func nodeSegments(st *state, f *forward) []segment {
	list := make([]segment, 0, len(f.nodes))
	for _, n := range f.nodes {
		list = append(list, segment{"node", object{
			{"user_id", toText(n.user)}, {"nickname", n.name}, {"content", showAll(st, n.content())},
		}})
	}
	return list
}

// content gives what a node says, a nested forward as a reference.
func (n node) content() []segment {
	if n.nested != nil {
		return []segment{{"forward", object{{"id", n.nested.id}}}}
	}
	return n.segs
}

func (standard) forwardKeys(p params) (string, *Reply) { return toText(p.get("id")), nil }

func (standard) forwardAnswer(m *message, f *forward, _ bool) any {
	return object{{"message_id", m.id}, {"forward_id", f.id}}
}

func (standard) failure(why failure, _ string) Reply {
	switch why {
	case failNoTarget, failEmpty:
		return Reply{kind: failParams, Message: "bad parameters"}
	case failTimeout:
		return Reply{Silent: true}
	}
	return Reply{Status: "failed", Message: "failed"}
}
