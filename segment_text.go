package onebot

import (
	"fmt"

	"github.com/onebot-go/onebot/internal/cqcode"
	"github.com/onebot-go/onebot/internal/wire"
)

// TextSegment is plain text. It is sent as it is on every server: nothing in it is taken for a CQ code.
type TextSegment struct {
	Text string
	rest
}

// Text makes a segment of plain text.
func Text(text string) TextSegment { return TextSegment{Text: text} }

// Textf makes a segment of plain text as fmt.Sprintf does.
func Textf(format string, args ...any) TextSegment {
	return TextSegment{Text: fmt.Sprintf(format, args...)}
}

// Type is "text".
func (TextSegment) Type() string { return "text" }

// MarshalJSON writes the segment as it is sent.
func (s TextSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *TextSegment) fields(c *codec) bool { return c.text("text", &s.Text) }

func (s TextSegment) appendTo(dst []byte, f form) ([]byte, error) {
	if f.cq {
		return cqcode.AppendText(dst, s.Text), nil
	}
	if s.Text == "" && s.holds("text") {
		c := beginSegment(dst, "text", f)
		return c.end(s.extra)
	}
	// The most frequent segment of all: everything that does not change in one piece.
	dst = append(dst, `{"type":"text","data":{"text":"`...)
	dst = wire.AppendStringBody(dst, s.Text)
	if s.extra == "" {
		return append(dst, `"}}`...), nil
	}
	return closeData(append(dst, '"', ','), s.extra), nil
}
