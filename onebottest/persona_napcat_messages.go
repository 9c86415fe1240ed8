package onebottest

import "strconv"

// paged is the message object of history; events and get_msg add to it.
func (napcat) paged(st *state, m *message, f format) object {
	segs := showAll(st, m.segs)
	p := st.person(m.chat, m.author)
	sender := object{{"user_id", m.author}, {"nickname", p.nickname}, {"card", p.card}}
	if m.chat.isGroup() {
		sender = sender.with("role", p.role)
	}
	o := object{
		{"self_id", st.self},
		{"user_id", m.author},
		{"time", m.time},
		{"message_id", m.id},
		{"message_seq", m.id},
		{"real_id", m.id},
		{"real_seq", strconv.FormatInt(m.seq, 10)},
		{"message_type", kindOf(m.chat)},
		{"sender", sender},
		{"raw_message", formatCQ(segs)},
		{"font", 14},
		{"sub_type", subType(m.chat)},
		{"message", spell(segs, f)},
		{"message_format", f.word()},
		{"post_type", "message"},
	}
	if m.author == st.self {
		o[len(o)-1].value = "message_sent"
		o = o.with("message_sent_type", "self")
	}
	if m.chat.isGroup() {
		o = o.with("group_id", m.chat.group).with("group_name", st.group(m.chat.group).name)
	}
	if m.chat.isTemp() {
		o = o.with("group_id", m.chat.group).with("temp_source", 0)
	}
	return o
}

// event: target_id is the chat's other side, and the group for own messages in groups (dialects 7.1, 7.2). A forward in an event
// has an id only.
func (d napcat) event(st *state, m *message, f format) object {
	bare := *m
	if in := st.forwardOf(m.segs); in != nil {
		bare.segs = []segment{{"forward", object{{"id", in.ntID}}}}
		o := d.paged(st, m, f)
		for i := range o {
			switch o[i].key {
			case "message":
				o[i].value = spell(bare.segs, f)
			case "raw_message":
				o[i].value = formatCQ(bare.segs)
			}
		}
		return napcatTarget(o, st, m)
	}
	return napcatTarget(d.paged(st, m, f), st, m)
}

func napcatTarget(o object, st *state, m *message) object {
	switch {
	case !m.chat.isGroup():
		return o.with("target_id", m.chat.user)
	case m.author == st.self:
		return o.with("target_id", m.chat.group)
	}
	return o
}

func (d napcat) stored(st *state, m *message, f format) object {
	return d.paged(st, m, f).with("emoji_likes_list", []any{})
}

func (napcat) recall(st *state, m *message, operator int64) object {
	o := object{{"time", now()}, {"self_id", st.self}, {"post_type", "notice"}}
	if m.chat.isGroup() {
		return append(o, field{"group_id", m.chat.group}, field{"user_id", m.author}, field{"notice_type", "group_recall"},
			field{"operator_id", operator}, field{"message_id", m.id})
	}
	return append(o, field{"notice_type", "friend_recall"}, field{"user_id", m.author}, field{"message_id", m.id})
}

// send: without a message the call is never answered over WebSocket (dialects T1).
func (napcat) send(st *state, p params, action string) (chatKey, *Reply) {
	if !p.has("message") && !p.has("messages") {
		return chatKey{}, &Reply{Status: "failed", noMessage: true, Message: "TypeError: Cannot read properties of undefined (reading 'type')"}
	}
	if toText(p.get("message_type")) == "private" && p.has("group_id") && !p.has("user_id") {
		return chatKey{}, &Reply{Status: "failed", Message: "当前私聊发送,请指定 user_id 而不是 group_id"}
	}
	return resolve(st, p, action, false)
}

// history: newer than the start unless a reverse flag says older; the start is included; nothing found is an error (dialects 1.9).
func (d napcat) history(st *state, p params, k chatKey) ([]*message, *Reply) {
	fail := func(text string) ([]*message, *Reply) { return nil, &Reply{Status: "failed", Message: text} }
	if k.user != 0 && st.friend(k.user) == nil && st.chats[k] == nil {
		return fail("记录" + toText(p.get("user_id")) + "不存在")
	}
	list := st.visible(k)
	if start := toText(p.get("message_seq")); start != "" && start != "0" {
		m := st.find(start)
		if m == nil || m.chat != k {
			return fail("消息" + start + "不存在")
		}
		older := upTo(list, m.seq)
		if truthy(p.get("reverse_order")) || truthy(p.get("reverseOrder")) {
			list = newest(older, countOf(p))
		} else {
			newer := list[len(upTo(list, m.seq-1)):]
			list = oldest(newer, countOf(p))
		}
	} else {
		list = newest(list, countOf(p))
	}
	if len(list) == 0 {
		return fail("消息undefined不存在")
	}
	return list, nil
}

