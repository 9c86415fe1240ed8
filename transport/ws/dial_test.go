package ws_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

func TestDial_invalid(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, url string
		o         ws.Options
	}{
		{"empty", "", ws.Options{}},
		{"http", "http://host/?access_token=s3cret", ws.Options{}},
		{"no scheme", "host:3001", ws.Options{}},
		{"no host", "ws:///path?access_token=s3cret", ws.Options{}},
		{"only a port", "ws://:80/?access_token=s3cret", ws.Options{}},
		{"no such port", "ws://host:65536/?access_token=s3cret", ws.Options{DialRetry: true}},
		{"broken", "ws://host:s3cret/?access_token=s3cret", ws.Options{}},
		{"broken escape", "ws://host/%zz?access_token=s3cret", ws.Options{}},
		{"user", "ws://me:s3cret@host/", ws.Options{}},
		{"event address", "ws://host/", ws.Options{EventURL: "ftp://host/?access_token=s3cret"}},
		{"read limit", "ws://host/", ws.Options{ReadLimit: -1}},
		{"handshake", "ws://host/", ws.Options{HandshakeTimeout: -1}},
		{"write", "ws://host/", ws.Options{WriteTimeout: -1}},
		{"connection header", "ws://host/", ws.Options{DialRetry: true, Header: http.Header{"Connection": {"close"}}}},
		{"upgrade header", "ws://host/", ws.Options{DialRetry: true, Header: http.Header{"upgrade": {"h2c"}}}},
		{"extension header", "ws://host/", ws.Options{DialRetry: true, Header: http.Header{"Sec-WebSocket-Extensions": {"permessage-deflate"}}}},
		{"header name", "ws://host/", ws.Options{DialRetry: true, Header: http.Header{"X-Token: s3cret": {"v"}}}},
		{"no header name", "ws://host/", ws.Options{DialRetry: true, Header: http.Header{"": {"s3cret"}}}},
		{"header value", "ws://host/", ws.Options{DialRetry: true, Header: http.Header{"X": {"v", "s3cret\r\nY: z"}}}},
		{"token", "ws://host/", ws.Options{DialRetry: true, Token: "s3cret\n"}},
		{"backoff", "ws://host/", ws.Options{Backoff: transport.Backoff{Min: -1}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, err := ws.Dial(t.Context(), tc.url, tc.o)
			require.ErrorIs(t, err, transport.ErrInvalidArgument)
			assert.Nil(t, c)
			assert.NotContains(t, err.Error(), "s3cret")
		})
	}
}

func TestDial_handshakeAsGiven(t *testing.T) {
	t.Parallel()
	seen := make(chan *peer, 2)
	s := newServer(t, func(p *peer) {
		seen <- p
		p.read()
	})
	header := http.Header{"X-Custom": {"1"}}
	mustDial(t, s.url("/onebot/v11/?access_token=in%2Burl&x=y"), ws.Options{Token: "t0ken", Header: header})
	p := <-seen
	assert.Equal(t, "/onebot/v11/?access_token=in%2Burl&x=y", p.path)
	assert.Equal(t, "Bearer t0ken", p.header.Get("Authorization"))
	assert.Equal(t, "1", p.header.Get("X-Custom"))
	assert.Equal(t, http.Header{"X-Custom": {"1"}}, header, "the caller's header stays as it was")

	mustDial(t, s.url("/"), ws.Options{})
	assert.Empty(t, (<-seen).header.Values("Authorization"))
}

func TestDial_headersAsSent(t *testing.T) {
	t.Parallel()
	asked := make(chan *http.Request, 1)
	addr := rawServer(t, func(conn net.Conn) {
		if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			asked <- r
		}
	})
	header := http.Header{
		"host": {"example.com"}, "authorization": {"Bearer other"}, "x-many": {"1", "2"}, "Sec-WebSocket-Protocol": {"mine"},
	}
	_, err := ws.Dial(within(t, 5*time.Second), " ws://"+addr+"\n", quiet(ws.Options{Header: header, Token: "t0ken"}))
	require.ErrorIs(t, err, transport.ErrNotConnected)
	r := <-asked
	assert.Equal(t, "example.com", r.Host)
	assert.Equal(t, []string{"Bearer t0ken"}, r.Header.Values("Authorization"))
	assert.Equal(t, []string{"1", "2"}, r.Header.Values("X-Many"))
	assert.Equal(t, "mine", r.Header.Get("Sec-Websocket-Protocol"))
	assert.Len(t, header, 4, "the caller's header stays as it was")
}

