package onebot

import (
	"context"
	"strconv"
	"strings"

	"github.com/onebot-go/onebot/internal/cqcode"
	"github.com/onebot-go/onebot/internal/wire"
)

// maxNested is how many levels of forwards inside forwards are read into types; what is deeper is kept as it came.
const maxNested = 32

// form says how a segment is written.
type form struct {
	depth int  // how many forwards we are in
	cq    bool // as a CQ code instead of JSON
	// ctx is that of the call whose parameters are written, for reading files; nil where there is none.
	ctx context.Context //nolint:containedctx // a form is an argument: it lives as long as one writing
}

// inside is the form of what stands in a forward.
func (f form) inside() form { return form{depth: f.depth + 1, ctx: f.ctx} }

// rest is part of every typed segment: what it came with beyond its fields.
type rest struct {
	extra string // members as they came, each with a comma in front: `,"key":value`
}

func (r *rest) kept() *string { return &r.extra }

// holds tells whether a member of that name was kept because its value was not understood.
func (r *rest) holds(key string) bool {
	return r.extra != "" && strings.Contains(r.extra, `,"`+key+`":`)
}

// codec goes over the fields of a segment. Each segment lists its fields once, as a chain of the methods below joined by ||;
// the same list reads JSON, reads a CQ code, writes JSON and writes a CQ code. Reading, the chain runs once for each member
// and ends at the field that took it; writing, it runs once to its end. A field that holds its zero value is not written.
type codec struct {
	form
	writing bool

	// Reading.
	key    string
	lex    wire.Lexer // JSON
	params string     // CQ: what is left of the code
	value  string     // CQ: the value that belongs to key
	keep   []byte

	// Writing.
	dst []byte
	err error
}

// next moves to the next member.
func (c *codec) next() bool {
	var ok bool
	if c.cq {
		c.key, c.value, c.params, ok = cqcode.NextParam(c.params)
	} else {
		c.key, ok = c.lex.NextKey()
	}
	return ok
}

// keepMember keeps a member that no field took.
func (c *codec) keepMember() {
	if c.cq {
		c.keepRaw("")
		return
	}
	c.keepRaw(c.lex.Raw())
}

func (c *codec) keepRaw(raw string) {
	c.keep = append(c.keep, ',')
	c.keep = wire.AppendString(c.keep, c.key)
	c.keep = append(c.keep, ':')
	if c.cq {
		c.keep = wire.AppendString(c.keep, c.value)
	} else {
		c.keep = append(c.keep, raw...)
	}
}

// beginSegment starts writing a segment.
func beginSegment(dst []byte, kind string, f form) codec {
	if f.cq {
		dst = append(dst, "[CQ:"...)
		dst = append(dst, kind...)
	} else {
		dst = append(dst, `{"type":"`...)
		dst = append(dst, kind...)
		dst = append(dst, `","data":{`...)
	}
	return codec{form: f, writing: true, dst: dst}
}

// end finishes a segment with the members that were kept.
func (c *codec) end(extra string) ([]byte, error) {
	if c.err != nil {
		return c.dst, c.err
	}
	if c.cq {
		return append(appendParams(c.dst, extra), ']'), nil
	}
	return closeData(c.dst, extra), nil
}

// appendSingle writes a segment with one member, as nearly all are that are sent, without a codec. before is everything up to its value.
func appendSingle(dst []byte, before, value string) []byte {
	dst = append(dst, before...)
	dst = wire.AppendStringBody(dst, value)
	return append(dst, `"}}`...)
}

// closeData writes the kept members and both brackets. Every member before ends with a comma.
func closeData(dst []byte, extra string) []byte {
	comma := dst[len(dst)-1] == ','
	if comma {
		dst = dst[:len(dst)-1]
	}
	if extra != "" {
		if !comma {
			extra = extra[1:]
		}
		dst = append(dst, extra...)
	}
	return append(dst, "}}"...)
}

// appendParams writes kept members as parameters: strings as their text, everything else as JSON.
func appendParams(dst []byte, extra string) []byte {
	if extra == "" {
		return dst
	}
	return appendObjectParams(dst, "{"+extra[1:]+"}")
}

func appendObjectParams(dst []byte, object string) []byte {
	l := wire.NewLexer(object)
	if !l.BeginObject() {
		return dst
	}
	for {
		key, ok := l.NextKey()
		if !ok {
			return dst
		}
		var value string
		if k := l.Peek(); k == wire.Object || k == wire.Array {
			value = l.Raw()
		} else {
			value, _ = l.Text()
		}
		if key != "" && value != "" {
			dst = append(dst, ',')
			dst = cqcode.AppendKey(dst, key)
			dst = append(dst, '=')
			dst = cqcode.AppendParam(dst, value)
		}
	}
}

// open writes the key of a member, up to its value.
func (c *codec) open(key string) {
	if c.cq {
		c.dst = append(c.dst, ',')
		c.dst = append(c.dst, key...)
		c.dst = append(c.dst, '=')
		return
	}
	c.dst = append(c.dst, '"')
	c.dst = append(c.dst, key...)
	c.dst = append(c.dst, '"', ':')
}

// put writes a member with a textual value.
func (c *codec) put(key, value string) {
	c.open(key)
	if c.cq {
		c.dst = cqcode.AppendParam(c.dst, value)
		return
	}
	c.dst = append(c.dst, '"')
	c.dst = wire.AppendStringBody(c.dst, value)
	c.dst = append(c.dst, '"', ',')
}

// putInt writes a member with a number, as a string where the documents say so.
func (c *codec) putInt(key string, n int64, quoted bool) {
	c.open(key)
	switch {
	case c.cq:
		c.dst = strconv.AppendInt(c.dst, n, 10)
		return
	case quoted || n > maxExact || n < -maxExact:
		c.dst = wire.AppendIntString(c.dst, n)
	default:
		c.dst = wire.AppendInt(c.dst, n)
	}
	c.dst = append(c.dst, ',')
}
