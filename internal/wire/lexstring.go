package wire

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// marks sets the high bit of each byte of w that is c. A borrow can mark a byte above a marked one in vain; the lowest mark is always
// right.
func marks(w uint64, c byte) uint64 {
	w ^= ones * uint64(c)
	return (w - ones) &^ w & highs
}

// stops marks, in the same way, the bytes that mean something in a string: '"', '\\' and control characters. None of them has the high
// bit, so that it is looked at once for all three.
func stops(w uint64) uint64 {
	return (((w ^ ones*'"') - ones) | ((w ^ ones*'\\') - ones) | (w - ones*0x20)) &^ w & highs
}

// str reads the string that begins at pos. Nearly all strings have no escapes: then it is a part of the text, once its UTF-8 is
// known to be valid, which is looked at in the same words as the end of the string.
func (l *Lexer) str() string {
	start := l.pos + 1
	b, i := l.b, start
	var u utf8Words
	for i+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[i:])
		if m := stops(w); m != 0 {
			n := bits.TrailingZeros64(m)
			i += n >> 3
			if b[i] != '"' {
				return l.longStr(start, i)
			}
			if w &= 1<<(n&^7) - 1; !u.ascii(w) {
				u = u.add(w)
			}
			l.pos = i + 1
			if u.odd != 0 && !utf8.Valid(b[start:i]) {
				return unescape(l.src[start:i])
			}
			return l.src[start:i]
		}
		if !u.ascii(w) {
			u = u.add(w)
		}
		i += 8
	}
	return l.longStr(start, i)
}

// longStr reads a string with escapes, or one at the end of the text; everything from start up to i is plain.
func (l *Lexer) longStr(start, i int) string {
	end, escapes := l.strEnd(i)
	if end < 0 {
		return ""
	}
	l.pos = end + 1
	if !escapes && validUTF8(l.b[start:end]) {
		return l.src[start:end]
	}
	return unescape(l.src[start:end])
}

// skipStr moves past the string that begins at pos.
func (l *Lexer) skipStr() {
	if end, _ := l.strEnd(l.pos + 1); end >= 0 {
		l.pos = end + 1
	}
}

// strEnd gives the offset of the closing quote at or behind i, having checked escapes and control characters, and whether there
// are escapes; or it fails with -1.
func (l *Lexer) strEnd(i int) (end int, escapes bool) {
	b := l.b
	for {
		for i+8 <= len(b) {
			if m := stops(binary.LittleEndian.Uint64(b[i:])); m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(b) {
			l.pos = i
			l.fail("unterminated string")
			return -1, escapes
		}
		switch c := b[i]; {
		case c == '"':
			return i, escapes
		case c < 0x20:
			l.pos = i
			l.fail("control character in a string")
			return -1, escapes
		case c == '\\':
			n := escapeLen(b[i:])
			if n == 0 {
				l.pos = i
				l.fail("bad escape")
				return -1, escapes
			}
			escapes = true
			i += n
		default:
			i++
		}
	}
}

// escapeLen gives the length of the escape at the start of b, 0 when it is none.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) < 6 || hex4(b[2:6]) < 0 {
			return 0
		}
		return 6
	}
	return 0
}
