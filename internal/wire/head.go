package wire

import (
	"encoding/binary"
	"math/bits"
)

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

// ScanHead looks at the top-level keys of a frame. It checks no more of the frame than it needs for that: a frame that it
// takes for an event can still be broken, and the decoder will say so. Of a key that stands twice the last one counts.
func ScanHead(b []byte) Head {
	var h Head
	var hasPost, isChat, isReply bool
	i := skimSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		h.Kind = FrameBroken
		return h
	}
	i = skimSpace(b, i+1)
	for i < len(b) && b[i] == '"' {
		keyStart := i + 1
		i = skimString(b, i)
		if i < 0 {
			h.Kind = FrameBroken
			return h
		}
		key := b[keyStart : i-1]
		i = skimSpace(b, i)
		if i >= len(b) || b[i] != ':' {
			h.Kind = FrameBroken
			return h
		}
		start := skimSpace(b, i+1)
		end := skimValue(b, start)
		if end < 0 {
			h.Kind = FrameBroken
			return h
		}
		v := b[start:end]
		switch string(key) {
		case "post_type":
			hasPost = true
			h.Post = postOf(v)
		case "message_type":
			h.Scope = scopeOf(v)
		case "notice_type":
			h.Notice = noticeOf(v)
		case "sub_type":
			h.Temp = string(v) == `"group"`
		case "meta_event_type":
			h.Heartbeat = string(v) == `"heartbeat"`
		case "interval":
			h.Interval = idOf(v)
		case "type":
			isChat = string(v) == `"chat.message"`
		case "self_id":
			h.SelfID = idOf(v)
		case "user_id":
			h.UserID = idOf(v)
		case "group_id":
			h.GroupID = idOf(v)
		case "target_id":
			h.TargetID = idOf(v)
		case "chat_id":
			h.ChatID = idOf(v)
		case "message_id", "msg_id":
			h.ID = Span{start, end}
		case "echo":
			isReply = true
			h.Echo = Span{start, end}
		case "status":
			isReply = true
			h.Status = Span{start, end}
			h.Withdrawn = string(v) == `"withdraw message"`
		case "retcode":
			isReply = true
			h.Retcode = idOf(v)
		case "stream":
			h.Parts = string(v) == `"stream-action"`
		}
		i = skimSpace(b, end)
		if i < len(b) && b[i] == ',' {
			i = skimSpace(b, i+1)
		} else {
			break
		}
	}
	switch {
	case i >= len(b) || b[i] != '}':
		h.Kind = FrameBroken
	case hasPost:
		h.Kind = FrameEvent
	case isChat:
		h.Kind = FrameChat
	case isReply:
		h.Kind = FrameReply
	default:
		h.Kind = FrameOther
	}
	return h
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

func postOf(v []byte) Post {
	switch string(v) {
	case `"message"`:
		return PostMessage
	case `"message_sent"`:
		return PostMessageSent
	case `"notice"`:
		return PostNotice
	case `"request"`:
		return PostRequest
	case `"meta_event"`:
		return PostMeta
	}
	return PostOther
}

func scopeOf(v []byte) Scope {
	switch string(v) {
	case `"group"`:
		return ScopeGroup
	case `"private"`:
		return ScopePrivate
	}
	return ScopeOther
}

func noticeOf(v []byte) Notice {
	switch string(v) {
	case `"group_recall"`:
		return NoticeGroupRecall
	case `"friend_recall"`:
		return NoticeFriendRecall
	}
	return NoticeOther
}

// idOf reads an id written as a number or as a string of digits.
func idOf(v []byte) int64 {
	if len(v) >= 2 && v[0] == '"' {
		v = v[1 : len(v)-1]
	}
	if len(v) == 0 || len(v) > 20 {
		return 0
	}
	n, _ := ParseInt(string(v)) // does not escape: no allocation
	return n
}

func skimSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skimString gives the offset behind the string that begins at i, or -1.
func skimString(b []byte, i int) int {
	i++
	for {
		for i+8 <= len(b) {
			w := binary.LittleEndian.Uint64(b[i:])
			quote := w ^ ones*'"'
			slash := w ^ ones*'\\'
			m := ((quote - ones) &^ quote & highs) | ((slash - ones) &^ slash & highs)
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(b) {
			return -1
		}
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i += 2
		default:
			i++
		}
	}
}

// skimValue gives the offset behind the value that begins at i, or -1.
func skimValue(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return skimString(b, i)
	case '{', '[':
		return skimNested(b, i)
	}
	start := i
	for i < len(b) {
		switch b[i] {
		case ',', '}', ']', ' ', '\n', '\t', '\r':
			if i == start {
				return -1
			}
			return i
		case '"', '{', '[', ':':
			return -1
		}
		i++
	}
	return -1
}

// skimNested counts brackets; strings are the only place where one of them means nothing.
func skimNested(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			if i = skimString(b, i); i < 0 {
				return -1
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}
