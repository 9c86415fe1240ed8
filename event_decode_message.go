package onebot

import (
	"math"

	"github.com/onebot-go/onebot/internal/wire"
)

// message makes the message that the fields tell, where possible: get_msg leaves out much on some servers.
func (f *fields) message() *MessageEvent {
	f.readCodes()
	m := f.place()
	// One by one: a literal would be made elsewhere and copied, all of its four hundred bytes.
	m.EventBase = f.base()
	m.ID, m.Seq, m.SubType = MessageID(f.messageID), f.sequence(), f.subType
	m.Sender = f.sender
	m.RawMessage, m.GroupName, m.Anonymous, m.Font = f.rawMessage, f.groupName, f.anonymous, f.font
	m.deleted = f.status == `"deleted"`
	if m.Sender.UserID == 0 {
		m.Sender.UserID = f.user()
	}
	author := f.user()
	if author == 0 { // get_msg on go-cqhttp and Lagrange
		author = m.Sender.UserID
	}
	m.Own = f.postType == "message_sent" || author != 0 && author == m.SelfID
	if f.messageType == "group" || f.messageType == "" && f.groupID != 0 {
		m.Chat = Chat{Group: f.group()}
		return m
	}
	peer := author
	switch {
	case m.Own:
		// target_id is the recipient, or the chat's other side: here the two are one.
		peer = UserID(f.targetID)
		m.Target = peer
	case m.SelfID != 0:
		// NapCat's target_id names the chat's other side even in what comes in.
		m.Target = m.SelfID
	case UserID(f.targetID) != author:
		m.Target = UserID(f.targetID)
	}
	m.Chat = Chat{User: peer}
	if f.subType == "group" && peer != 0 {
		group := f.group()
		if group == 0 {
			group = m.Sender.Group
		}
		m.Chat.Group, m.Chat.Temp = group, group != 0
	}
	return m
}

// place makes room for the event, in one piece with its segments where these are few: nearly all messages have one, two or three.
// While they were read they lay in f, which does not outlive the reading.
func (f *fields) place() *MessageEvent {
	switch {
	case f.content != nil || f.n == 0:
		return &MessageEvent{Message: f.content}
	case f.n == 1:
		p := &struct {
			MessageEvent
			segments [1]Segment
		}{segments: [1]Segment{f.few[0]}}
		p.Message = p.segments[:]
		return &p.MessageEvent
	default:
		p := &struct {
			MessageEvent
			segments [fewSegments]Segment
		}{segments: f.few}
		p.Message = p.segments[:f.n:f.n]
		return &p.MessageEvent
	}
}

// sequence gives the real sequence, where there is one: NapCat tells it as real_seq, and repeats the id in the fields that
// hold it elsewhere; so does Lagrange.
func (f *fields) sequence() int64 {
	if f.realSeq != 0 {
		return f.realSeq
	}
	id, _ := wire.ParseInt(f.messageID)
	if f.messageSeq != 0 && f.messageSeq != id {
		return f.messageSeq
	}
	if f.realID != id {
		return f.realID
	}
	return 0
}

func readSender(l *wire.Lexer) (s Sender) {
	if !l.BeginObject() {
		l.Skip()
		return s
	}
	s.readUsual(l)
	for {
		key, ok := l.NextKey()
		if !ok {
			return s
		}
		switch key {
		case "user_id":
			n, _ := l.Int()
			s.UserID = UserID(n)
		case "nickname":
			s.Nickname, _ = l.Text()
		case "card":
			s.Card, _ = l.Text()
		case "sex":
			s.Sex, _ = l.Text()
		case "area":
			s.Area, _ = l.Text()
		case "level":
			s.Level, _ = l.Text()
		case "role":
			s.Role, _ = l.Text()
		case "title":
			s.Title, _ = l.Text()
		case "age":
			n, _ := l.Int()
			s.Age = intOf(n)
		case "group_id":
			n, _ := l.Int()
			s.Group = GroupID(n)
		default:
			l.Skip()
		}
	}
}

func readAnonymous(l *wire.Lexer) *Anonymous {
	if l.Peek() != wire.Object {
		l.Skip()
		return nil
	}
	a := new(Anonymous)
	for key := range members(l) {
		switch key {
		case "id":
			a.ID, _ = l.Int()
		case "name":
			a.Name, _ = l.Text()
		case "flag":
			a.Flag, _ = l.Text()
		default:
			l.Skip()
		}
	}
	return a
}

// intOf gives n, 0 where it is no count that anybody means.
func intOf(n int64) int {
	if n > math.MaxInt32 || n < math.MinInt32 {
		return 0
	}
	return int(n)
}
