// Package cqcode reads and writes the string form of messages at the level of text, codes and parameters. What a code
// means is not its business.
//
// A code is "[CQ:" kind ("," key "=" value)* "]" without further brackets in it. Whatever is not exactly that is text, so
// nothing is ever lost, and every byte is looked at a bounded number of times.
package cqcode

import "strings"

const intro = "[CQ:"

// Token is a stretch of text or one code.
type Token struct {
	// Kind is the kind of a code; empty for text.
	Kind string
	// Body is the text, still escaped, or the parameters of the code: "", or pairs that each begin with a comma.
	Body string
}

// Scanner splits a message in string form.
type Scanner struct {
	src  string
	pos  int
	code Token // what stands at pos, where it has been read with the text in front
	end  int   // where that code ends
}

// NewScanner reads src.
func NewScanner(src string) Scanner { return Scanner{src: src} }

// Offset tells how much of the message the tokens so far were.
func (s *Scanner) Offset() int { return s.pos }

// Next gives the next token, and false at the end. Text between two codes comes as one token.
func (s *Scanner) Next() (Token, bool) {
	if tok := s.code; tok.Kind != "" {
		s.code, s.pos = Token{}, s.end
		return tok, true
	}
	if s.pos >= len(s.src) {
		return Token{}, false
	}
	start := s.pos
	for i := start; i < len(s.src); {
		if s.src[i] != '[' { // the search costs more than a look where brackets follow each other
			n := strings.IndexByte(s.src[i:], '[')
			if n < 0 {
				break
			}
			i += n
		}
		tok, end := codeAt(s.src, i)
		if tok.Kind == "" {
			i = end
			continue
		}
		if i > start { // the text in front comes first
			s.pos, s.code, s.end = i, tok, end
			return Token{Body: s.src[start:i]}, true
		}
		s.pos = end
		return tok, true
	}
	s.pos = len(s.src)
	return Token{Body: s.src[start:]}, true
}

// marks are the bytes that mean something inside a code.
var marks = [256]bool{'=': true, ',': true, '[': true, ']': true} //nolint:gochecknoglobals // a table, never written

// codeAt reads the code that begins at i. Where there is none the Kind is empty and end is how far the text goes at least.
func codeAt(src string, i int) (tok Token, end int) {
	if !strings.HasPrefix(src[i:], intro) {
		return Token{}, i + 1
	}
	inner := i + len(intro)
	var (
		first  int     // the first comma; 0 before it
		begin  = inner // where the kind or the key that is being read begins
		key    bool    // a key is being read: its equals sign has not come
		broken bool    // a pair without an equals sign, or with no key in front of it
	)
	// A loop that does all: codes are short, and a search for each of these bytes costs more.
	for end = inner; end < len(src); end++ {
		if !marks[src[end]] { // nearly all: one look instead of a switch
			continue
		}
		switch src[end] {
		case '=':
			if key {
				broken = broken || end == begin
				key = false
			}
		case ',':
			broken = broken || key
			if first == 0 {
				first = end
			}
			begin, key = end+1, true
		case '[':
			return Token{}, end
		case ']':
			if first == 0 {
				first = end
			}
			if broken || key || first == inner {
				return Token{}, end + 1
			}
			return Token{Kind: src[inner:first], Body: src[first:end]}, end + 1
		}
	}
	return Token{}, end
}

// NextParam takes the first pair off params, the Body of a code. Key and value come unescaped.
func NextParam(params string) (key, value, rest string, ok bool) {
	if params == "" {
		return "", "", "", false
	}
	pair := params[1:]
	if c := strings.IndexByte(pair, ','); c >= 0 {
		pair, rest = pair[:c], pair[c:]
	}
	key, value, _ = strings.Cut(pair, "=")
	return UnescapeParam(key), UnescapeParam(value), rest, true
}
