package onebottest

import (
	"crypto/md5"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// napcat plays NapCat 4.18.19, checked against the frames recorded from its OneBot layer (commit af07479).
type napcat struct{ standard }

func (napcat) about() about {
	return about{
		selfName: "NapRig", appName: "NapCat.Onebot", appVersion: "4.18.19", idLimit: 5000,
		aliases: []string{"_async", "_rate_limited"},
	}
}

// authorize: the query wins over the header, an empty query does not count (dialects 6.2, 15.1).
func (napcat) authorize(t tokens, want string, _ bool) (ok, present bool) {
	got := t.query
	if got == "" {
		got = bearer(t.header)
	}
	return got == want, got != ""
}

// roles: /event serves both (dialects 6.4).
func (napcat) roles(path string) (api, events, reads bool) {
	return true, path != "/api" && path != "/api/", true
}

func (napcat) check(action string, p params) *Reply {
	bad := func(text string) *Reply {
		return &Reply{kind: failParams, Message: "Schema compilation error: " + text}
	}
	for _, r := range rules(action) {
		v, given := object(p).get(r.key)
		switch {
		case !given && r.required:
			return bad("Expected required property")
		case !given:
		case r.kind == 'n' && !isNumber(v):
			return bad("Expected number")
		case r.kind != 'n' && !isScalar(v):
			return bad("Expected string")
		}
	}
	return nil
}

// envelope: every answer says which kind of stream it belongs to; no echo becomes "" or null over WebSocket and a random string
// over HTTP (dialects 5.2).
func (napcat) envelope(c *Call, r Reply) any {
	table := [4]int64{200, 400, 200, 400}
	var echo any
	if c.Transport == OverWebSocket {
		table = [4]int64{1200, 1400, 1404, 1400}
	}
	text := r.Message
	if r.kind == failUnknown {
		text = "不支持的API " + r.Message
		if c.Transport == OverHTTP {
			text = "不支持的Api " + r.Message
		}
	}
	switch {
	case c.echo != nil && r.kind != failFrame:
		echo = double64(c.echo)
	case r.kind == failUnknown || r.kind == failFrame || r.kind == failParams:
		if c.Transport == OverHTTP && r.kind == failUnknown {
			echo = "fake" + strconv.Itoa(len(c.Params))
		}
	case c.Transport == OverHTTP:
		echo = "fake" + strconv.FormatInt(int64(len(c.Action)), 36)
	default:
		echo = ""
	}
	stream := "normal-action"
	if r.stream {
		stream = "stream-action"
	}
	o := object{{"status", r.status()}, {"retcode", r.retcode(table)}}
	if !r.bare {
		o = o.with("data", r.Data)
	}
	return append(o, field{"message", text}, field{"wording", text}, field{"echo", echo}, field{"stream", stream})
}

// double64 takes a number through a float64, as JavaScript does.
func double64(v any) any {
	if !number(v) {
		return v
	}
	f, err := strconv.ParseFloat(toText(v), 64)
	if err != nil {
		return v
	}
	if math.Abs(f) < 1e21 && f == math.Trunc(f) {
		// JavaScript writes up to 21 digits: the shortest that read back, then zeros.
		return jsonNumber(strconv.FormatFloat(f, 'f', -1, 64))
	}
	return f
}

// jsonNumber is a number written exactly so.
type jsonNumber string

// MarshalJSON writes the digits.
func (n jsonNumber) MarshalJSON() ([]byte, error) { return []byte(n), nil }

// messageID: the first four bytes of an MD5, the sign bit cleared (dialects 3).
func (napcat) messageID(m *message) int64 {
	kind := 1
	if m.chat.isGroup() {
		kind = 2
	}
	peer := max(m.chat.group, m.chat.user)
	return signed(md5.Sum(fmt.Appendf(nil, "%s %d %d", m.ntID, kind, peer))) & math.MaxInt32
}

// accept: an unknown kind fails the call, some known ones are dropped, at is dropped in private chats (dialects 4).
func (napcat) accept(st *state, segs []segment) ([]segment, *Reply) {
	var kept []segment
	for _, s := range segs {
		switch s.kind {
		case "text", "face", "image", "record", "video", "file", "at", "reply", "forward", "json", "markdown", "mface", "music",
			"contact", "location", "dice", "rps":
		case "xml", "poke", "miniapp", "onlinefile", "flashtransfer":
			continue
		default:
			kind := s.kind
			if kind == "" {
				kind = "undefined"
			}
			return nil, &Reply{Status: "failed", Message: "未知的消息类型：" + kind}
		}
		if s.data == nil {
			return nil, &Reply{Status: "failed", Message: "Cannot read properties of undefined (reading '" + s.kind + "')"}
		}
		if s.kind == "reply" && st.find(firstOf(s.data, "id")) == nil {
			continue // A quote of an unknown message is left out.
		}
		if s.kind == "text" && s.text("text") == "" {
			continue
		}
		kept = append(kept, s)
	}
	if len(kept) == 0 {
		r := napcat{}.failure(failEmpty, "")
		return nil, &r
	}
	return kept, nil
}

// firstOf gives the value of a key or nil.
func firstOf(o object, key string) any {
	v, _ := o.get(key)
	return v
}

func (napcat) show(st *state, s segment) segment {
	switch s.kind {
	case "face":
		id, _ := toInt(firstOf(s.data, "id"))
		return segment{"face", object{{"id", s.text("id")}, {"raw", object{
			{"faceIndex", id}, {"faceType", 1}, {"faceText", "/微笑"}, {"sourceType", 1},
		}}}}
	case "image":
		name := mediaName(s) + ".jpg"
		summary := s.text("summary")
		if summary == "" {
			summary = "[图片]"
		}
		sub, _ := toInt(firstOf(s.data, "sub_type"))
		return segment{"image", object{
			{"summary", summary}, {"file", name}, {"sub_type", sub}, {"url", mediaURL(s, name)}, {"file_size", "123"},
		}}
	case "at":
		return segment{"at", object{{"qq", s.text("qq")}}}
	case "forward":
		f := st.forwards[s.text("id")]
		if f == nil {
			return stringify(s)
		}
		return segment{"forward", object{{"id", f.ntID}, {"content", napcatNodeList(st, f)}}}
	}
	return stringify(s)
}

// mediaURL gives the address of a medium: the one it was sent by, or an invented one.
func mediaURL(s segment, name string) string {
	for _, key := range []string{"url", "file"} {
		if u := s.text(key); strings.HasPrefix(u, "http://") || strings.HasPrefix(u, "https://") {
			return u
		}
	}
	return "https://multimedia.example.invalid/" + name
}

// mediaName makes a file name out of what was sent.
func mediaName(s segment) string {
	return fmt.Sprintf("%X", md5.Sum([]byte(s.text("url")+s.text("file"))))
}

// napcatNodeList writes a forward as whole message objects (dialects 1.6).
func napcatNodeList(st *state, f *forward) []any {
	list := make([]any, 0, len(f.nodes))
	for i, n := range f.nodes {
		segs := showAll(st, n.content())
		id := signed(md5.Sum([]byte(f.ntID+strconv.Itoa(i)))) & math.MaxInt32
		user := n.user
		if user == 0 {
			user = 1094950020 // what NapCat says of an unknown author
		}
		post := object{{"post_type", "message"}}
		if user == st.self {
			post = object{{"post_type", "message_sent"}, {"message_sent_type", "self"}}
		}
		o := object{
			{"self_id", st.self},
			{"user_id", user},
			{"time", n.time},
			{"message_id", id},
			{"message_seq", id},
			{"real_id", id},
			{"real_seq", strconv.Itoa(i + 1)},
			{"message_type", "group"},
			{"sender", object{{"user_id", user}, {"nickname", n.name}, {"card", ""}}},
			{"raw_message", formatCQ(segs)},
			{"font", 14},
			{"sub_type", "normal"},
			{"message", segs},
			{"message_format", "array"},
		}
		list = append(list, append(append(o, post...), field{"group_id", 284840486}, field{"group_name", ""}))
	}
	return list
}
