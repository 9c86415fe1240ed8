package onebot

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/onebot-go/onebot/internal/wire"
)

// maxWritten is how deep forwards may be nested when written: deeper than what is ever read, so that everything received can be
// written.
const maxWritten = 4 * maxNested

// Forward is a merged forward: messages shown behind one card. The texts of the card are optional; NapCat alone shows them, the
// others make their own.
type Forward struct {
	// Nodes are the messages, in order.
	Nodes []Node
	// News are the lines of preview on the card, Prompt is the text of notifications, Summary the line at the bottom of the
	// card, Source its title.
	News                    []string
	Prompt, Summary, Source string
}

// NewForward makes a forward of these messages.
func NewForward(nodes ...Node) *Forward { return &Forward{Nodes: nodes} }

// WithNews sets the lines of preview and gives f back.
func (f *Forward) WithNews(lines ...string) *Forward {
	f.News = lines
	return f
}

// WithPrompt sets the text of notifications and gives f back.
func (f *Forward) WithPrompt(text string) *Forward {
	f.Prompt = text
	return f
}

// WithSummary sets the line at the bottom of the card and gives f back.
func (f *Forward) WithSummary(text string) *Forward {
	f.Summary = text
	return f
}

// WithSource sets the title of the card and gives f back.
func (f *Forward) WithSource(text string) *Forward {
	f.Source = text
	return f
}

// Node is one message of a forward: a custom one (Content), one that exists (Ref), or a forward in its turn (Nested). Where
// several of them are set Nested counts before Content, and Content before Ref.
type Node struct {
	// User and Nickname are shown as the author. An empty Nickname is sent as the number.
	User     UserID
	Nickname string
	// Time is shown as the time of the message, to the second; zero leaves it to the server, and Lagrange does not look at it.
	Time time.Time
	// Content is the message.
	Content Message
	// Ref is the id of an existing message that stands here as it is.
	Ref MessageID
	// Nested is a forward inside the forward.
	Nested *Forward

	extra string // members of a node segment that are not understood, as in rest
}

// CustomNode makes a message of a forward that need never have been sent.
func CustomNode(user UserID, nickname string, content ...Segment) Node {
	return Node{User: user, Nickname: nickname, Content: content}
}

// RefNode makes an existing message part of a forward.
func RefNode(id MessageID) Node { return Node{Ref: id} }

// NestedNode makes a forward part of a forward.
func NestedNode(user UserID, nickname string, f *Forward) Node {
	return Node{User: user, Nickname: nickname, Nested: f}
}

// MarshalJSON writes the node segment that every server accepts. It reads the files of media inside.
func (n Node) MarshalJSON() ([]byte, error) {
	b, err := appendNode(nil, &n, form{})
	if err != nil {
		return nil, fmt.Errorf("onebot: node: %w", err)
	}
	return b, nil
}

// UnmarshalJSON reads a node segment, or one message of a get_forward_msg answer in the shape of any server.
func (n *Node) UnmarshalJSON(data []byte) error {
	l := wire.NewLexer(string(data))
	nodes := readNodesAt(&l, 0)
	if err := l.End(); err != nil {
		return fmt.Errorf("onebot: node: %w", err)
	}
	*n = Node{}
	if len(nodes) > 0 {
		*n = nodes[0]
	}
	return nil
}

// appendNodes appends the array of nodes that every server accepts. A place in the error is an index in nodes.
func appendNodes(ctx context.Context, dst []byte, nodes []Node) ([]byte, error) {
	return appendNodesAt(dst, nodes, form{ctx: ctx})
}

func appendNodesAt(dst []byte, nodes []Node, f form) ([]byte, error) {
	dst = append(dst, '[')
	for i := range nodes {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendNode(dst, &nodes[i], f); err != nil {
			return dst, fmt.Errorf("nodes[%d]: %w", i, err)
		}
	}
	return append(dst, ']'), nil
}

// appendNode writes author and name in both spellings: each server reads one of them and ignores the other.
func appendNode(dst []byte, n *Node, f form) ([]byte, error) {
	// A forward that contains itself would have no end.
	if f.depth > maxWritten {
		return dst, fmt.Errorf("forwards nested more than %d deep: %w", maxWritten, ErrInvalidArgument)
	}
	dst = append(dst, `{"type":"node","data":{`...)
	if n.Ref != "" && n.Content == nil && n.Nested == nil {
		dst = append(dst, `"id":`...)
		dst = wire.AppendString(dst, string(n.Ref))
		return closeData(append(dst, ','), n.extra), nil
	}
	if n.User != 0 {
		dst = append(dst, `"user_id":`...)
		dst = wire.AppendIntString(dst, int64(n.User))
		dst = append(dst, `,"uin":`...)
		dst = wire.AppendIntString(dst, int64(n.User))
		dst = append(dst, ',')
	}
	dst = appendNodeName(dst, n)
	if !n.Time.IsZero() {
		dst = append(dst, `"time":`...)
		dst = wire.AppendInt(dst, n.Time.Unix())
		dst = append(dst, ',')
	}
	kept := rest{extra: n.extra}
	if kept.holds("content") && n.Content == nil && n.Nested == nil {
		return closeData(dst, n.extra), nil
	}
	dst = append(dst, `"content":`...)
	var err error
	if n.Nested != nil {
		dst, err = appendNodesAt(dst, n.Nested.Nodes, f.inside())
		dst = appendPreview(append(dst, ','), n.Nested)
	} else {
		dst, err = appendMessageAt(dst, n.Content, f.inside())
		dst = append(dst, ',')
	}
	if err != nil {
		return dst, err
	}
	return closeData(dst, n.extra), nil
}

func appendNodeName(dst []byte, n *Node) []byte {
	if n.Nickname == "" && n.User == 0 {
		return dst
	}
	for _, key := range [...]string{`"nickname":"`, `"name":"`} {
		dst = append(dst, key...)
		if n.Nickname == "" { // go-cqhttp skips a node without a name
			dst = strconv.AppendInt(dst, int64(n.User), 10)
		} else {
			dst = wire.AppendStringBody(dst, n.Nickname)
		}
		dst = append(dst, `",`...)
	}
	return dst
}

// appendPreview appends the texts of the card that are set as members, each with a comma behind it.
func appendPreview(dst []byte, f *Forward) []byte {
	if len(f.News) > 0 {
		dst = append(dst, `"news":[`...)
		for i, line := range f.News {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, `{"text":`...)
			dst = wire.AppendString(dst, line)
			dst = append(dst, '}')
		}
		dst = append(dst, `],`...)
	}
	for _, m := range [...]struct{ key, text string }{
		{`"prompt":`, f.Prompt}, {`"summary":`, f.Summary}, {`"source":`, f.Source},
	} {
		if m.text != "" {
			dst = append(dst, m.key...)
			dst = wire.AppendString(dst, m.text)
			dst = append(dst, ',')
		}
	}
	return dst
}
