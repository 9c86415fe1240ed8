package onebot

// FriendRequestEvent reports that somebody wants to be the account's friend.
//
// OneBot event: request friend (OneBot 11, event/request.md).
type FriendRequestEvent struct {
	EventBase
	// User asks.
	User UserID
	// Comment is what they wrote.
	Comment string
	// Flag names the request in set_friend_add_request. It is opaque and means nothing to another server.
	Flag string
	// Via is how they found the account; told by LLBot.
	Via string
}

// GroupRequestEvent reports that somebody wants to join a group, or invites the account into one.
//
// OneBot event: request group (OneBot 11, event/request.md).
type GroupRequestEvent struct {
	EventBase
	// Group is the group.
	Group GroupID
	// User asks to join, or invites.
	User UserID
	// SubType is "add" or "invite"; empty on onebots.
	SubType string
	// Comment is what they wrote.
	Comment string
	// Flag names the request in set_group_add_request. It is opaque and means nothing to another server.
	Flag string
	// Invitor brought User to the group; told by go-cqhttp, LLBot (for "add") and Lagrange, 0 when nobody did.
	Invitor UserID
	// SourceGroup is the group through which an invitation came; told by LLBot.
	SourceGroup GroupID
}
