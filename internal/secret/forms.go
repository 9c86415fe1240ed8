package secret

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

// forms are the ways in which a secret may come back: plain, escaped for a URL, for JSON and as Go quotes it, and in base64.
func forms(s string) []string {
	found := []string{s, url.QueryEscape(s), url.PathEscape(s), inside(strconv.Quote(s))}
	var text strings.Builder
	enc := json.NewEncoder(&text)
	for _, html := range []bool{true, false} {
		text.Reset()
		enc.SetEscapeHTML(html)
		if enc.Encode(s) == nil {
			found = append(found, inside(strings.TrimSpace(text.String())))
		}
	}
	for _, alphabet := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		found = append(found, alphabet.EncodeToString([]byte(s)), alphabet.WithPadding(base64.NoPadding).EncodeToString([]byte(s)))
		for before := range 3 {
			if f := within(alphabet, s, before); len(f) >= minWithin {
				found = append(found, f)
			}
		}
	}
	return found
}

// inside takes the quotes away.
func inside(quoted string) string { return quoted[1 : len(quoted)-1] }

// minWithin is the shortest piece of base64 that is looked for inside of a longer one.
const minWithin = 8

// within gives the characters that stand for s alone where the base64 is of a longer text, as in "user:secret", with the given number
// of bytes, modulo three, before it.
func within(alphabet *base64.Encoding, s string, before int) string {
	encoded := alphabet.EncodeToString(append(make([]byte, before), s...))
	bits := 8 * (before + len(s))
	return encoded[(8*before+5)/6 : bits/6]
}
