package ws

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"github.com/onebot-go/onebot/internal/secret"
	"github.com/onebot-go/onebot/transport"
)

// maxProxyAnswer bounds what a proxy may say before the tunnel stands.
const maxProxyAnswer = 64 << 10

// way is how one handshake gets to its server. The tunnel through an HTTP proxy is made here, as gorilla panics on an answer without a
// reason phrase, reads without a bound, and knows no proxy behind TLS.
type way struct {
	opts  *Options
	mask  secret.Mask
	proxy *url.URL // of HTTP; nil: straight to the server, or by SOCKS
}

// choose is given to gorilla in place of Options.Proxy: it gives the proxies that gorilla is to use itself, those of SOCKS.
func (w *way) choose(r *http.Request) (*url.URL, error) {
	if w.opts.Proxy == nil {
		return nil, nil //nolint:nilnil // what http.Transport.Proxy means by no proxy
	}
	proxy, err := w.opts.Proxy(r)
	if err != nil || proxy == nil {
		return nil, err
	}
	w.mask.Learn(secret.InUser(proxy.User)...)
	if proxy.Hostname() == "" {
		return nil, fmt.Errorf("proxy %s: no host: %w", secret.URL(proxy.String()), transport.ErrInvalidArgument)
	}
	switch proxy.Scheme {
	case "http", "https":
		w.proxy = proxy
		return nil, nil //nolint:nilnil // see dial
	case "socks5", "socks5h": // names are looked up by the proxy with both
		socks := *proxy
		socks.Scheme = "socks5"
		return &socks, nil
	default:
		return nil, fmt.Errorf("proxy %s: the scheme must be http, https, socks5 or socks5h: %w",
			secret.URL(proxy.String()), transport.ErrInvalidArgument)
	}
}

func basic(user *url.Userinfo) string {
	password, _ := user.Password()
	return base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
}

// dial connects to addr. ctx bounds the tunnel too.
func (w *way) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if w.proxy == nil {
		return w.opts.Dial(ctx, network, addr)
	}
	conn, err := w.tunnel(ctx, network, addr)
	if err != nil {
		return nil, fmt.Errorf("proxy %s: %w", secret.URL(w.proxy.String()), err)
	}
	return conn, nil
}

func (w *way) tunnel(ctx context.Context, network, addr string) (net.Conn, error) {
	port := w.proxy.Port()
	switch {
	case port != "":
	case w.proxy.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	conn, err := w.opts.Dial(ctx, network, net.JoinHostPort(w.proxy.Hostname(), port))
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	through := conn
	if w.proxy.Scheme == "https" {
		through, err = w.encrypt(ctx, conn)
	}
	if err == nil {
		err = connect(through, w.proxy.User, addr)
	}
	switch inTime := stop(); {
	case !inTime && err != nil && !errors.Is(err, ctx.Err()):
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	case !inTime:
		err = ctx.Err()
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return through, nil
}

// encrypt speaks TLS with the proxy.
func (w *way) encrypt(ctx context.Context, conn net.Conn) (net.Conn, error) {
	config := w.opts.TLS.Clone()
	if config == nil {
		config = new(tls.Config)
	}
	config.ServerName = w.proxy.Hostname() // a name in the options is that of the server
	config.NextProtos = nil
	c := tls.Client(conn, config)
	return abrupt{c}, c.HandshakeContext(ctx)
}

// abrupt closes at once. TLS would wait for a proxy that takes no more, only to tell it of the end.
type abrupt struct{ *tls.Conn }

func (a abrupt) Close() error { return a.NetConn().Close() }

// connect asks the proxy at the other end of conn for a tunnel to addr.
func connect(conn net.Conn, user *url.Userinfo, addr string) error {
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}
	if user != nil {
		req.Header.Set("Proxy-Authorization", "Basic "+basic(user))
	}
	if err := req.Write(conn); err != nil {
		return err
	}
	answer := &io.LimitedReader{R: conn, N: maxProxyAnswer}
	reader := bufio.NewReader(answer)
	resp, err := http.ReadResponse(reader, req)
	switch {
	case err != nil && answer.N <= 0:
		return fmt.Errorf("an answer of more than %d bytes", maxProxyAnswer)
	case err != nil:
		return err
	}
	// Nothing of a page is read, whatever length the head gives: behind a 200 there is none (RFC 9110, section 9.3.6), and one of a refusal
	// may never end. What was read ahead can be dropped, as a server does not speak first.
	reader.Reset(http.NoBody)
	_ = resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("answered with status %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	return nil
}
