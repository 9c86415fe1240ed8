package onebot

import (
	"strings"
	"time"

	"github.com/onebot-go/onebot/internal/cqcode"
	"github.com/onebot-go/onebot/internal/wire"
)

// readNodes reads the messages of a forward in any of the shapes that servers give them: node segments (the standard, Lagrange),
// whole message objects (NapCat), objects with sender, time and content (go-cqhttp, LLBot); an array of them or one alone.
// Everything else in the array becomes a node with that as its content.
func readNodes(l *wire.Lexer) []Node { return readNodesAt(l, 0) }

func readNodesAt(l *wire.Lexer, depth int) []Node {
	if l.Peek() != wire.Array {
		if s := readElement(l, depth, true); s != nil {
			return []Node{nodeOf(s)}
		}
		return nil
	}
	nodes := []Node{}
	l.BeginArray()
	for l.NextElem() {
		if s := readElement(l, depth, true); s != nil {
			nodes = append(nodes, nodeOf(s))
		}
	}
	return nodes
}

func nodeOf(s Segment) Node {
	if n, ok := s.(NodeSegment); ok {
		return n.Node
	}
	m := Message{s}
	if f := nestedOf(m); f != nil {
		return Node{Nested: f}
	}
	return Node{Content: m}
}

// nodeReader gathers what the shapes of a node say in different places.
type nodeReader struct {
	node    Node
	preview Forward
	card    string
	depth   int
	keep    []byte
	all     bool // keep what is not understood: the members of an answer are of no use in a node, those of a segment are
	content bool
}

// readNodeSegment reads the data of a node segment.
func readNodeSegment(c *codec) Segment {
	r := nodeReader{depth: c.depth, all: true}
	if c.cq {
		l := wire.BytesLexer(paramsObject(c.params, "content"))
		l.BeginObject()
		r.members(&l)
		return NodeSegment{Node: r.finish()}
	}
	r.members(&c.lex)
	return NodeSegment{Node: r.finish()}
}

// readEntry reads an object that begins with neither type nor data: a message of a forward.
func readEntry(l *wire.Lexer, depth int) Segment {
	before := l.Mark()
	l.BeginObject()
	r := nodeReader{depth: depth}
	r.members(l)
	if l.Err() != nil {
		return nil
	}
	if !r.content {
		l.Back(before)
		return readObject(l, depth, false) // type and data may come late
	}
	return NodeSegment{Node: r.finish()}
}

func (r *nodeReader) members(l *wire.Lexer) {
	for {
		key, ok := l.NextKey()
		if !ok {
			return
		}
		switch key {
		case "user_id", "uin":
			r.user(l, key)
		case "nickname", "name":
			r.name(l)
		case "card":
			r.card, _ = l.Text()
		case "sender":
			r.sender(l)
		case "time":
			if n, ok := l.Int(); ok {
				r.node.Time = nodeTime(n)
			}
		case "content", "message":
			r.contents(l)
		case "id":
			text, _ := l.Text()
			r.node.Ref = MessageID(text)
		case "news":
			r.preview.News = readNews(l)
		case "prompt":
			r.preview.Prompt, _ = l.Text()
		case "summary":
			r.preview.Summary, _ = l.Text()
		case "source":
			r.preview.Source, _ = l.Text()
		default:
			if r.all {
				r.keepRaw(key, l.Raw())
			} else {
				l.Skip()
			}
		}
	}
}

func (r *nodeReader) keepRaw(key, raw string) {
	r.keep = append(r.keep, ',')
	r.keep = wire.AppendString(r.keep, key)
	r.keep = append(r.keep, ':')
	r.keep = append(r.keep, raw...)
}

func (r *nodeReader) user(l *wire.Lexer, key string) {
	before := l.Mark()
	n, ok := l.Int()
	switch {
	case ok && n != 0 && r.node.User == 0:
		r.node.User = UserID(n)
	case !ok && l.Err() == nil && r.all:
		l.Back(before)
		r.keepRaw(key, l.Raw())
	}
}

func (r *nodeReader) name(l *wire.Lexer) {
	if text, ok := l.Text(); ok && r.node.Nickname == "" {
		r.node.Nickname = text
	}
}

