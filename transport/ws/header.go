package ws

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"github.com/onebot-go/onebot/transport"
)

// checkHeader refuses what no handshake can be made with. A value is not quoted: it may be a secret, and so may what is no name.
func checkHeader(h http.Header) error {
	for name, values := range h {
		switch key := http.CanonicalHeaderKey(name); key {
		case "Connection", "Upgrade", "Sec-Websocket-Key", "Sec-Websocket-Version", "Sec-Websocket-Extensions", "Sec-Websocket-Accept":
			return fmt.Errorf("ws: header %s: the handshake has its own: %w", key, transport.ErrInvalidArgument)
		}
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !isTokenRune(r) }) {
			return fmt.Errorf("ws: a header whose name cannot be sent: %w", transport.ErrInvalidArgument)
		}
		for _, value := range values {
			if !isHeaderValue(value) {
				return fmt.Errorf("ws: header %s: a value that cannot be sent: %w", name, transport.ErrInvalidArgument)
			}
		}
	}
	return nil
}

// isTokenRune tells whether r may stand in the name of a header (RFC 9110, section 5.6.2).
func isTokenRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}

// isHeaderValue tells whether there is no control character in s.
func isHeaderValue(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' && s[i] != '\t' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// canonical is a copy of h with its names as gorilla expects them, so that none is sent twice.
func canonical(h http.Header) http.Header {
	out := make(http.Header, len(h)+1)
	for name, values := range h {
		for _, value := range values {
			out.Add(name, value)
		}
	}
	return out
}

// inHeader gives the secrets that a program puts into headers of its own: all values, as nobody knows which of them is one, and their
// parts where credentials stand behind a scheme or in a cookie. The name of the server is none.
func inHeader(h http.Header) []string {
	var found []string
	for name, values := range h {
		if strings.EqualFold(name, "Host") {
			continue
		}
		for _, value := range values {
			found = append(found, value)
			if strings.EqualFold(name, "Cookie") {
				found = append(found, inCookies(value)...)
				continue
			}
			if scheme, rest, ok := strings.Cut(strings.TrimSpace(value), " "); ok {
				rest = strings.TrimSpace(rest)
				found = append(found, rest)
				if strings.EqualFold(scheme, "Basic") {
					found = append(found, inBasic(rest)...)
				}
			}
		}
	}
	return found
}

func inCookies(line string) []string {
	var found []string
	for cookie := range strings.SplitSeq(line, ";") {
		_, value, _ := strings.Cut(cookie, "=")
		value = strings.TrimSpace(value)
		found = append(found, value, strings.Trim(value, `"`))
	}
	return found
}

// inBasic gives the user and the password, together and the password alone.
func inBasic(credentials string) []string {
	plain, err := base64.StdEncoding.DecodeString(credentials)
	if err != nil {
		return nil
	}
	_, password, _ := strings.Cut(string(plain), ":")
	return []string{string(plain), password}
}
