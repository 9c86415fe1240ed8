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
		if s := readUsualSegment(l); s != nil {
			return s
		}
		return readObject(l, depth, nodes)
	default:
		return UnknownSegment{Data: json.RawMessage(l.Raw())}
	}
}

func readObject(l *wire.Lexer, depth int, nodes bool) Segment {
	before := l.Mark()
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
			l.Back(before)
			return readEntry(l, depth)
		default: // no server writes anything beside type and data
			l.Skip()
		}
	}
	switch {
	case l.Err() != nil:
		return nil
	case kind == "":
		l.Back(before)
		return UnknownSegment{Data: json.RawMessage(l.Raw())}
	case seg != nil:
		return seg
	case data == "" && !common(kind) && !rare(kind):
		return UnknownSegment{Kind: kind}
	case data == "": // written as {} it could be another segment
		data = "null"
	}
	inner := wire.NewLexer(data) // data came before type, or not at all
	return readData(kind, &inner, depth)
}

// readData reads the data of a segment.
func readData(kind string, l *wire.Lexer, depth int) Segment {
	before := l.Mark()
	if l.BeginObject() {
		c := codec{form: form{depth: depth}}
		c.lex.Take(l)
		s := readKind(kind, &c)
		l.Take(&c.lex)
		if s != nil || l.Err() != nil {
			return s
		}
		l.Back(before)
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
	if !rare(kind) {
		return nil
	}
	own := *c // on the heap
	s := readRare(kind, &own)
	*c = own
	return s
}

// common tells whether readKind knows the kind without readRare.
func common(kind string) bool {
	switch kind {
	case "text", "at", "reply", "face", "image":
		return true
	}
	return false
}

// rare tells whether readRare knows the kind.
func rare(kind string) bool {
	switch kind {
	case "record", "video", "file", "forward", "node", "json", "xml", "markdown", "mface", "music", "share", "contact", "location",
		"poke", "dice", "rps", "shake", "keyboard", "anonymous", "redbag", "tts", "cardimage", "longmsg", "miniapp", "onlinefile",
		"flashtransfer", "flash_file":
		return true
	}
	return false
}

func readRare(kind string, c *codec) Segment {
	switch kind {
	case "record":
		return readTyped[RecordSegment](c)
	case "video":
		return readTyped[VideoSegment](c)
	case "file":
		return readTyped[FileSegment](c)
	case "forward":
		return readTyped[ForwardSegment](c)
	case "node":
		return readNodeSegment(c)
	case "json":
		return readTyped[JSONSegment](c)
	case "xml":
		return readTyped[XMLSegment](c)
	case "markdown":
		return readTyped[MarkdownSegment](c)
	case "mface":
		return readTyped[MFaceSegment](c)
	case "music":
		return readTyped[MusicSegment](c)
	case "share":
		return readTyped[ShareSegment](c)
	case "contact":
		return readTyped[ContactSegment](c)
	case "location":
		return readTyped[LocationSegment](c)
	case "poke":
		return readTyped[PokeSegment](c)
	case "dice":
		return readTyped[DiceSegment](c)
	case "rps":
		return readTyped[RPSSegment](c)
	case "shake":
		return readTyped[ShakeSegment](c)
	}
	return readSpecial(kind, c)
}

// readSpecial reads the kinds that one server alone knows.
func readSpecial(kind string, c *codec) Segment {
	switch kind {
	case "keyboard":
		return readTyped[KeyboardSegment](c)
	case "anonymous":
		return readTyped[AnonymousSegment](c)
	case "redbag":
		return readTyped[RedBagSegment](c)
	case "tts":
		return readTyped[TTSSegment](c)
	case "cardimage":
		return readTyped[CardImageSegment](c)
	case "longmsg":
		return readTyped[LongMsgSegment](c)
	case "miniapp":
		return readTyped[MiniAppSegment](c)
	case "onlinefile":
		return readTyped[OnlineFileSegment](c)
	case "flashtransfer":
		return readTyped[FlashTransferSegment](c)
	case "flash_file":
		return readTyped[FlashFileSegment](c)
	}
	return nil
}

// typed is what a pointer to a segment with fields can do.
type typed[T any] interface {
	*T
	fields(c *codec) bool
	kept() *string
}

func readTyped[T Segment, P typed[T]](c *codec) Segment {
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
