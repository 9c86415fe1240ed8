package onebot

import "strconv"

// MessageEvent is a message that somebody wrote, in an event, in the answer of get_msg or in a history page.
type MessageEvent struct {
	EventBase
	// Chat is where the message was written and where an answer goes. It is the zero Chat where the server does not tell: the
	// group of get_msg on Lagrange, the recipient of an own private message on some servers. A temporary session whose group is
	// not told (Lagrange) is a private chat.
	Chat Chat
	// ID names the message. In a temporary session on go-cqhttp it is a sequence number that no action accepts.
	ID MessageID
	// Seq is the message's real sequence number in its chat, 0 where the server does not tell it: real_seq on NapCat,
	// message_seq or real_id on go-cqhttp and LLBot. On Lagrange and in go-cqhttp's private events there is none.
	Seq int64
	// Sender is who wrote it.
	Sender Sender
	// SubType is "friend", "group" (a temporary session) or "other" for a private message, "normal", "anonymous" or "notice"
	// for one in a group.
	SubType string
	// Message is the content, from the array form or from the string form, whichever the server sent.
	Message Message
	// RawMessage is the content in the string form, as the server wrote it. NapCat and Lagrange lose data in it: use Message.
	RawMessage string
	// Own tells that the account itself wrote the message: post_type message_sent, or its own id as the author (Lagrange).
	Own bool
	// CaughtUp tells that the message did not come as an event: WithCatchUp has found it in the history after a reconnect.
	CaughtUp bool
	// GroupName is the name of the group, told by NapCat and LLBot.
	GroupName string
	// Anonymous is set for an anonymous message, on go-cqhttp.
	Anonymous *Anonymous
	// Font is a number without a meaning that is known.
	Font int64
	// Target is to whom a private message was written: the account itself, or for an own message the other person. It is 0 in
	// groups and where it is not known. On every server it means the same, whatever that server's target_id means.
	Target UserID

	deleted bool // LLBot answers get_msg with its copy of a withdrawn message

	client *Client           // who can answer it; nil for an event that did not come from one
	order  uint64            // its place among the events of the client
	quick  func([]byte) bool // hands a quick operation to the source, where that takes one
}

// Sender is the author of a message. Servers fill it as well as they can; a field that is not told is empty.
type Sender struct {
	// UserID is the author; the placeholder 1094950020 for an unknown one within a forward on NapCat.
	UserID UserID
	// Nickname is the author's own name, Card the name in the group, often empty.
	Nickname, Card string
	// Sex is "male", "female" or "unknown"; not told by NapCat and LLBot.
	Sex string
	// Area and Level are texts of the group; mostly empty.
	Area, Level string
	// Role is "owner", "admin" or "member" in a group.
	Role string
	// Title is the special title in the group.
	Title string
	// Age is in years, 0 where it is not told.
	Age int
	// Group is the group of a temporary session, on go-cqhttp and LLBot.
	Group GroupID
}

// DisplayName is the name to show: the card, else the nickname, else the number.
func (s Sender) DisplayName() string {
	switch {
	case s.Card != "":
		return s.Card
	case s.Nickname != "":
		return s.Nickname
	default:
		return strconv.FormatInt(int64(s.UserID), 10)
	}
}

// Anonymous is the mask of an anonymous author.
type Anonymous struct {
	// ID is the number of the mask.
	ID int64
	// Name is what the group sees.
	Name string
	// Flag is what set_group_anonymous_ban takes.
	Flag string
}

// MessageRef points at a message for paging and marking.
type MessageRef struct {
	// ID is the message's id; empty where only the sequence is known.
	ID MessageID
	// Seq is the server's real sequence number in the chat where it tells one, else 0.
	Seq int64
}

// Ref points at m.
func (m *MessageEvent) Ref() MessageRef { return MessageRef{ID: m.ID, Seq: m.Seq} }
