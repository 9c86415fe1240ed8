package onebot

import (
	"iter"
	"math"
	"time"

	"github.com/onebot-go/onebot/internal/cqcode"
	"github.com/onebot-go/onebot/internal/wire"
)

// fields is everything that an event can tell, read in one pass. What an event is stands in keys that can come last
// (NapCat), so the keys are sorted by name alone and made into an event afterwards. Of two equal keys the later overwrites
// the earlier one, with the zero value where it is broken.
type fields struct {
	raw []byte

	postType, typ, messageType, noticeType, requestType, metaType, subType string
	hasPost                                                                bool

	time, updateTime, messageID, msgID   string
	selfID, userID, groupID, targetID    int64
	senderID, operatorID, chatID         int64
	hasUser, hasChat                     bool
	messageSeq, realID, realSeq, font    int64
	interval                             int64
	rawMessage, groupName, comment, flag string

	content   Message              // the value of message, where it is no string
	few       [fewSegments]Segment // the same as long as it has so few segments: content is nil then
	n         int                  // how many of few
	text      string               // the value of message, where it is a string
	status    string               // as it stands: an object in heartbeats, a string elsewhere
	sender    Sender
	anonymous *Anonymous

	extra []member // keys that only few events have, as they stand
}

type member struct{ key, value string }

// fewSegments is how many segments a message may have to lie in one piece with its event.
const fewSegments = 4

// read reads one object, which has to come next.
func (f *fields) read(l *wire.Lexer) {
	l.BeginObject()
	f.readUsual(l)
	for {
		key, ok := l.NextKey()
		if !ok {
			return
		}
		switch key {
		case "post_type":
			f.hasPost = true
			f.postType, _ = l.Text()
		case "type":
			f.typ, _ = l.Text()
		case "message_type":
			f.messageType, _ = l.Text()
		case "notice_type":
			f.noticeType, _ = l.Text()
		case "request_type":
			f.requestType, _ = l.Text()
		case "meta_event_type":
			f.metaType, _ = l.Text()
		case "sub_type":
			f.subType, _ = l.Text()
		case "message":
			f.readContent(l)
		case "raw_message":
			f.rawMessage, _ = l.Text()
		case "sender":
			f.sender = readSender(l)
		case "anonymous":
			f.anonymous = readAnonymous(l)
		case "group_name":
			f.groupName, _ = l.Text()
		case "comment":
			f.comment, _ = l.Text()
		case "flag":
			f.flag, _ = l.Text()
		case "status":
			f.status = l.Raw()
		default:
			f.readNumber(l, key)
		}
	}
}

// readNumber reads the ids, the times and the other numbers.
func (f *fields) readNumber(l *wire.Lexer, key string) {
	switch key {
	case "time":
		f.time, _ = l.Text()
	case "update_time":
		f.updateTime, _ = l.Text()
	case "message_id":
		f.messageID = readMessageIDText(l)
	case "msg_id":
		f.msgID = readMessageIDText(l)
	case "self_id":
		f.selfID, _ = l.Int()
	case "user_id":
		f.readUser(l)
	case "group_id":
		f.groupID, _ = l.Int()
	case "target_id":
		f.targetID, _ = l.Int()
	case "sender_id":
		f.senderID, _ = l.Int()
	case "operator_id":
		f.operatorID, _ = l.Int()
	case "chat_id":
		told := l.Peek() != wire.Null
		f.chatID, f.hasChat = l.Int()
		f.hasChat = f.hasChat && told
	case "message_seq":
		f.messageSeq, _ = l.Int()
	case "real_id":
		f.realID, _ = l.Int()
	case "real_seq":
		f.realSeq, _ = l.Int()
	case "font":
		f.font, _ = l.Int()
	case "interval":
		f.interval, _ = l.Int()
	default:
		f.readExtra(l, key)
	}
}

