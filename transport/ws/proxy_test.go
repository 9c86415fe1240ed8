package ws_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

// rawServer serves raw connections on the loopback interface, one goroutine each, and gives the address.
func rawServer(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer func() { _ = conn.Close() }()
				serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		running.Wait()
	})
	return l.Addr().String()
}

// says answers one request by the given bytes.
func says(answer string) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			_, _ = io.WriteString(conn, answer)
		}
	}
}

// proxyTo is a proxy that leads to one server, wants the given user and password, and says something extra when it has got them.
func proxyTo(server, credentials, extra string) func(net.Conn) {
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(credentials))
	return func(conn net.Conn) {
		r := bufio.NewReader(conn)
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		if req.Method != http.MethodConnect || req.Header.Get("Proxy-Authorization") != want {
			_, _ = io.WriteString(conn, "HTTP/1.1 407\r\n\r\n")
			return
		}
		to, err := new(net.Dialer).DialContext(context.Background(), "tcp", server)
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200\r\n"+extra+"\r\n")
		var back sync.WaitGroup
		back.Go(func() {
			_, _ = io.Copy(conn, to)
			_ = conn.Close()
		})
		_, _ = io.Copy(to, r)
		_ = to.Close()
		back.Wait()
	}
}

func through(t *testing.T, proxy string) func(*http.Request) (*url.URL, error) {
	t.Helper()
	u, err := url.Parse(proxy)
	require.NoError(t, err)
	return http.ProxyURL(u)
}

func TestDial_throughAProxy(t *testing.T) {
	t.Parallel()
	plain, secure := newServer(t, (*peer).echoes), newTLSServer(t, (*peer).echoes)
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	config := secure.TLS.Clone()
	for _, tc := range []struct {
		name, url string
		server    *server
		scheme    string
		user      string
		wants     string
		extra     string
	}{
		{"plain", "ws://example.com/", plain, "http", "me:p%20w@", "me:p w", ""},
		{"secure", "wss://example.com/", secure, "http", "me:p%20w@", "me:p w", ""},
		{"user alone", "ws://example.com/", plain, "http", "token@", "token:", ""},
		{"by TLS", "ws://example.com/", plain, "https", "me:pw@", "me:pw", ""},
		{"TLS within TLS", "wss://example.com/", secure, "https", "me:pw@", "me:pw", ""},
		{"that gives a length", "ws://example.com/", plain, "http", "me:pw@", "me:pw", "Content-Length: 10\r\n"},
		{"that speaks of chunks", "wss://example.com/", secure, "http", "me:pw@", "me:pw", "Transfer-Encoding: chunked\r\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			serve := proxyTo(tc.server.Listener.Addr().String(), tc.wants, tc.extra)
			if tc.scheme == "https" {
				inside := serve
				serve = func(conn net.Conn) { inside(tls.Server(conn, config)) }
			}
			c := mustDial(t, tc.url, ws.Options{
				TLS: &tls.Config{RootCAs: roots}, Proxy: through(t, tc.scheme+"://"+tc.user+rawServer(t, serve)),
			})
			resp, err := c.Call(within(t, 5*time.Second), call(`{"a":1}`))
			require.NoError(t, err)
			assert.JSONEq(t, `{"a":1}`, string(resp.Data))
		})
	}
}

func TestDial_proxyRefuses(t *testing.T) {
	t.Parallel()
	basic := base64.StdEncoding.EncodeToString([]byte("somebody:s3cretpass"))
	for _, tc := range []struct{ name, answer, want string }{
		{"no reason phrase", "HTTP/1.1 503\r\n\r\n", "status 503"},
		{"forbidden", "HTTP/1.1 403 Forbidden\r\n\r\n", "status 403"},
		{"says the password", "HTTP/1.1 407 not s3cretpass\r\n\r\n" + basic, "status 407"},
		{"no HTTP", "garbage somebody:s3cretpass " + basic + "\r\n\r\n", "malformed"},
		{"nothing", "", "EOF"},
		{"no end", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 100<<10), "more than 65536 bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			addr := rawServer(t, says(tc.answer))
			_, err := ws.Dial(within(t, 5*time.Second), "ws://example.com/", quiet(ws.Options{
				Token: "t0ken", Proxy: through(t, "http://somebody:s3cretpass@"+addr),
			}))
			require.ErrorIs(t, err, transport.ErrNotConnected)
			require.NotErrorIs(t, err, transport.ErrUnauthorized, "the token has not got there")
			assert.Contains(t, err.Error(), "proxy http://***@"+addr)
			assert.Contains(t, err.Error(), tc.want)
			for _, s := range []string{"s3cret", basic} {
				assert.NotContains(t, err.Error(), s)
			}
		})
	}
}

