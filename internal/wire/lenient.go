package wire

import "strconv"

// The methods below read one value into a Go type whatever its JSON type is. They report false, having moved past the
// value, where it cannot be understood, so that a decoder can keep the raw bytes. Null is understood as the zero value.

// Text reads a string; a number or a boolean gives its literal.
func (l *Lexer) Text() (string, bool) {
	if l.pos < len(l.b) && l.b[l.pos] == '"' {
		return l.str(), l.err == nil
	}
	switch l.Peek() {
	case String:
		return l.str(), l.err == nil
	case Number:
		return l.number(), l.err == nil
	case Bool:
		start := l.pos
		l.literal()
		return l.src[start:l.pos], l.err == nil
	case Null:
		l.literal()
		return "", l.err == nil
	default:
		l.Skip()
		return "", false
	}
}

// Quoted reads a string that comes next without white space in front; it does not move, and reports false, where anything else does.
func (l *Lexer) Quoted() (string, bool) {
	if l.pos < len(l.b) && l.b[l.pos] == '"' {
		return l.str(), l.err == nil
	}
	return "", false
}

// Int reads an integer, as a number or as a string of digits.
func (l *Lexer) Int() (int64, bool) {
	if n, ok := l.digits(); ok {
		return n, true
	}
	switch l.Peek() {
	case Number:
		return ParseInt(l.number())
	case String:
		s := l.str()
		if s == "" {
			return 0, l.err == nil
		}
		return ParseInt(s)
	case Null:
		l.literal()
		return 0, l.err == nil
	default:
		l.Skip()
		return 0, false
	}
}

// Float reads a number, as a number or as a string.
func (l *Lexer) Float() (float64, bool) {
	var s string
	switch l.Peek() {
	case Number:
		s = l.number()
	case String:
		if s = l.str(); s == "" {
			return 0, l.err == nil
		}
	case Null:
		l.literal()
		return 0, l.err == nil
	default:
		l.Skip()
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, false
	}
	return f, true
}

// Bool reads a boolean; 1, "1", "true" and "yes" are true, 0, "", "0", "false" and "no" are false.
func (l *Lexer) Bool() (value, ok bool) {
	switch l.Peek() {
	case Bool:
		value = l.b[l.pos] == 't'
		l.literal()
		return value, l.err == nil
	case Number, String, Null:
		s, _ := l.Text()
		switch s {
		case "1", "true", "yes":
			return true, l.err == nil
		case "", "0", "false", "no":
			return false, l.err == nil
		}
		return false, false
	default:
		l.Skip()
		return false, false
	}
}
