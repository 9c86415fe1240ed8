package onebottest

func (llbot) send(st *state, p params, action string) (chatKey, *Reply) {
	k, refused := resolve(st, p, action, false)
	// A temporary session needs a context, that is, the other side must have begun (dialects 1.2).
	if refused == nil && k.isTemp() && st.chats[k] == nil {
		r := st.dialect.failure(failNoUser, "")
		return chatKey{}, &r
	}
	return k, refused
}

func (llbot) version(st *state) object {
	a := st.dialect.about()
	return object{{"app_name", a.appName}, {"protocol_version", "v11"}, {"app_version", a.appVersion}}
}

func (llbot) status(st *state) object {
	return object{{"online", true}, {"good", true}, {"stat", object{
		{"message_received", st.received}, {"message_sent", st.sent}, {"last_message_time", 0}, {"startup_time", st.started.Unix()},
	}}}
}

// readNodes takes `messages` if it is not empty, else `message`, arrays only (dialects 1.7).
func (d llbot) readNodes(st *state, p params) (*forward, []segment, *Reply) {
	list, _ := p.get("messages").([]any)
	if len(list) == 0 {
		list, _ = p.get("message").([]any)
	}
	if len(list) == 0 {
		r := d.failure(failNoNodes, "")
		return nil, nil, &r
	}
	if !holdsNode(list) {
		return nil, readSegments(list, false), nil
	}
	f, refused := d.forward(st, list)
	if refused == nil && len(f.nodes) == 0 {
		refused = &Reply{Status: "failed", Message: "转发消息失败，节点为空"} // of references to unknown messages
	}
	return f, nil, refused
}

// forward: author and name default to the bot, unknown and repeated ids are skipped, times rise (dialects 2.1).
func (d llbot) forward(st *state, list []any) (*forward, *Reply) {
	f := &forward{}
	seen := map[*message]bool{}
	at := now()
	for _, e := range list {
		p := params(readSegment(e).data)
		if p.has("id") && !p.has("content") {
			if m := st.find(p.get("id")); m != nil && !seen[m] {
				seen[m] = true
				f.nodes = append(f.nodes, st.asNode(m))
			}
			continue
		}
		n := node{user: st.self, name: st.dialect.about().selfName, time: at}
		at++
		if v := p.first("uin", "user_id"); v != nil {
			n.user, _ = toInt(v)
		}
		if v := p.first("name", "nickname"); v != nil {
			n.name = toText(v)
		}
		if t := p.int("time"); t != 0 {
			n.time = t
		}
		if inner, isList := p.get("content").([]any); isList && holdsNode(inner) {
			nested, refused := d.forward(st, inner)
			if refused != nil {
				return nil, refused
			}
			n.nested = nested
		} else if p.has("content") {
			segs, refused := d.accept(st, readSegments(p.get("content"), false))
			if refused != nil {
				return nil, refused
			}
			n.segs = segs
		}
		f.nodes = append(f.nodes, n)
	}
	return f, nil
}

// writeForward: sender and content, a nested forward by its id only (dialects 1.6).
func (llbot) writeForward(st *state, f *forward, format format) any {
	list := make([]any, 0, len(f.nodes))
	for _, n := range f.nodes {
		list = append(list, object{
			{"content", spell(showAll(st, n.content()), format)},
			{"sender", object{{"nickname", n.name}, {"user_id", n.user}}},
			{"time", n.time},
			{"message_format", format.word()},
			{"message_type", "group"},
		})
	}
	return object{{"messages", list}}
}

func (llbot) forwardKeys(p params) (string, *Reply) { return toText(p.first("id", "message_id")), nil }

// failure: LLBot's own texts are known only in part; these say the same.
func (llbot) failure(why failure, detail string) Reply {
	text := "失败"
	switch why {
	case failNoTarget:
		text = "请指定 group_id 或 user_id"
	case failNoUser:
		text = "用户不存在"
	case failNoGroup:
		text = "群不存在"
	case failNoNodes:
		text = "未指定消息内容"
	case failEmpty:
		text = "消息体无法解析, 请检查是否发送了不支持的消息类型"
	case failNoMessage, failGone, failDelete:
		text = "消息不存在"
	case failDeleteAgain, failNotAllowed:
		return Reply{} // It does not look at the refusal (dialects 1.3, T10).
	case failNoRequest:
		text = "flag 不存在"
	case failNoSubject:
		text = "msg not found"
	case failForward:
		text = "找不到相关的聊天记录"
	case failTimeout:
		text = "waitForSelfEcho timeout"
		if detail != "" { // a forward that was uploaded; the time-out itself is lost in the source
			text = "发送伪造合并转发消息失败 (res_id: " + detail + ")"
		}
	case failHistory:
	}
	return Reply{Status: "failed", Message: text}
}
