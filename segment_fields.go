package onebot

import (
	"encoding/json"
	"strings"

	"github.com/onebot-go/onebot/internal/cqcode"
	"github.com/onebot-go/onebot/internal/wire"
)

// text is a field with a string.
func (c *codec) text(key string, p *string) bool {
	if !c.writing && c.key != key {
		return false
	}
	return c.textField(key, p)
}

func (c *codec) textField(key string, p *string) bool {
	if c.writing {
		if *p != "" {
			c.put(key, *p)
		}
		return false
	}
	if s, ok := c.readText(); ok {
		*p = s
	}
	return true
}

// readText reads the value of the member; a value that is no text is kept.
func (c *codec) readText() (string, bool) {
	if c.cq {
		return c.value, true
	}
	if k := c.lex.Peek(); k == wire.Object || k == wire.Array {
		c.keepRaw(c.lex.Raw())
		return "", false
	}
	return c.lex.Text()
}

// texts is a field with two spellings. Both are written; of two that were read the first that is not empty counts.
func (c *codec) texts(key, other string, p *string) bool {
	if c.writing {
		if *p != "" {
			c.put(key, *p)
			c.put(other, *p)
		}
		return false
	}
	if c.key != key && c.key != other {
		return false
	}
	if s, ok := c.readText(); ok && *p == "" {
		*p = s
	}
	return true
}

// readInt reads the value of the member; a value that is no integer is kept.
func (c *codec) readInt() int64 {
	if c.cq {
		n, ok := wire.ParseInt(c.value)
		if !ok && c.value != "" {
			c.keepRaw("")
			return 0
		}
		return n
	}
	before := c.lex.Mark()
	n, ok := c.lex.Int()
	if !ok && c.lex.Err() == nil {
		c.lex.Back(before)
		c.keepRaw(c.lex.Raw())
		return 0
	}
	return n
}

// num is a field with an integer that goes out as a number.
func (c *codec) num(key string, p *int64) bool { return c.integer(key, p, false) }

// size is a field with an integer that goes out as a string.
func (c *codec) size(key string, p *int64) bool { return c.integer(key, p, true) }

func (c *codec) integer(key string, p *int64, quoted bool) bool {
	if c.writing {
		if *p != 0 {
			c.putInt(key, *p, quoted)
		}
		return false
	}
	if c.key != key {
		return false
	}
	*p = c.readInt()
	return true
}

// flag is a field that is true or absent; it goes out as on, in JSON a literal or a string with its quotes.
func (c *codec) flag(key, on string, p *bool) bool {
	if c.writing {
		if *p {
			c.open(key)
			if c.cq {
				on = strings.Trim(on, `"`)
			}
			c.dst = append(c.dst, on...)
			if !c.cq {
				c.dst = append(c.dst, ',')
			}
		}
		return false
	}
	if c.key != key {
		return false
	}
	if c.cq {
		l := wire.NewLexer(string(wire.AppendString(nil, c.value)))
		on, ok := l.Bool()
		if !ok {
			c.keepRaw("")
		}
		*p = on
		return true
	}
	before := c.lex.Mark()
	value, ok := c.lex.Bool()
	if !ok && c.lex.Err() == nil {
		c.lex.Back(before)
		c.keepRaw(c.lex.Raw())
	}
	*p = value
	return true
}

// raw is a field with any JSON value.
func (c *codec) raw(key string, p *json.RawMessage) bool {
	if c.writing {
		switch {
		case len(*p) == 0:
		case !validJSON(string(*p)):
			c.err = errInvalidJSON(key)
		default:
			c.open(key)
			if c.cq {
				c.dst = cqcode.AppendParam(c.dst, string(*p))
			} else {
				c.dst = append(c.dst, *p...)
				c.dst = append(c.dst, ',')
			}
		}
		return false
	}
	if c.key != key {
		return false
	}
	if !c.cq {
		if c.lex.Peek() == wire.Null {
			c.lex.Skip()
			return true
		}
		*p = json.RawMessage(c.lex.Raw())
		return true
	}
	if !validJSON(c.value) {
		c.keepRaw("")
		return true
	}
	*p = json.RawMessage(c.value)
	return true
}

// file is the field with the content of a media segment: its source where it has one, else what was received.
func (c *codec) file(p *string, source *FileSource) bool {
	if !c.writing || source.kind == noFile {
		return c.text("file", p)
	}
	var err error
	switch {
	case !c.cq:
		c.dst = append(c.dst, `"file":"`...)
		c.dst, err = source.appendJSON(c.ctx, c.dst)
		c.dst = append(c.dst, '"', ',')
	case source.inText():
		c.open("file")
		c.dst, err = source.appendCQ(c.dst)
	}
	if err != nil {
		c.err = err
	}
	return false
}

func validJSON(s string) bool {
	l := wire.NewLexer(s)
	l.Skip()
	return l.End() == nil
}

// keepText keeps the member as a string.
func (c *codec) keepText(text string) { c.keepRaw(string(wire.AppendString(nil, text))) }
