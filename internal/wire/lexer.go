package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"unsafe"
)

// MaxDepth is how deep arrays and objects may be nested, the limit of encoding/json.
const MaxDepth = 10000

// ErrSyntax is what every error of a Lexer matches.
var ErrSyntax = errors.New("invalid JSON")

// Kind is what a value is, told by its first byte.
type Kind uint8

// The kinds of values; None stands for the end of the text and for a byte that begins no value.
const (
	None Kind = iota
	Object
	Array
	String
	Number
	Bool
	Null
)

// Lexer reads one JSON text from front to back.
//
// Every reading method moves past exactly one value, key or bracket. After the first error all of them do nothing and
// report the end, so a decoder checks Err once. The text is never changed; strings without escapes are substrings of it.
type Lexer struct {
	src   string
	b     []byte // the same bytes, for the word-wise loops
	pos   int
	depth int
	first bool // the next key or element follows its bracket, not a comma
	err   error
}

// NewLexer reads src.
func NewLexer(src string) Lexer {
	var l Lexer
	l.Reset(src)
	return l
}

// BytesLexer reads src, which must not change while strings taken from it are in use.
func BytesLexer(src []byte) Lexer {
	return Lexer{src: unsafe.String(unsafe.SliceData(src), len(src)), b: src}
}

// Reset makes l read src from its start.
func (l *Lexer) Reset(src string) {
	l.src, l.b = src, unsafe.Slice(unsafe.StringData(src), len(src))
	l.pos, l.depth, l.first, l.err = 0, 0, false, nil
}

// Take makes l go on where other stands. It copies field by field: a processor that has just written one of them waits before it can
// read several at once, which is what the copy of a struct does.
func (l *Lexer) Take(other *Lexer) {
	l.src, l.b = other.src, other.b
	l.pos, l.depth, l.first, l.err = other.pos, other.depth, other.first, other.err
}

// Mark is a place to come back to.
type Mark struct {
	pos, depth int
	first      bool
}

// Mark gives the present place. A copy of the Lexer would do the same at several times the cost.
func (l *Lexer) Mark() Mark { return Mark{l.pos, l.depth, l.first} }

// Back moves back to m, which forgets an error.
func (l *Lexer) Back(m Mark) { l.pos, l.depth, l.first, l.err = m.pos, m.depth, m.first, nil }

// Err gives the first error, which matches ErrSyntax.
func (l *Lexer) Err() error { return l.err }

// Pos is the offset of the next unread byte.
func (l *Lexer) Pos() int { return l.pos }

func (l *Lexer) fail(what string) {
	if l.err == nil {
		l.err = fmt.Errorf("%w: %s at byte %d", ErrSyntax, what, l.pos)
		l.pos = len(l.b)
	}
}

// space moves to the next byte that means something. Servers write no white space, so that is nearly always this one.
func (l *Lexer) space() {
	if l.pos < len(l.b) && l.b[l.pos] > ' ' {
		return
	}
	l.skipSpace()
}

func (l *Lexer) skipSpace() {
	for l.pos < len(l.b) {
		switch l.b[l.pos] {
		case ' ', '\t', '\n', '\r':
			l.pos++
		default:
			return
		}
	}
}

// Peek tells what comes next without moving past it.
func (l *Lexer) Peek() Kind {
	l.space()
	if l.pos >= len(l.b) {
		return None
	}
	return kindOf[l.b[l.pos]]
}

//nolint:gochecknoglobals // a lookup table, never written
var kindOf = [256]Kind{
	'{': Object, '[': Array, '"': String, 't': Bool, 'f': Bool, 'n': Null,
	'-': Number, '0': Number, '1': Number, '2': Number, '3': Number, '4': Number,
	'5': Number, '6': Number, '7': Number, '8': Number, '9': Number,
}

