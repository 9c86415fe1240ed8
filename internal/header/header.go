// Package header tells what an HTTP header may hold before it is sent.
package header

import (
	"net/http"
	"strings"
)

// Check tells what of h cannot be sent, in words that show no value and no broken name: both may be a secret. It is empty where all can.
func Check(h http.Header) string {
	for name, values := range h {
		if name == "" || strings.ContainsFunc(name, notInName) {
			return "a name that cannot be sent"
		}
		for _, value := range values {
			if strings.ContainsFunc(value, notInValue) {
				return "a value of " + name + " that cannot be sent"
			}
		}
	}
	return ""
}

// notInName is for all but the token characters of RFC 9110, 5.6.2.
func notInName(r rune) bool {
	letter := r|0x20 >= 'a' && r|0x20 <= 'z'
	return !letter && (r < '0' || r > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}

// notInValue is for control characters apart from the tab.
func notInValue(r rune) bool { return r < 0x20 && r != '\t' || r == 0x7f }
