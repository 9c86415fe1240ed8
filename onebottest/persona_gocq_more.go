package onebottest

func (gocq) version(st *state) object {
	version := st.dialect.about().appVersion
	return object{
		{"app_full_name", "go-cqhttp-" + version + "_linux_amd64-go1.20"},
		{"app_name", "go-cqhttp"},
		{"app_version", version},
		{"coolq_directory", "/data"},
		{"coolq_edition", "pro"},
		{"go_cqhttp", true},
		{"plugin_build_configuration", "release"},
		{"plugin_build_number", 99},
		{"plugin_version", "4.15.0"},
		{"protocol_name", 6},
		{"protocol_version", "v11"},
		{"runtime_os", "linux"},
		{"runtime_version", "go1.20"},
		{"version", version},
	}
}

func (gocq) status(st *state) object {
	return object{
		{"app_enabled", true},
		{"app_good", true},
		{"app_initialized", true},
		{"good", true},
		{"online", true},
		{"plugins_good", nil},
		{"stat", object{
			{"packet_received", 0},
			{"packet_sent", 0},
			{"packet_lost", 0},
			{"message_received", st.received},
			{"message_sent", st.sent},
			{"disconnect_times", 0},
			{"lost_times", 0},
			{"last_message_time", 0},
		}},
	}
}

func (d gocq) pulse(st *state) object { return d.status(st) }

func (gocq) friendInfo(m member) object {
	return object{{"nickname", m.nickname}, {"remark", ""}, {"user_id", m.user}}
}

func (gocq) strangerInfo(m member) object {
	return object{
		{"age", 0},
		{"level", 10},
		{"login_days", 0},
		{"nickname", m.nickname},
		{"qid", ""},
		{"sex", "male"},
		{"sign", ""},
		{"user_id", m.user},
		{"vip_level", ""},
	}
}

func (gocq) groupInfo(g *group) object {
	return object{
		{"group_create_time", 0},
		{"group_id", g.id},
		{"group_level", 0},
		{"group_name", g.name},
		{"max_member_count", 200},
		{"member_count", len(g.members)},
	}
}

func (gocq) memberInfo(g *group, m member) object {
	return object{
		{"age", 0},
		{"area", ""},
		{"card", m.card},
		{"card_changeable", false},
		{"group_id", g.id},
		{"join_time", 1700000000},
		{"last_sent_time", 1700000001},
		{"level", "1"},
		{"nickname", m.nickname},
		{"role", m.role},
		{"sex", "male"},
		{"shut_up_timestamp", 0},
		{"title", ""},
		{"title_expire_time", 0},
		{"unfriendly", false},
		{"user_id", m.user},
	}
}

// readNodes takes `messages` as an array or one object; anything else fails without a word (dialects 1.7, 2.1).
func (d gocq) readNodes(st *state, p params) (*forward, []segment, *Reply) {
	var list []any
	switch v := p.get("messages").(type) {
	case []any:
		list = v
	case object:
		list = []any{v}
	default:
		return nil, nil, &Reply{Status: "failed", Retcode: 100}
	}
	f := d.forward(st, list)
	if len(f.nodes) == 0 {
		r := d.failure(failNoNodes, "")
		return nil, nil, &r
	}
	return f, nil, nil
}

// forward skips every node that it cannot use: no author, no name, no content, an unknown id.
func (d gocq) forward(st *state, list []any) *forward {
	f := &forward{}
	for _, e := range list {
		s := readSegment(e)
		p := params(s.data)
		if s.kind != "node" {
			continue
		}
		if p.has("id") {
			if m := st.find(p.get("id")); m != nil {
				f.nodes = append(f.nodes, st.asNode(m))
			}
			continue
		}
		user, _ := toInt(p.first("user_id", "uin"))
		name, _ := p.first("name", "nickname").(string)
		if user == 0 || name == "" || !p.has("content") {
			continue
		}
		n := node{user: user, name: name, time: now() - 300}
		if t := p.int("time"); t != 0 {
			n.time = t
		}
		inner, isList := p.get("content").([]any)
		if isList && holdsNode(inner) {
			n.nested = d.forward(st, inner)
		} else if segs, refused := d.accept(st, readSegments(p.get("content"), false)); refused == nil {
			n.segs = segs
		} else {
			continue
		}
		f.nodes = append(f.nodes, n)
	}
	return f
}

func (d gocq) writeForward(st *state, f *forward, format format) any {
	return object{{"messages", d.entries(st, f, format)}}
}

// entries: the content of a node that is a forward is a list of entries, without type or data (dialects 1.6).
func (d gocq) entries(st *state, f *forward, format format) []any {
	list := make([]any, 0, len(f.nodes))
	for _, n := range f.nodes {
		var content any
		if n.nested != nil {
			content = d.entries(st, n.nested, format)
		} else {
			content = spell(showAll(st, n.segs), format)
		}
		list = append(list, object{
			{"content", content}, {"group_id", 0}, {"sender", object{{"nickname", n.name}, {"user_id", n.user}}}, {"time", n.time},
		})
	}
	return list
}

func (gocq) forwardKeys(p params) (string, *Reply) { return toText(p.first("message_id", "id")), nil }

func (gocq) forwardAnswer(m *message, f *forward, _ bool) any {
	return object{{"forward_id", f.id}, {"message_id", m.id}}
}

// failure gives go-cqhttp's code words and texts (dialects 5.3 and as recorded).
func (gocq) failure(why failure, detail string) Reply {
	code, text := "SEND_MSG_API_ERROR", "请参考 go-cqhttp 端输出"
	switch why {
	case failNoGroup:
		code, text = "GROUP_NOT_FOUND", "群聊不存在"
	case failEmpty:
		code, text = "EMPTY_MSG_ERROR", "消息为空"
	case failNoMessage, failGone, failForward:
		code, text = "MSG_NOT_FOUND", "消息不存在"
	case failDelete, failNoSubject:
		code, text = "MESSAGE_NOT_FOUND", "消息不存在"
	case failDeleteAgain:
		code, text = "RECALL_API_ERROR", `recall error: 1 msg="No message meets the requirements"`
	case failNotAllowed:
		code, text = "RECALL_API_ERROR", `recall error: 1 msg="no permission"`
		if detail == "private" {
			code, text = "CANNOT_RECALL_FRIEND_MSG", "无法撤回对方消息"
		}
	case failNoNodes:
		code, text = "EMPTY_NODES", "未找到任何可发送的合并转发信息"
	case failNoRequest:
		code, text = "FLAG_NOT_FOUND", "FLAG不存在"
	case failDecided:
		code, text = "FLAG_HAS_BEEN_CHECKED", "消息已被处理"
	case failHistory:
		code = "MESSAGES_API_ERROR"
	case failTimeout:
		return Reply{Silent: true}
	case failNoTarget, failNoUser:
	}
	return Reply{Status: "failed", Message: text, code: code}
}
