package onebot

import (
	"slices"
	"strings"

	"github.com/onebot-go/onebot/internal/cqcode"
)

// ParseCQ reads the string form of a message. It never fails: what is not a complete, well-formed code is text, and nothing is
// lost. It takes time in proportion to the length of s.
//
// Prefer the array form of a message where there is one: the CQ strings of NapCat and Lagrange leave things out.
func ParseCQ(s string) Message { return parseCQ(s, 0) }

func parseCQ(text string, depth int) Message {
	if text == "" {
		return nil
	}
	m := make(Message, 0, cqRoom(text))
	scan := cqcode.NewScanner(text)
	for {
		s := nextCode(&scan, depth)
		if s == nil {
			return m
		}
		if len(m) == cap(m) {
			m = slices.Grow(m, cqMore(len(m), scan.Offset(), len(text)))
		}
		m = append(m, s)
	}
}

// cqRoom is for how many segments there is room from the start: each code may have text in front, and the last one behind. At most
// it is 65, as a text of nothing but beginnings must not cost more.
func cqRoom(s string) int {
	room := 1
	for room < 64 {
		_, rest, ok := strings.Cut(s, "[CQ:")
		if !ok {
			break
		}
		s = rest
		room += 2
	}
	return room
}

// cqMore is for how many more segments to make room where n came of the first read bytes: as many as the rest holds if it is like
// these, but no more than seven times n, as it may be one long text.
func cqMore(n, read, all int) int {
	like := int64(n) * int64(all-read) / int64(read) // an int may be too small for the product
	return int(min(like+1, 7*int64(n)))
}

// nextCode gives the next segment, nil at the end.
func nextCode(scan *cqcode.Scanner, depth int) Segment {
	tok, ok := scan.Next()
	switch {
	case !ok:
		return nil
	case tok.Kind == "":
		return TextSegment{Text: cqcode.UnescapeText(tok.Body)}
	default:
		return codeSegment(cqcode.UnescapeParam(tok.Kind), tok.Body, depth)
	}
}

func codeSegment(kind, params string, depth int) Segment {
	if common(kind) || rare(kind) { // else no codec is made for nothing
		c := codec{form: form{cq: true, depth: depth}, params: params}
		if s := readKind(kind, &c); s != nil {
			return s
		}
	}
	if params == "" {
		return UnknownSegment{Kind: kind}
	}
	return UnknownSegment{Kind: kind, Data: paramsObject(params, "")}
}

// FormatCQ writes the string form of m. A text is escaped, so nothing in it is taken for a code; parameters come in a fixed
// order. Nil segments and segments that cannot be sent are left out. The string form carries less than the array form: JSON
// values of unknown fields become text, and a media source that would have to be opened (FilePath, FileOpen) is not written.
func FormatCQ(m Message) string {
	return string(appendCQ(make([]byte, 0, 32*len(m)), m))
}

func appendCQ(dst []byte, m Message) []byte {
	for _, s := range m {
		start := len(dst)
		var err error
		if dst, err = appendSegment(dst, s, form{cq: true}); err != nil {
			dst = dst[:start]
		}
	}
	return dst
}
