// Package header tells what an HTTP header may hold before it is sent, and reads what servers answer by one.
package header

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
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

// RetryAfter reads Retry-After, seconds or a date; 0 when there is none, or it has passed.
func RetryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if value == "" {
		return 0
	}
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(max(0, seconds), math.MaxInt32)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}