func TestDial_refused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status int
		want   error
	}{
		{401, transport.ErrUnauthorized},
		{403, transport.ErrUnauthorized},
		{404, transport.ErrNotConnected},
		{429, transport.ErrNotConnected},
		{200, transport.ErrNotConnected},
		{302, transport.ErrNotConnected},
	} {
		t.Run(strconv.Itoa(tc.status), func(t *testing.T) {
			t.Parallel()
			asked := make(chan struct{}, 10)
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked <- struct{}{}
				w.Header().Set("Retry-After", "7")
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(tc.status)
				_, _ = fmt.Fprint(w, "no: ", r.URL, r.Header.Get("Authorization"))
			}))
			defer s.Close()
			_, err := ws.Dial(t.Context(), "ws"+strings.TrimPrefix(s.URL, "http")+"/?access_token=s3cret", quiet(ws.Options{Token: "t0ken"}))
			require.ErrorIs(t, err, tc.want)
			if tc.want != transport.ErrUnauthorized { //nolint:errorlint // the sentinel itself
				require.NotErrorIs(t, err, transport.ErrUnauthorized)
			}
			assert.NotContains(t, err.Error(), "s3cret")
			assert.NotContains(t, err.Error(), "t0ken")
			assert.Contains(t, err.Error(), strconv.Itoa(tc.status))
			assert.Len(t, asked, 1, "one attempt, no redirect")
		})
	}
}

func TestDial_httpError(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = fmt.Fprint(w, strings.Repeat("b", 1000))
	}))
	defer s.Close()
	_, err := ws.Dial(t.Context(), "ws"+strings.TrimPrefix(s.URL, "http"), quiet(ws.Options{}))
	var answer *transport.HTTPError
	require.ErrorAs(t, err, &answer)
	assert.Equal(t, &transport.HTTPError{Status: 503, RetryAfter: 7 * time.Second, Body: []byte(strings.Repeat("b", 200))}, answer)
}

func TestDial_retryAfterADate(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer s.Close()
	_, err := ws.Dial(t.Context(), "ws"+strings.TrimPrefix(s.URL, "http"), quiet(ws.Options{}))
	var answer *transport.HTTPError
	require.ErrorAs(t, err, &answer)
	assert.InDelta(t, time.Hour, answer.RetryAfter, float64(time.Minute))
}

func TestDial_contextEndsIt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		ctx    func(context.Context) (context.Context, context.CancelFunc)
		o      ws.Options
		want   error
		within time.Duration
	}{
		{"deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		}, ws.Options{}, context.DeadlineExceeded, time.Second},
		{"cancel", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return ctx, cancel
		}, ws.Options{}, context.Canceled, time.Second},
		{"handshake timeout", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithCancel(ctx)
		}, ws.Options{}, transport.ErrNotConnected, 10 * time.Second},
		{"handshake timeout as given", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithCancel(ctx)
		}, ws.Options{HandshakeTimeout: 3 * time.Second}, transport.ErrNotConnected, 3 * time.Second},
		{"with retries", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Minute)
		}, ws.Options{DialRetry: true}, context.DeadlineExceeded, time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				m := newMemory(t, nil, func(http.ResponseWriter, *http.Request) { <-release })
				ctx, cancel := tc.ctx(t.Context())
				defer cancel()
				start := time.Now()
				o := quietDefaults(tc.o)
				o.Dial = m.dial
				_, err := ws.Dial(ctx, "ws://server/", o)
				require.ErrorIs(t, err, tc.want)
				require.ErrorIs(t, err, transport.ErrNotConnected)
				assert.Equal(t, tc.within, time.Since(start))
				close(release)
				m.end()
			})
		})
	}
}

func TestDial_retry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, (*peer).echoes, nil)
		m.refusing.Store(true)
		time.AfterFunc(time.Minute, func() { m.refusing.Store(false) })
		c := m.mustDial(t, ws.Options{DialRetry: true})
		_, err := c.Call(t.Context(), call(`{}`))
		require.NoError(t, err)
		assert.Zero(t, c.Counters().Reconnects, "the first connection is no reconnection")
		require.NoError(t, c.Close())
		m.end()
	})
}

func TestDial_retryStopsAtARejectedToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, nil, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
		_, err := ws.Dial(t.Context(), "ws://server/", quietDefaults(ws.Options{DialRetry: true, Dial: m.dial}))
		require.ErrorIs(t, err, transport.ErrUnauthorized)
		assert.Equal(t, int64(1), m.dialled.Load())
		m.end()
	})
}

func TestDial_itsContextBoundsDiallingOnly(t *testing.T) {
	t.Parallel()
	s := newServer(t, (*peer).echoes)
	ctx, cancel := context.WithCancel(t.Context())
	c, err := ws.Dial(ctx, s.url("/"), quiet(ws.Options{}))
	require.NoError(t, err)
	cancel()
	_, err = c.Call(within(t, 5*time.Second), call(`{}`))
	require.NoError(t, err)
	require.NoError(t, c.Close())
}

func TestDial_tls(t *testing.T) {
	t.Parallel()
	s := newTLSServer(t, (*peer).echoes)
	address := "wss" + strings.TrimPrefix(s.URL, "https")
	_, err := ws.Dial(t.Context(), address, quiet(ws.Options{}))
	require.ErrorIs(t, err, transport.ErrNotConnected, "an unknown authority")

	transportOf, ok := s.Client().Transport.(*http.Transport)
	require.True(t, ok)
	c := mustDial(t, address, ws.Options{TLS: transportOf.TLSClientConfig})
	params := `{"blob":"` + strings.Repeat("b", 1<<20) + `"}`
	for range 3 {
		resp, err := c.Call(within(t, 5*time.Second), call(params))
		require.NoError(t, err)
		assert.Len(t, resp.Data, len(params))
	}
}

