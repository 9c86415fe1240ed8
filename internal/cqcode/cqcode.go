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
	src string
	pos int
}

// NewScanner reads src.
func NewScanner(src string) Scanner { return Scanner{src: src} }

// Next gives the next token, and false at the end. Text between two codes comes as one token.
func (s *Scanner) Next() (Token, bool) {
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
		if i > start { // the text in front comes first; the code is read again by the next call
			s.pos = i
			return Token{Body: s.src[start:i]}, true
		}
		s.pos = end
		return tok, true
	}
	s.pos = len(s.src)
	return Token{Body: s.src[start:]}, true
}

// codeAt reads the code that begins at i. Where there is none the Kind is empty and end is how far the text goes at least.
func codeAt(src string, i int) (tok Token, end int) {
	if !strings.HasPrefix(src[i:], intro) {
		return Token{}, i + 1
	}
	inner := i + len(intro)
	// A loop: codes are short, and IndexAny makes a table first.
	for end = inner; end < len(src) && src[end] != '[' && src[end] != ']'; {
		end++
	}
	if end == len(src) {
		return Token{}, end
	}
	if src[end] == '[' {
		return Token{}, end
	}
	body := src[inner:end]
	end++
	kind, params := body, ""
	if c := strings.IndexByte(body, ','); c >= 0 {
		kind, params = body[:c], body[c:]
	}
	if kind == "" || !pairs(params) {
		return Token{}, end
	}
	return Token{Kind: kind, Body: params}, end
}

// pairs tells whether params is a row of ",key=value".
func pairs(params string) bool {
	for params != "" {
		pair := params[1:]
		c := strings.IndexByte(pair, ',')
		if c < 0 {
			c = len(pair)
		}
		if strings.IndexByte(pair[:c], '=') <= 0 {
			return false
		}
		params = pair[c:]
	}
	return true
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
