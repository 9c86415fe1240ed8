package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// forms are the ways in which a secret may come back: plain, escaped for a URL, for JSON and as Go quotes it, and in base64.
func forms(s string) []string {
	found := []string{s, inside(strconv.Quote(s)), dotnet(s)}
	for _, escaped := range []string{url.QueryEscape(s), url.PathEscape(s)} {
		found = append(found, escaped, lowerHex(escaped))
	}
	var text strings.Builder
	enc := json.NewEncoder(&text)
	for _, html := range []bool{true, false} {
		text.Reset()
		enc.SetEscapeHTML(html)
		if enc.Encode(s) == nil {
			plain := inside(strings.TrimSpace(text.String()))
			found = append(found, plain, strings.ReplaceAll(plain, "/", `\/`)) // the second as PHP writes it
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

// lowerHex writes the digits behind each % small.
func lowerHex(escaped string) string {
	b := []byte(escaped)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:], bytes.ToLower(b[i+1:i+3]))
			i += 2
		}
	}
	return string(b)
}

// dotnet escapes s as the JSON of .NET does, on which Lagrange is built.
func dotnet(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte("\"&'+<>`", s[i]) >= 0 {
			fmt.Fprintf(&b, `\u%04X`, s[i])
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
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
