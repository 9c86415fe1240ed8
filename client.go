package onebot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/onebot-go/onebot/internal/backoff"
	"github.com/onebot-go/onebot/internal/secret"
	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
	"github.com/onebot-go/onebot/transport/ws"
)

// Response is the answer of a server to one action call.
type Response = transport.Response

// Client talks to one account on one server. It is made by Dial or New, is safe for concurrent use, and is to be closed.
//
// Calls, Await and Events work at once; Run delivers events to handlers.
type Client struct {
	cfg     *config // a hub's clients share one
	conn    transport.Transport
	log     *slog.Logger
	invoke  Invoker
	limiter *limiter
	server  serverCache

	outcomes outcomes
	catchUp  *catchUp // nil without WithCatchUp

	handlers registry
	account  *account // of a hub, which brings the events; nil for every other client
	inbox    inbox
	life     lifecycle

	// One behind the other: with eight bytes more the heap would take 64 more for each account of a hub.
	watched atomic.Bool // the transport tells about its connection
	mute    bool        // the transport performs no calls: events are answered by quick operation
	self    atomic.Int64
	calls   atomic.Uint64

	base      context.Context //nolint:containedctx // the life of the client's own goroutine, ended by Close
	stop      context.CancelFunc
	closeOnce sync.Once
	closed    atomic.Bool
	wg        sync.WaitGroup
}

// Dial connects to a server. A ws or wss URL opens a WebSocket; an http or https URL is asked get_version_info once, and any
// OneBot answer will do. ctx bounds the dialling only.
//
// Errors: ErrInvalidArgument for a URL or option that cannot work, ErrUnauthorized where the handshake or the first request is
// refused; other failures match ErrNotSent and ErrNotConnected. A server that takes the handshake before it looks at the token
// (NapCat, LLBot) reports ErrUnauthorized from the first call and from Run.
func Dial(ctx context.Context, rawURL string, opts ...Option) (*Client, error) {
	cfg, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	if err := cfg.hub.refuse(); err != nil {
		return nil, err
	}
	u, err := url.Parse(strings.TrimSpace(rawURL))
	if !strings.Contains(rawURL, "://") { // an address alone, of which Go makes a path or a scheme
		return nil, invalid("dial: the address has no scheme: it is written as ws://host:port")
	}
	if err != nil {
		return nil, invalid("dial: %s is no URL", secret.URL(rawURL))
	}
	cfg.mask.Learn(secret.InURL(rawURL)...)
	switch strings.ToLower(u.Scheme) {
	case "ws", "wss":
		return dialWS(ctx, u.String(), cfg)
	case "http", "https":
		return dialHTTP(ctx, u.String(), cfg)
	default:
		return nil, invalid("dial: scheme %q is none of ws, wss, http and https", u.Scheme)
	}
}

func dialWS(ctx context.Context, rawURL string, cfg config) (*Client, error) {
	if cfg.source != nil && cfg.eventURL != "" {
		return nil, invalid("dial: WithEventURL and WithEventSource exclude each other")
	}
	conn, err := ws.Dial(ctx, rawURL, cfg.wsOptions())
	if err != nil {
		if !errors.Is(err, ErrNotSent) {
			err = fmt.Errorf("%w: %w", ErrNotSent, err)
		}
		return nil, fmt.Errorf("onebot: dial: %w", err)
	}
	if cfg.source != nil {
		return newClient(transport.Join(conn, cfg.source), cfg), nil
	}
	return newClient(conn, cfg), nil
}

func dialHTTP(ctx context.Context, rawURL string, cfg config) (*Client, error) {
	if cfg.eventURL != "" {
		return nil, invalid("dial: WithEventURL is for WebSocket; give an HTTP client its events by WithEventSource")
	}
	caller, err := httpapi.NewCaller(rawURL, cfg.httpOptions())
	if err != nil {
		return nil, fmt.Errorf("onebot: dial: %w", err)
	}
	c := makeClient(transport.Join(caller, cfg.source), &cfg, nil)
	waits := backoff.New(backoff.Policy(cfg.backoff))
	for told := ""; ; {
		err := c.probe(ctx)
		if err == nil {
			c.wg.Go(c.receive)
			return c, nil
		}
		again := cfg.dialRetry && !errors.Is(err, ErrUnauthorized) && ctx.Err() == nil
		if text := err.Error(); again && text != told { // it may be one that no waiting cures
			c.log.Warn("onebot: dial: no answer", "error", err)
			told = text
		}
		if !again || !pause(ctx, waits) {
			if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
				err = fmt.Errorf("%w, last: %w", cause, err)
			}
			return nil, errors.Join(notConnected(err), c.end(caller.Close)) // the source is the user's still
		}
	}
}

