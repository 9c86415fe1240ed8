package onebot

import "github.com/onebot-go/onebot/internal/wire"

// NapCat writes the members of a message, of its sender and of the usual segments in one order. What is known to come next is compared
// and not looked up, which takes a fifth off the whole decoding. Nothing depends on it: reading goes on by name wherever
// something else comes.

// readUsual reads the members of a message as far as they come in that order, from the start of the object.
func (f *fields) readUsual(l *wire.Lexer) {
	if !l.Accept(`"self_id":`) {
		return
	}
	f.selfID, _ = l.Int()
	if l.Accept(`,"user_id":`) {
		f.readUser(l)
	}
	if l.Accept(`,"time":`) {
		f.time, _ = l.Text()
	}
	if l.Accept(`,"message_id":`) {
		f.messageID = readMessageIDText(l)
	}
	if l.Accept(`,"message_seq":`) {
		f.messageSeq, _ = l.Int()
	}
	if l.Accept(`,"real_id":`) {
		f.realID, _ = l.Int()
	}
	if l.Accept(`,"real_seq":`) {
		f.realSeq, _ = l.Int()
	}
	if l.Accept(`,"message_type":`) {
		f.messageType, _ = l.Text()
	}
	if l.Accept(`,"sender":`) {
		f.sender = readSender(l)
	}
	if l.Accept(`,"raw_message":`) {
		f.rawMessage, _ = l.Text()
	}
	if l.Accept(`,"font":`) {
		f.font, _ = l.Int()
	}
	if l.Accept(`,"sub_type":`) {
		f.subType, _ = l.Text()
	}
	if l.Accept(`,"message":`) {
		f.readContent(l)
	}
	if l.Accept(`,"message_format":`) {
		l.Skip()
	}
	if l.Accept(`,"post_type":`) {
		f.hasPost = true
		f.postType, _ = l.Text()
	}
	if l.Accept(`,"group_id":`) {
		f.groupID, _ = l.Int()
	}
	if l.Accept(`,"group_name":`) {
		f.groupName, _ = l.Text()
	}
}

// readUsual reads the members of a sender in the same way.
func (s *Sender) readUsual(l *wire.Lexer) {
	if !l.Accept(`"user_id":`) {
		return
	}
	n, _ := l.Int()
	s.UserID = UserID(n)
	if l.Accept(`,"nickname":`) {
		s.Nickname, _ = l.Text()
	}
	if l.Accept(`,"card":`) {
		s.Card, _ = l.Text()
	}
	if l.Accept(`,"role":`) {
		s.Role, _ = l.Text()
	}
}

// readUsualSegment reads a segment that consists of its most important member alone. It gives nil, without having moved, for every other.
func readUsualSegment(l *wire.Lexer) Segment {
	before := l.Mark()
	switch {
	case l.Accept(`{"type":"text","data":{"text":`):
		if text, ok := l.Quoted(); ok && l.Accept("}}") {
			return TextSegment{Text: text}
		}
	case l.Accept(`{"type":"at","data":{"qq":`):
		text, _ := l.Quoted()
		if n, ok := wire.ParseInt(text); ok && n > 0 && l.Accept("}}") {
			return AtSegment{User: UserID(n)}
		}
	case l.Accept(`{"type":"reply","data":{"id":`):
		if text, ok := l.Quoted(); ok && text != "" && l.Accept("}}") {
			return ReplySegment{ID: MessageID(text)}
		}
	default:
		return nil
	}
	l.Back(before)
	return nil
}
