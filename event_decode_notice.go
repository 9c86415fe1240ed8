package onebot

import "github.com/onebot-go/onebot/internal/wire"

// notice makes the event of a notice, nil for a kind without a type. The kinds that the standard puts under notify stand
// beside the others here: some servers spell them without notify.
func (f *fields) notice() Event {
	kind := f.noticeType
	if kind == "notify" {
		kind = f.subType
	}
	switch kind {
	case "group_recall":
		return &GroupRecallEvent{EventBase: f.base(), Group: f.group(), User: f.user(), Operator: f.operator(), ID: f.id()}
	case "friend_recall":
		return &FriendRecallEvent{EventBase: f.base(), User: f.user(), ID: f.id()}
	case "essence":
		return &EssenceEvent{
			EventBase: f.base(), Group: f.group(), User: f.senderOrUser(), Operator: f.operator(), ID: f.id(), SubType: f.subType,
		}
	case "group_msg_emoji_like", "reaction":
		return f.reaction()
	case "poke":
		return f.poke()
	case "input_status":
		return &InputStatusEvent{
			EventBase: f.base(), User: f.user(), Group: f.group(), EventType: intOf(f.extraInt("event_type")),
			Text: f.extraText("status_text"),
		}
	case "profile_like":
		return &ProfileLikeEvent{
			EventBase: f.base(), User: f.operator(), Nickname: f.extraText("operator_nick"), Times: intOf(f.extraInt("times")),
		}
	case "gray_tip":
		return &GrayTipEvent{
			EventBase: f.base(), Group: f.group(), User: f.user(), ID: f.id(), BusiID: f.extraText("busi_id"),
			Content: f.extraText("content"),
		}
	case "friend_add":
		return &FriendAddEvent{EventBase: f.base(), User: f.user()}
	case "bot_online":
		return &BotOnlineEvent{EventBase: f.base(), Reason: f.extraText("reason")}
	case "bot_offline":
		return &BotOfflineEvent{EventBase: f.base(), User: f.user(), Tag: f.extraText("tag"), Message: f.text}
	case "client_status":
		return f.clientStatus()
	case "online_file_send", "online_file_receive":
		return &OnlineFileEvent{
			EventBase: f.base(), Peer: UserID(f.extraInt("peer_id")), Sending: kind == "online_file_send", SubType: f.subType,
		}
	case "offline_file":
		return &OfflineFileEvent{EventBase: f.base(), User: f.user(), File: readUploadedFile(f.extraRaw("file"))}
	default:
		return f.groupNotice(kind)
	}
}

// groupNotice makes the events about a group and its members.
func (f *fields) groupNotice(kind string) Event {
	switch kind {
	case "group_upload":
		return &GroupUploadEvent{
			EventBase: f.base(), Group: f.group(), User: f.user(), File: readUploadedFile(f.extraRaw("file")),
		}
	case "title":
		return &GroupTitleEvent{EventBase: f.base(), Group: f.group(), User: f.user(), Title: f.extraText("title")}
	case "group_name":
		return &GroupNameEvent{EventBase: f.base(), Group: f.group(), User: f.user(), Name: f.extraText("name_new")}
	case "group_name_change":
		return &GroupNameEvent{EventBase: f.base(), Group: f.group(), User: f.user(), Name: f.extraText("name")}
	case "group_card":
		return &GroupCardEvent{
			EventBase: f.base(), Group: f.group(), User: f.user(), Old: f.extraText("card_old"), New: f.extraText("card_new"),
		}
	case "group_admin":
		return &GroupAdminEvent{EventBase: f.base(), Group: f.group(), User: f.user(), SubType: f.subType}
	case "group_ban":
		return &GroupBanEvent{
			EventBase: f.base(), Group: f.group(), User: f.user(), Operator: f.operator(), SubType: f.subType,
			Duration: durationOf(f.extraInt("duration"), 1e9),
		}
	case "group_increase":
		return &GroupIncreaseEvent{
			EventBase: f.base(), Group: f.group(), User: f.user(), Operator: f.operator(), SubType: f.subType,
		}
	case "group_decrease":
		if f.subType == "disband" {
			return f.groupNotice("group_dismiss")
		}
		return &GroupDecreaseEvent{
			EventBase: f.base(), Group: f.group(), User: f.user(), Operator: f.operator(), SubType: f.subType,
		}
	case "group_dismiss":
		return &GroupDismissEvent{EventBase: f.base(), Group: f.group(), User: f.user(), Operator: f.operator()}
	case "honor":
		return &HonorEvent{EventBase: f.base(), Group: f.group(), User: f.user(), Honor: f.extraText("honor_type")}
	case "lucky_king":
		return &LuckyKingEvent{EventBase: f.base(), Group: f.group(), User: f.user(), Target: UserID(f.targetID)}
	default:
		return nil
	}
}

