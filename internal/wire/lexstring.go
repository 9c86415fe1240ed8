package wire

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// stops marks, in the high bit of each byte of w, the bytes a string scan must look at: '"', '\\', control characters
// and everything above ASCII. A borrow can mark a byte above a marked one in vain; the lowest mark is always right.
func stops(w uint64) uint64 {
	quote := w ^ ones*'"'
	slash := w ^ ones*'\\'
	return ((quote - ones) | (slash - ones) | (w - ones*0x20) | w) & highs
}

// str reads the string that begins at pos.
func (l *Lexer) str() string {
	start := l.pos + 1
	if plain := l.plainEnd(start); plain >= 0 {
		l.pos = plain + 1
		return l.src[start:plain]
	}
	end := l.strEnd(start)
	if end < 0 {
		return ""
	}
	l.pos = end + 1
	return unescape(l.src[start:end])
}

// skipStr moves past the string that begins at pos.
func (l *Lexer) skipStr() {
	if end := l.strEnd(l.pos + 1); end >= 0 {
		l.pos = end + 1
	}
}

// plainEnd gives the offset of the closing quote of a string that needs no unescaping, or -1. It says nothing about
// whether the string is valid otherwise.
func (l *Lexer) plainEnd(i int) int {
	b := l.b
	for {
		for i+8 <= len(b) {
			m := stops(binary.LittleEndian.Uint64(b[i:]))
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(b) {
			return -1
		}
		switch c := b[i]; {
		case c == '"':
			return i
		case c == '\\' || c < 0x20:
			return -1
		case c >= utf8.RuneSelf:
			n := validRun(b[i:])
			if n == 0 {
				return -1
			}
			i += n
		default:
			i++
		}
	}
}

// validRun gives the length of the well-formed UTF-8 above ASCII at the start of b; 0 when its first rune is not well formed.
func validRun(b []byte) int {
	i := 0
	for i < len(b) && b[i] >= utf8.RuneSelf {
		// Three bytes are what nearly all Chinese text is made of.
		if c := b[i]; c >= 0xE1 && c <= 0xEC && i+2 < len(b) && b[i+1]&0xC0 == 0x80 && b[i+2]&0xC0 == 0x80 {
			i += 3
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		i += n
	}
	return i
}

// strEnd gives the offset of the closing quote, having checked escapes and control characters, or fails with -1.
func (l *Lexer) strEnd(i int) int {
	b := l.b
	for {
		for i+8 <= len(b) {
			m := stops(binary.LittleEndian.Uint64(b[i:]) &^ highs)
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(b) {
			l.pos = i
			l.fail("unterminated string")
			return -1
		}
		switch c := b[i]; {
		case c == '"':
			return i
		case c < 0x20:
			l.pos = i
			l.fail("control character in a string")
			return -1
		case c == '\\':
			n := escapeLen(b[i:])
			if n == 0 {
				l.pos = i
				l.fail("bad escape")
				return -1
			}
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

func hex4[T string | []byte](b T) rune {
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
	out := make([]byte, 0, len(s)+2*utf8.UTFMax)
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '\\' && s[i+1] == 'u':
			r := hex4(s[i+2:])
			i += 6
			if utf16.IsSurrogate(r) {
				low := rune(-1)
				if i+6 <= len(s) && s[i] == '\\' && s[i+1] == 'u' {
					low = hex4(s[i+2:])
				}
				if full := utf16.DecodeRune(r, low); full != utf8.RuneError {
					i += 6
					r = full
				} else {
					r = utf8.RuneError
				}
			}
			out = utf8.AppendRune(out, r)
		case c == '\\':
			out = append(out, escaped[s[i+1]])
			i += 2
		case c < utf8.RuneSelf:
			out = append(out, c)
			i++
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			out = utf8.AppendRune(out, r)
			i += n
		}
	}
	return string(out)
}

//nolint:gochecknoglobals // a lookup table, never written
var escaped = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}
