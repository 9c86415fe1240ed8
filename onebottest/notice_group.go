package onebottest

// GroupTitle is a special title that a member got. Sent by go-cqhttp, NapCat and LLBot.
type GroupTitle struct {
	Group, User int64
	Title       string
}

func (n GroupTitle) event(v view) object {
	if v.is(Standard, Lagrange) {
		return nil
	}
	return v.notify("title", field{"group_id", n.Group}, field{"user_id", n.User}, field{"title", n.Title})
}

// GroupName is a new name of a group. Sent by NapCat and Lagrange, which does not tell who gave it.
type GroupName struct {
	Group, User int64
	Name        string
}

func (n GroupName) event(v view) object {
	switch v.persona {
	case NapCat:
		return v.notify("group_name", field{"group_id", n.Group}, field{"user_id", n.User}, field{"name_new", n.Name})
	case Lagrange:
		return v.notice("group_name_change", field{"group_id", n.Group}, field{"name", n.Name})
	case Standard, LLBot, GoCQHTTP:
	}
	return nil
}

// GroupCard is a new card of a member. Sent by go-cqhttp, NapCat and LLBot.
type GroupCard struct {
	Group, User int64
	Old, New    string
}

func (n GroupCard) event(v view) object {
	if v.is(Standard, Lagrange) {
		return nil
	}
	return v.notice("group_card", field{"group_id", n.Group}, field{"user_id", n.User}, field{"card_new", n.New}, field{"card_old", n.Old})
}

// GroupAdmin is a member who became an admin, or ceased to be one.
type GroupAdmin struct {
	Group, User int64
	Unset       bool
}

func (n GroupAdmin) event(v view) object {
	return v.notice("group_admin", field{"group_id", n.Group}, field{"user_id", n.User}, field{"sub_type", either(n.Unset, "set", "unset")})
}

// GroupBan is a member who may not speak, or with User 0 all of them; with Seconds 0 they may again.
type GroupBan struct{ Group, User, Operator, Seconds int64 }

func (n GroupBan) event(v view) object {
	return v.notice("group_ban", field{"sub_type", either(n.Seconds == 0, "ban", "lift_ban")}, field{"group_id", n.Group},
		field{"operator_id", n.Operator}, field{"user_id", n.User}, field{"duration", n.Seconds})
}

// GroupIncrease is a new member: approved by Operator, or invited.
type GroupIncrease struct {
	Group, User, Operator int64
	Invited               bool
}

func (n GroupIncrease) event(v view) object {
	return v.notice("group_increase", field{"sub_type", either(n.Invited, "approve", "invite")}, field{"group_id", n.Group},
		field{"operator_id", n.Operator}, field{"user_id", n.User})
}

// GroupDecrease is a member who left, or was removed by Operator.
type GroupDecrease struct{ Group, User, Operator int64 }

func (n GroupDecrease) event(v view) object {
	kind := "leave"
	switch {
	case n.Operator == n.User || n.Operator == 0:
	case n.User == v.self:
		kind = "kick_me"
	default:
		kind = "kick"
	}
	return v.notice("group_decrease", field{"sub_type", kind}, field{"group_id", n.Group}, field{"operator_id", n.Operator}, field{"user_id", n.User})
}

// GroupDismiss is the end of a group. Sent by NapCat, Lagrange and LLBot.
type GroupDismiss struct{ Group, User, Operator int64 }

func (n GroupDismiss) event(v view) object {
	fields := object{{"group_id", n.Group}, {"operator_id", n.Operator}, {"user_id", n.User}}
	switch v.persona {
	case NapCat, Lagrange:
		return append(v.notice("group_decrease", field{"sub_type", "disband"}), fields...)
	case LLBot:
		return v.notice("group_dismiss", fields...)
	case Standard, GoCQHTTP:
	}
	return nil
}

// Honor is an honour of a group that a member won: "talkative", "performer" or "emotion". Sent by the standard and go-cqhttp.
type Honor struct {
	Group, User int64
	Honor       string
}

func (n Honor) event(v view) object {
	if !v.is(Standard, GoCQHTTP) {
		return nil
	}
	return v.notify("honor", field{"group_id", n.Group}, field{"honor_type", n.Honor}, field{"user_id", n.User})
}

// LuckyKing is the end of a red packet: User gave it, Target got most. Sent by the standard and go-cqhttp.
type LuckyKing struct{ Group, User, Target int64 }

func (n LuckyKing) event(v view) object {
	if !v.is(Standard, GoCQHTTP) {
		return nil
	}
	return v.notify("lucky_king", field{"group_id", n.Group}, field{"user_id", n.User}, field{"target_id", n.Target})
}
