package onebot_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

func TestDial_splitSockets(t *testing.T) {
	t.Parallel()
	for _, p := range []onebottest.Persona{onebottest.NapCat, onebottest.LLBot, onebottest.Lagrange, onebottest.GoCQHTTP} {
		srv := onebottest.NewServer(t, p)
		c := dial(t, srv.URL()+"api", onebot.WithEventURL(srv.URL()+"event"))
		require.Equal(t, 2, srv.Connections(), p)
		got := make(chan string, 1)
		c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			_, err := m.Reply(ctx, onebot.Text("back"))
			got <- m.Message.PlainText()
			return err
		})
		runClient(t, c)
		require.NoError(t, srv.WaitOpen(t.Context(), 2))
		srv.Say(100001, 10001, "hi")
		assert.Equal(t, "hi", <-got, p)
		_, err := srv.NextSent(t.Context())
		require.NoError(t, err, p)
	}
	srv := onebottest.NewServer(t, onebottest.NapCat)
	_, err := onebot.Dial(t.Context(), srv.HTTPURL(), onebot.WithEventURL(srv.URL()))
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	_, err = onebot.Dial(t.Context(), srv.URL(), onebot.WithEventURL(srv.URL()), onebot.WithEventSource(answers(nil)))
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
}

func TestDial_eventSource(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat)
	source := answers(nil)
	c := dial(t, srv.HTTPURL(), onebot.WithEventSource(source))
	got := make(chan onebot.MessageID, 1)
	c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error { got <- m.ID; return nil })
	runClient(t, c)
	source.push(groupText(7, 1, 5, "x"))
	assert.Equal(t, onebot.MessageID("5"), <-got)
	_, err := c.Self(t.Context())
	require.NoError(t, err)
}

func TestDial_httpOptions(t *testing.T) {
	t.Parallel()
	seen := make(chan *http.Request, 8)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r
		_, _ = io.WriteString(w, `{"status":"ok","retcode":0,"data":{"app_name":"x"}}`)
	})
	srv := httptest.NewTLSServer(handler)
	t.Cleanup(srv.Close)
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	header := http.Header{"X-Extra": {"yes"}}
	dial(t, srv.URL+"/prefix/", onebot.WithTLS(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}), onebot.WithHeader(header), onebot.WithToken("t0ken"))
	r := <-seen
	assert.Equal(t, "/prefix/get_version_info", r.URL.Path)
	assert.Equal(t, "yes", r.Header.Get("X-Extra"))
	assert.Equal(t, "Bearer t0ken", r.Header.Get("Authorization"))
	_, err := onebot.Dial(t.Context(), srv.URL, onebot.WithLogger(quiet()))
	require.ErrorIs(t, err, onebot.ErrNotSent, "a certificate that nobody vouches for")

	proxy := httptest.NewServer(handler)
	t.Cleanup(proxy.Close)
	at, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	dial(t, "http://bot.invalid/", onebot.WithProxy(http.ProxyURL(at)))
	assert.Equal(t, "http://bot.invalid/get_version_info", (<-seen).URL.String())
}

func TestDial_wsOptions(t *testing.T) {
	t.Parallel()
	backend := onebottest.NewServer(t, onebottest.NapCat)
	to, err := url.Parse(backend.HTTPURL())
	require.NoError(t, err)
	seen := make(chan http.Header, 1)
	front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Clone()
		forward(t, w, r, to.Host)
	}))
	t.Cleanup(front.Close)
	pool := x509.NewCertPool()
	pool.AddCert(front.Certificate())
	c := dial(t, "wss"+front.URL[len("https"):]+"/onebot/v11/ws", onebot.WithTLS(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}),
		onebot.WithHeader(http.Header{"X-Extra": {"no"}, "X-More": {"a", "b"}}), onebot.WithHeader(http.Header{"x-extra": {"yes"}}))
	sent := <-seen
	assert.Equal(t, []string{"yes"}, sent.Values("X-Extra"))
	assert.Equal(t, []string{"a", "b"}, sent.Values("X-More"))
	_, err = c.Self(t.Context())
	require.NoError(t, err)
	require.NoError(t, c.Close())
}

// A proxy in front may speak HTTP/2, and the TLS settings may offer it, as those that http.Transport has used do: what carries calls is
// HTTP/1.1 all the same.
func TestDial_http2InFront(t *testing.T) {
	t.Parallel()
	backend := onebottest.NewServer(t, onebottest.NapCat)
	to, err := url.Parse(backend.HTTPURL())
	require.NoError(t, err)
	front := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(to))
	front.EnableHTTP2 = true
	front.StartTLS()
	t.Cleanup(front.Close)
	pool := x509.NewCertPool()
	pool.AddCert(front.Certificate())
	shared := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	for _, scheme := range []string{"wss", "https"} {
		c := dial(t, scheme+strings.TrimPrefix(front.URL, "https"), onebot.WithTLS(shared))
		_, err = c.Self(t.Context())
		require.NoError(t, err, scheme)
		require.NoError(t, c.Close())
	}
	assert.Equal(t, []string{"h2", "http/1.1"}, shared.NextProtos)
}

// forward copies bytes both ways between a hijacked connection and addr until one side ends.
func forward(t *testing.T, w http.ResponseWriter, r *http.Request, addr string) {
	t.Helper()
	near, rw, err := http.NewResponseController(w).Hijack()
	if !assert.NoError(t, err) {
		return
	}
	defer func() { _ = near.Close() }()
	far, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", addr)
	if !assert.NoError(t, err) {
		return
	}
	defer func() { _ = far.Close() }()
	if !assert.NoError(t, r.Write(far)) {
		return
	}
	done := make(chan struct{}, 2)
	go func() { _, _ = io.Copy(far, rw); done <- struct{}{} }()
	go func() { _, _ = io.Copy(near, far); done <- struct{}{} }()
	<-done
	_ = near.Close()
	_ = far.Close()
	<-done
}

func TestDial_readLimit(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat)
	srv.Handle("big", func(onebottest.Call) onebottest.Reply { return onebottest.Reply{Data: make([]byte, 4096)} })
	for _, at := range []string{srv.URL(), srv.HTTPURL()} {
		c := dial(t, at, onebot.WithReadLimit(2048), onebot.WithReconnect(onebot.Backoff{Min: time.Millisecond, Max: time.Millisecond}))
		_, err := c.Call(t.Context(), "big", nil)
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown, at)
		_, err = c.Self(t.Context())
		require.NoError(t, err, at)
	}
}

// A Dial that tries again says why: it may be what no waiting cures.
func TestDial_httpRetrySaysWhy(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of each handshake
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var attempts atomic.Int32
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if attempts.Add(1) == 4 {
			cancel()
		}
		return nil, nil //nolint:nilnil // what crypto/tls means by no other settings
	}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	var said bytes.Buffer
	_, err := onebot.Dial(ctx, srv.URL, onebot.WithDialRetry(), onebot.WithLogger(slog.New(slog.NewTextHandler(&said, nil))),
		onebot.WithReconnect(onebot.Backoff{Min: time.Millisecond, Max: time.Millisecond}))
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 1, strings.Count(said.String(), "certificate signed by unknown authority"))
}
