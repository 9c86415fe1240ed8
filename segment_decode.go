package onebot

import (
	"encoding/json"

	"github.com/onebot-go/onebot/internal/wire"
)

// readElement reads one element of a message: a segment, or whatever else stands there, so that nothing is lost. It gives nil for
// null. Inside the content of a node (nodes) an object without a type is a message of a forward.
func readElement(l *wire.Lexer, depth int, nodes bool) Segment {
	switch l.Peek() {
	case wire.Null:
		l.Skip()
		return nil
	case wire.String:
		text, _ := l.Text()
		return TextSegment{Text: text}
	case wire.Object:
		return readObject(l, depth, nodes)
	default:
		return UnknownSegment{Data: json.RawMessage(l.Raw())}
	}
}

func readObject(l *wire.Lexer, depth int, nodes bool) Segment {
	before := *l
	l.BeginObject()
	var seg Segment
	kind, data := "", ""
	for first := true; ; first = false {
		key, ok := l.NextKey()
		if !ok {
			break
		}
		switch {
		case key == "type" && l.Peek() == wire.String:
			kind, _ = l.Text()
		case key == "data" && kind != "" && seg == nil:
			seg = readData(kind, l, depth)
		case key == "data":
			data = l.Raw()
		case first && nodes:
			*l = before
			return readEntry(l, depth)
		default:
			l.Skip()
		}
	}
	switch {
	case l.Err() != nil:
		return nil
	case kind == "":
		*l = before
		return UnknownSegment{Data: json.RawMessage(l.Raw())}
	case seg != nil:
		return seg
	case data == "":
		data = "null"
	}
	inner := wire.NewLexer(data) // data came before type, or not at all
	return readData(kind, &inner, depth)
}

// readData reads the data of a segment.
func readData(kind string, l *wire.Lexer, depth int) Segment {
	before := *l
	if kind == "text" {
		if s, ok := readPlainText(l); ok {
			return s
		}
		*l = before
	}
	if l.BeginObject() {
		c := codec{form: form{depth: depth}, lex: *l}
		s := readKind(kind, &c)
		*l = c.lex
		if s != nil || l.Err() != nil {
			return s
		}
		*l = before
	} else if l.Peek() == wire.Null {
		switch kind { // these consist of nothing else
		case "dice":
			l.Skip()
			return DiceSegment{}
		case "rps":
			l.Skip()
			return RPSSegment{}
		case "shake":
			l.Skip()
			return ShakeSegment{}
		}
	}
	return UnknownSegment{Kind: kind, Data: json.RawMessage(l.Raw())}
}

// readPlainText reads the data of nearly all text segments: one string. Everything else is left to the codec.
func readPlainText(l *wire.Lexer) (TextSegment, bool) {
	if !l.BeginObject() {
		return TextSegment{}, false
	}
	if key, _ := l.NextKey(); key != "text" || l.Peek() != wire.String {
		return TextSegment{}, false
	}
	text, _ := l.Text()
	_, more := l.NextKey()
	return TextSegment{Text: text}, !more && l.Err() == nil
}

// readKind reads the members of a segment of a known kind. It gives nil for other kinds, and where the members do not
// make a segment; nothing has to be read then.
//
// The kinds that nearly all messages consist of are read without indirect calls, so that the codec stays on the stack.
func readKind(kind string, c *codec) Segment {
	switch kind {
	case "text":
		var s TextSegment
		for c.next() {
			if !s.fields(c) {
				c.keepMember()
			}
		}
		s.extra = string(c.keep)
		return s
	case "at":
		var s AtSegment
		for c.next() {
			if !s.fields(c) {
				c.keepMember()
			}
		}
		if s.extra = string(c.keep); s.check() == nil {
			return s
		}
		return nil
	case "reply":
		var s ReplySegment
		for c.next() {
			if !s.fields(c) {
				c.keepMember()
			}
		}
		if s.extra = string(c.keep); s.check() == nil {
			return s
		}
		return nil
	case "face":
		var s FaceSegment
		for c.next() {
			if !s.fields(c) {
				c.keepMember()
			}
		}
		s.extra = string(c.keep)
		return s
	case "image":
		var s ImageSegment
		for c.next() {
			if !s.fields(c) {
				c.keepMember()
			}
		}
		if s.extra = string(c.keep); s.check() == nil {
			return s
		}
		return nil
	}
	own := *c
	s := readRare(kind, &own)
	*c = own
	return s
}

func readRare(kind string, c *codec) Segment {
	switch kind {
	case "record":
		return read[RecordSegment](c)
	case "video":
		return read[VideoSegment](c)
	case "file":
		return read[FileSegment](c)
	case "forward":
		return read[ForwardSegment](c)
	case "node":
		return readNodeSegment(c)
	case "json":
		return read[JSONSegment](c)
	case "xml":
		return read[XMLSegment](c)
	case "markdown":
		return read[MarkdownSegment](c)
	case "mface":
		return read[MFaceSegment](c)
	case "music":
		return read[MusicSegment](c)
	case "share":
		return read[ShareSegment](c)
	case "contact":
		return read[ContactSegment](c)
	case "location":
		return read[LocationSegment](c)
	case "poke":
		return read[PokeSegment](c)
	case "dice":
		return read[DiceSegment](c)
	case "rps":
		return read[RPSSegment](c)
	case "shake":
		return read[ShakeSegment](c)
	}
	return readSpecial(kind, c)
}

// readSpecial reads the kinds that one server alone knows.
func readSpecial(kind string, c *codec) Segment {
	switch kind {
	case "keyboard":
		return read[KeyboardSegment](c)
	case "anonymous":
		return read[AnonymousSegment](c)
	case "redbag":
		return read[RedBagSegment](c)
	case "tts":
		return read[TTSSegment](c)
	case "cardimage":
		return read[CardImageSegment](c)
	case "longmsg":
		return read[LongMsgSegment](c)
	case "miniapp":
		return read[MiniAppSegment](c)
	case "onlinefile":
		return read[OnlineFileSegment](c)
	case "flashtransfer":
		return read[FlashTransferSegment](c)
	case "flash_file":
		return read[FlashFileSegment](c)
	}
	return nil
}

// typed is what a pointer to a segment with fields can do.
type typed[T any] interface {
	*T
	fields(c *codec) bool
	kept() *string
}

func read[T Segment, P typed[T]](c *codec) Segment {
	p := P(new(T))
	for c.next() {
		if !p.fields(c) {
			c.keepMember()
		}
	}
	*p.kept() = string(c.keep)
	if s, ok := any(p).(interface{ check() error }); ok && s.check() != nil {
		return nil
	}
	return *p
}
