package httpapi

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/onebot-go/onebot/internal/header"
	"github.com/onebot-go/onebot/internal/secret"
	"github.com/onebot-go/onebot/transport"
)

// endpoint is a server's address, split into what is sent and what may be shown.
type endpoint struct {
	// url has no user and no fragment.
	url    *url.URL
	header http.Header
	mask   secret.Mask
}

// newEndpoint reads rawURL. No error of it shows any part of the URL: an address that cannot be taken apart may hold the
// token anywhere.
func newEndpoint(rawURL string, o Options) (endpoint, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return endpoint{}, fmt.Errorf("httpapi: the URL cannot be parsed: %w", transport.ErrInvalidArgument)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return endpoint{}, fmt.Errorf("httpapi: the URL's scheme must be http or https: %w", transport.ErrInvalidArgument)
	case u.Hostname() == "":
		return endpoint{}, fmt.Errorf("httpapi: the URL has no host: %w", transport.ErrInvalidArgument)
	case !isPort(u.Port()):
		return endpoint{}, fmt.Errorf("httpapi: the URL has a port that there is not: %w", transport.ErrInvalidArgument)
	case strings.ContainsFunc(o.Token, unicode.IsControl):
		return endpoint{}, fmt.Errorf("httpapi: the token cannot be sent in a header: %w", transport.ErrInvalidArgument)
	}
	if bad := header.Check(o.Header); bad != "" {
		return endpoint{}, fmt.Errorf("httpapi: Header has %s: %w", bad, transport.ErrInvalidArgument)
	}
	e := endpoint{url: u, header: http.Header{}}
	secrets := secret.InURL(rawURL)
	for key, values := range o.Header {
		e.header[http.CanonicalHeaderKey(key)] = slices.Clone(values)
	}
	if u.User != nil {
		password, _ := u.User.Password()
		if len(e.header["Authorization"]) == 0 {
			login := base64.StdEncoding.EncodeToString([]byte(u.User.Username() + ":" + password))
			e.header.Set("Authorization", "Basic "+login)
		}
		u.User = nil
	}
	if o.Token != "" {
		e.header.Set("Authorization", "Bearer "+o.Token)
	}
	secrets = append(secrets, secret.InHeader(e.header)...)
	e.mask = secret.NewMask(secrets...)
	u.Fragment, u.RawFragment = "", ""
	return e, nil
}

// isPort tells whether a port, which is of digits or absent, is one that there is.
func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil
}

// action gives the URL of an action: one slash before it and none after, since go-cqhttp, LLBot and Lagrange take a
// trailing slash for part of the name.
func (e *endpoint) action(name string) (*url.URL, error) {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\?#%") {
		return nil, fmt.Errorf("httpapi: %q is no action name: %w: %w", name, transport.ErrInvalidArgument, transport.ErrNotSent)
	}
	u := *e.url
	if u.RawPath != "" {
		u.RawPath = strings.TrimRight(u.RawPath, "/") + "/" + url.PathEscape(name)
	}
	u.Path = strings.TrimRight(u.Path, "/") + "/" + name
	return &u, nil
}

// hide makes err fit to be shown. A url.Error spells out the whole URL, so it gives way to what it wraps.
func (e *endpoint) hide(err error) error {
	var ue *url.Error
	for errors.As(err, &ue) && ue.Err != nil {
		err = ue.Err
	}
	return e.mask.Error(err)
}

// String gives the address without user, token or any other part of the query, for logs.
func (e *endpoint) String() string {
	return e.url.Scheme + "://" + e.url.Host + e.url.EscapedPath()
}

// GoString is String: the fields hold the token.
func (e *endpoint) GoString() string { return e.String() }
