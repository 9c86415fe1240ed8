package onebot

import (
	"strings"

	"github.com/onebot-go/onebot/internal/cqcode"
	"github.com/onebot-go/onebot/internal/wire"
)

// ForwardSegment is a merged forward: a card that opens a list of messages.
type ForwardSegment struct {
	// ID is what GetForwardMsg asks for. Sent, it refers to a forward that was uploaded before: a long text without further meaning. NapCat gives in
	// events an id of its own, a 64-bit number as text, which can be read but not sent.
	ID string
	// Content are the messages inside where the server gives them at once (NapCat, by setting); nil where they have to be fetched.
	Content []Node
	rest
}

// ForwardRef refers to a forward by its id.
func ForwardRef(id string) ForwardSegment { return ForwardSegment{ID: id} }

// Type is "forward".
func (ForwardSegment) Type() string { return "forward" }

// MarshalJSON writes the segment as it is sent.
func (s ForwardSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *ForwardSegment) fields(c *codec) bool {
	return c.text("id", &s.ID) || s.content(c)
}

func (s *ForwardSegment) content(c *codec) bool {
	switch {
	case c.writing:
		if len(s.Content) > 0 {
			c.putNodes("content", s.Content)
		}
		return false
	case c.key != "content":
		return false
	case c.cq:
		l := wire.NewLexer(c.value)
		if c.depth >= maxNested || !strings.HasPrefix(c.value, "[") || !validJSON(c.value) {
			c.keepRaw("")
			return true
		}
		s.Content = readNodesAt(&l, c.depth+1)
		return true
	}
	if k := c.lex.Peek(); c.depth >= maxNested || k != wire.Array && k != wire.Object && k != wire.Null {
		c.keepRaw(c.lex.Raw())
		return true
	}
	s.Content = readNodesAt(&c.lex, c.depth+1)
	return true
}

// putNodes writes a member with a list of nodes.
func (c *codec) putNodes(key string, nodes []Node) {
	c.open(key)
	inner := c.inside()
	var err error
	if c.cq {
		var list []byte
		list, err = appendNodesAt(nil, nodes, inner)
		c.dst = cqcode.AppendParam(c.dst, string(list))
	} else {
		c.dst, err = appendNodesAt(c.dst, nodes, inner)
		c.dst = append(c.dst, ',')
	}
	if err != nil {
		c.err = err
	}
}

func (s *ForwardSegment) check() error {
	if s.ID == "" && len(s.Content) == 0 && s.extra == "" {
		return errMissing("forward id")
	}
	return nil
}

func (s ForwardSegment) appendTo(dst []byte, f form) ([]byte, error) {
	if err := s.check(); err != nil {
		return dst, err
	}
	c := beginSegment(dst, "forward", f)
	s.fields(&c)
	return c.end(s.extra)
}

// NodeSegment is one message of a forward, standing as a segment in a message. Messages made of nodes are what the forward actions take; a plain
// send refuses them, use SendForwardMsg.
type NodeSegment struct {
	Node Node
}

// Type is "node".
func (NodeSegment) Type() string { return "node" }

// MarshalJSON writes the segment as it is sent.
func (s NodeSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s NodeSegment) appendTo(dst []byte, f form) ([]byte, error) {
	if !f.cq {
		return appendNode(dst, &s.Node, f)
	}
	const head, tail = `{"type":"node","data":`, `}`
	b, err := appendNode(nil, &s.Node, form{depth: f.depth})
	if err != nil {
		return dst, err
	}
	dst = append(dst, "[CQ:node"...)
	dst = appendObjectParams(dst, string(b[len(head):len(b)-len(tail)]))
	return append(dst, ']'), nil
}

// LongMsgSegment refers to an uploaded long message; only sent (Lagrange).
type LongMsgSegment struct {
	ID string
	rest
}

// LongMsg refers to an uploaded long message (Lagrange).
func LongMsg(id string) LongMsgSegment { return LongMsgSegment{ID: id} }

// Type is "longmsg".
func (LongMsgSegment) Type() string { return "longmsg" }

// MarshalJSON writes the segment as it is sent.
func (s LongMsgSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *LongMsgSegment) fields(c *codec) bool { return c.text("id", &s.ID) }

func (s LongMsgSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "longmsg", f)
	s.fields(&c)
	return c.end(s.extra)
}
