// Package secret keeps tokens out of texts: errors, logs and addresses.
package secret

import (
	"cmp"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Hidden stands where a secret was.
const Hidden = "***"

// Mask knows the secrets of one connection and takes them out of texts. The zero value knows none. Copies know the same.
type Mask struct {
	known *known
}

// known is made for each of thousands of connections, and hardly ever asked: the replacer waits until it is.
type known struct {
	mu       sync.Mutex
	secrets  []string
	fixed    int // how many of them were there from the start
	forms    []string
	replacer *strings.Replacer
}

// maxLearnt bounds what a mask learns; the oldest is forgotten.
const maxLearnt = 64

// minSecret is the shortest text that is taken for a secret. A shorter one hides nothing: it stands in half of all texts, whose stars
// would tell where.
const minSecret = 3

// NewMask makes a mask for the given secrets, in the forms of forms.go. Those of one or two bytes are left alone.
func NewMask(secrets ...string) Mask {
	k := new(known)
	for _, s := range secrets {
		if len(s) >= minSecret && !slices.Contains(k.secrets, s) {
			k.secrets = append(k.secrets, s)
		}
	}
	k.fixed = len(k.secrets)
	return Mask{known: k}
}

// Learn adds secrets that were not known from the start. The zero Mask learns nothing.
func (m Mask) Learn(secrets ...string) {
	k := m.known
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range secrets {
		if len(s) < minSecret || slices.Contains(k.secrets, s) {
			continue
		}
		if len(k.secrets) == k.fixed+maxLearnt {
			k.secrets = slices.Delete(k.secrets, k.fixed, k.fixed+1)
		}
		k.secrets = append(k.secrets, s)
		k.replacer = nil
	}
}

// Text gives s without the secrets.
func (m Mask) Text(s string) string {
	if m.known == nil {
		return s
	}
	_, replacer := m.known.prepare()
	return replacer.Replace(s)
}

// Start gives at most limit bytes of a text without the secrets. Where the text was cut before, behind them, a secret may have been cut
// too: what looks like the beginning of one at the end is left out.
func (m Mask) Start(s string, limit int) string {
	if m.known == nil {
		return s[:min(limit, len(s))]
	}
	forms, replacer := m.known.prepare()
	s = replacer.Replace(s)
	end := len(s)
	for _, form := range forms {
		for n := min(len(form)-1, len(s)); n >= minSecret; n-- {
			if strings.HasSuffix(s, form[:n]) {
				end = min(end, len(s)-n)
				break
			}
		}
	}
	return s[:min(end, limit)]
}

// prepare makes what is needed for a text. Both are never changed afterwards.
func (k *known) prepare() ([]string, *strings.Replacer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.replacer == nil {
		k.forms = nil
		for _, s := range k.secrets {
			k.forms = append(k.forms, forms(s)...)
		}
		// The longest first, or a secret that contains another one would stay in part.
		slices.SortFunc(k.forms, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
		k.forms = slices.Compact(k.forms)
		pairs := make([]string, 0, 2*len(k.forms))
		for _, f := range k.forms {
			pairs = append(pairs, f, Hidden)
		}
		k.replacer = strings.NewReplacer(pairs...)
	}
	return k.forms, k.replacer
}

// maxText bounds the text of an error, of which the other side may have written the most.
const maxText = 1 << 10

// Short cuts a text of more than 1 KiB.
func Short(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "…"
}

// Error gives err without the secrets in its text, and cuts a text of more than 1 KiB. An error that holds a secret, or is cut, is
// replaced by one with the same answers to errors.Is, from which the original cannot be unwrapped: its text would be one
// errors.Unwrap away. A nil err is nil.
func (m Mask) Error(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	clean := Short(m.Text(text))
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
	if err != nil || u.Opaque != "" { // "user:password@host", where the scheme was forgotten
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

// InURL gives what may be secret in an address: its password, or the user where there is none, the values of query parameters that are
// named like a secret, and long ones of other names. It is empty for an address that cannot be parsed.
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
	if password, _ := u.User.Password(); password != "" {
		found = append(found, password)
	} else {
		found = append(found, u.User.Username()) // a token that stands alone
	}
	return slices.DeleteFunc(found, func(s string) bool { return s == "" })
}

// InUser gives the password of a proxy's user, or the user where there is none, and the two as they travel: of a short password in base64
// no part would be known.
func InUser(user *url.Userinfo) []string {
	if user == nil {
		return nil
	}
	password, _ := user.Password()
	return []string{cmp.Or(password, user.Username()), base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))}
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
