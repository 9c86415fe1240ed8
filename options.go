package onebot

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/onebot-go/onebot/internal/header"
	"github.com/onebot-go/onebot/internal/secret"
	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
	"github.com/onebot-go/onebot/transport/ws"
)

// Option sets one thing about a client or hub. An option that cannot work makes the constructor return an error that matches
// ErrInvalidArgument.
type Option func(*config) error

// Backoff is how long to wait before each attempt to connect again.
type Backoff = transport.Backoff

// Rate is a limit of one per Every on average, with up to Burst at once. The zero value does not limit; with Every set,
// Burst below 1 counts as 1.
type Rate struct {
	Every time.Duration
	Burst int
}

// config holds what the options set. Every default stands in defaultConfig.
type config struct {
	token       string
	mask        secret.Mask // of the token and the headers, in what servers say
	dialect     Dialect
	hasDialect  bool
	callTimeout time.Duration
	born        time.Time // what the deadlines of calls are reckoned from
	logger      *slog.Logger

	buffers *sync.Pool // of *params

	interceptors []Interceptor
	middleware   []func(Handler) Handler
	accountRate  Rate
	chatRate     Rate

	queue    int
	lanes    int
	cache    int
	drain    time.Duration
	failFast bool
	outcome  time.Duration
	catchUp  *CatchUp

	backoff   Backoff
	dialRetry bool
	eventURL  string
	source    transport.EventSource
	tls       *tls.Config
	header    http.Header
	proxy     func(*http.Request) (*url.URL, error)
	readLimit int64

	hub hubConfig
}

const (
	queueBytes   = 64 << 20 // bytes of events waiting, at most
	cacheBytes   = 16 << 20 // bytes of messages kept for withdrawals, at most
	releasedMax  = 4096     // handlers that have given up their turn, at most
	defaultLimit = 64 << 20 // largest frame or body
	defaultLanes = 256
	defaultQueue = 8192
	defaultCache = 1024
	defaultHub   = 10000
	defaultCall  = 30 * time.Second
	defaultDrain = 5 * time.Second
)

func defaultConfig() config {
	return config{
		buffers:     new(sync.Pool),
		callTimeout: defaultCall,
		born:        time.Now(),
		logger:      slog.Default(),
		queue:       defaultQueue,
		lanes:       defaultLanes,
		cache:       defaultCache,
		drain:       defaultDrain,
		backoff:     transport.DefaultBackoff(),
		readLimit:   defaultLimit,
		hub:         hubConfig{accounts: defaultHub},
	}
}

func newConfig(opts []Option) (config, error) {
	cfg := defaultConfig()
	var errs []error
	for _, opt := range opts {
		if opt == nil {
			errs = append(errs, invalid("nil option"))
			continue
		}
		if err := opt(&cfg); err != nil {
			errs = append(errs, err)
		}
	}
	cfg.mask = secret.NewMask(append(secret.InHeader(cfg.header), cfg.token)...)
	return cfg, errors.Join(errs...)
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("onebot: %s: %w", fmt.Sprintf(format, args...), ErrInvalidArgument)
}

// atLeast makes an option that refuses a number below low.
func atLeast[T int | int64 | time.Duration](name string, low, v T, set func(*config)) Option {
	return func(c *config) error {
		if v < low {
			return invalid("%s: %v is below %v", name, v, low)
		}
		set(c)
		return nil
	}
}

// WithToken sets the access token, sent as "Authorization: Bearer". Default: none. One with control characters, or with spaces at its
// ends, which HTTP takes away, is ErrInvalidArgument.
func WithToken(token string) Option {
	return func(c *config) error {
		if strings.Trim(token, " ") != token {
			return invalid("WithToken: a space at an end of the token")
		}
		for i := range len(token) {
			if token[i] < 0x20 || token[i] == 0x7f {
				return invalid("WithToken: a control character in the token")
			}
		}
		c.token = token
		return nil
	}
}

// WithDialect says which server it is, instead of asking with get_version_info when it is first needed. Standard is a choice
// like any other, not "unset".
func WithDialect(d Dialect) Option {
	return func(c *config) error {
		if d < Standard || d > GoCQHTTP {
			return invalid("WithDialect: no dialect %d", int(d))
		}
		c.dialect, c.hasDialect = d, true
		return nil
	}
}

// WithCallTimeout bounds a call whose context has no deadline. The time starts after the wait for the rate limit. Default 30 s; d must be
// positive.
func WithCallTimeout(d time.Duration) Option {
	return atLeast("WithCallTimeout", 1, d, func(c *config) { c.callTimeout = d })
}

// WithLogger sets where handler errors, dropped events and connection losses are logged. Default slog.Default().
func WithLogger(l *slog.Logger) Option {
	return func(c *config) error {
		if l == nil {
			return invalid("WithLogger: nil")
		}
		c.logger = l
		return nil
	}
}

// WithInterceptor wraps every call. The first given is the outermost. The innermost Invoker already gives an *ActionError
// for an answer that says failed. Where an interceptor gives nil every call is ErrInvalidArgument.
func WithInterceptor(in ...Interceptor) Option {
	return func(c *config) error {
		for _, i := range in {
			if i == nil {
				return invalid("WithInterceptor: nil")
			}
		}
		c.interceptors = append(c.interceptors, in...)
		return nil
	}
}

// WithHandlerMiddleware wraps every handler at its registration. The first given is the outermost; filters run before it.
func WithHandlerMiddleware(mw ...func(Handler) Handler) Option {
	return func(c *config) error {
		for _, m := range mw {
			if m == nil {
				return invalid("WithHandlerMiddleware: nil")
			}
		}
		c.middleware = append(c.middleware, mw...)
		return nil
	}
}

