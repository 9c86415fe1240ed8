package onebot

import (
	"fmt"
	"unsafe"

	"github.com/onebot-go/onebot/internal/wire"
)

// decodeEvent reads one frame, whose memory the event keeps: strings are parts of it, and so is Raw.
func decodeEvent(frame string) (Event, error) { return decodeEventOf(frame, 0) }

// decodeEventOf is decodeEvent for a source that knows the account: a frame without self_id is that account's, and what follows
// from it (whose message it is, who poked) comes out as if the frame had said so.
func decodeEventOf(frame string, self int64) (Event, error) {
	var l wire.Lexer
	l.Reset(frame)
	if l.Peek() != wire.Object {
		l.Skip()
		if err := l.End(); err != nil {
			return nil, fmt.Errorf("onebot: event: %w", err)
		}
		return nil, fmt.Errorf("onebot: event: no object: %w", wire.ErrSyntax)
	}
	var f fields
	f.read(&l)
	if err := l.End(); err != nil {
		return nil, fmt.Errorf("onebot: event: %w", err)
	}
	f.raw = bytesOf(frame)
	if f.selfID == 0 {
		f.selfID = self
	}
	return f.build(), nil
}

// readMessageEvent reads one message object, in the shape of an event, of get_msg or of a history page. It never gives nil.
// Raw is left empty; SelfID and with it Own can be missing where the object does not tell them (get_msg on go-cqhttp and
// Lagrange).
func readMessageEvent(l *wire.Lexer) *MessageEvent {
	var f fields
	if l.Peek() != wire.Object {
		l.Skip()
		return new(MessageEvent)
	}
	f.read(l)
	return f.message()
}

// build makes the event that the fields tell.
func (f *fields) build() Event {
	var ev Event
	switch f.postType {
	case "message", "message_sent":
		if f.messageType == "group" || f.messageType == "private" {
			ev = f.message()
		}
	case "notice":
		ev = f.notice()
	case "request":
		ev = f.request()
	case "meta_event":
		ev = f.meta()
	case "":
		if !f.hasPost && f.typ == "chat.message" {
			if m := f.chatMessage(); m != nil {
				ev = m
			}
		}
	}
	if ev == nil {
		ev = &UnknownEvent{EventBase: f.base()}
	}
	return ev
}

func (f *fields) base() EventBase {
	t, _ := parseTime(f.time)
	return EventBase{Time: t, SelfID: UserID(f.selfID), Raw: f.raw}
}

func (f *fields) request() Event {
	switch f.requestType {
	case "friend":
		return &FriendRequestEvent{
			EventBase: f.base(), User: f.user(), Comment: f.comment, Flag: f.flag, Via: f.extraText("via"),
		}
	case "group":
		return &GroupRequestEvent{
			EventBase: f.base(), Group: f.group(), User: f.user(), SubType: f.subType, Comment: f.comment, Flag: f.flag,
			Invitor: UserID(f.extraInt("invitor_id")), SourceGroup: GroupID(f.extraInt("source_group_id")),
		}
	default:
		return nil
	}
}

func (f *fields) meta() Event {
	switch f.metaType {
	case "lifecycle":
		return &LifecycleEvent{EventBase: f.base(), SubType: f.subType}
	case "heartbeat":
		h := &HeartbeatEvent{EventBase: f.base(), Interval: durationOf(f.interval, 1e6)}
		l := wire.NewLexer(f.status)
		for key := range members(&l) {
			switch key {
			case "online":
				known := l.Peek() != wire.Null
				value, ok := l.Bool()
				h.Online, h.OnlineKnown = value, known && ok
			case "good":
				h.Good, _ = l.Bool()
			default:
				l.Skip()
			}
		}
		return h
	default:
		return nil
	}
}

// bytesOf gives the bytes of s without copying them. They are shared, and nobody may write to them.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
