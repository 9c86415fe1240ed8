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
	start, i := 0, 0
	for i < len(b) {
		for i+8 <= len(b) {
			w := binary.LittleEndian.Uint64(b[i:])
			m := stops(w) | w&highs
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(b) {
			break
		}
		c := b[i]
		switch {
		case c >= utf8.RuneSelf:
			if n := validRun(b[i:]); n > 0 {
				i += n
				continue
			}
			dst = append(dst, b[start:i]...)
			dst = append(dst, "\uFFFD"...)
			i++
			start = i
		case c == '"' || c == '\\' || c < 0x20:
			dst = append(dst, b[start:i]...)
			dst = appendEscape(dst, c)
			i++
			start = i
		default:
			i++
		}
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