// WithRateLimit limits sends (the actions whose name begins with send_, without the uploads of forwards on Lagrange, which send
// nothing), for the account and for each chat. A send waits for its turn and honours its context: when that ends first, nothing
// was sent. Default: no limit. A negative Every or Burst is ErrInvalidArgument.
func WithRateLimit(perAccount, perChat Rate) Option {
	return func(c *config) error {
		if perAccount.Every < 0 || perChat.Every < 0 || perAccount.Burst < 0 || perChat.Burst < 0 {
			return invalid("WithRateLimit: negative rate")
		}
		c.accountRate, c.chatRate = perAccount, perChat
		return nil
	}
}

// WithEventQueue sets how many events may wait for handlers, default 8192; at most 64 MiB of them wait as well. One chat holds at
// most a quarter of either: WithEventQueue(100) means 25 for one chat. n must be at least 1.
func WithEventQueue(n int) Option {
	return atLeast("WithEventQueue", 1, n, func(c *config) { c.queue = n })
}

// WithLanes sets how many handlers may run at once, default 256, at least 1. Chats without events cost nothing.
func WithLanes(n int) Option {
	return atLeast("WithLanes", 1, n, func(c *config) { c.lanes = n })
}

// WithMessageCache sets how many messages are kept for withdrawals, default 1024 and at most 16 MiB; 0 keeps none. It is filled
// only while an OnChatMessage handler exists.
func WithMessageCache(n int) Option {
	return atLeast("WithMessageCache", 0, n, func(c *config) { c.cache = n })
}

// WithReconnect sets how long to wait between attempts to connect. Default 500 ms to 30 s with full jitter, starting over
// once a connection has lived 10 s. The zero Backoff means the default.
func WithReconnect(b Backoff) Option {
	return func(c *config) error {
		if err := b.Validate(); err != nil {
			return fmt.Errorf("onebot: WithReconnect: %w", err)
		}
		if b != (Backoff{}) {
			c.backoff = b
		}
		return nil
	}
}

// WithFailFast makes a call fail at once with ErrNotConnected while there is no WebSocket connection, instead of waiting for the next
// one. Over HTTP a call whose connection is refused always does.
func WithFailFast() Option {
	return func(c *config) error { c.failFast = true; return nil }
}

// WithDialRetry makes Dial try again until its context ends, instead of returning the first failure. A rejected token still
// ends it at once.
func WithDialRetry() Option {
	return func(c *config) error { c.dialRetry = true; return nil }
}

// WithDrain sets how long running handlers may go on when Run's context ends, before their contexts end too; and, when the transport
// has failed for good, how long the events that came before may take. Default 5 s; with 0 they end at once, and less is
// ErrInvalidArgument. For a hub, the context given to Shutdown says it.
func WithDrain(d time.Duration) Option {
	return atLeast("WithDrain", 0, d, func(c *config) { c.drain = d })
}

// WithEventURL gives the event socket of a split WebSocket its own URL (ws, wss); Dial's URL then carries calls only.
func WithEventURL(rawURL string) Option {
	return func(c *config) error { c.eventURL = rawURL; return nil }
}

// WithEventSource gives an HTTP client its events: a webhook receiver, an SSE source or a polling source. With a ws or wss URL the
// events come from there too, and the WebSocket carries calls only. Once Dial has succeeded the client owns it, and Close closes it;
// a Dial that fails leaves it open.
func WithEventSource(s transport.EventSource) Option {
	return func(c *config) error { c.source = s; return nil }
}

// WithTLS sets the TLS settings of wss and https. Default: Go's.
func WithTLS(t *tls.Config) Option {
	return func(c *config) error { c.tls = t.Clone(); return nil }
}

// WithHeader adds headers to every handshake and HTTP request. Given more than once all are sent; of one name the last. A name or
// value that HTTP does not allow is ErrInvalidArgument.
func WithHeader(h http.Header) Option {
	return func(c *config) error {
		if bad := header.Check(h); bad != "" {
			return invalid("WithHeader: %s", bad)
		}
		if c.header == nil {
			c.header = make(http.Header, len(h))
		}
		for name, values := range h {
			c.header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
		}
		return nil
	}
}

// WithProxy sets the proxy, as http.Transport.Proxy does. Default http.ProxyFromEnvironment.
func WithProxy(p func(*http.Request) (*url.URL, error)) Option {
	return func(c *config) error { c.proxy = p; return nil }
}

// WithReadLimit sets the largest frame or body that is read, in bytes. Default 64 MiB; n must be at least 1.
func WithReadLimit(n int64) Option {
	return atLeast("WithReadLimit", 1, n, func(c *config) { c.readLimit = n })
}

// wsOptions are the options as the WebSocket transport takes them.
func (c *config) wsOptions() ws.Options {
	return ws.Options{
		Token: c.token, EventURL: c.eventURL, Header: c.header, ReadLimit: c.readLimit, Backoff: c.backoff,
		TLS: c.tls, Proxy: c.proxy, FailFast: c.failFast, DialRetry: c.dialRetry, Logger: c.logger,
	}
}

// httpOptions are the options as the HTTP transport takes them.
func (c *config) httpOptions() httpapi.Options {
	return httpapi.Options{
		Token: c.token, Header: c.header, ReadLimit: c.readLimit, TLS: c.tls, Proxy: c.proxy, Logger: c.logger,
	}
}
