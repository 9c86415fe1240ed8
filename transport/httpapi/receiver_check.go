package httpapi

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the signature that OneBot 11 prescribes
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"mime"
	"net/http"
	"os"
	"strings"

	"github.com/onebot-go/onebot/internal/wire"
)

// refusal is why a post was not taken.
type refusal struct {
	status        int
	reason        string
	header, value string
}

//nolint:gochecknoglobals // constant tables, never written
var (
	errMethod     = &refusal{http.StatusMethodNotAllowed, "only POST", "Allow", http.MethodPost}
	errType       = &refusal{http.StatusUnsupportedMediaType, "only application/json", "Accept", "application/json"}
	errNoToken    = &refusal{http.StatusUnauthorized, "no token", "WWW-Authenticate", "Bearer"}
	errWrongToken = &refusal{status: http.StatusForbidden, reason: "wrong token"}
	errNoSign     = &refusal{status: http.StatusUnauthorized, reason: "no signature"}
	errWrongSign  = &refusal{status: http.StatusForbidden, reason: "wrong signature"}
	errSize       = &refusal{http.StatusRequestEntityTooLarge, "body too large", "Connection", "close"}
	errSlow       = &refusal{http.StatusRequestTimeout, "body took too long", "Connection", "close"}
	errRead       = &refusal{http.StatusBadRequest, "body cannot be read", "Connection", "close"}
	errJSON       = &refusal{status: http.StatusBadRequest, reason: "body is no JSON object"}
	errBusy       = &refusal{http.StatusServiceUnavailable, "too many posts waiting", "Retry-After", "1"}
	errNobody     = &refusal{http.StatusServiceUnavailable, "nobody receives", "Retry-After", "1"}
	errDropped    = &refusal{http.StatusServiceUnavailable, "event queue full", "Retry-After", "1"}
)

// authorizer knows the secret and the token. The token is kept as a hash, so that comparing takes the same time for
// texts of any length.
type authorizer struct {
	secret   []byte
	token    [sha256.Size]byte
	hasToken bool
}

func newAuthorizer(secret, token string) authorizer {
	return authorizer{secret: []byte(secret), token: sha256.Sum256([]byte(token)), hasToken: token != ""}
}

// checkToken takes what the servers send: "Bearer x", go-cqhttp's "Token x", a bare "x", and access_token in the query.
func (a *authorizer) checkToken(r *http.Request) *refusal {
	if !a.hasToken {
		return nil
	}
	given := strings.TrimSpace(r.Header.Get("Authorization"))
	if scheme, rest, ok := strings.Cut(given, " "); ok && (strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "Token")) {
		given = strings.TrimSpace(rest)
	} else if strings.EqualFold(given, "Bearer") || strings.EqualFold(given, "Token") {
		// An empty token leaves the bare scheme behind.
		given = ""
	}
	if given == "" {
		given = r.URL.Query().Get("access_token")
	}
	if given == "" {
		return errNoToken
	}
	hash := sha256.Sum256([]byte(given))
	if !hmac.Equal(hash[:], a.token[:]) {
		return errWrongToken
	}
	return nil
}

// checkSignature compares X-Signature with that of the bytes as they came.
func (a *authorizer) checkSignature(header string, body []byte) *refusal {
	if len(a.secret) == 0 {
		return nil
	}
	digits, ok := strings.CutPrefix(header, "sha1=")
	if !ok {
		return errWrongSign
	}
	given, err := hex.DecodeString(digits)
	if err != nil {
		return errWrongSign
	}
	mac := hmac.New(sha1.New, a.secret)
	mac.Write(body)
	if !hmac.Equal(given, mac.Sum(nil)) {
		return errWrongSign
	}
	return nil
}

// checkHead refuses what can be refused without reading the body.
func (rc *Receiver) checkHead(r *http.Request) *refusal {
	if r.Method != http.MethodPost {
		return errMethod
	}
	if bad := rc.auth.checkToken(r); bad != nil {
		return bad
	}
	if len(rc.auth.secret) > 0 && r.Header.Get("X-Signature") == "" {
		return errNoSign
	}
	if ct := r.Header.Get("Content-Type"); ct != "" {
		if kind, _, err := mime.ParseMediaType(ct); err != nil || kind != "application/json" {
			return errType
		}
	}
	if r.ContentLength > rc.o.MaxBody {
		return errSize
	}
	return nil
}

// readBody appends the body to dst.
func (rc *Receiver) readBody(dst []byte, r *http.Request) ([]byte, *refusal) {
	body, err := readAll(dst, r.Body, rc.o.MaxBody)
	var lower *http.MaxBytesError // a bound that somebody else has set around this handler
	switch {
	case errors.Is(err, errTooLarge), errors.As(err, &lower):
		return body, errSize
	case errors.Is(err, os.ErrDeadlineExceeded):
		return body, errSlow
	case err != nil:
		return body, errRead
	}
	return body, nil
}

// checkBody verifies the signature before anything looks into the body.
func (rc *Receiver) checkBody(r *http.Request, body []byte) *refusal {
	if bad := rc.auth.checkSignature(r.Header.Get("X-Signature"), body); bad != nil {
		return bad
	}
	l := wire.BytesLexer(body)
	if l.Peek() != wire.Object {
		return errJSON
	}
	if l.Skip(); l.End() != nil {
		return errJSON
	}
	return nil
}
