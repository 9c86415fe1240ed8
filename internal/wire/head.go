package wire

// FrameKind is what a frame is, told by its top-level keys.
type FrameKind uint8

// The kinds of frames. The zero value says that nobody has looked yet.
const (
	FrameUnscanned FrameKind = iota
	FrameEvent               // has post_type
	FrameChat                // type is "chat.message", and no post_type
	FrameReply               // has echo, status or retcode, and no post_type
	FrameOther               // an object with none of these
	FrameBroken              // no JSON object, as far as the scan could see
)

// Post is the post_type of an event.
type Post uint8

// The values of post_type.
const (
	PostOther Post = iota
	PostMessage
	PostMessageSent
	PostNotice
	PostRequest
	PostMeta
)

// Scope is the message_type of a message event.
type Scope uint8

// The values of message_type.
const (
	ScopeOther Scope = iota
	ScopeGroup
	ScopePrivate
)

// Notice is the notice_type of a notice, as far as routing cares.
type Notice uint8

// The notices that routing cares for.
const (
	NoticeOther Notice = iota
	NoticeGroupRecall
	NoticeFriendRecall
	NoticeBotOnline
	NoticeBotOffline
)

// Span is a stretch of a frame, from Start up to but not including End; empty when the key was absent.
type Span struct{ Start, End int }

// Of gives the bytes of s in frame.
func (s Span) Of(frame []byte) []byte { return frame[s.Start:s.End] }

// Empty tells whether there is nothing in s.
func (s Span) Empty() bool { return s.Start >= s.End }

// Head is what routes a frame: found in one pass over the top-level keys, with nothing copied or allocated.
type Head struct {
	Kind   FrameKind
	Post   Post
	Scope  Scope
	Notice Notice
	// Temp: a private message with sub_type "group". Parts: a reply says "stream-action".
	Temp, Parts bool
	// Withdrawn: a native chat.message frame with the status "withdraw message".
	Withdrawn bool
	// Heartbeat: a meta event of that type; Interval is the time until the next one in milliseconds, 0 where it is not told.
	Heartbeat bool
	Interval  int64
	// Retcode is that of a reply, 0 when absent.
	Retcode int64
	// The ids are 0 where absent, null or no int64.
	SelfID, UserID, GroupID, TargetID, ChatID int64
	// ID is the value of message_id or msg_id, Echo that of echo, as they stand in the frame.
	ID, Echo Span
	// Status is the value of status as it stands.
	Status Span
}

// ChatKey tells apart the conversations of one account.
type ChatKey struct {
	// Kind is 'g' for a group, 'p' for a private chat, 'c' for a chat of a chat.message backend, 0 for no chat.
	Kind byte
	ID   int64
}

// Chat gives the conversation that the frame belongs to.
func (h *Head) Chat() ChatKey {
	switch {
	case h.Kind == FrameChat:
		return ChatKey{'c', h.ChatID}
	case h.Kind != FrameEvent:
		return ChatKey{}
	case h.Scope == ScopePrivate && (h.Post == PostMessage || h.Post == PostMessageSent):
		// The account's own message belongs to the chat it was sent to.
		if h.UserID == h.SelfID && h.TargetID != 0 {
			return ChatKey{'p', h.TargetID}
		}
		return ChatKey{'p', h.UserID}
	case h.GroupID != 0:
		return ChatKey{'g', h.GroupID}
	case h.UserID != 0:
		return ChatKey{'p', h.UserID}
	}
	return ChatKey{}
}
