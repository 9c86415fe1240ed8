package secret

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// InHeader gives the secrets that a program puts into headers of its own: all values, as nobody knows which of them is one, and their
// parts where credentials stand behind a scheme or in a cookie. Of some names it is known that they hold none.
func InHeader(h http.Header) []string {
	var found []string
	for name, values := range h {
		if isHarmless(name) {
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

// isHarmless tells that a header holds no secret: taking its words out of all texts would only spoil these.
func isHarmless(name string) bool {
	switch name = http.CanonicalHeaderKey(name); name {
	case "Host", "User-Agent", "Content-Type", "Cache-Control", "Pragma", "Origin", "X-Client-Role", "Sec-Websocket-Protocol":
		return true
	}
	return strings.HasPrefix(name, "Accept") || strings.HasPrefix(name, "X-Forwarded-")
}
