package correlate

import (
	"math"
	"strconv"
	"sync/atomic"
)

// ID names a call. Its echo on the wire is the number in base 36.
type ID uint64

// Counter gives out ids, each once. The zero value is ready.
type Counter struct{ last atomic.Uint64 }

func (c *Counter) next() ID { return ID(c.last.Add(1)) }

// issued tells whether id was ever given out.
func (c *Counter) issued(id ID) bool { return id != 0 && uint64(id) <= c.last.Load() }

// AppendEcho appends the echo of id, without quotes.
func AppendEcho(dst []byte, id ID) []byte { return strconv.AppendUint(dst, uint64(id), 36) }

// ParseEcho reads an echo back. It takes only what AppendEcho writes, so that no foreign echo is taken for one of ours.
func ParseEcho(echo []byte) (ID, bool) {
	if len(echo) == 0 || len(echo) > 13 || echo[0] == '0' {
		return 0, false
	}
	var n uint64
	for _, c := range echo {
		var digit uint64
		switch {
		case c >= '0' && c <= '9':
			digit = uint64(c - '0')
		case c >= 'a' && c <= 'z':
			digit = uint64(c-'a') + 10
		default:
			return 0, false
		}
		if n > (math.MaxUint64-digit)/36 {
			return 0, false
		}
		n = n*36 + digit
	}
	return ID(n), true
}
