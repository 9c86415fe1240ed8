package wire

import "bytes"

// ScanHead looks at the top-level keys of a frame. It checks no more of the frame than it needs for that: a frame that it
// takes for an event can still be broken, and the decoder will say so. Of a key that stands twice the last one counts, unless it hides
// in what is jumped over.
func ScanHead(b []byte) Head {
	s := headScan{b: b, short: true}
	s.scan()
	if s.jumped && !(s.whole && s.complete()) {
		s = headScan{b: b}
		s.scan()
	}
	if s.mayHide() {
		s = headScan{b: b, unescape: true}
		s.scan()
	}
	return s.h
}

type headScan struct {
	b []byte
	h Head
	// short: a heavy value may be jumped over, with everything up to the last array; jumped: it was.
	short, jumped            bool
	whole                    bool // the object ends where the frame does
	unescape                 bool // names and texts are read as they are meant
	hasPost, isChat, isReply bool
}

// mayHide tells whether something that routes the frame may be written with escapes. No known server writes a letter or a digit so, but
// from one that did nothing must be lost.
func (s *headScan) mayHide() bool {
	return s.h.Kind != FrameBroken && !s.complete() && bytes.Contains(s.b, []byte(`\u`))
}

// complete tells whether everything has been found that a message on its way needs, so that nothing can have hidden in what was jumped
// over.
func (s *headScan) complete() bool {
	h := &s.h
	if h.Kind != FrameEvent || h.Post != PostMessage && h.Post != PostMessageSent || h.SelfID == 0 || h.UserID == 0 || h.ID.Empty() {
		return false
	}
	switch h.Scope {
	case ScopeGroup:
		return h.GroupID != 0
	case ScopePrivate:
		return h.UserID != h.SelfID || h.TargetID != 0
	case ScopeOther:
	}
	return false
}

func (s *headScan) scan() {
	b := s.b
	s.h.Kind = FrameBroken
	i := skimSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return
	}
	i = skimSpace(b, i+1)
	if !s.unescape {
		i = skimSpace(b, s.usual(i, usualFront[:]))
	}
	for i < len(b) && b[i] == '"' {
		keyStart := i + 1
		i = skimString(b, i)
		if i < 0 {
			return
		}
		key := b[keyStart : i-1]
		i = skimSpace(b, i)
		if i >= len(b) || b[i] != ':' {
			return
		}
		start := skimSpace(b, i+1)
		end := 0
		if s.short && start < len(b) && s.heavy(key, b[start]) {
			end = skimFromEnd(b, start)
			s.jumped, s.short = end > 0, false
		}
		if end <= 0 {
			end = skimValue(b, start)
		}
		if end < 0 {
			return
		}
		if s.unescape {
			key = unescaped(b[keyStart-1 : keyStart+len(key)+1])
			key = key[1 : len(key)-1]
		}
		s.member(key, start, end)
		i = skimSpace(b, end)
		if i < len(b) && b[i] == ',' {
			i = skimSpace(b, i+1)
			if s.jumped {
				i = skimSpace(b, s.usual(i, usualBack[:]))
			}
		} else {
			break
		}
	}
	if i < len(b) && b[i] == '}' {
		s.h.Kind = s.kind()
		s.whole = skimSpace(b, i+1) == len(b)
	}
}

// heavy tells whether it pays to look for the end of a value from the end of the frame: it is the content of a message or, in the order in
// which NapCat writes, the sender, behind whom comes nothing that the way of a group's message depends on, up to the content.
func (s *headScan) heavy(key []byte, first byte) bool {
	switch first {
	case '[':
		return string(key) == "message"
	case '{':
		return s.h.Scope == ScopeGroup && string(key) == "sender" && s.h.UserID != 0 && !s.h.ID.Empty()
	}
	return false
}

func (s *headScan) kind() FrameKind {
	switch {
	case s.hasPost:
		return FrameEvent
	case s.isChat:
		return FrameChat
	case s.isReply:
		return FrameReply
	default:
		return FrameOther
	}
}

func (s *headScan) member(key []byte, start, end int) {
	h, v := &s.h, s.b[start:end]
	if s.unescape {
		v = unescaped(v)
	}
	switch string(key) {
	case "post_type":
		s.hasPost = true
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
		s.isChat = string(v) == `"chat.message"`
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
		s.isReply = true
		h.Echo = Span{start, end}
	case "status":
		s.isReply = true
		h.Status = Span{start, end}
		h.Withdrawn = string(v) == `"withdraw message"`
	case "retcode":
		s.isReply = true
		h.Retcode = idOf(v)
	case "stream":
		h.Parts = string(v) == `"stream-action"`
	}
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
	case `"bot_online"`:
		return NoticeBotOnline
	case `"bot_offline"`:
		return NoticeBotOffline
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

// unescaped gives a string with its quotes and without escapes, and everything else as it is.
func unescaped(v []byte) []byte {
	if len(v) == 0 || v[0] != '"' || bytes.IndexByte(v, '\\') < 0 {
		return v
	}
	l := BytesLexer(v)
	text, ok := l.Text()
	if !ok || l.End() != nil {
		return v
	}
	return []byte(`"` + text + `"`)
}
