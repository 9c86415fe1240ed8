// Package secret keeps tokens out of texts: errors, logs and addresses.
package secret

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

// Hidden stands where a secret was.
const Hidden = "***"

// Mask knows the secrets of one connection and takes them out of texts. The zero value knows none.
type Mask struct {
	replacer *strings.Replacer
}

// NewMask makes a mask for the given secrets, in plain and in URL-escaped form. Empty ones are skipped.
func NewMask(secrets ...string) Mask {
	var forms []string
	for _, s := range secrets {
		if s != "" {
			forms = append(forms, s, url.QueryEscape(s), url.PathEscape(s))
		}
	}
	if len(forms) == 0 {
		return Mask{}
	}
	// The longest first, or a secret that contains another one would stay in part.
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	forms = slices.Compact(forms)
	pairs := make([]string, 0, 2*len(forms))
	for _, f := range forms {
		pairs = append(pairs, f, Hidden)
	}
	return Mask{replacer: strings.NewReplacer(pairs...)}
}

// Text gives s without the secrets.
func (m Mask) Text(s string) string {
	if m.replacer == nil {
		return s
	}
	return m.replacer.Replace(s)
}

// Error gives err without the secrets in its text. An error that holds one is replaced by an error with the same answers
// to errors.Is, from which the original cannot be unwrapped: its text would be one errors.Unwrap away. A nil err is nil.
func (m Mask) Error(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	clean := m.Text(text)
	if clean == text {
		return err
	}
	return &maskedError{text: clean, err: err}
}

type maskedError struct {
	text string
	err  error
}

func (e *maskedError) Error() string { return e.text }

// Is answers as the error with the secret would.
func (e *maskedError) Is(target error) bool { return errors.Is(e.err, target) }

// Timeout answers as the error with the secret would, so that it is still known for a timeout.
func (e *maskedError) Timeout() bool {
	var t interface{ Timeout() bool }
	return errors.As(e.err, &t) && t.Timeout()
}

// URL gives an address fit for logs: no user information, and no value of any query parameter.
func URL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return cut(raw)
	}
	if u.User != nil {
		u.User = url.User(Hidden)
	}
	u.RawQuery = hideValues(u.RawQuery)
	u.Fragment, u.RawFragment = "", ""
	// The user part is escaped when it is written.
	return strings.Replace(u.String(), url.User(Hidden).String()+"@", Hidden+"@", 1)
}

// InURL gives what may be secret in an address: its password, the values of query parameters that are named like a secret,
// and long ones of other names. It is empty for an address that cannot be parsed.
func InURL(raw string) []string {
	u, err := url.Parse(raw)
	if err != nil {
		return nil
	}
	var found []string
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if len(value) < longEnough && !isSecretName(name) {
			continue // "?v=1": taking every "1" out of a text would help nobody
		}
		found = append(found, value)
		if plain, err := url.QueryUnescape(value); err == nil {
			found = append(found, plain)
		}
	}
	if password, ok := u.User.Password(); ok {
		found = append(found, password)
	}
	return slices.DeleteFunc(found, func(s string) bool { return s == "" })
}

// longEnough is the length from which any value of a query counts as a secret.
const longEnough = 8

func isSecretName(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"token", "secret", "key", "pass", "auth", "sign"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

func hideValues(query string) string {
	if query == "" {
		return ""
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		key, _, _ := strings.Cut(pair, "=")
		pairs[i] = key + "=" + Hidden
	}
	return strings.Join(pairs, "&")
}

// cut keeps of an address that cannot be parsed what cannot hold a secret.
func cut(raw string) string {
	scheme, _, ok := strings.Cut(raw, "://")
	if !ok || strings.ContainsAny(scheme, "@?#/ ") {
		return Hidden
	}
	return scheme + "://" + Hidden
}
