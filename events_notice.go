package onebot

// GroupRecallEvent reports that a message in a group was withdrawn.
//
// OneBot event: notice group_recall (OneBot 11, event/notice.md). LLBot leaves it out for some messages.
type GroupRecallEvent struct {
	EventBase
	// Group is where the message stood.
	Group GroupID
	// User wrote the message, Operator withdrew it: the author or an admin.
	User, Operator UserID
	// ID is the message, which is gone; empty on onebots.
	ID MessageID
}

// FriendRecallEvent reports that a private message was withdrawn.
//
// OneBot event: notice friend_recall (OneBot 11, event/notice.md). On NapCat users report it for the latest message only.
type FriendRecallEvent struct {
	EventBase
	// User wrote the message and withdrew it. NapCat and LLBot name the author, who may be the account itself, and do not tell
	// the chat then; go-cqhttp names the friend.
	User UserID
	// ID is the message, which is gone; empty on onebots.
	ID MessageID
}

// EssenceEvent reports that a message became an essence of its group, or ceased to be one.
//
// OneBot event: notice essence (extension: go-cqhttp, NapCat, LLBot, Lagrange).
type EssenceEvent struct {
	EventBase
	// Group is where the message stands.
	Group GroupID
	// User wrote the message (sender_id on every server); Operator chose it, 0 where NapCat does not know.
	User, Operator UserID
	// ID is the message.
	ID MessageID
	// SubType is "add" or "delete"; NapCat only ever says "add".
	SubType string
}

// ReactionEvent reports that somebody reacted to a message with an emoji, or took that back.
//
// OneBot event: notice group_msg_emoji_like (extension: NapCat, LLBot), notice reaction (extension: Lagrange).
type ReactionEvent struct {
	EventBase
	// Group is where the message stands.
	Group GroupID
	// User reacted: user_id on NapCat and LLBot, operator_id on Lagrange.
	User UserID
	// ID is the message.
	ID MessageID
	// Reactions are the emoji that it is about, one of them on most servers.
	Reactions []Reaction
	// Added is false when the reaction was taken back. A server that does not tell reports additions only.
	Added bool
}

// Reaction is one emoji under a message.
type Reaction struct {
	// Emoji is the id of the emoji: a face id, or the code point of a Unicode emoji in decimal.
	Emoji string
	// Count is how many people gave it, 0 where it is not told.
	Count int
}

// PokeEvent reports that somebody poked somebody.
//
// OneBot event: notice notify, sub_type poke (OneBot 11 for groups; private: extension of go-cqhttp, NapCat, LLBot, Lagrange).
type PokeEvent struct {
	EventBase
	// Group is where it happened, 0 in a private chat.
	Group GroupID
	// Friend is the other person of a private chat, 0 in a group.
	Friend UserID
	// Sender is who poked. In a private chat LLBot does not tell; it is known there only when the account was poked, and 0
	// otherwise.
	Sender UserID
	// Target is who was poked.
	Target UserID
	// Action and Suffix are the words around the name, ImageURL the picture of the poke; told by Lagrange only.
	Action, Suffix, ImageURL string
}

// InputStatusEvent reports that a person is typing, or has stopped.
//
// OneBot event: notice notify, sub_type input_status (extension: NapCat).
type InputStatusEvent struct {
	EventBase
	// User is typing.
	User UserID
	// Group is 0: only private chats report it.
	Group GroupID
	// EventType is QQ's number for what happens.
	EventType int
	// Text is QQ's own words for it.
	Text string
}

// ProfileLikeEvent reports that somebody liked the account's profile.
//
// OneBot event: notice notify, sub_type profile_like (extension: NapCat, LLBot).
type ProfileLikeEvent struct {
	EventBase
	// User liked it (operator_id), Nickname is that person's name.
	User     UserID
	Nickname string
	// Times is how many likes were given.
	Times int
}

// GrayTipEvent reports that a grey line was shown in a group.
//
// OneBot event: notice notify, sub_type gray_tip (extension: NapCat).
type GrayTipEvent struct {
	EventBase
	// Group is where, User who caused it.
	Group GroupID
	User  UserID
	// ID is the line's message id.
	ID MessageID
	// BusiID is QQ's number for the kind of line, Content what it holds, often JSON.
	BusiID, Content string
}

// UploadedFile is a file in GroupUploadEvent and OfflineFileEvent.
type UploadedFile struct {
	// ID is what get_group_file_url and the like take; not told in go-cqhttp's private chats.
	ID string
	// Name is the file's name.
	Name string
	// Size is in bytes.
	Size int64
	// BusID goes with ID in some actions; 0 on NapCat and Lagrange.
	BusID int64
	// URL is where to download it; told by go-cqhttp and Lagrange.
	URL string
	// Hash is told by Lagrange for private files.
	Hash string
}

// GroupUploadEvent reports that a file was put into a group.
//
// OneBot event: notice group_upload (OneBot 11, event/notice.md).
type GroupUploadEvent struct {
	EventBase
	// Group got the file, User put it there.
	Group GroupID
	User  UserID
	// File is the file.
	File UploadedFile
}

// OfflineFileEvent reports that a friend sent a file. NapCat and LLBot report a private message with a file segment instead.
//
// OneBot event: notice offline_file (extension: go-cqhttp, Lagrange).
type OfflineFileEvent struct {
	EventBase
	// User sent it.
	User UserID
	// File is the file.
	File UploadedFile
}

// OnlineFileEvent reports that a direct transfer of a file went on.
//
// OneBot event: notice online_file_send and online_file_receive (extension: NapCat).
type OnlineFileEvent struct {
	EventBase
	// Peer is the other side.
	Peer UserID
	// Sending is true for a file that the account sends (online_file_send), false for one it gets.
	Sending bool
	// SubType is "receive" or "refuse" for a file that is sent, "cancel" for one that comes.
	SubType string
}