// senderOrUser gives the author of an essence: sender_id on every server, user_id beside it on NapCat and LLBot.
func (f *fields) senderOrUser() UserID {
	if f.senderID != 0 {
		return UserID(f.senderID)
	}
	return f.user()
}

// reaction reads both spellings: NapCat and LLBot give a list and is_add, Lagrange one code, sub_type and the operator.
func (f *fields) reaction() Event {
	e := &ReactionEvent{EventBase: f.base(), Group: f.group(), User: f.user(), ID: f.id()}
	if e.User == 0 {
		e.User = f.operator()
	}
	added, told := f.extraBool("is_add")
	e.Added = added || !told && f.subType != "remove"
	if code := f.extraText("code"); code != "" {
		e.Reactions = []Reaction{{Emoji: code, Count: intOf(f.extraInt("count"))}}
		return e
	}
	l := wire.NewLexer(f.extraRaw("likes"))
	if !l.BeginArray() {
		return e
	}
	for l.NextElem() {
		var r Reaction
		for key := range members(&l) {
			switch key {
			case "emoji_id":
				r.Emoji, _ = l.Text()
			case "count":
				n, _ := l.Int()
				r.Count = intOf(n)
			default:
				l.Skip()
			}
		}
		e.Reactions = append(e.Reactions, r)
	}
	return e
}

// poke tells who poked whom. In a group user_id poked, on every server. In a private chat user_id is the friend on NapCat and
// LLBot, and who poked on go-cqhttp and Lagrange; sender_id poked wherever it is told, which LLBot does not.
func (f *fields) poke() Event {
	e := &PokeEvent{
		EventBase: f.base(), Group: f.group(), Sender: UserID(f.senderID), Target: UserID(f.targetID),
		Action: f.extraText("action"), Suffix: f.extraText("suffix"), ImageURL: f.extraText("action_img_url"),
	}
	if e.Group != 0 {
		if e.Sender == 0 {
			e.Sender = f.user()
		}
		return e
	}
	if e.Friend = f.user(); e.Friend == e.SelfID {
		e.Friend = e.Target
	}
	if e.Sender == 0 && e.Target == e.SelfID {
		e.Sender = f.user()
	}
	return e
}

func (f *fields) clientStatus() Event {
	e := &ClientStatusEvent{EventBase: f.base()}
	e.Online, _ = f.extraBool("online")
	l := wire.NewLexer(f.extraRaw("client"))
	for key := range members(&l) {
		switch key {
		case "app_id":
			e.AppID, _ = l.Int()
		case "device_name":
			e.Device, _ = l.Text()
		case "device_kind":
			e.Kind, _ = l.Text()
		default:
			l.Skip()
		}
	}
	return e
}

func readUploadedFile(raw string) (u UploadedFile) {
	l := wire.NewLexer(raw)
	for key := range members(&l) {
		switch key {
		case "id":
			u.ID, _ = l.Text()
		case "name":
			u.Name, _ = l.Text()
		case "size":
			u.Size, _ = l.Int()
		case "busid":
			u.BusID, _ = l.Int()
		case "url":
			u.URL, _ = l.Text()
		case "hash":
			u.Hash, _ = l.Text()
		default:
			l.Skip()
		}
	}
	return u
}
