package ws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/gorilla/websocket"

	"github.com/onebot-go/onebot/internal/backoff"
	"github.com/onebot-go/onebot/internal/secret"
	"github.com/onebot-go/onebot/transport"
)

// remote is where a link dials to.
type remote struct {
	url  string
	name string // the same without secrets
	opts *Options
}

// Dial connects to a server at a ws or wss address, whose path is kept as given; an access_token in its query is sent as it
// stands and appears in no error and no log. With EventURL it connects two sockets, which connect again each on its own.
//
// ctx bounds dialling only. The first attempt's error is returned, unless DialRetry is set: ErrInvalidArgument for an address
// or an option that cannot work, ErrUnauthorized when the handshake was answered with 401 or 403, ErrNotConnected for all
// others, with a *transport.HTTPError where the server gave another answer. NapCat, LLBot and onebots reject a token
// only after the handshake: there Dial succeeds, and Receive and the calls fail with ErrUnauthorized. A socket that is rejected or
// lost while Dial is at work on the other one is seen to at once: the rejection ends Dial, the loss is made good beside it.
func Dial(ctx context.Context, rawURL string, o Options) (*Conn, error) {
	rawURL, o.EventURL = strings.TrimSpace(rawURL), strings.TrimSpace(o.EventURL)
	o = o.withDialDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	calls, err := parseRemote(rawURL, &o)
	if err != nil {
		return nil, err
	}
	secrets := append(secret.InURL(rawURL), o.Token)
	secrets = append(secrets, secret.InURL(o.EventURL)...)
	secrets = append(secrets, secret.InHeader(o.Header)...)
	c := newConn(&o, secret.NewMask(secrets...), calls.name)
	c.calls = c.addLink(calls, o.EventURL == "")
	c.events = c.calls
	if o.EventURL != "" {
		events, err := parseRemote(o.EventURL, &o)
		if err != nil {
			return nil, err
		}
		c.events = c.addLink(events, true)
	}
	if err := c.connect(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// connect makes the first connection of each link and serves it from then on, as it may be rejected or lost while the next one is made,
// which can take as long as DialRetry has time for. On an error nothing of c is left.
func (c *Conn) connect(ctx context.Context) error {
	life, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	dialling, stop := context.WithCancel(ctx)
	defer stop()
	//nolint:contextcheck // once c is over there is nothing more to dial for
	defer context.AfterFunc(life, stop)()
	for _, l := range c.links() {
		s, err := l.first(dialling)
		if err == nil && l.put(s) {
			c.running.Add(1)
			go l.run(life, s) //nolint:contextcheck // ctx bounds dialling only, not the life of the connection
			continue
		}
		if err == nil {
			s.abandon()
		}
		if over := c.Err(); over != nil {
			err = fmt.Errorf("ws: dial %s: %w", c.name, over)
		}
		_ = c.Close()
		return err
	}
	return nil
}

func parseRemote(raw string, o *Options) (*remote, error) {
	name := secret.URL(raw)
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		// The parser's error quotes the address.
		return nil, fmt.Errorf("ws: %s: not an address: %w", name, transport.ErrInvalidArgument)
	case u.Scheme != "ws" && u.Scheme != "wss":
		return nil, fmt.Errorf("ws: %s: the scheme must be ws or wss: %w", name, transport.ErrInvalidArgument)
	case u.Host == "" || u.Hostname() == "":
		return nil, fmt.Errorf("ws: %s: no host: %w", name, transport.ErrInvalidArgument)
	case !isPort(u.Port()):
		return nil, fmt.Errorf("ws: %s: no such port: %w", name, transport.ErrInvalidArgument)
	case u.User != nil:
		return nil, fmt.Errorf("ws: %s: user information is not supported: %w", name, transport.ErrInvalidArgument)
	}
	u.Fragment, u.RawFragment = "", ""
	return &remote{url: u.String(), name: name, opts: o}, nil
}

// isPort tells whether a port, which is of digits or absent, is one that there is: no attempt to reach another will ever succeed.
func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil
}

