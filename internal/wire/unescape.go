package wire

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// unescape gives the text of a string body that strEnd has accepted, as encoding/json does.
func unescape(s string) string {
	in := unsafe.Slice(unsafe.StringData(s), len(s))
	out := make([]byte, len(s)) // an escape is never shorter than what it stands for
	n := 0
	for i := 0; i < len(in); {
		if i+8 <= len(in) {
			w := binary.LittleEndian.Uint64(in[i:])
			binary.LittleEndian.PutUint64(out[n:], w)
			m := marks(w, '\\')
			if m == 0 {
				i, n = i+8, n+8
				continue
			}
			plain := bits.TrailingZeros64(m) >> 3
			i, n = i+plain, n+plain
		} else if in[i] != '\\' {
			out[n] = in[i]
			i, n = i+1, n+1
			continue
		}
		if in[i+1] == 'u' {
			r, size := escapedRune(in[i:])
			n += utf8.EncodeRune(out[n:], r)
			i += size
		} else {
			out[n] = escaped[in[i+1]]
			i, n = i+2, n+1
		}
	}
	out = out[:n]
	if !validUTF8(out) {
		return string([]rune(string(out))) // U+FFFD for each byte that is none
	}
	return unsafe.String(unsafe.SliceData(out), n)
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
