package onebottest

import (
	"math"
	"slices"
	"strings"
)

// lagrange plays Lagrange.OneBot V1 (commit e17fe35) as dialects.md describes it; its frames were not recorded. Its failures
// have a retcode and no text.
type lagrange struct{ standard }

func (lagrange) about() about {
	return about{selfName: "bot", appName: "Lagrange.OneBot", appVersion: "0.0.3"}
}

// authorize: exactly "Bearer x" in the header, else the query (dialects 6.2).
func (lagrange) authorize(t tokens, want string, _ bool) (ok, present bool) {
	got := t.query
	if t.header != "" {
		got = strictBearer(t.header)
	}
	return got == want, t.header != "" || t.query != ""
}

// roles: any path but the two serves both (dialects 6.4).
func (lagrange) roles(path string) (api, events, reads bool) { return standard{}.roles(path) }

// refuse200 is the answer to whatever made an exception inside.
func refuse200() *Reply { return &Reply{Status: "failed", Retcode: 200} }

// check: null is no value, ids of users and groups are unsigned 32-bit, and what is not a number where one belongs throws
// (dialects 1.1, T7).
func (lagrange) check(action string, p params) *Reply {
	for _, key := range []string{"user_id", "group_id", "message_id", "count"} {
		if isNull(p, key) {
			return refuse200()
		}
		v := p.get(key)
		n, ok := toInt(v)
		if v != nil && (!ok || key != "message_id" && (n < 0 || n > math.MaxUint32)) {
			return refuse200()
		}
	}
	if v := p.get("auto_escape"); isNull(p, "auto_escape") || number(v) {
		return refuse200()
	}
	switch action {
	case "send_msg", "send_private_msg", "send_group_msg":
		if !p.has("message") {
			return refuse200()
		}
	case "send_forward_msg", "send_group_forward_msg", "send_private_forward_msg":
		if _, isList := p.get("messages").([]any); !isList {
			return refuse200()
		}
	}
	return nil
}

// envelope: no text, the echo byte for byte, null where there was none (dialects 5.1, 5.2).
func (lagrange) envelope(c *Call, r Reply) any {
	o := object{{"status", r.status()}, {"retcode", r.retcode([4]int64{200, 200, 404, 200})}, {"data", r.Data}}
	if r.ours {
		o = o.with("message", r.Message)
	}
	switch {
	case c.Transport == OverHTTP || !c.hasEcho:
		return o.with("echo", nil)
	case c.Echo != nil && c.echo != any("onebottest-foreign-echo"):
		return o.with("echo", c.Echo)
	}
	return o.with("echo", c.echo)
}

func (lagrange) messageID(m *message) int64 { return lagrangeID(m) }

// accept drops what it does not know, and fails for a number in a text field, for missing data, for a file that is no URI and
// for a quote of an unknown message (dialects 1.1, 4).
func (lagrange) accept(st *state, segs []segment) ([]segment, *Reply) {
	kept := []segment{}
	for _, s := range segs {
		switch s.kind {
		case "text", "face", "image", "mface", "record", "video", "file", "at", "reply", "forward", "json", "xml", "markdown",
			"keyboard", "music", "location", "poke", "dice", "rps", "longmsg":
		default:
			continue
		}
		if s.data == nil || !textFields(s) {
			return nil, refuse200()
		}
		switch s.kind {
		case "image", "record", "video":
			if !isURI(s.text("file")) {
				return nil, refuse200()
			}
		case "reply":
			if st.find(s.text("id")) == nil {
				return nil, refuse200()
			}
		}
		kept = append(kept, s)
	}
	return kept, nil
}

// textFields tells whether every text field of the segment came as a string. Fields that Lagrange does not know are ignored, whatever
// they hold (dialects 1.1, 4): sub_type of NapCat among them.
func textFields(s segment) bool {
	for _, f := range s.data {
		if _, ok := f.value.(string); !ok && slices.Contains(lagrangeTexts(s.kind), f.key) {
			return false
		}
	}
	return true
}