// first makes the first connection, in one attempt or in as many as DialRetry has time for.
func (l *link) first(ctx context.Context) (*socket, error) {
	waits := backoff.New(backoff.Policy(l.remote.opts.Backoff))
	var told string
	for {
		s, err := l.dial(ctx)
		if err == nil {
			return s, nil
		}
		if !l.remote.opts.DialRetry || isFinal(err) || errors.Is(err, transport.ErrInvalidArgument) || ctx.Err() != nil {
			return nil, err
		}
		l.tellFailure(ctx, err, &told)
		if !sleep(ctx, waits.Next()) {
			return nil, fmt.Errorf("ws: dial %s: %w: %w, last: %w", l.remote.name, transport.ErrNotConnected, ctx.Err(), err)
		}
	}
}

// dial makes one attempt.
func (l *link) dial(ctx context.Context) (*socket, error) {
	conn, box, err := l.remote.handshake(ctx, l.conn.mask)
	if err == nil {
		return newSocket(l.conn, conn, box, l.remote.opts.ReadLimit, true), nil
	}
	if answer := (*transport.HTTPError)(nil); !errors.As(err, &answer) { // its page is masked
		err = l.conn.mask.Error(err)
	}
	switch {
	case ctx.Err() != nil && !errors.Is(err, ctx.Err()):
		err = fmt.Errorf("%w: %w: %w", transport.ErrNotConnected, ctx.Err(), err)
	case !errors.Is(err, transport.ErrUnauthorized) && !errors.Is(err, transport.ErrInvalidArgument):
		err = fmt.Errorf("%w: %w", transport.ErrNotConnected, err)
	}
	return nil, fmt.Errorf("ws: dial %s: %w", l.remote.name, err)
}

// handshake connects. gorilla looks at the context until the network connection stands and at its deadline after that;
// that it was cancelled is seen to here.
func (r *remote) handshake(ctx context.Context, mask secret.Mask) (*websocket.Conn, *outbox, error) {
	attempt, cancel := context.WithTimeout(ctx, r.opts.HandshakeTimeout)
	defer cancel()
	var box *outbox
	stop := func() bool { return true }
	w := way{opts: r.opts, mask: mask}
	d := websocket.Dialer{
		NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := w.dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			box = newOutbox(conn, r.opts.WriteTimeout, true)
			box.left = maxHandshake
			stop = context.AfterFunc(attempt, func() { _ = conn.Close() })
			return box, nil
		},
		Proxy:           w.choose,
		TLSClientConfig: r.opts.TLS,
		ReadBufferSize:  dialReadBuffer,
		WriteBufferPool: &writeBuffers,
	}
	header := canonical(r.opts.Header)
	if r.opts.Token != "" {
		header.Set("Authorization", "Bearer "+r.opts.Token)
	}
	conn, resp, err := d.DialContext(attempt, r.url, header)
	inTime := stop()
	if err == nil && len(resp.Header.Values("Sec-Websocket-Extensions")) > 0 {
		_ = conn.Close()
		err = errExtension
	}
	switch {
	case err == nil && inTime:
		return conn, box, nil
	case err == nil:
		_ = conn.Close() // given up: the context has ended in the last moment
		return nil, nil, attempt.Err()
	case errors.Is(err, websocket.ErrBadHandshake) && resp != nil:
		err = refusal(resp, mask)
	case box != nil && box.left < 0:
		err = errLongHandshake // who parsed it says that it was no HTTP
	case errors.Is(err, os.ErrDeadlineExceeded):
		// gorilla gives the connection the deadline of the attempt, whose own timer may be a moment behind.
		err = fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	case attempt.Err() != nil && !errors.Is(err, attempt.Err()):
		err = fmt.Errorf("%w: %w", attempt.Err(), err)
	}
	if resp != nil {
		_ = resp.Body.Close() // gorilla has put a buffer in its place
	}
	return nil, nil, err
}
