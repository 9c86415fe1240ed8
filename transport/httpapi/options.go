package httpapi

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/onebot-go/onebot/internal/secret"
	"github.com/onebot-go/onebot/transport"
)

const (
	defaultReadLimit = 64 << 20
	defaultMaxConns  = 512

	dialTimeout      = 30 * time.Second
	handshakeTimeout = 10 * time.Second
	// idleTimeout stays below the 5 s after which a Node server (NapCat, LLBot, onebots) closes an idle connection: the
	// other way round a request can meet the close on its way, and then nobody knows whether it was read.
	idleTimeout = 4 * time.Second
)

// Options are the settings of a Caller and of an SSE source. The zero value works.
type Options struct {
	// Token is the access token, sent as "Authorization: Bearer". Empty sends none. It wins over an Authorization in
	// Header. A token in the URL's query (access_token) is sent as it stands, and kept out of every text alike.
	Token string
	// Header is added to every request, and its values, apart from Host, are kept out of every text. Content-Type is always
	// application/json for a call.
	Header http.Header
	// Client performs the requests instead of the package's own connections, for tests and special networks. Redirects
	// are not followed whatever it says, and its Timeout ends an SSE stream too. It excludes TLS, Proxy and MaxConns.
	Client *http.Client
	// TLS is the configuration for https; nil means the defaults of crypto/tls.
	TLS *tls.Config
	// Proxy picks the proxy of a request; nil means the one that the environment names (http.ProxyFromEnvironment).
	Proxy func(*http.Request) (*url.URL, error)
	// MaxConns is how many connections there may be at once, and so how many calls may be under way; further calls wait
	// within their context. All of them are kept alive between calls. 0 means 512.
	MaxConns int
	// ReadLimit is the largest body of an answer, or the largest event of a stream, in bytes, its field names and line ends counted.
	// 0 means 64 MiB. A larger event ends its stream: it is lost, and so are those that follow until the next stream stands.
	ReadLimit int64
	// Backoff is the wait before an SSE source connects again. The zero value means 500 ms to 30 s, full jitter. A server
	// that asks for a longer one (Retry-After) gets it, five minutes at most. A Caller does not use it: each call is an
	// attempt of its own.
	Backoff transport.Backoff
	// Logger gets what has no caller to tell it to, such as a lost event stream. nil means slog.Default().
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.ReadLimit == 0 {
		o.ReadLimit = defaultReadLimit
	}
	if o.MaxConns == 0 && o.Client == nil {
		o.MaxConns = defaultMaxConns
	}
	if o.Proxy == nil {
		o.Proxy = http.ProxyFromEnvironment
	}
	if o.Backoff == (transport.Backoff{}) {
		o.Backoff = transport.DefaultBackoff()
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

func (o Options) validate() error {
	switch {
	case o.ReadLimit < 0:
		return fmt.Errorf("httpapi: ReadLimit must not be negative: %w", transport.ErrInvalidArgument)
	case o.MaxConns < 0:
		return fmt.Errorf("httpapi: MaxConns must not be negative: %w", transport.ErrInvalidArgument)
	case o.Client != nil && (o.TLS != nil || o.Proxy != nil || o.MaxConns != 0):
		return fmt.Errorf("httpapi: Client excludes TLS, Proxy and MaxConns: %w", transport.ErrInvalidArgument)
	}
	if err := o.Backoff.Validate(); err != nil {
		return fmt.Errorf("httpapi: %w", err)
	}
	return nil
}

// requester performs requests over the client that was given, or over connections of its own.
type requester struct {
	send func(*http.Request) (*http.Response, error)
	// own tells that send is http.Transport's. It does not change a request's header, so all requests may have the same one.
	own bool
	// closeIdle closes the connections that no request uses.
	closeIdle func()
}

// do performs a request. It takes the body off an answer that changes the protocol, which nobody has asked for: it is the connection
// itself, and no context would end its reading.
func (r *requester) do(req *http.Request) (*http.Response, error) {
	resp, err := r.send(req)
	if err == nil && resp.StatusCode == http.StatusSwitchingProtocols {
		_ = resp.Body.Close() // there is nothing to read
		resp.Body = http.NoBody
	}
	return resp, err
}

// newRequester makes a requester. mask learns the credentials of the proxies, which may repeat them.
func newRequester(o Options, mask secret.Mask) requester {
	if o.Client != nil {
		client := *o.Client
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		// The connections are not ours to close.
		return requester{send: client.Do, closeIdle: func() {}}
	}
	dialer := net.Dialer{Timeout: dialTimeout, KeepAlive: 15 * time.Second}
	// HTTP/1.1 only: its transport repeats a request under conditions that can be told (see body.go), and no OneBot
	// server speaks anything newer.
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	settings := o.TLS.Clone()
	if settings != nil && slices.Contains(settings.NextProtos, "h2") { // as in a configuration that another http.Transport has used
		settings.NextProtos = []string{"http/1.1"}
	}
	tr := &http.Transport{
		Proxy:               learning(o.Proxy, mask),
		DialContext:         dialer.DialContext,
		TLSClientConfig:     settings,
		TLSHandshakeTimeout: handshakeTimeout,
		WriteBufferSize:     oneWrite,
		MaxIdleConns:        o.MaxConns,
		MaxIdleConnsPerHost: o.MaxConns,
		MaxConnsPerHost:     o.MaxConns,
		IdleConnTimeout:     idleTimeout,
		DisableCompression:  true,
		Protocols:           protocols,
	}
	return requester{send: tr.RoundTrip, own: true, closeIdle: tr.CloseIdleConnections}
}

// learning gives proxy, and makes mask know the credentials of what it picks.
func learning(proxy func(*http.Request) (*url.URL, error), mask secret.Mask) func(*http.Request) (*url.URL, error) {
	return func(r *http.Request) (*url.URL, error) {
		picked, err := proxy(r)
		if picked != nil {
			mask.Learn(secret.InUser(picked.User)...)
		}
		return picked, err
	}
}
