package wire

import (
	"encoding/binary"
	"unicode/utf8"
)

// utf8Words checks UTF-8 eight bytes at a time and without a branch for each rune. It knows ASCII and the three bytes that nearly all
// Chinese text is made of, 1110xxxx 10xxxxxx 10xxxxxx, where all first bytes but E0 and ED are valid with whatever follows. Everything
// else is odd, be it valid or not.
type utf8Words struct {
	carry uint64 // the continuation bytes that the next word has to begin with
	odd   uint64 // not zero: something else was met
}

// ascii tells whether w needs no look.
func (u utf8Words) ascii(w uint64) bool { return w&highs|u.carry == 0 }

func (u utf8Words) add(w uint64) utf8Words {
	high := w & highs
	lead := high & (w << 1)
	low := w & (ones * 0x0F)
	plain := (low + ones*0x7F) & (low ^ ones*0x0D + ones*0x7F) // the low half of the byte is neither 0 nor D
	return utf8Words{
		carry: lead>>56 | lead>>48,
		odd:   u.odd | lead&^(w<<2&^(w<<3)&plain) | (high&^(w<<1) ^ (lead<<8 | lead<<16 | u.carry)),
	}
}

// validUTF8 is utf8.Valid for text that is most likely ASCII and Chinese.
func validUTF8(b []byte) bool {
	var u utf8Words
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if w := binary.LittleEndian.Uint64(b[i:]); !u.ascii(w) {
			u = u.add(w)
		}
	}
	return u.add(lastWord(b[i:], 0)).odd == 0 || utf8.Valid(b)
}

// lastWord gives the bytes of b, fewer than eight, as the first of a word that is otherwise filled with pad.
func lastWord(b []byte, pad byte) uint64 {
	n := len(b)
	w := ones * uint64(pad) << (8 * n)
	switch {
	case n >= 4:
		return w | uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<(8*(n-4))
	case n > 0:
		return w | uint64(b[0]) | uint64(b[n/2])<<(8*(n/2)) | uint64(b[n-1])<<(8*(n-1))
	}
	return w
}
