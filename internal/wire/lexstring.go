package wire

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// stops marks, in the high bit of each byte of w, the bytes that mean something in a string: '"', '\\' and control characters.
// A borrow can mark a byte above a marked one in vain; the lowest mark is always right.
func stops(w uint64) uint64 {
	quote := w ^ ones*'"'
	slash := w ^ ones*'\\'
	return ((quote-ones)&^quote | (slash-ones)&^slash | (w-ones*0x20)&^w) & highs
}

// str reads the string that begins at pos. Nearly all strings have no escapes: then it is a part of the text, once its UTF-8 is
// known to be valid, which needs a look only where a byte above ASCII was met.
func (l *Lexer) str() string {
	start := l.pos + 1
	b, i := l.b, start
	var seen uint64
	for i+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[i:])
		if m := stops(w); m != 0 {
			n := bits.TrailingZeros64(m)
			seen |= w & (1<<(n&^7) - 1)
			i += n >> 3
			if b[i] != '"' {
				return l.longStr(start, i)
			}
			l.pos = i + 1
			if seen&highs != 0 && !validUTF8(b[start:i]) {
				return unescape(l.src[start:i])
			}
			return l.src[start:i]
		}
		seen |= w
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

// validUTF8 is utf8.Valid with a short way for the three bytes that nearly all Chinese text is made of.
func validUTF8(b []byte) bool {
	for len(b) > 0 {
		if b[0] >= utf8.RuneSelf {
			n := validRun(b)
			if n == 0 {
				return false
			}
			b = b[n:]
			continue
		}
		i := 0
		for i+8 <= len(b) {
			if m := binary.LittleEndian.Uint64(b[i:]) & highs; m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		for i < len(b) && b[i] < utf8.RuneSelf {
			i++
		}
		b = b[i:]
	}
	return true
}

// validRun gives the length of the well-formed UTF-8 above ASCII at the start of b; 0 when its first rune is not well formed.
func validRun(b []byte) int {
	i := 0
	for i < len(b) && b[i] >= utf8.RuneSelf {
		// Three bytes are what nearly all Chinese text is made of: 1110xxxx 10xxxxxx 10xxxxxx, where all but two first bytes are
		// valid with whatever follows.
		if i+4 <= len(b) {
			w := binary.LittleEndian.Uint32(b[i:])
			if c := byte(w); w&0xC0C0F0 == 0x8080E0 && c != 0xE0 && c != 0xED {
				i += 3
				continue
			}
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		i += n
	}
	return i
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

func hex4(b []byte) rune {
	var r rune
	for i := range 4 {
		c := b[i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// unescape gives the text of a string body that strEnd has accepted, as encoding/json does.
func unescape(s string) string {
	out := make([]byte, 0, len(s)+utf8.UTFMax)
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	for i := 0; i < len(b); {
		if n := plainRun(b[i:]); n > 0 {
			out = append(out, b[i:i+n]...)
			i += n
			continue
		}
		switch {
		case b[i] != '\\': // not UTF-8; U+FFFD takes three bytes, so this can outgrow the body
			out = utf8.AppendRune(out, utf8.RuneError)
			i++
		case b[i+1] == 'u':
			r, n := escapedRune(b[i:])
			out = utf8.AppendRune(out, r)
			i += n
		default:
			out = append(out, escaped[b[i+1]])
			i += 2
		}
	}
	return unsafe.String(unsafe.SliceData(out), len(out))
}

// plainRun gives how much of b can be copied as it is: up to the next escape or the next byte that is not UTF-8.
func plainRun(b []byte) int {
	i := 0
	for i < len(b) {
		for i+8 <= len(b) {
			w := binary.LittleEndian.Uint64(b[i:])
			slash := w ^ ones*'\\'
			if m := ((slash-ones)&^slash | w) & highs; m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		switch {
		case i >= len(b) || b[i] == '\\':
			return i
		case b[i] < utf8.RuneSelf:
			i++
		default:
			n := validRun(b[i:])
			if n == 0 {
				return i
			}
			i += n
		}
	}
	return i
}

// escapedRune reads \uXXXX, and the second half of a surrogate pair; a half alone is U+FFFD.
func escapedRune(b []byte) (r rune, size int) {
	r = hex4(b[2:])
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
		if full := utf16.DecodeRune(r, hex4(b[8:])); full != utf8.RuneError {
			return full, 12
		}
	}
	return utf8.RuneError, 6
}

//nolint:gochecknoglobals // a lookup table, never written
var escaped = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}