func (l *Lexer) open(c byte) bool {
	l.space()
	if l.pos >= len(l.b) || l.b[l.pos] != c {
		return false
	}
	if l.depth++; l.depth > MaxDepth {
		l.fail("nested too deep")
		return false
	}
	l.pos++
	l.first = true
	return true
}

// BeginObject moves into an object. It reports false, without moving, where something else comes next.
func (l *Lexer) BeginObject() bool { return l.open('{') }

// BeginArray moves into an array. It reports false, without moving, where something else comes next.
func (l *Lexer) BeginArray() bool { return l.open('[') }

// more moves to the next member of the innermost bracket, or past its end.
func (l *Lexer) more(end byte) bool {
	l.space()
	if l.pos >= len(l.b) {
		l.fail("unexpected end")
		return false
	}
	c := l.b[l.pos]
	if c == end {
		l.pos++
		l.depth--
		l.first = false
		return false
	}
	if l.first {
		l.first = false
		return true
	}
	if c != ',' {
		l.fail("no comma")
		return false
	}
	l.pos++
	return true
}

// NextKey gives the key of the next member and moves to its value. At the end of the object it moves past it and
// reports false.
func (l *Lexer) NextKey() (string, bool) {
	if key, ok := l.plainKey(); ok {
		return key, true
	}
	if !l.more('}') {
		return "", false
	}
	l.space()
	if l.pos >= len(l.b) || l.b[l.pos] != '"' {
		l.fail("no key")
		return "", false
	}
	key := l.str()
	l.space()
	if l.pos >= len(l.b) || l.b[l.pos] != ':' {
		l.fail("no colon")
		return "", false
	}
	l.pos++
	return key, l.err == nil
}

// plainKey reads `,"key":` without white space, escapes and bytes above ASCII, as nearly every key stands; it moves only where it
// succeeds.
func (l *Lexer) plainKey() (string, bool) {
	b, start := l.b, l.pos
	if !l.first {
		if start >= len(b) || b[start] != ',' {
			return "", false
		}
		start++
	}
	if start >= len(b) || b[start] != '"' {
		return "", false
	}
	start++
	for i := start; i+9 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		m := stops(w) | w&highs
		if m == 0 {
			continue
		}
		i += bits.TrailingZeros64(m) >> 3
		if b[i] != '"' || b[i+1] != ':' {
			return "", false
		}
		l.first, l.pos = false, i+2
		return l.src[start:i], true
	}
	return "", false
}

// Accept moves past text where just that comes next: a key with its comma and colon, where the order of a server's keys is known. Text with
// brackets has to be followed by others that close them, or by Back.
func (l *Lexer) Accept(text string) bool {
	if !strings.HasPrefix(l.src[l.pos:], text) {
		return false
	}
	l.pos += len(text)
	l.first = false
	return true
}

// NextElem moves to the next element. At the end of the array it moves past it and reports false.
func (l *Lexer) NextElem() bool {
	if !l.more(']') {
		return false
	}
	if l.Peek() == None {
		l.fail("no value")
		return false
	}
	return true
}

// End checks that nothing but white space is left.
func (l *Lexer) End() error {
	l.space()
	if l.err == nil && l.pos < len(l.b) {
		l.fail("text after the value")
	}
	return l.err
}

// Raw moves past one value and gives its bytes as they stand. On an error it gives "".
func (l *Lexer) Raw() string {
	l.space()
	start := l.pos
	l.Skip()
	if l.err != nil {
		return ""
	}
	return l.src[start:l.pos]
}

// Skim moves past one value and gives its bytes as they stand, having looked at no more than where it ends: whoever reads them
// has to check them. On an error it gives "".
func (l *Lexer) Skim() string {
	l.space()
	start := l.pos
	end := skimValue(l.b, start)
	if end < 0 {
		l.fail("no value")
		return ""
	}
	l.pos = end
	return l.src[start:end]
}

// Since gives the text from start, a position that was read before, up to the present one.
func (l *Lexer) Since(start int) string { return l.src[start:l.pos] }
