package onebot

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/onebot-go/onebot/internal/wire"
)

// Message is what is said: segments in order. A nil Message is empty, which no server accepts.
type Message []Segment

// UnmarshalJSON reads an array of segments, one segment, a string with CQ codes, or null. Valid JSON never fails: elements that are no
// segments become text or UnknownSegment.
func (m *Message) UnmarshalJSON(data []byte) error {
	l := wire.NewLexer(string(data))
	got := readMessage(&l)
	if err := l.End(); err != nil {
		return fmt.Errorf("onebot: message: %w", err)
	}
	*m = got
	return nil
}

// MarshalJSON writes the array of segments as it is sent, [] for an empty one. It reads the files of media sources. Errors
// match ErrInvalidArgument.
func (m Message) MarshalJSON() ([]byte, error) {
	b, err := appendMessageAt(nil, m, form{})
	if err != nil {
		return nil, fmt.Errorf("onebot: %w", err)
	}
	return b, nil
}

// PlainText gives the text segments, joined.
func (m Message) PlainText() string {
	if len(m) == 1 {
		if t, ok := m[0].(TextSegment); ok {
			return t.Text
		}
	}
	var b strings.Builder
	for t := range Segments[TextSegment](m) {
		b.WriteString(t.Text)
	}
	return b.String()
}

// String gives one line for logs: the text, a mention as "@10001" or "@all", everything else as its kind in brackets.
func (m Message) String() string {
	parts := make([]string, 0, len(m))
	for _, s := range m {
		var part string
		switch s := direct(s).(type) {
		case nil:
			part = "[nil]"
		case TextSegment:
			part = oneLine(s.Text)
		case AtSegment:
			part = "@" + strconv.FormatInt(int64(s.User), 10)
			if s.All {
				part = "@all"
			}
		default:
			part = "[" + oneLine(s.Type()) + "]"
		}
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}

// empty tells whether there is nothing but text segments without text.
func (m Message) empty() bool {
	for _, s := range m {
		t, ok := s.(TextSegment)
		if !ok {
			t, ok = direct(s).(TextSegment)
		}
		if !ok || t != (TextSegment{}) {
			return false
		}
	}
	return true
}

// hasNode tells whether a message of a forward stands among the segments.
func (m Message) hasNode() bool {
	for _, s := range m {
		if !usual(s) && !isNil(s) && s.Type() == "node" {
			return true
		}
	}
	return false
}

// readMessage reads one value: an array of segments, one segment, a string with CQ codes; null gives nil. Strings of the
// result are substrings of what l reads.
func readMessage(l *wire.Lexer) Message { return readMessageAt(l, 0, false) }

func readMessageAt(l *wire.Lexer, depth int, nodes bool) Message {
	switch l.Peek() {
	case wire.Null:
		l.Skip()
		return nil
	case wire.Array:
	case wire.Object:
		if s := readElement(l, depth, nodes); s != nil {
			return Message{s}
		}
		return nil
	default: // go-cqhttp takes a number for text, too
		text, _ := l.Text()
		return parseCQ(text, depth)
	}
	l.BeginArray()
	m := make(Message, 0, 4)
	for l.NextElem() {
		if s := readElement(l, depth, nodes); s != nil {
			m = append(m, s)
		}
	}
	return m
}

// appendMessage appends the array form. It opens file sources, and reads them as long as ctx lets it; other errors than that of
// ctx match ErrInvalidArgument. They name the segment. After an error dst must not be used.
func appendMessage(ctx context.Context, dst []byte, m Message) ([]byte, error) {
	return appendMessageAt(dst, m, form{ctx: ctx})
}

func appendMessageAt(dst []byte, m Message, f form) ([]byte, error) {
	dst = append(dst, '[')
	for i, s := range m {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendSegment(dst, s, f); err != nil {
			kind := ""
			if !isNil(s) {
				kind = " (" + s.Type() + ")"
			}
			return dst, fmt.Errorf("message[%d]%s: %w", i, kind, err)
		}
	}
	return append(dst, ']'), nil
}
