package onebottest

// FriendAdd is a new friend.
type FriendAdd struct{ User int64 }

func (n FriendAdd) event(v view) object { return v.notice("friend_add", field{"user_id", n.User}) }

// ProfileLike is somebody who liked the account's profile. Sent by NapCat and LLBot.
type ProfileLike struct {
	User, Times int64
	Nickname    string
}

func (n ProfileLike) event(v view) object {
	if !v.is(NapCat, LLBot) {
		return nil
	}
	return v.notify("profile_like", field{"operator_id", n.User}, field{"operator_nick", n.Nickname}, field{"times", n.Times})
}

// BotOnline is the account that is connected to QQ again. Sent by Lagrange.
type BotOnline struct{ Reason string }

func (n BotOnline) event(v view) object {
	if !v.is(Lagrange) {
		return nil
	}
	return v.notice("bot_online", field{"reason", n.Reason})
}

// BotOffline is the account that lost QQ. Sent by NapCat and Lagrange.
type BotOffline struct{ Tag, Message string }

func (n BotOffline) event(v view) object {
	switch v.persona {
	case NapCat:
		return v.notice("bot_offline", field{"user_id", v.self}, field{"tag", n.Tag}, field{"message", n.Message})
	case Lagrange:
		return v.notice("bot_offline", field{"tag", n.Tag}, field{"message", n.Message})
	case Standard, LLBot, GoCQHTTP:
	}
	return nil
}

// ClientStatus is another client of the account that came or went. Sent by go-cqhttp.
type ClientStatus struct {
	AppID        int64
	Device, Kind string
	Online       bool
}

func (n ClientStatus) event(v view) object {
	if !v.is(GoCQHTTP) {
		return nil
	}
	return v.notice("client_status", field{"online", n.Online},
		field{"client", object{{"app_id", n.AppID}, {"device_name", n.Device}, {"device_kind", n.Kind}}})
}

// FriendRequest is somebody who wants to be a friend. Via is how they found the account, told by LLBot.
type FriendRequest struct {
	User               int64
	Comment, Flag, Via string
}

func (n FriendRequest) event(v view) object {
	o := append(v.head("request"), field{"request_type", "friend"}, field{"user_id", n.User}, field{"comment", n.Comment}, field{"flag", n.Flag})
	if v.is(LLBot) {
		o = o.with("via", n.Via)
	}
	return o
}

// GroupRequest is somebody who wants to join a group, brought by Invitor if not 0, or with Invite somebody who invites the account,
// through SourceGroup if not 0.
type GroupRequest struct {
	Group, User, Invitor, SourceGroup int64
	Comment, Flag                     string
	Invite                            bool
}

func (n GroupRequest) event(v view) object {
	o := append(v.head("request"), field{"request_type", "group"}, field{"sub_type", either(n.Invite, "add", "invite")},
		field{"group_id", n.Group}, field{"user_id", n.User}, field{"comment", n.Comment}, field{"flag", n.Flag})
	switch v.persona {
	case GoCQHTTP, Lagrange:
		o = o.with("invitor_id", n.Invitor)
	case LLBot:
		if !n.Invite {
			o = o.with("invitor_id", n.Invitor)
		} else if n.SourceGroup != 0 {
			o = o.with("source_group_id", n.SourceGroup)
		}
	case Standard, NapCat:
	}
	return o
}

// Lifecycle is the greeting of a server: SubType is "connect", on the bare standard also "enable" or "disable".
type Lifecycle struct{ SubType string }

func (n Lifecycle) event(v view) object {
	if n.SubType != "connect" && !v.is(Standard) {
		return nil
	}
	return append(v.head("meta_event"), field{"meta_event_type", "lifecycle"}, field{"sub_type", n.SubType})
}

// Heartbeat is one heartbeat, with Offline of an account that lost QQ. Lagrange always says online, so it has no such one.
type Heartbeat struct{ Offline bool }

func (n Heartbeat) event(v view) object {
	if n.Offline && v.is(Lagrange) {
		return nil
	}
	o := v.server.heartbeat()
	for i, f := range o {
		switch f.key {
		case "interval":
			if v.server.cfg.heartbeat == 0 { // none are sent by themselves, so this one names no real interval
				o[i].value = 30000
			}
		case "status":
			o[i].value = offline(f.value, n.Offline)
		}
	}
	return o
}

// offline changes the status of a heartbeat.
func offline(status any, really bool) any {
	o, ok := status.(object)
	if !ok || !really {
		return status
	}
	for i := range o {
		if o[i].key == "online" {
			o[i].value = false
		}
	}
	return o
}
