package wire

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// The functions below find where a value ends without checking what is in it.

func skimSpace(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skimString gives the offset behind the string that begins at i, or -1. Keys and names end within sixteen bytes; for what is longer
// the search of the standard library is faster, and not for them.
func skimString(b []byte, i int) int {
	i++
	for range 2 {
		if i+8 > len(b) {
			break
		}
		w := binary.LittleEndian.Uint64(b[i:])
		if m := marks(w, '"') | marks(w, '\\'); m != 0 {
			i += bits.TrailingZeros64(m) >> 3
			if b[i] == '"' {
				return i + 1
			}
			break
		}
		i += 8
	}
	return skimLong(b, i)
}

// skimLong is skimString from the middle of a string on: what is before i is no part of an escape.
func skimLong(b []byte, i int) int {
	for i < len(b) {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		end := i + n
		slashes := 0
		for end-slashes > i && b[end-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return end + 1
		}
		i = end + 1
	}
	return -1
}

// skimValue gives the offset behind the value that begins at i, or -1.
func skimValue(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return skimString(b, i)
	case '{', '[':
		return skimNested(b, i)
	}
	start := i
	for i < len(b) && !scalarEnd[b[i]] {
		i++
	}
	if i == start || i == len(b) || b[i] == '"' || b[i] == '{' || b[i] == '[' || b[i] == ':' {
		return -1
	}
	return i
}

// scalarEnd are the bytes that no number and no word can have.
//
//nolint:gochecknoglobals // a lookup table, never written
var scalarEnd = [256]bool{
	',': true, '}': true, ']': true, ' ': true, '\n': true, '\t': true, '\r': true, '"': true, '{': true, '[': true, ':': true,
}

// skimNested counts brackets; strings are the only place where one of them means nothing.
func skimNested(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			if i = skimString(b, i); i < 0 {
				return -1
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// skimFromEnd gives the offset behind the last array at the top of the frame, found from the end: where nothing but members with short
// scalar values stands between an array and the end of the frame, that array ends where these begin. It looks at no more than that, however
// long the array is. It gives 0 where it cannot tell, or the array ends before i. Whoever goes on behind has to see whether the frame ends
// with the object that he is in: else the array was an inner one.
func skimFromEnd(b []byte, i int) int {
	at := backSpace(b, len(b))
	if at == 0 || b[at-1] != '}' {
		return 0
	}
	at--
	first := max(i, at-farthest)
	if n := bytes.LastIndexByte(b[first:at], ']'); n >= 0 && bytes.HasPrefix(b[first+n:], []byte(`],"message_format":"`)) {
		return first + n + 1 // NapCat: what follows is read forward, which is faster
	}
	for {
		at = backSpace(b, at)
		if at <= first {
			return 0
		}
		switch b[at-1] {
		case ']':
			return at
		case '"':
			at = backString(b, at, first)
		default:
			at = backLiteral(b, at)
		}
		if at = backSpace(b, at); at == 0 || b[at-1] != ':' {
			return 0
		}
		at = backString(b, backSpace(b, at-1), first)
		if at = backSpace(b, at); at == 0 || b[at-1] != ',' {
			return 0
		}
		at--
	}
}

// farthest is how far from the end an array is looked for. The members behind the content of a message take some hundred bytes, a little
// more with a long name.
const farthest = 512

func backSpace(b []byte, at int) int {
	for at > 0 && (b[at-1] == ' ' || b[at-1] == '\n' || b[at-1] == '\t' || b[at-1] == '\r') {
		at--
	}
	return at
}

// backString gives the offset of the string that ends at at, or 0 where it does not begin behind first. In a string a quote has a
// backslash in front; outside none can have one, so that the first quote without is the one that opens. Strings with backslashes are left
// to others.
func backString(b []byte, at, first int) int {
	if at < 2 || b[at-1] != '"' || b[at-2] == '\\' {
		return 0
	}
	for at -= 2; at > first; at-- {
		switch b[at] {
		case '"':
			if b[at-1] == '\\' {
				return 0
			}
			return at
		case '\\':
			return 0
		}
	}
	return 0
}

// backLiteral gives the offset of the number or word that ends at at, or 0.
func backLiteral(b []byte, at int) int {
	start := at
	for at > 0 && (b[at-1]-'0' <= 9 || (b[at-1]|0x20)-'a' <= 'z'-'a' || b[at-1] == '-' || b[at-1] == '+' || b[at-1] == '.') {
		at--
	}
	if at == start {
		return 0
	}
	return at
}
