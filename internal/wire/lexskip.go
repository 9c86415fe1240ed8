package wire

// Skip moves past one value, checking it as strictly as reading would.
func (l *Lexer) Skip() {
	switch k := l.Peek(); k {
	case Object, Array:
		l.skipNested()
	default:
		l.skipScalar(k)
	}
}

func (l *Lexer) skipScalar(k Kind) {
	switch k {
	case String:
		l.skipStr()
	case Number:
		l.number()
	case Bool, Null:
		l.literal()
	default:
		l.fail("no value")
	}
}

// skipNested walks brackets without recursion: one bit for each level that is open tells an object from an array.
func (l *Lexer) skipNested() {
	var near uint64 // the innermost 64 levels, the newest in bit 0
	var far []uint64
	depth := 0
	for {
		// A value comes next.
		switch k := l.Peek(); k {
		case Object, Array:
			if l.depth+depth >= MaxDepth {
				l.fail("nested too deep")
				return
			}
			if depth > 0 && depth%64 == 0 {
				far = append(far, near)
			}
			depth++
			near <<= 1
			object := l.b[l.pos] == '{'
			if object {
				near |= 1
			}
			l.pos++
			l.space()
			if l.pos < len(l.b) && (object && l.b[l.pos] == '}' || !object && l.b[l.pos] == ']') {
				break // empty: close it below
			}
			if object {
				l.skipKey()
			}
			if l.err != nil {
				return
			}
			continue
		default:
			l.skipScalar(k)
		}
		// A value has ended: close brackets until another value comes.
		for {
			if l.err != nil || depth == 0 {
				return
			}
			l.space()
			if l.pos >= len(l.b) {
				l.fail("unexpected end")
				return
			}
			object := near&1 != 0
			c := l.b[l.pos]
			if object && c == '}' || !object && c == ']' {
				l.pos++
				depth--
				near >>= 1
				if depth > 0 && depth%64 == 0 {
					near, far = far[len(far)-1], far[:len(far)-1]
				}
				continue
			}
			if c != ',' {
				l.fail("no comma")
				return
			}
			l.pos++
			if object {
				l.skipKey()
			}
			break
		}
	}
}

func (l *Lexer) skipKey() {
	l.space()
	if l.pos >= len(l.b) || l.b[l.pos] != '"' {
		l.fail("no key")
		return
	}
	l.skipStr()
	l.space()
	if l.pos >= len(l.b) || l.b[l.pos] != ':' {
		l.fail("no colon")
		return
	}
	l.pos++
}

func (l *Lexer) literal() {
	rest := l.src[l.pos:]
	switch {
	case len(rest) >= 4 && (rest[:4] == "true" || rest[:4] == "null"):
		l.pos += 4
	case len(rest) >= 5 && rest[:5] == "false":
		l.pos += 5
	default:
		l.fail("bad literal")
	}
}