func (r *nodeReader) sender(l *wire.Lexer) {
	if !l.BeginObject() {
		l.Skip()
		return
	}
	for {
		key, ok := l.NextKey()
		if !ok {
			return
		}
		switch key {
		case "user_id", "uin":
			if n, ok := l.Int(); ok && n != 0 && r.node.User == 0 {
				r.node.User = UserID(n)
			}
		case "nickname", "name":
			r.name(l)
		case "card":
			r.card, _ = l.Text()
		default:
			l.Skip()
		}
	}
}

// contents reads a message, or the list of nodes that go-cqhttp gives instead for a forward inside.
func (r *nodeReader) contents(l *wire.Lexer) {
	r.content = true
	if r.depth >= maxNested { // a string too: codes inside codes would be parsed again at every level
		r.keepRaw("content", l.Raw())
		return
	}
	if m := readMessageAt(l, r.depth+1, true); len(m) > 0 {
		r.node.Content = m
	} else if m != nil && r.node.Content == nil {
		r.node.Content = m
	}
}

func (r *nodeReader) finish() Node {
	n := &r.node
	if r.card != "" {
		n.Nickname = r.card
	}
	if n.Nested = nestedOf(n.Content); n.Nested != nil {
		n.Content = nil
		r.preview.Nodes = n.Nested.Nodes
		*n.Nested = r.preview
	} else {
		r.keepPreview()
	}
	n.extra = string(r.keep)
	return *n
}

// keepPreview keeps the texts of a card that is not there.
func (r *nodeReader) keepPreview() {
	if !r.all {
		return
	}
	members := appendPreview(nil, &r.preview)
	if len(members) > 0 {
		r.keep = append(append(r.keep, ','), members[:len(members)-1]...)
	}
}

// nestedOf gives the forward that m consists of, nil where m is something else or its messages are not known.
func nestedOf(m Message) *Forward {
	if len(m) == 1 {
		if f, ok := m[0].(ForwardSegment); ok && len(f.Content) > 0 && f.extra == "" {
			return &Forward{Nodes: f.Content}
		}
	}
	nodes := make([]Node, 0, len(m))
	for _, s := range m {
		n, ok := s.(NodeSegment)
		if !ok {
			return nil
		}
		nodes = append(nodes, n.Node)
	}
	if len(nodes) == 0 {
		return nil
	}
	return &Forward{Nodes: nodes}
}

// readNews reads the lines of preview: objects with a text, or texts.
func readNews(l *wire.Lexer) []string {
	if !l.BeginArray() {
		l.Skip()
		return nil
	}
	var lines []string
	for l.NextElem() {
		if !l.BeginObject() {
			text, _ := l.Text()
			lines = append(lines, text)
			continue
		}
		line := ""
		for {
			key, ok := l.NextKey()
			if !ok {
				break
			}
			if key == "text" {
				line, _ = l.Text()
			} else {
				l.Skip()
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// millis is where numbers stop being seconds: in seconds it is the year 5138.
const millis = 1e11

// nodeTime reads a time stamp in seconds or milliseconds; 0 is no time.
func nodeTime(n int64) time.Time {
	switch {
	case n == 0:
		return time.Time{}
	case n > millis:
		return time.UnixMilli(n)
	default:
		return time.Unix(n, 0)
	}
}

// paramsObject writes the parameters of a CQ code as a JSON object of strings. The value of the key list may be a JSON array.
func paramsObject(params, list string) []byte {
	dst := make([]byte, 1, len(params)+4*strings.Count(params, ",")+1) // ",k=v" becomes "k":"v" with a comma or a brace
	dst[0] = '{'
	for {
		key, value, more, ok := cqcode.NextParam(params)
		if !ok {
			return append(dst, '}')
		}
		if len(dst) > 1 {
			dst = append(dst, ',')
		}
		dst = wire.AppendString(dst, key)
		dst = append(dst, ':')
		if key == list && strings.HasPrefix(value, "[") && validJSON(value) {
			dst = append(dst, value...)
		} else {
			dst = wire.AppendString(dst, value)
		}
		params = more
	}
}