func (f *fields) readUser(l *wire.Lexer) {
	told := l.Peek() != wire.Null
	f.userID, f.hasUser = l.Int()
	f.hasUser = f.hasUser && told
}

// readExtra keeps the keys that notices and requests need, and no others: a frame cannot make it keep more than there are
// names here.
func (f *fields) readExtra(l *wire.Lexer, key string) {
	switch key {
	case "action", "action_img_url", "busi_id", "card_new", "card_old", "client", "code", "content", "count", "duration",
		"event_type", "file", "honor_type", "invitor_id", "is_add", "likes", "name", "name_new", "online", "operator_nick",
		"peer_id", "reason", "source_group_id", "status_text", "suffix", "tag", "times", "title", "via":
	default:
		l.Skip()
		return
	}
	value := l.Raw()
	for i := range f.extra {
		if f.extra[i].key == key {
			f.extra[i].value = value
			return
		}
	}
	if f.extra == nil {
		f.extra = make([]member, 0, 4)
	}
	f.extra = append(f.extra, member{key, value})
}

// readContent reads the value of message. A string is kept for later: in some notices it is a text and no message.
func (f *fields) readContent(l *wire.Lexer) {
	f.content, f.n, f.text = nil, 0, ""
	if l.Peek() == wire.String {
		f.text, _ = l.Text()
		return
	}
	if l.Peek() != wire.Array {
		f.content = readMessage(l)
		return
	}
	l.BeginArray()
	for l.NextElem() {
		if s := readElement(l, 0, false); s != nil {
			f.add(s)
		}
	}
}

// readCodes makes segments of a message that is a string.
func (f *fields) readCodes() {
	scan := cqcode.NewScanner(f.text)
	for s := nextCode(&scan, 0); s != nil; s = nextCode(&scan, 0) {
		f.add(s)
	}
}

func (f *fields) add(s Segment) {
	if f.content == nil && f.n < fewSegments {
		f.few[f.n] = s
		f.n++
		return
	}
	if f.content == nil {
		f.content = append(make(Message, 0, 4*fewSegments), f.few[:]...)
	}
	f.content = append(f.content, s)
}

func (f *fields) extraRaw(key string) string {
	for _, m := range f.extra {
		if m.key == key {
			return m.value
		}
	}
	return "null"
}

func (f *fields) extraText(key string) string { return textOf(f.extraRaw(key)) }

func (f *fields) extraInt(key string) int64 {
	l := wire.NewLexer(f.extraRaw(key))
	n, _ := l.Int()
	return n
}

func (f *fields) extraBool(key string) (value, told bool) {
	raw := f.extraRaw(key)
	l := wire.NewLexer(raw)
	value, ok := l.Bool()
	return value, ok && raw != "null"
}

func (f *fields) group() GroupID   { return GroupID(f.groupID) }
func (f *fields) user() UserID     { return UserID(f.userID) }
func (f *fields) operator() UserID { return UserID(f.operatorID) }
func (f *fields) id() MessageID    { return MessageID(f.messageID) }

// members goes through the members of an object; the body has to read or skip each value. Anything but an object is
// skipped.
func members(l *wire.Lexer) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !l.BeginObject() {
			l.Skip()
			return
		}
		for {
			key, ok := l.NextKey()
			if !ok || !yield(key) {
				return
			}
		}
	}
}

func textOf(raw string) string {
	l := wire.NewLexer(raw)
	s, _ := l.Text()
	return s
}

// readMessageIDText reads an id, which is opaque: what is no number and no string is none.
func readMessageIDText(l *wire.Lexer) string {
	if k := l.Peek(); k != wire.Number && k != wire.String {
		l.Skip()
		return ""
	}
	s, _ := l.Text()
	return s
}

// durationOf gives n units of so many nanoseconds, 0 where that cannot be said.
func durationOf(n, unit int64) time.Duration {
	if n > math.MaxInt64/unit || n < math.MinInt64/unit {
		return 0
	}
	return time.Duration(n * unit)
}
