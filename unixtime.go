package onebot

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/onebot-go/onebot/internal/wire"
)

// firstMilli is where seconds end and milliseconds begin; lastMilli is the largest number of milliseconds that is still a time.
const (
	firstMilli = 100_000_000_000
	lastMilli  = 1000 * firstMilli
)

// parseTime reads a Unix time in seconds or milliseconds, keeping each digit down to the nanosecond. Zero is no time; what
// is no number, or too far away to be meant, is refused.
func parseTime(text string) (t time.Time, ok bool) {
	if n, whole := wire.ParseInt(text); whole && n > 0 && n < firstMilli {
		return time.Unix(n, 0), true // what nearly all events say
	}
	whole, frac, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || !decimal(frac) {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || math.Abs(f) > lastMilli {
			return time.Time{}, false
		}
		whole, part := math.Modf(f)
		return timeOf(int64(whole), int64(part*1e9)), true
	}
	if n > lastMilli || n < -lastMilli {
		return time.Time{}, false
	}
	frac = (frac + "000000000")[:9]
	nanos, _ := strconv.ParseInt(frac, 10, 64)
	if whole[0] == '-' {
		nanos = -nanos
	}
	return timeOf(n, nanos), true
}

// timeOf takes nanos as billionths of the unit of n.
func timeOf(n, nanos int64) time.Time {
	switch {
	case n == 0 && nanos == 0:
		return time.Time{}
	case n > firstMilli:
		return time.UnixMilli(n).Add(time.Duration(nanos / 1000))
	default:
		return time.Unix(n, nanos)
	}
}

func decimal(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// appendTime writes seconds with at most nine decimals.
func appendTime(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(dst, '0')
	}
	sec, nanos := t.Unix(), int64(t.Nanosecond())
	if sec < 0 && nanos > 0 { // a time before 1970 counts its fraction backwards
		sec, nanos = sec+1, 1e9-nanos
		if sec == 0 {
			dst = append(dst, '-')
		}
	}
	dst = strconv.AppendInt(dst, sec, 10)
	if nanos == 0 {
		return dst
	}
	digits := strconv.FormatInt(1e9+nanos, 10)[1:]
	return append(append(dst, '.'), strings.TrimRight(digits, "0")...)
}