func (napcat) status(*state) object {
	return object{{"online", true}, {"good", true}, {"stat", object{}}}
}

func (napcat) version(st *state) object {
	a := st.dialect.about()
	return object{{"app_name", a.appName}, {"protocol_version", "v11"}, {"app_version", a.appVersion}}
}

func (napcat) friendInfo(m member) object {
	return object{
		{"birthday_year", 0},
		{"birthday_month", 0},
		{"birthday_day", 0},
		{"user_id", m.user},
		{"age", 0},
		{"phone_num", ""},
		{"email", ""},
		{"category_id", 0},
		{"nickname", m.nickname},
		{"remark", ""},
		{"sex", "unknown"},
		{"level", 1},
	}
}

func (napcat) strangerInfo(m member) object {
	return object{
		{"nick", m.nickname},
		{"user_id", m.user},
		{"uid", "u_" + strconv.FormatInt(m.user, 10)},
		{"nickname", m.nickname},
		{"age", 0},
		{"qqLevel", 1},
		{"sex", "unknown"},
		{"long_nick", ""},
		{"is_vip", false},
		{"is_years_vip", false},
		{"vip_level", 0},
		{"remark", ""},
		{"status", 0},
		{"login_days", 0},
	}
}

func (napcat) groupInfo(g *group) object {
	return object{
		{"group_all_shut", 0},
		{"group_remark", ""},
		{"group_id", g.id},
		{"group_name", g.name},
		{"member_count", len(g.members)},
		{"max_member_count", 200},
	}
}

func (napcat) memberInfo(g *group, m member) object {
	return object{
		{"group_id", g.id},
		{"user_id", m.user},
		{"nickname", m.nickname},
		{"card", m.card},
		{"sex", "unknown"},
		{"age", 0},
		{"area", ""},
		{"level", "1"},
		{"qq_level", 1},
		{"join_time", 1700000000},
		{"last_sent_time", 1700000001},
		{"title_expire_time", 0},
		{"unfriendly", false},
		{"card_changeable", true},
		{"is_robot", false},
		{"shut_up_timestamp", 0},
		{"role", m.role},
		{"title", ""},
	}
}

// failure gives NapCat's texts, as recorded, or as its source has them.
func (napcat) failure(why failure, detail string) Reply {
	text := ""
	switch why {
	case failNoTarget:
		text = "请指定正确的 group_id 或 user_id"
	case failNoUser:
		text = "无法获取用户信息"
	case failNoGroup:
		text = "EventChecker Failed: NTEvent serviceAndMethod:NodeIKernelMsgService/sendMsg " +
			"ListenerName:NodeIKernelMsgListener/onMsgInfoListUpdate EventRet:\n{\n    \"result\": 110\n}\n"
	case failEmpty, failNoNodes:
		text = "消息体无法解析, 请检查是否发送了不支持的消息类型"
	case failNoMessage:
		text = "消息不存在"
	case failGone:
		text = "消息已撤回"
	case failDelete:
		text = "Recall failed"
	case failDeleteAgain:
		return Reply{}
	case failNotAllowed:
		text = "Timeout: NTEvent serviceAndMethod:NodeIKernelMsgService/recallMsg " +
			"ListenerName:NodeIKernelMsgListener/onMsgInfoListUpdate EventRet:\n{}\n"
	case failNoRequest:
		text = "No such request"
	case failNoSubject:
		text = "msg not found"
	case failForward:
		text = "protocolFallbackLogic: 找不到相关的聊天记录"
	case failHistory:
		text = "消息" + detail + "不存在"
	case failTimeout:
		if detail != "" { // a forward that was uploaded; the time-out itself is lost in the source
			return Reply{Status: "failed", Message: "发送转发消息（res_id：" + detail + " 失败"}
		}
		text = "Timeout: NTEvent serviceAndMethod:NodeIKernelMsgService/sendMsg " +
			"ListenerName:NodeIKernelMsgListener/onMsgInfoListUpdate EventRet:\n{}\n"
	}
	return Reply{Status: "failed", Message: text}
}
