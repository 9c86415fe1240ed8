package onebottest

// Essence is a message that became an essence of its group, or ceased to be one. The bare standard has none, go-cqhttp is silent
// about what the bot did itself, NapCat reports additions only.
type Essence struct {
	Group, Sender, Operator, MessageID int64
	Deleted                            bool
}

func (n Essence) event(v view) object {
	if v.is(Standard) || v.is(NapCat) && n.Deleted || v.is(GoCQHTTP) && n.Operator == v.self {
		return nil
	}
	o := v.notice("essence", field{"group_id", n.Group})
	if v.is(NapCat, LLBot) {
		o = o.with("user_id", n.Sender)
	}
	return append(o, field{"sub_type", either(n.Deleted, "add", "delete")}, field{"sender_id", n.Sender},
		field{"operator_id", n.Operator}, field{"message_id", n.MessageID})
}

// Reaction is an emoji that somebody put under a message of a group, or took back. Sent by NapCat, LLBot and Lagrange.
type Reaction struct {
	Group, User, MessageID int64
	// Emoji is the id of the emoji, Count how many people gave it.
	Emoji   string
	Count   int64
	Removed bool
}

func (n Reaction) event(v view) object {
	switch v.persona {
	case NapCat, LLBot:
		return v.notice("group_msg_emoji_like", field{"group_id", n.Group}, field{"user_id", n.User}, field{"message_id", n.MessageID},
			field{"likes", []object{{{"emoji_id", n.Emoji}, {"count", n.Count}}}}, field{"is_add", !n.Removed})
	case Lagrange:
		return v.notice("reaction", field{"group_id", n.Group}, field{"message_id", n.MessageID}, field{"operator_id", n.User},
			field{"sub_type", either(n.Removed, "add", "remove")}, field{"code", n.Emoji}, field{"count", n.Count})
	case Standard, GoCQHTTP:
	}
	return nil
}

// Poke is a poke in a group, or with Group 0 in the private chat of Sender and Target, one of whom is the account. The bare
// standard has none in private.
type Poke struct{ Group, Sender, Target int64 }

func (n Poke) event(v view) object {
	words := object{{"action", "戳了戳"}, {"suffix", ""}, {"action_img_url", ""}}
	if n.Group != 0 {
		o := v.notify("poke", field{"group_id", n.Group}, field{"user_id", n.Sender})
		switch v.persona {
		case GoCQHTTP:
			o = o.with("sender_id", n.Sender)
		case NapCat, LLBot:
			o = o.with("raw_info", []any{})
		case Lagrange:
			o = append(o, words...)
		case Standard:
		}
		return o.with("target_id", n.Target)
	}
	friend := n.Sender
	if friend == v.self {
		friend = n.Target
	}
	switch v.persona {
	case NapCat:
		return v.notify("poke", field{"user_id", friend}, field{"sender_id", n.Sender}, field{"target_id", n.Target}, field{"raw_info", []any{}})
	case LLBot:
		return v.notify("poke", field{"user_id", friend}, field{"target_id", n.Target}, field{"raw_info", []any{}})
	case GoCQHTTP:
		return v.notify("poke", field{"user_id", n.Sender}, field{"sender_id", n.Sender}, field{"target_id", n.Target})
	case Lagrange:
		return append(v.notify("poke", field{"user_id", n.Sender}, field{"sender_id", n.Sender}, field{"target_id", n.Target}), words...)
	case Standard:
	}
	return nil
}

// InputStatus is a friend who types. Sent by NapCat.
type InputStatus struct {
	User, EventType int64
	Text            string
}

func (n InputStatus) event(v view) object {
	if !v.is(NapCat) {
		return nil
	}
	return v.notify("input_status", field{"status_text", n.Text}, field{"event_type", n.EventType}, field{"user_id", n.User}, field{"group_id", 0})
}

// GrayTip is a grey line in a group. Sent by NapCat.
type GrayTip struct {
	Group, User, MessageID int64
	// BusiID is QQ's number for the kind of line, Content what it holds.
	BusiID, Content string
}

func (n GrayTip) event(v view) object {
	if !v.is(NapCat) {
		return nil
	}
	return v.notify("gray_tip", field{"group_id", n.Group}, field{"user_id", n.User}, field{"message_id", n.MessageID},
		field{"busi_id", n.BusiID}, field{"content", n.Content}, field{"raw_info", object{}})
}

// Upload is a file in the notices about files. What a server does not tell is left out.
type Upload struct {
	ID, Name, URL, Hash string
	Size, BusID         int64
}

// GroupUpload is a file that was put into a group.
type GroupUpload struct {
	Group, User int64
	File        Upload
}

func (n GroupUpload) event(v view) object {
	file := object{{"id", n.File.ID}, {"name", n.File.Name}, {"size", n.File.Size}, {"busid", n.File.BusID}}
	switch v.persona {
	case GoCQHTTP:
		file = file.with("url", n.File.URL)
	case Lagrange:
		file[3].value = 0
		file = file.with("url", n.File.URL)
	case Standard, NapCat, LLBot:
	}
	return v.notice("group_upload", field{"group_id", n.Group}, field{"user_id", n.User}, field{"file", file})
}

// OfflineFile is a file that a friend sent. Sent by go-cqhttp and Lagrange; on NapCat and LLBot it is a private message.
type OfflineFile struct {
	User int64
	File Upload
}

func (n OfflineFile) event(v view) object {
	file := object{{"name", n.File.Name}, {"size", n.File.Size}, {"url", n.File.URL}}
	switch v.persona {
	case GoCQHTTP:
	case Lagrange:
		file = append(object{{"id", n.File.ID}}, file...).with("hash", n.File.Hash)
	case Standard, NapCat, LLBot:
		return nil
	}
	return v.notice("offline_file", field{"user_id", n.User}, field{"file", file})
}

// OnlineFile is a step of a direct transfer with Peer: SubType is "receive" or "refuse" for a file that the account sends, "cancel"
// for one that comes. Sent by NapCat.
type OnlineFile struct {
	Peer    int64
	Sending bool
	SubType string
}

func (n OnlineFile) event(v view) object {
	if !v.is(NapCat) {
		return nil
	}
	return v.notice(either(n.Sending, "online_file_receive", "online_file_send"), field{"peer_id", n.Peer}, field{"sub_type", n.SubType})
}
