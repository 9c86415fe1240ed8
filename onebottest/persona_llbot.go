package onebottest

import (
	"crypto/md5"
	"fmt"
)

// llbot plays LLBot 8.1.7 as dialects.md describes it; its frames were not recorded.
type llbot struct{ standard }

func (llbot) about() about {
	return about{selfName: "bot", appName: "LLOneBot", appVersion: "8.1.7", aliases: []string{"_async", "_rate_limited"}}
}

// roles: a path that is none of the three is accepted and mute (dialects 6.4, T17).
func (llbot) roles(path string) (api, events, reads bool) {
	switch path {
	case "", "/":
		return true, true, true
	case "/api", "/api/":
		return true, false, true
	case "/event", "/event/":
		return false, true, true
	}
	return false, false, true
}

// check: required fields, and for get_forward_msg strings only; null counts as absent (dialects 1.1).
func (llbot) check(action string, p params) *Reply {
	bad := func(key, text string) *Reply { return &Reply{kind: failParams, Message: "$." + key + " " + text} }
	for _, r := range rules(action) {
		v := p.get(r.key)
		switch {
		case v == nil && r.required:
			return bad(r.key, "missing required value")
		case v == nil:
		case r.kind == 's' && number(v):
			return bad(r.key, "expected string but got "+toText(v))
		case r.kind != 's' && !isNumber(v):
			return bad(r.key, "expected number but got "+toText(v))
		}
	}
	switch action {
	case "send_msg", "send_private_msg", "send_group_msg":
		if !p.has("message") {
			return bad("message", "missing required value")
		}
		if t := toText(p.get("message_type")); action == "send_msg" && t != "" && t != "group" && t != "private" {
			return bad("message_type", "expected group or private but got "+t)
		}
	case "send_forward_msg", "send_group_forward_msg", "send_private_forward_msg":
		for _, key := range []string{"messages", "message"} {
			if _, isList := p.get(key).([]any); p.has(key) && !isList {
				return bad(key, "expected array but got "+toText(p.get(key)))
			}
		}
	}
	return nil
}

// envelope: an echo of null is left out, numbers go through doubles, none over HTTP (dialects 5.1, 5.2).
func (llbot) envelope(c *Call, r Reply) any {
	table := [4]int64{200, 400, 404, 400}
	if c.Transport == OverWebSocket {
		table = [4]int64{1200, 1400, 1404, 1400}
	}
	text := r.Message
	if r.kind == failUnknown {
		text = r.Message + " API 不存在"
	}
	o := object{{"status", r.status()}, {"retcode", r.retcode(table)}, {"data", r.Data}, {"message", text}, {"wording", text}}
	if c.echo != nil && c.Transport == OverWebSocket {
		o = o.with("echo", loose(c.echo, false))
	}
	return o
}

func (llbot) messageID(m *message) int64 {
	return signed(md5.Sum(fmt.Appendf(nil, "%d %d %d %d", m.chat.group, m.chat.user, m.seq, m.random)))
}

// accept drops what it does not know, and refuses nodes and a message with nothing left (dialects 1.2, 4).
func (d llbot) accept(st *state, segs []segment) ([]segment, *Reply) {
	var kept []segment
	for _, s := range segs {
		switch s.kind {
		case "text", "face", "image", "mface", "record", "video", "file", "at", "forward", "json", "music", "contact", "shake",
			"dice", "rps":
		case "reply":
			if st.find(firstOf(s.data, "id")) == nil {
				continue
			}
		case "node":
			return nil, &Reply{Status: "failed", Message: "请使用 /send_group_forward_msg 或 /send_private_forward_msg 进行合并转发"}
		default:
			continue
		}
		if s.data == nil && s.kind != "dice" && s.kind != "rps" && s.kind != "shake" {
			return nil, &Reply{Status: "failed", Message: "Cannot read properties of undefined (reading '" + s.kind + "')"}
		}
		kept = append(kept, s)
	}
	if len(kept) == 0 {
		r := d.failure(failEmpty, "")
		return nil, &r
	}
	return kept, nil
}

func (llbot) show(_ *state, s segment) segment {
	switch s.kind {
	case "face":
		return segment{"face", object{{"id", s.text("id")}, {"sub_type", 1}}}
	case "image":
		name := mediaName(s) + ".jpg"
		sub, _ := toInt(firstOf(s.data, "subType"))
		return segment{"image", object{
			{"file", name}, {"subType", sub}, {"url", mediaURL(s, name)}, {"file_size", "123"},
		}}
	}
	return stringify(s)
}

// event: dialects 7.1 to 7.3. message_seq is the real sequence; target_id is there for own messages only.
func (llbot) event(st *state, m *message, f format) object {
	segs := showAll(st, m.segs)
	p := st.person(m.chat, m.author)
	sender := object{{"user_id", m.author}, {"nickname", p.nickname}, {"card", p.card}}
	switch {
	case m.chat.isGroup():
		sender = append(sender, field{"role", p.role}, field{"level", "1"}, field{"title", ""})
	case m.chat.isTemp():
		sender = append(sender, field{"group_id", m.chat.group})
	}
	post := "message"
	if m.author == st.self {
		post = "message_sent"
	}
	o := object{
		{"self_id", st.self},
		{"user_id", m.author},
		{"time", m.time},
		{"message_id", m.id},
		{"message_seq", m.seq},
		{"message_type", kindOf(m.chat)},
		{"sender", sender},
		{"raw_message", formatCQ(segs)},
		{"font", 14},
		{"sub_type", subType(m.chat)},
		{"message", spell(segs, f)},
		{"message_format", f.word()},
		{"post_type", post},
	}
	if m.chat.isGroup() {
		o = o.with("group_id", m.chat.group).with("group_name", st.group(m.chat.group).name)
	}
	if m.chat.isTemp() {
		o = o.with("temp_source", 0)
	}
	if m.author == st.self {
		o = o.with("target_id", max(m.chat.group, m.chat.user))
	}
	return o
}

func (d llbot) paged(st *state, m *message, f format) object {
	return d.event(st, m, f).with("real_id", m.seq)
}

// stored: a withdrawn message comes from the cache, marked as deleted (dialects 1.4).
func (d llbot) stored(st *state, m *message, f format) object {
	status := "normal"
	if m.recalled {
		status = "deleted"
	}
	return d.paged(st, m, f).with("status", status)
}

// history: the real sequence, older, start included, holes filled from further back; reverseOrder flips the page (dialects 1.9).
func (d llbot) history(st *state, p params, k chatKey) ([]*message, *Reply) {
	if k.user == 0 && st.group(k.group) == nil || k.group == 0 && st.friend(k.user) == nil && st.chats[k] == nil {
		r := d.failure(failNoUser, "")
		return nil, &r
	}
	list := st.visible(k)
	if seq := p.int("message_seq"); seq > 0 {
		list = upTo(list, seq)
	}
	list = append([]*message(nil), newest(list, countOf(p))...)
	if truthy(p.get("reverseOrder")) {
		for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
			list[i], list[j] = list[j], list[i]
		}
	}
	return list, nil
}
