package wire

import (
	"math"
	"strconv"
)

// number reads the number that begins at pos and gives it as it stands.
func (l *Lexer) number() string {
	b, i := l.b, l.pos
	start := i
	if b[i] == '-' {
		i++
	}
	switch {
	case i >= len(b):
	case b[i] == '0':
		i++
	case '1' <= b[i] && b[i] <= '9':
		i = digitsEnd(b, i)
	default:
		i = len(b) + 1
	}
	if i > len(b) || i == start || b[i-1] == '-' {
		l.fail("bad number")
		return ""
	}
	if i < len(b) && b[i] == '.' {
		end := digitsEnd(b, i+1)
		if end == i+1 {
			l.fail("bad fraction")
			return ""
		}
		i = end
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		end := digitsEnd(b, i)
		if end == i {
			l.fail("bad exponent")
			return ""
		}
		i = end
	}
	l.pos = i
	return l.src[start:i]
}

func digitsEnd(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

// digits reads up to 18 digits and gives the offset behind them: start where there are none, or more.
func digits(b []byte, start int) (n int64, end int) {
	for end = start; end < len(b) && b[end]-'0' <= 9; end++ {
		n = n*10 + int64(b[end]-'0')
	}
	if end-start > 18 {
		return 0, start
	}
	return n, end
}

// digits reads a number that consists of digits alone and is followed by a comma or a bracket, as ids and times stand; it moves only
// where it succeeds.
func (l *Lexer) digits() (int64, bool) {
	b, start := l.b, l.pos
	n, end := digits(b, start)
	if end == start || end == len(b) || b[start] == '0' && end > start+1 {
		return 0, false
	}
	if c := b[end]; c != ',' && c != '}' && c != ']' {
		return 0, false
	}
	l.pos = end
	return n, true
}

// ParseInt reads a decimal integer: digits with an optional minus sign, or a number with a fraction or an exponent whose
// value is an integer within ±2^53. Everything else, and what is no int64, is refused.
func ParseInt(s string) (int64, bool) {
	neg := len(s) > 0 && s[0] == '-'
	t := s
	if neg {
		t = s[1:]
	}
	if len(t) > 0 && len(t) <= 18 {
		var n int64
		for i := range len(t) {
			c := t[i] - '0'
			if c > 9 {
				return integral(s)
			}
			n = n*10 + int64(c)
		}
		if neg {
			n = -n
		}
		return n, true
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && s[0] != '+' {
		return n, true
	}
	return integral(s)
}

func integral(s string) (int64, bool) {
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9', c == '-', c == '.', c|0x20 == 'e', c == '+' && i > 0:
		default:
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}
