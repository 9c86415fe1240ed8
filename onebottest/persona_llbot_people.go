package onebottest

import "strconv"

// The people and groups of LLBot have the fields that its source gives them: entities.ts and the actions named below.

func (llbot) friendInfo(m member) object {
	return object{
		{"user_id", m.user},
		{"nickname", m.nickname},
		{"remark", ""},
		{"sex", "unknown"},
		{"birthday_year", 0},
		{"birthday_month", 0},
		{"birthday_day", 0},
		{"age", 0},
		{"qid", ""},
		{"long_nick", ""},
	}
}

// strangerInfo: action/go-cqhttp/GetStrangerInfo.ts.
func (llbot) strangerInfo(m member) object {
	return object{
		{"user_id", m.user},
		{"nickname", m.nickname},
		{"sex", "unknown"},
		{"age", 0},
		{"qid", ""},
		{"level", 1},
		{"login_days", 0},
		{"reg_time", 0},
		{"long_nick", ""},
		{"city", ""},
		{"country", ""},
		{"birthday_year", 0},
		{"birthday_month", 0},
		{"birthday_day", 0},
		{"labels", []string{}},
		{"is_vip", false},
		{"is_years_vip", false},
		{"vip_level", 0},
		{"remark", ""},
	}
}

// groupInfo: action/group/GetGroupInfo.ts.
func (llbot) groupInfo(g *group) object {
	owner := int64(0)
	for _, m := range g.members {
		if m.role == "owner" {
			owner = m.user
		}
	}
	id := strconv.FormatInt(g.id, 10)
	return object{
		{"group_id", g.id},
		{"group_name", g.name},
		{"group_memo", ""},
		{"group_create_time", 0},
		{"member_count", len(g.members)},
		{"max_member_count", 200},
		{"remark_name", ""},
		{"avatar_url", "https://p.qlogo.cn/gh/" + id + "/" + id + "/0"},
		{"owner_id", owner},
		{"is_top", false},
		{"shut_up_all_timestamp", 0},
		{"shut_up_me_timestamp", 0},
	}
}

func (llbot) memberInfo(g *group, m member) object {
	shown := m.card
	if shown == "" {
		shown = m.nickname
	}
	return object{
		{"group_id", g.id},
		{"user_id", m.user},
		{"nickname", m.nickname},
		{"card", m.card},
		{"card_or_nickname", shown},
		{"sex", "unknown"},
		{"age", 0},
		{"area", ""},
		{"level", "1"},
		{"qq_level", 0},
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
