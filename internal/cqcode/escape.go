package cqcode

import "strings"

// AppendText appends s as text: '&', '[' and ']' escaped, so that it cannot be taken for a code.
func AppendText(dst []byte, s string) []byte { return appendEscaped(dst, s, false) }

// AppendParam appends s as a value: as AppendText does, and the comma escaped too.
func AppendParam(dst []byte, s string) []byte { return appendEscaped(dst, s, true) }

// AppendKey appends s as a kind or a key. An equals sign cannot be written in one and becomes an underscore.
func AppendKey(dst []byte, s string) []byte {
	for i := range len(s) {
		if s[i] == '=' {
			s = strings.ReplaceAll(s, "=", "_")
			break
		}
	}
	return appendEscaped(dst, s, true)
}

func appendEscaped(dst []byte, s string, comma bool) []byte {
	start := 0
	for i := range len(s) {
		var esc string
		switch s[i] {
		case '&':
			esc = "&amp;"
		case '[':
			esc = "&#91;"
		case ']':
			esc = "&#93;"
		case ',':
			if !comma {
				continue
			}
			esc = "&#44;"
		default:
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = append(dst, esc...)
		start = i + 1
	}
	return append(dst, s[start:]...)
}

// UnescapeText gives the text that s stands for. "&#44;" stays as it is: the standard escapes commas in values only.
func UnescapeText(s string) string { return unescape(s, false) }

// UnescapeParam gives the value that s stands for.
func UnescapeParam(s string) string { return unescape(s, true) }

func unescape(s string, comma bool) string {
	at := strings.IndexByte(s, '&')
	if at < 0 {
		return s
	}
	var out []byte
	start := 0
	for i := at; i < len(s); i++ {
		if s[i] != '&' {
			continue
		}
		c, n := entity(s[i:], comma)
		if n == 0 {
			continue
		}
		if out == nil {
			out = make([]byte, 0, len(s))
		}
		out = append(out, s[start:i]...)
		out = append(out, c)
		i += n - 1
		start = i + 1
	}
	if out == nil {
		return s
	}
	return string(append(out, s[start:]...))
}

// entity gives the character that s begins with an escape of, and the length of the escape; 0 where it is none.
func entity(s string, comma bool) (c byte, n int) {
	if len(s) < 5 || s[4] != ';' {
		return 0, 0
	}
	switch s[1:4] {
	case "amp":
		return '&', 5
	case "#91":
		return '[', 5
	case "#93":
		return ']', 5
	case "#44":
		if comma {
			return ',', 5
		}
	}
	return 0, 0
}