// New makes a client of a transport, which it owns from here on: Close closes it, and so does a failing New.
// An invalid option gives an error that matches ErrInvalidArgument, and so do WithEventURL and WithEventSource, because t alone brings
// the events (transport.Join makes one of a caller and a source). Other options about connecting have no effect.
func New(t transport.Transport, opts ...Option) (*Client, error) {
	if t == nil {
		return nil, invalid("new: nil transport")
	}
	cfg, err := newConfig(opts)
	if err == nil {
		err = cfg.hub.refuse()
	}
	if err == nil && (cfg.eventURL != "" || cfg.source != nil) {
		err = invalid("new: WithEventURL and WithEventSource are for Dial; join a source to the transport by transport.Join")
	}
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return newClient(t, cfg), nil
}

// newClient makes a client that receives for itself.
func newClient(t transport.Transport, cfg config) *Client {
	c := makeClient(t, &cfg, nil)
	c.wg.Go(c.receive)
	return c
}

func makeClient(t transport.Transport, cfg *config, a *account) *Client {
	base, stop := context.WithCancel(context.Background())
	c := &Client{cfg: cfg, conn: t, log: cfg.logger, account: a, base: base, stop: stop}
	c.limiter = newLimiter(cfg.accountRate, cfg.chatRate)
	c.invoke = c.intercept(c.send)
	if a != nil {
		c.life.cache.store = a.hub.messages
	} else {
		c.life.cache.store = &messageStore{limit: cfg.cache}
	}
	c.inbox.init(c)
	if e, ok := t.(transport.EventsOnly); ok {
		c.mute = e.EventsOnly()
	}
	if cfg.catchUp != nil {
		c.catchUp = newCatchUp(c, *cfg.catchUp)
		c.wg.Go(c.catchUp.run)
	}
	if w, ok := t.(transport.Watcher); ok {
		w.Watch(c.connectionChanged)
	}
	return c
}

// String names the client and its account, and nothing that was given to Dial: a client may be logged.
func (c *Client) String() string { return fmt.Sprintf("onebot.Client(%d)", c.self.Load()) }

// GoString is String: the fields hold the token.
func (c *Client) GoString() string { return c.String() }

// Run delivers events to handlers until ctx ends (it returns nil), the client is closed (nil), or the transport has failed
// for good (that error, such as ErrUnauthorized).
//
// Before the first Run events wait in the queue, the oldest giving way; after Run has returned they are discarded. When ctx ends
// no further handler starts; running ones keep a live context for WithDrain, and Run returns after the last. When the transport has
// failed, the events that came before are still handled within that time. A second concurrent Run is ErrInvalidArgument. On a
// transport without events Run is ErrUnsupported.
func (c *Client) Run(ctx context.Context) error { return c.inbox.run(ctx) }

// Close ends the client: calls that wait fail with ErrClosed, contexts of running handlers end, the connection is closed.
// It waits for the library's goroutines and not for handlers, so that a handler may call it. The second Close returns nil.
//
// The order: no new call starts; the queue is closed and handlers' contexts end; the transport is closed, which fails the
// calls in flight; the receiving goroutine ends; open Await and Events end with ErrClosed.
func (c *Client) Close() error { return c.end(c.conn.Close) }

// end is Close where closeConn closes what the client owns of its transport.
func (c *Client) end(closeConn func() error) error {
	var err error
	c.closeOnce.Do(func() {
		c.closed.Store(true)
		c.stop()
		c.inbox.close()
		err = closeConn()
		c.wg.Wait()
		c.inbox.end(ErrClosed)
	})
	return err
}

// Stats are counters since the client was made.
type Stats struct {
	// Calls that were made, whatever their end.
	Calls uint64
	// Events that came in, wanted or not.
	Events uint64
	// Overflowed events were dropped because the queue for handlers was full. What one Await or Events missed it says itself.
	Overflowed uint64
	// Discarded events gave way before the first Run, in a hub before setup had returned, or came after Run had returned, or could not be
	// read. A frame that is no JSON object is not known to be an event: the transports of this module drop and log it and do not count it.
	Discarded uint64
	// Reconnects counts connections after the first.
	Reconnects uint64
	// LateReplies came after their call had ended.
	LateReplies uint64
	// UnknownEchoes are replies that belong to no call.
	UnknownEchoes uint64
}

// Stats gives the counters.
func (c *Client) Stats() Stats {
	s := Stats{
		Calls: c.calls.Load(), Events: c.inbox.events.Load(),
		Overflowed: c.inbox.overflowed.Load(), Discarded: c.inbox.discarded.Load(),
	}
	if m, ok := c.conn.(transport.Meter); ok {
		n := m.Counters()
		s.Reconnects, s.LateReplies, s.UnknownEchoes = n.Reconnects, n.LateReplies, n.UnknownEchoes
		s.Discarded += n.Dropped
	}
	return s
}

// refuse names hub options given to something that is no hub.
func (h *hubConfig) refuse() error {
	if len(h.set) == 0 {
		return nil
	}
	return invalid("%s is for NewHub only", strings.Join(h.set, ", "))
}
