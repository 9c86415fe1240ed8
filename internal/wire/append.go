package wire

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"unicode/utf8"
	"unsafe"
)

// AppendString appends s as a JSON string. Invalid UTF-8 becomes U+FFFD; nothing is escaped for HTML.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	dst = AppendStringBody(dst, s)
	return append(dst, '"')
}

// AppendStringBody appends s as AppendString does, without the quotes.
func AppendStringBody(dst []byte, s string) []byte {
	return appendBody(dst, unsafe.Slice(unsafe.StringData(s), len(s)))
}

func appendBody(dst, b []byte) []byte {
	begin, start := len(dst), 0
	var u utf8Words
	for i := 0; i < len(b); {
		var w uint64
		if i+8 <= len(b) {
			w = binary.LittleEndian.Uint64(b[i:])
		} else {
			w = lastWord(b[i:], ' ')
		}
		m := stops(w)
		if m != 0 {
			w &= 1<<(bits.TrailingZeros64(m)&^7) - 1
		}
		if !u.ascii(w) {
			u = u.add(w)
		}
		if m == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(m) >> 3
		dst = append(dst, b[start:i]...)
		dst = appendEscape(dst, b[i])
		i++
		start = i
	}
	if u.carry|u.odd != 0 && !utf8.Valid(b) {
		return appendBody(dst[:begin], []byte(string([]rune(string(b))))) // U+FFFD for each byte that is none
	}
	return append(dst, b[start:]...)
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// AppendInt appends n as a JSON number.
func AppendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

// AppendIntString appends n as a JSON string.
func AppendIntString(dst []byte, n int64) []byte {
	dst = append(dst, '"')
	dst = strconv.AppendInt(dst, n, 10)
	return append(dst, '"')
}