func TestDial_proxy(t *testing.T) {
	t.Parallel()
	s := newServer(t, (*peer).echoes)
	asked := make(chan string, 1)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.Host
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer proxy.Close()
	u, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	u.User = url.UserPassword("me", "s3cret")
	_, err = ws.Dial(t.Context(), s.url("/"), quiet(ws.Options{Proxy: http.ProxyURL(u)}))
	require.ErrorIs(t, err, transport.ErrNotConnected)
	assert.NotContains(t, err.Error(), "s3cret")
	assert.Equal(t, "CONNECT "+strings.TrimPrefix(s.URL, "http://"), <-asked)
}

func TestConn_noSecretInAnyText(t *testing.T) {
	t.Parallel()
	logs := &syncBuffer{}
	o := ws.Options{
		Token:   "t0ken",
		Logger:  slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Backoff: quick(),
		Header:  http.Header{"Cookie": {"session=c00kie"}},
	}
	s := newServer(t, func(p *peer) {
		p.send("not json s3cret t0ken")
		p.read()
	})
	failing := false
	o.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if failing {
			return nil, errors.New("cannot dial ws://h/?access_token=s3cret with t0ken and session=c00kie")
		}
		failing = true
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	c, err := ws.Dial(t.Context(), s.url("/?access_token=s3cret"), o)
	require.NoError(t, err)
	lost := make(chan error, 1000)
	c.Watch(func(change transport.Change) {
		if change.Err != nil {
			lost <- change.Err
		}
	})
	_, err = c.Call(within(t, 5*time.Second), call(`{}`))
	require.Error(t, err)
	said := []string{err.Error()}
	for range 3 {
		said = append(said, (<-lost).Error())
	}
	require.NoError(t, c.Close())
	texts := strings.Join(said, "\n") + logs.String()
	assert.Contains(t, texts, "cannot dial")
	for _, secret := range []string{"s3cret", "t0ken", "c00kie"} {
		assert.NotContains(t, texts, secret)
	}
}

func TestDial_secretsThatComeBack(t *testing.T) {
	t.Parallel()
	const s = "s3cretValue"
	inBase64 := base64.StdEncoding.EncodeToString
	for _, tc := range []struct {
		name string
		o    ws.Options
		back string
	}{
		{"token", ws.Options{Token: s}, s},
		{"base64", ws.Options{Token: s}, inBase64([]byte(s))},
		{"base64 of more", ws.Options{Token: s}, inBase64([]byte("Bearer " + s))},
		{"across the edge", ws.Options{Token: s}, strings.Repeat("x", 200-len(s)/2) + s},
		{"across the end of what is read", ws.Options{Token: s}, strings.Repeat(s, 93)},
		{"JSON", ws.Options{Token: s + `"\`}, `{"token":"` + s + `\"\\"}`},
		{"header", ws.Options{Header: http.Header{"X-Api-Key": {s}}}, s},
		{"lower case", ws.Options{Header: http.Header{"authorization": {"Bearer " + s}}}, s},
		{"other scheme", ws.Options{Header: http.Header{"X-Auth": {"Key  " + s}}}, s},
		{"basic", ws.Options{Header: http.Header{"Authorization": {"Basic " + inBase64([]byte("me:"+s))}}}, s},
		{"cookie", ws.Options{Header: http.Header{"Cookie": {"a=b; sid=" + s + "; c=d"}}}, s},
		{"quoted cookie", ws.Options{Header: http.Header{"cookie": {`sid="` + s + `"`}}}, s},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			addr := rawServer(t, says("HTTP/1.1 500 "+tc.back+"\r\n\r\n"+tc.back))
			_, err := ws.Dial(within(t, 5*time.Second), "ws://"+addr, quiet(tc.o))
			require.ErrorIs(t, err, transport.ErrNotConnected)
			for _, part := range []string{s[:5], inBase64([]byte(s))[:6], inBase64([]byte("Bearer " + s))[12:18]} {
				assert.NotContains(t, err.Error(), part)
			}
			var answer *transport.HTTPError
			require.ErrorAs(t, err, &answer)
			assert.NotContains(t, string(answer.Body), s[:5])
		})
	}
}

func TestConn_secretInACloseReason(t *testing.T) {
	t.Parallel()
	reason := base64.StdEncoding.EncodeToString([]byte("s3cretValue"))
	s := newServer(t, func(p *peer) {
		p.read()
		_ = p.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1011, reason), time.Time{})
	})
	var log syncBuffer
	c := mustDial(t, s.url("/"), ws.Options{Token: "s3cretValue", Logger: slog.New(slog.NewTextHandler(&log, nil))})
	_, err := c.Call(within(t, 5*time.Second), call(`{}`))
	require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
	assert.NotContains(t, err.Error(), reason)
	assert.NotContains(t, log.String(), reason)
}
