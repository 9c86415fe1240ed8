package onebottest

// history: older than the message with that short id, which is included; a chat never seen is a failure, and so is a friend who
// never spoke when no start is given (dialects 1.9).
func (lagrange) history(st *state, p params, k chatKey) ([]*message, *Reply) {
	c := st.chats[k]
	if c == nil {
		return nil, refuse200()
	}
	seq := int64(0)
	if id := p.int("message_id"); id != 0 {
		m := st.ids[id]
		if m == nil || m.chat != k {
			return nil, refuse200()
		}
		seq = m.seq
	} else {
		for _, m := range c.messages {
			if k.isGroup() || m.author == k.user {
				seq = m.seq
			}
		}
		if seq == 0 {
			return nil, refuse200()
		}
	}
	count := countOf(p)
	list := upTo(st.visible(k), seq)
	if !k.isGroup() {
		return newest(list, count), nil
	}
	if count > seq {
		return nil, refuse200() // [seq-count+1, seq] in unsigned arithmetic names a window that ends before it begins.
	}
	return list[len(upTo(list, seq-count)):], nil
}

// send: a group wins, there is no temporary session, and the server's refusal has a code of its own (dialects 1.2).
func (lagrange) send(st *state, p params, action string) (chatKey, *Reply) {
	if group := p.int("group_id"); action == "send_private_msg" && group != 0 {
		p = params{{"user_id", p.get("user_id")}}
	}
	k, refused := resolve(st, p, action, false)
	if refused == nil && k.isTemp() {
		refused = &Reply{Status: "failed", Retcode: 9000}
	}
	return k, refused
}

func (lagrange) version(st *state) object {
	a := st.dialect.about()
	return object{
		{"app_name", a.appName}, {"app_version", a.appVersion}, {"protocol_version", "v11"}, {"nt_protocol", "Linux | 3.2.19"},
	}
}

func (lagrange) status(*state) object {
	return object{
		{"app_initialized", true},
		{"app_enabled", true},
		{"app_good", true},
		{"plugins_good", true},
		{"online", true},
		{"good", true},
		{"memory", 100 << 20},
	}
}

// pulse: dialects 7.8.
func (lagrange) pulse(*state) object {
	return object{{"app_initialized", true}, {"app_enabled", true}, {"app_good", true}, {"online", true}, {"good", true}}
}

// strangerInfo has the fields of Core/Entity/OneBotStranger.cs.
func (lagrange) strangerInfo(m member) object {
	return object{
		{"user_id", m.user},
		{"avatar", "https://avatar.example.invalid/" + toText(m.user)},
		{"q_id", nil},
		{"nickname", m.nickname},
		{"sign", ""},
		{"sex", "unknown"},
		{"age", 0},
		{"level", 1},
		{"status", object{{"status_id", 10}, {"face_id", 0}, {"message", nil}}},
		{"RegisterTime", "2020-01-01T00:00:00Z"},
		{"Business", []any{}},
	}
}

// readNodes: each entry is a node whatever its type; ids and names are strings, content must be there, and a node inside content
// vanishes (dialects 1.7, 2.1).
func (lagrange) readNodes(st *state, p params) (*forward, []segment, *Reply) {
	list, _ := p.get("messages").([]any)
	f := &forward{}
	for _, e := range list {
		data := readSegment(e).data
		n := node{time: now()}
		var user string
		for _, fd := range data {
			text, isString := fd.value.(string)
			switch fd.key {
			case "user_id", "uin":
				user = text
			case "nickname", "name":
				n.name = text
			default:
				continue
			}
			if !isString {
				return nil, nil, refuse200()
			}
		}
		var ok bool
		if n.user, ok = toInt(user); !ok || !params(data).has("content") {
			return nil, nil, refuse200()
		}
		segs, refused := lagrange{}.accept(st, readSegments(params(data).get("content"), false))
		if refused != nil {
			return nil, nil, refused
		}
		n.segs = segs
		f.nodes = append(f.nodes, n)
	}
	if len(f.nodes) == 0 {
		return nil, nil, &Reply{Status: "failed", Retcode: 404}
	}
	return f, nil, nil
}

// forwardKeys: `id`, a string (dialects 1.5).
func (lagrange) forwardKeys(p params) (string, *Reply) {
	id, ok := p.get("id").(string)
	if !ok {
		return "", refuse200()
	}
	return id, nil
}

// failure: codes without texts (dialects 5.3).
func (lagrange) failure(why failure, _ string) Reply {
	code := int64(200)
	switch why {
	case failNoTarget, failNoUser, failNoGroup, failEmpty:
		code = 9000 // no sequence came from the server
	case failForward:
		code = -9999 // no answer came from the server
	case failNoRequest, failDecided:
		code = 1 // the server said no
	case failTimeout:
		return Reply{Silent: true}
	case failNoMessage, failGone, failDelete, failDeleteAgain, failNotAllowed, failNoNodes, failHistory, failNoSubject:
	}
	return Reply{Status: "failed", Retcode: code}
}
