package onebot

import (
	"strings"
)

// emptyMessage stands for a message without anything that a forward could hold. QQ shows it to Chinese readers.
const emptyMessage = "[空消息]"

// Node makes a message part of a forward: its author, display name, time and content, fit for every server. Quotes are left out,
// what cannot be put into a forward (a poke, a red packet, a file of the chat) becomes its name in brackets, and a message in which
// nothing is left says so: it does not spoil the forward. A forward that came along with its messages has the same done to them.
func (m *MessageEvent) Node() Node {
	n := Node{User: m.Sender.UserID, Nickname: m.Sender.DisplayName(), Time: m.Time}
	if n.User <= 0 {
		n.User = max(m.SelfID, 1) // every server wants an author
	}
	if s := soleForward(m.Message); s != nil && len(s.Content) > 0 {
		n.Nested = (&Forward{Nodes: s.Content}).rewritten(sendableParts)
		if n.Nested.Validate() == nil {
			return n
		}
		n.Nested = nil
	}
	n.Content = sendableParts(m.Message)
	return n
}

// sendableParts gives what of a message can stand in a forward, and a text that says so where nothing can.
func sendableParts(m Message) Message {
	var out Message
	for _, s := range m {
		if s = forwardable(s); s != nil {
			out = append(out, s)
		}
	}
	return filled(out)
}

// forwardable gives the segment that stands for s in a forward, nil for none.
func forwardable(s Segment) Segment {
	switch s := direct(s).(type) {
	case TextSegment:
		if s.Text == "" {
			return nil
		}
		return s
	case AtSegment, FaceSegment, ImageSegment, MFaceSegment, RecordSegment, VideoSegment, JSONSegment:
		return s
	case MarkdownSegment: // dropped by LLBot, and go-cqhttp prints the code (dialects 4)
		return forwardable(Text(s.Content))
	case ForwardSegment:
		if s.ID == "" {
			return Text("[forward]")
		}
		return ForwardRef(s.ID)
	case ReplySegment:
		return nil
	default:
		if s == nil {
			return nil
		}
		return Text(Message{s}.String())
	}
}

// PlainText is the text of the whole tree, a line for each message: its text segments joined.
func (f *Forward) PlainText() string {
	var b strings.Builder
	f.write(&b, 0, false)
	return b.String()
}

// String shows the tree for a log, a line for each message, inner forwards indented by two spaces.
func (f *Forward) String() string {
	var b strings.Builder
	f.write(&b, 0, true)
	return b.String()
}

func (f *Forward) write(b *strings.Builder, depth int, full bool) {
	if f == nil || depth > maxLevels {
		return
	}
	for i := range f.Nodes {
		n := &f.Nodes[i]
		if full || n.Nested == nil {
			f.line(b, n, depth, full)
		}
		n.Nested.write(b, depth+1, full)
	}
}

func (f *Forward) line(b *strings.Builder, n *Node, depth int, full bool) {
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	if !full {
		b.WriteString(n.Content.PlainText())
		return
	}
	b.WriteString(strings.Repeat("  ", depth))
	switch {
	case n.Ref != "":
		b.WriteString("[message " + string(n.Ref) + "]")
		return
	case n.Nickname != "":
		b.WriteString(oneLine(n.Nickname))
	default:
		b.WriteString(Sender{UserID: n.User}.DisplayName())
	}
	b.WriteByte(':')
	if n.Nested != nil {
		b.WriteString(" [forward]")
		return
	}
	b.WriteString(" " + n.Content.String())
}
