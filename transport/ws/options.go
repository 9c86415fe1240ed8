package ws

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/onebot-go/onebot/internal/header"
	"github.com/onebot-go/onebot/transport"
)

// Options are the settings of Dial. The zero value works.
type Options struct {
	// Token is sent as "Authorization: Bearer". Empty: no header. It is in no error and no log.
	Token string
	// EventURL is the address of the event socket where a server has one for calls and one for events. The address given to
	// Dial is then used for calls only, and events that come there are dropped. Empty: one socket for both.
	EventURL string
	// Header is sent with every handshake. What the handshake has of its own (Connection, Upgrade, Sec-WebSocket-Key and the like) is
	// ErrInvalidArgument. Host is the name that the server is asked for; Authorization gives way to Token.
	Header http.Header
	// ReadLimit is the largest frame in bytes that is read; a larger one ends the connection. 0: 64 MiB.
	ReadLimit int64
	// Backoff is how long to wait before connecting again. The zero value: 500 ms to 30 s with full jitter.
	Backoff transport.Backoff
	// TLS is used for wss. Nil: the defaults of crypto/tls.
	TLS *tls.Config
	// Proxy gives the proxy for a handshake: http, https, socks5 or socks5h. Nil: the one that the environment names, or none where
	// Dial is set.
	Proxy func(*http.Request) (*url.URL, error)
	// Dial makes the network connection, in place of net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// FailFast makes a call fail at once while there is no connection, instead of waiting for the next one.
	FailFast bool
	// DialRetry makes Dial try again, with Backoff, until its context ends or the token is rejected.
	DialRetry bool
	// HandshakeTimeout bounds one attempt to connect. 0: 10 s.
	HandshakeTimeout time.Duration
	// WriteTimeout is how long the peer may take no byte of what is being written before the connection counts as dead.
	// 0: 10 s.
	WriteTimeout time.Duration
	// PingInterval is the time between pings. A peer that has answered one and then sends nothing at all for this long and
	// 10 s more counts as dead. One that answers none of the first three gets no more, and its silence is never taken for
	// death. 0: 30 s; negative: no pings.
	//
	// Heartbeats need no option: a peer that has sent one on a socket, with its interval, counts as dead when nothing at all has
	// come there for three intervals and 10 s more, with or without pings. One that has sent none is never closed for that.
	PingInterval time.Duration
	// Logger gets lost connections and why there is none (Warn, a reason that repeats itself Debug), new ones (Info), and odd frames.
	// Nil: slog.Default().
	Logger *slog.Logger
}

// AcceptOptions are the settings of Accept. The zero value takes everyone, apart from browsers of other origins.
type AcceptOptions struct {
	// Token is what the peer has to present, by header or access_token parameter. Empty: nothing is asked for.
	Token string
	// CheckOrigin decides about handshakes of browsers. Nil: only those of the same origin, as servers send none.
	CheckOrigin func(*http.Request) bool
	// SelfID is the account that the connection is for; 0 takes it from the X-Self-ID header, if there is one.
	SelfID int64
	// CallsOnly drops events that come on this connection.
	CallsOnly bool
	// Sink gets every event from the first on, as the sink of Receive does, and Receive is refused: for a server of many
	// connections, which has no goroutine to spare for each. It may be called before Accept has returned. Nil: Receive.
	Sink func(transport.Frame)
	// Rounds, where it is given, drives the pings of this connection together with those of others. Nil: a timer of its own does.
	Rounds *Rounds
	// Ended is called once, with why, when the connection has ended: as the last act of its last goroutine, also after
	// Close. Close does not wait for it. Nil: nobody is told.
	Ended func(why error)
	// ReadLimit, WriteTimeout, PingInterval and Logger are those of Options.
	ReadLimit    int64
	WriteTimeout time.Duration
	PingInterval time.Duration
	Logger       *slog.Logger
}

// The defaults, and the sizes that are nobody's option.
const (
	defaultReadLimit = 64 << 20
	defaultHandshake = 10 * time.Second
	defaultWriteWait = 10 * time.Second
	defaultPing      = 30 * time.Second

	// pongWait is what a peer gets on top of the interval of the pings.
	pongWait = 10 * time.Second
	// goodbyeWait bounds how long a close frame, and what is before it, may take to leave.
	goodbyeWait = 250 * time.Millisecond
	// tailWait is for the reading of what came before a write failed, as in Retire.
	tailWait = time.Second

	// One dialled connection can afford a large buffer, and saves most of its read calls by it. Accepted ones come by
	// the thousand and idle.
	dialReadBuffer   = 64 << 10
	acceptReadBuffer = 288
	// maxHandshake bounds what a server may say before the WebSocket stands.
	maxHandshake = 1 << 20
	// maxPending bounds the bytes that wait to be written.
	maxPending = 1 << 20
	// maxKept is the largest buffer that is kept for the next frame.
	maxKept = 1 << 20
)

func (o Options) withDefaults() Options {
	if o.ReadLimit == 0 {
		o.ReadLimit = defaultReadLimit
	}
	if o.Backoff == (transport.Backoff{}) {
		o.Backoff = transport.DefaultBackoff()
	}
	if o.HandshakeTimeout == 0 {
		o.HandshakeTimeout = defaultHandshake
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = defaultWriteWait
	}
	if o.PingInterval == 0 {
		o.PingInterval = defaultPing
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// withDialDefaults is withDefaults for Dial. Accepted connections, which come by the thousand, hold no dialler.
func (o Options) withDialDefaults() Options {
	if o.Proxy == nil && o.Dial == nil {
		o.Proxy = http.ProxyFromEnvironment
	}
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	if o.TLS != nil && slices.Contains(o.TLS.NextProtos, "h2") { // as in a configuration that http.Transport has used; gorilla refuses it
		o.TLS = o.TLS.Clone()
		o.TLS.NextProtos = []string{"http/1.1"}
	}
	return o.withDefaults()
}

func (o Options) validate() error {
	switch {
	case o.ReadLimit < 0:
		return fmt.Errorf("ws: ReadLimit must not be negative: %w", transport.ErrInvalidArgument)
	case o.HandshakeTimeout < 0:
		return fmt.Errorf("ws: HandshakeTimeout must not be negative: %w", transport.ErrInvalidArgument)
	case o.WriteTimeout < 0:
		return fmt.Errorf("ws: WriteTimeout must not be negative: %w", transport.ErrInvalidArgument)
	case header.Check(http.Header{"Authorization": {o.Token}}) != "":
		return fmt.Errorf("ws: the token cannot be sent in a header: %w", transport.ErrInvalidArgument)
	}
	if err := checkHeader(o.Header); err != nil {
		return err
	}
	if err := o.Backoff.Validate(); err != nil {
		return fmt.Errorf("ws: %w", err)
	}
	return nil
}

// settings gives the part of o that Options has too, so that defaults and checks stand in one place.
func (o AcceptOptions) settings() Options {
	return Options{
		ReadLimit: o.ReadLimit, WriteTimeout: o.WriteTimeout, PingInterval: o.PingInterval, Logger: o.Logger,
	}
}