// lagrangeTexts gives the text fields of a kind of segment.
func lagrangeTexts(kind string) []string {
	switch kind {
	case "text":
		return []string{"text"}
	case "face", "reply", "forward", "longmsg":
		return []string{"id"}
	case "image":
		return []string{"file", "filename", "url", "summary"}
	case "mface":
		return []string{"url", "emoji_id", "key", "summary"}
	case "record", "video":
		return []string{"file", "url"}
	case "file":
		return []string{"file_name", "file_hash", "file_id", "url"}
	case "at":
		return []string{"qq", "name"}
	case "json", "xml":
		return []string{"data"}
	case "markdown":
		return []string{"content"}
	case "music":
		return []string{"type", "id", "url", "audio", "title", "content", "image", "appid", "sign", "package_name"}
	case "location":
		return []string{"lat", "lon", "title", "content"}
	case "poke":
		return []string{"type", "strength"}
	}
	return nil
}

func isURI(file string) bool {
	for _, scheme := range []string{"base64://", "http://", "https://", "file://"} {
		if strings.HasPrefix(file, scheme) {
			return true
		}
	}
	return false
}

func (lagrange) show(_ *state, s segment) segment {
	switch s.kind {
	case "at":
		return segment{"at", object{{"qq", s.text("qq")}, {"name", nil}}}
	case "face":
		return segment{"face", object{{"id", s.text("id")}, {"large", nil}}}
	case "image":
		name := mediaName(s) + ".jpg"
		url, summary := mediaURL(s, name), s.text("summary")
		if summary == "" {
			summary = "[图片]"
		}
		sub, _ := toInt(firstOf(s.data, "subType"))
		return segment{"image", object{
			{"file", url}, {"filename", name}, {"url", url}, {"summary", summary}, {"subType", sub},
		}}
	case "record", "video":
		url := mediaURL(s, mediaName(s))
		return segment{s.kind, object{{"file", url}, {"url", url}}}
	}
	return stringify(s)
}

// event: dialects 7.1 to 7.3. Own messages look like anyone's, temporary sessions are arrays whatever the format.
func (lagrange) event(st *state, m *message, f format) object {
	segs := showAll(st, m.segs)
	p := st.person(m.chat, m.author)
	o := object{
		{"message_type", kindOf(m.chat)},
		{"sub_type", subType(m.chat)},
		{"message_id", m.id},
		{"user_id", m.author},
		{"message", spell(segs, f && format(!m.chat.isTemp()))},
		{"raw_message", formatCQ(segs)},
		{"font", 0},
	}
	if m.chat.isGroup() {
		o = append(o, field{"group_id", m.chat.group}, field{"anonymous", nil}, field{"sender", object{
			{"user_id", m.author},
			{"nickname", p.nickname},
			{"card", p.card},
			{"sex", "unknown"},
			{"age", 0},
			{"area", ""},
			{"level", "1"},
			{"role", p.role},
			{"title", ""},
		}})
	} else {
		target := st.self
		if m.author == st.self {
			target = m.chat.user
		}
		if m.chat.isTemp() {
			target = 0
		}
		o = append(o, field{"target_id", target}, field{"sender", object{
			{"user_id", m.author}, {"nickname", p.nickname}, {"sex", "unknown"},
		}})
	}
	return append(o, field{"message_style", nil}, field{"time", m.time}, field{"self_id", st.self}, field{"post_type", "message"})
}

// paged: history holds events, always in the array form (dialects 6.7).
func (d lagrange) paged(st *state, m *message, _ format) object { return d.event(st, m, arrayFormat) }

func (lagrange) stored(st *state, m *message, _ format) object {
	return object{
		{"time", m.time},
		{"message_type", kindOf(m.chat)},
		{"message_id", m.id},
		{"real_id", m.id},
		{"sender", object{{"user_id", m.author}, {"nickname", st.person(m.chat, m.author).nickname}, {"sex", "unknown"}}},
		{"message", showAll(st, m.segs)},
	}
}

func (lagrange) recall(st *state, m *message, operator int64) object {
	return standard{}.recall(st, m, operator).with("tip", "")
}
