package onebot

import "time"

// GroupTitleEvent reports that a member got a special title.
//
// OneBot event: notice notify, sub_type title (extension: go-cqhttp, NapCat, LLBot).
type GroupTitleEvent struct {
	EventBase
	// Group is the group, User the member.
	Group GroupID
	User  UserID
	// Title is the new title.
	Title string
}

// GroupNameEvent reports that a group has a new name.
//
// OneBot event: notice notify, sub_type group_name (extension: NapCat), notice group_name_change (extension: Lagrange).
type GroupNameEvent struct {
	EventBase
	// Group is the group.
	Group GroupID
	// User changed the name; 0 on Lagrange, which does not tell.
	User UserID
	// Name is the new name.
	Name string
}

// GroupCardEvent reports that a member has a new card, the name in the group.
//
// OneBot event: notice group_card (extension: go-cqhttp, NapCat, LLBot).
type GroupCardEvent struct {
	EventBase
	// Group is the group, User the member.
	Group GroupID
	User  UserID
	// Old and New are the cards; an empty one means that the nickname is shown.
	Old, New string
}

// GroupAdminEvent reports that a member became an admin, or ceased to be one.
//
// OneBot event: notice group_admin (OneBot 11, event/notice.md).
type GroupAdminEvent struct {
	EventBase
	// Group is the group, User the member.
	Group GroupID
	User  UserID
	// SubType is "set" or "unset".
	SubType string
}

// GroupBanEvent reports that a member, or the whole group, was muted, or may speak again.
//
// OneBot event: notice group_ban (OneBot 11, event/notice.md).
type GroupBanEvent struct {
	EventBase
	// Group is the group.
	Group GroupID
	// User is the member, 0 when it is about all members. Operator did it.
	User, Operator UserID
	// SubType is "ban" or "lift_ban".
	SubType string
	// Duration is how long; 0 when it is lifted, negative where a server mutes the whole group without an end.
	Duration time.Duration
}

// GroupIncreaseEvent reports that somebody joined a group.
//
// OneBot event: notice group_increase (OneBot 11, event/notice.md).
type GroupIncreaseEvent struct {
	EventBase
	// Group is the group.
	Group GroupID
	// User joined; Operator let them in or invited them, 0 where it is not told.
	User, Operator UserID
	// SubType is "approve" or "invite"; empty on onebots.
	SubType string
}

// GroupDecreaseEvent reports that somebody left a group. The end of the whole group is a GroupDismissEvent.
//
// OneBot event: notice group_decrease (OneBot 11, event/notice.md).
type GroupDecreaseEvent struct {
	EventBase
	// Group is the group.
	Group GroupID
	// User left; Operator removed them, or is the same where they went on their own.
	User, Operator UserID
	// SubType is "leave", "kick", or "kick_me" when the account itself was removed.
	SubType string
}

// GroupDismissEvent reports that a group does not exist any more.
//
// OneBot event: notice group_decrease, sub_type disband (extension: NapCat, Lagrange), notice group_dismiss (extension: LLBot).
type GroupDismissEvent struct {
	EventBase
	// Group is the group.
	Group GroupID
	// User and Operator are what the server gives: the owner who ended it, on most.
	User, Operator UserID
}

// HonorEvent reports that a member of a group won an honour.
//
// OneBot event: notice notify, sub_type honor (OneBot 11, event/notice.md; go-cqhttp).
type HonorEvent struct {
	EventBase
	// Group is the group, User the member.
	Group GroupID
	User  UserID
	// Honor is "talkative", "performer" or "emotion".
	Honor string
}

// LuckyKingEvent reports that a red packet of a group was shared out.
//
// OneBot event: notice notify, sub_type lucky_king (OneBot 11, event/notice.md; go-cqhttp).
type LuckyKingEvent struct {
	EventBase
	// Group is the group.
	Group GroupID
	// User gave the packet, Target got the largest share.
	User, Target UserID
}