func TestDial_reconnectsThroughAProxyWithoutReasonPhrases(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *peer) { p.send(`{}`) })
	asked := make(chan struct{}, 100)
	to := proxyTo(s.Listener.Addr().String(), "me:pw", "")
	addr := rawServer(t, func(conn net.Conn) {
		asked <- struct{}{}
		if len(asked) > 1 {
			says("HTTP/1.1 503\r\n\r\n")(conn)
			return
		}
		to(conn)
	})
	mustDial(t, "ws://example.com/", ws.Options{Proxy: through(t, "http://me:pw@"+addr)})
	require.Eventually(t, func() bool { return len(asked) > 3 }, 5*time.Second, time.Millisecond)
}

func TestDial_proxyThatHangs(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "https", "socks5"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			addr := rawServer(t, func(conn net.Conn) {
				_, _ = io.WriteString(conn, "HTTP/1.1 2"[:len(scheme)-4]) // some of an answer
				_, _ = io.Copy(io.Discard, conn)
			})
			start := time.Now()
			_, err := ws.Dial(within(t, 50*time.Millisecond), "ws://example.com/", quiet(ws.Options{Proxy: through(t, scheme+"://"+addr)}))
			require.ErrorIs(t, err, transport.ErrNotConnected)
			assert.Less(t, time.Since(start), 5*time.Second)
		})
	}
}

func TestDial_proxyThatCannotWork(t *testing.T) {
	t.Parallel()
	for _, proxy := range []string{"ftp://me:s3cretpass@127.0.0.1:1", "//127.0.0.1:1", "http://:80", "socks5://"} {
		_, err := ws.Dial(within(t, 5*time.Second), "ws://example.com/", quiet(ws.Options{DialRetry: true, Proxy: through(t, proxy)}))
		require.ErrorIs(t, err, transport.ErrInvalidArgument, proxy)
		require.NotErrorIs(t, err, transport.ErrNotConnected)
		assert.NotContains(t, err.Error(), "s3cret")
	}
	failing := errors.New("no proxy known")
	_, err := ws.Dial(t.Context(), "ws://example.com/", quiet(ws.Options{Proxy: func(*http.Request) (*url.URL, error) { return nil, failing }}))
	require.ErrorIs(t, err, failing)
	require.ErrorIs(t, err, transport.ErrNotConnected)
}

func TestDial_socksProxyIsAskedForTheName(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"socks5", "socks5h"} {
		asked := make(chan string, 1)
		addr := rawServer(t, func(conn net.Conn) {
			b := make([]byte, 512)
			_, _ = conn.Read(b)
			_, _ = conn.Write([]byte{5, 0})
			n, _ := conn.Read(b)
			asked <- string(b[:n])
		})
		_, err := ws.Dial(within(t, 5*time.Second), "ws://example.com/", quiet(ws.Options{Proxy: through(t, scheme+"://"+addr)}))
		require.ErrorIs(t, err, transport.ErrNotConnected)
		assert.Contains(t, <-asked, "example.com")
	}
}

// TestDial_proxyHoldsOn: the page of a refusal is not waited for.
func TestDial_proxyHoldsOn(t *testing.T) {
	t.Parallel()
	left := make(chan struct{})
	addr := rawServer(t, func(conn net.Conn) {
		says("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 1000\r\n\r\n<html>")(conn)
		_, _ = io.Copy(io.Discard, conn) // until the other side goes
		close(left)
	})
	_, err := ws.Dial(t.Context(), "ws://example.com/", quiet(ws.Options{Proxy: through(t, "http://"+addr), HandshakeTimeout: time.Hour}))
	require.ErrorContains(t, err, "status 407")
	<-left
}

func TestDial_proxyWithoutScheme(t *testing.T) {
	t.Parallel()
	_, err := ws.Dial(t.Context(), "ws://example.com/", quiet(ws.Options{Proxy: through(t, "me:s3cretpass@proxy.example:8080")}))
	require.ErrorIs(t, err, transport.ErrInvalidArgument)
	assert.NotContains(t, err.Error(), "s3cret")
}

// TestDial_ownHeaderInAnAnswer: what a server says of a header does not hide which answer it was.
func TestDial_ownHeaderInAnAnswer(t *testing.T) {
	t.Parallel()
	addr := rawServer(t, says("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 12\r\n\r\nstatus of me"))
	_, err := ws.Dial(t.Context(), "ws://"+addr, quiet(ws.Options{Header: http.Header{"X-Who": {"status"}, "X-Forwarded-Proto": {"http"}}}))
	var answer *transport.HTTPError
	require.ErrorAs(t, err, &answer)
	assert.Equal(t, http.StatusServiceUnavailable, answer.Status)
	assert.Equal(t, "*** of me", string(answer.Body))
}
