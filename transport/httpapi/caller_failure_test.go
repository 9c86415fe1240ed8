package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

func errorIs(err, target error) bool { return errors.Is(err, target) }

func TestCaller_Call_refusedDial(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	_, err := call(t, newCaller(t, s.URL+"?access_token=s3cret%2F%2Btoken", httpapi.Options{}), "x")
	requireClass(t, err, transport.ErrNotSent)
	require.ErrorIs(t, err, transport.ErrNotConnected)
	assert.NotContains(t, err.Error(), "s3cret")
	var op *net.OpError
	require.ErrorAs(t, err, &op)
}

func TestCaller_Call_tlsRefused(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = discardLog()
	s.StartTLS()
	t.Cleanup(s.Close)
	_, err := call(t, newCaller(t, s.URL, httpapi.Options{Token: token}), "x")
	requireClass(t, err, transport.ErrNotSent)
	require.ErrorIs(t, err, transport.ErrNotConnected)

	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	trusting := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	_, err = call(t, newCaller(t, s.URL, httpapi.Options{TLS: trusting}), "x")
	requireClass(t, err, transport.ErrNotSent)
	var he *transport.HTTPError
	require.ErrorAs(t, err, &he, "the handshake succeeds with the right roots")
}

func TestCaller_Call_contextEndedBefore(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("reached the server") })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newCaller(t, s.URL, httpapi.Options{}).Call(ctx, transport.Request{Action: "x"})
	requireClass(t, err, transport.ErrNotSent)
	require.ErrorIs(t, err, context.Canceled)
}

func TestCaller_Call_deadlineWhileDialling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// The HTTP client goes on dialling when a request has ended.
		release := make(chan struct{})
		defer close(release)
		stuck := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			<-release
			return nil, net.ErrClosed
		}}
		c := newCaller(t, "http://bot.example", httpapi.Options{Client: &http.Client{Transport: stuck}})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.Call(ctx, transport.Request{Action: "x"})
		requireClass(t, err, transport.ErrNotSent)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 3*time.Second, time.Since(start))
	})
}

func TestCaller_Call_deadlineAfterWrite(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-release
	})
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := newCaller(t, s.URL, httpapi.Options{Token: token}).Call(ctx, transport.Request{Action: "x"})
	requireClass(t, err, transport.ErrOutcomeUnknown)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestCaller_Call_deadlineInBody(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"status":"ok",`)
		_ = http.NewResponseController(w).Flush() // a client that has gone
		<-release
	})
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := newCaller(t, s.URL, httpapi.Options{}).Call(ctx, transport.Request{Action: "x"})
	requireClass(t, err, transport.ErrOutcomeUnknown)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestCaller_Call_waitsForConnection(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}), make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		_, _ = io.WriteString(w, `{"status":"ok"}`)
	})
	c := newCaller(t, s.URL, httpapi.Options{MaxConns: 1})
	var group sync.WaitGroup
	group.Go(func() {
		_, err := c.Call(context.WithoutCancel(t.Context()), transport.Request{Action: "first"})
		assert.NoError(t, err)
	})
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := c.Call(ctx, transport.Request{Action: "second"})
	requireClass(t, err, transport.ErrNotSent)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	close(release)
	group.Wait()
}

func TestCaller_Close(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}), make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(entered)
		<-release
	})
	defer close(release)
	c := newCaller(t, s.URL, httpapi.Options{})
	failed := make(chan error, 1)
	go func() {
		_, err := c.Call(context.Background(), transport.Request{Action: "x"})
		failed <- err
	}()
	<-entered
	require.NoError(t, c.Close())
	err := <-failed
	requireClass(t, err, transport.ErrOutcomeUnknown)
	require.ErrorIs(t, err, transport.ErrClosed)
	require.NotErrorIs(t, err, context.Canceled, "the caller's own context did not end")

	_, err = call(t, c, "x")
	requireClass(t, err, transport.ErrNotSent)
	require.ErrorIs(t, err, transport.ErrClosed)
	require.NoError(t, c.Close())
}

// A handshake that the server never answers ends with the Caller, and not by its own timeout of 10 s.
func TestCaller_Close_whileDialling(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test's own loopback socket
	require.NoError(t, err)
	defer func() { assert.NoError(t, l.Close()) }()
	for range 20 {
		c := newCaller(t, "https://"+l.Addr().String(), httpapi.Options{})
		failed := make(chan error, 1)
		go func() {
			_, err := c.Call(context.Background(), transport.Request{Action: "x"})
			failed <- err
		}()
		conn, err := l.Accept()
		require.NoError(t, err)
		_, err = conn.Read(make([]byte, 1))
		require.NoError(t, err)
		require.NoError(t, c.Close())
		requireClass(t, <-failed, transport.ErrNotSent)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(5*time.Second)))
		_, err = io.Copy(io.Discard, conn)
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the connection stays open")
		require.NoError(t, conn.Close())
	}
}

// closingServer answers the first request of a connection and hangs up after reading the second.
func closingServer(t *testing.T) (url string, requests *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test's own loopback socket
	require.NoError(t, err)
	requests = new(atomic.Int32)
	var group sync.WaitGroup
	serveConn := func(conn net.Conn) {
		defer func() { _ = conn.Close() }()
		reader := bufio.NewReader(conn)
		for n := 0; ; n++ {
			r, err := http.ReadRequest(reader)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			requests.Add(1)
			if n > 0 {
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}")
		}
	}
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() { serveConn(conn) })
		}
	})
	t.Cleanup(func() {
		assert.NoError(t, listener.Close())
		group.Wait()
	})
	return "http://" + listener.Addr().String(), requests
}

func TestCaller_Call_neverRepeatsWhatWasWritten(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]http.Header{
		"plain":           nil,
		"idempotency key": {"Idempotency-Key": {"1"}, "X-Idempotency-Key": {"1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, requests := closingServer(t)
			c := newCaller(t, url, httpapi.Options{Header: header})
			_, err := call(t, c, "send_msg")
			require.NoError(t, err)
			_, err = call(t, c, "send_msg")
			requireClass(t, err, transport.ErrOutcomeUnknown)
			assert.EqualValues(t, 2, requests.Load(), "a request that was read is not sent again")
			require.NoError(t, c.Close())
		})
	}
}

// deafConn refuses every write that comes after the first answer.
type deafConn struct {
	net.Conn
	answered atomic.Bool
}

func (c *deafConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.answered.Store(true)
	return n, err
}

func (c *deafConn) Write(p []byte) (int, error) {
	if c.answered.Load() {
		return 0, net.ErrClosed
	}
	return c.Conn.Write(p)
}

func TestCaller_Call_deadKeptAliveConnection(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests.Add(1)
		_, _ = io.WriteString(w, `{"status":"ok","data":`+string(body)+`}`)
	})
	refuse := false
	tr := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if refuse {
			return nil, &net.OpError{Op: "dial", Err: errors.New("down")}
		}
		var d net.Dialer
		conn, err := d.DialContext(ctx, network, addr)
		return &deafConn{Conn: conn}, err
	}}
	defer tr.CloseIdleConnections()
	c := newCaller(t, s.URL, httpapi.Options{Client: &http.Client{Transport: tr}})
	for _, params := range []string{`{"n":1}`, `{"n":2}`} {
		resp, err := c.Call(t.Context(), transport.Request{Action: "send_msg", Params: []byte(params)})
		require.NoError(t, err, "nothing was written to the dead connection, so a new one is safe")
		assert.JSONEq(t, params, string(resp.Data))
	}
	assert.EqualValues(t, 2, requests.Load())

	refuse = true
	_, err := call(t, c, "send_msg")
	requireClass(t, err, transport.ErrNotSent)
	require.ErrorIs(t, err, transport.ErrNotConnected)
	assert.EqualValues(t, 2, requests.Load())
}

func TestCaller_Call_redirect(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		http.Redirect(w, r, "/elsewhere?access_token=s3cret%2F%2Btoken", http.StatusTemporaryRedirect)
	})
	for _, o := range []httpapi.Options{{Token: token}, {Token: token, Client: s.Client()}} {
		requests.Store(0)
		_, err := call(t, newCaller(t, s.URL, o), "send_msg")
		requireClass(t, err, transport.ErrOutcomeUnknown)
		var he *transport.HTTPError
		require.ErrorAs(t, err, &he)
		assert.Equal(t, http.StatusTemporaryRedirect, he.Status)
		assert.EqualValues(t, 1, requests.Load())
	}
}

func TestCaller_Call_retryAfter(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		header   string
		min, max time.Duration
	}{
		{"", 0, 0},
		{"7", 7 * time.Second, 7 * time.Second},
		{"-7", 0, 0},
		{"soon", 0, 0},
		{"99999999999", math.MaxInt32 * time.Second, math.MaxInt32 * time.Second},
		{"99999999999999999999", math.MaxInt32 * time.Second, math.MaxInt32 * time.Second},
		{"-99999999999999999999", 0, 0},
		{time.Now().Add(time.Hour).UTC().Format(http.TimeFormat), 58 * time.Minute, time.Hour},
		{time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat), 0, 0},
	} {
		rec := recorded{Status: http.StatusTooManyRequests, Headers: map[string]string{"Retry-After": tt.header}}
		_, err := call(t, newCaller(t, serve(t, rec.ServeHTTP).URL, httpapi.Options{}), "x")
		requireClass(t, err, transport.ErrNotSent)
		var he *transport.HTTPError
		require.ErrorAs(t, err, &he)
		assert.GreaterOrEqual(t, he.RetryAfter, tt.min, tt.header)
		assert.LessOrEqual(t, he.RetryAfter, tt.max, tt.header)
	}
}

// talkative fails every request with an error that spells out the request.
type talkative struct{}

func (talkative) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	return nil, errors.New("cannot do " + r.URL.String() + " with " + r.Header.Get("Authorization"))
}

func TestCaller_Call_noSecretInErrors(t *testing.T) {
	t.Parallel()
	o := httpapi.Options{Token: token, Client: &http.Client{Transport: talkative{}}}
	c := newCaller(t, "http://bot.example/p?access_token=an0ther%2Ftoken", o)
	_, err := call(t, c, "x")
	requireClass(t, err, transport.ErrOutcomeUnknown)
	for e := err; e != nil; e = errors.Unwrap(e) {
		assert.NotContains(t, e.Error(), token)
		assert.NotContains(t, e.Error(), "an0ther")
	}
	assert.Equal(t, "http://bot.example/p", c.String())
}

// A server that refuses a large body before it has read it: the call returns while the HTTP client still writes, and the
// parameters are the caller's again.
func TestCaller_Call_answerBeforeTheBody(t *testing.T) {
	t.Parallel()
	s := serve(t, answer(http.StatusBadRequest, `{"status":"failed","retcode":1400}`))
	c := newCaller(t, s.URL, httpapi.Options{})
	params := bytes.Repeat([]byte(" "), 8<<20)
	copy(params, "{}")
	for range 3 {
		resp, err := c.Call(t.Context(), transport.Request{Action: "x", Params: params})
		if err == nil {
			assert.EqualValues(t, 1400, resp.Retcode)
		} else {
			requireClass(t, err, transport.ErrOutcomeUnknown)
		}
		clear(params)
		copy(params, "{}")
	}
}

// A peer that answers as soon as there is a connection: what was given to Call may be written after Call has returned.
func TestCaller_Call_answerBeforeTheRequest(t *testing.T) {
	t.Parallel()
	const rounds = 300
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test's own loopback socket
	require.NoError(t, err)
	defer func() { assert.NoError(t, l.Close()) }()
	got := make(chan string, rounds)
	go func() {
		for range rounds {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			const body = `{"status":"ok","retcode":0,"data":null}`
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
			sent, _ := io.ReadAll(io.LimitReader(conn, 1<<10))
			got <- string(sent)
			_ = conn.Close()
		}
	}()
	for range rounds {
		c := newCaller(t, "http://"+l.Addr().String(), httpapi.Options{})
		params := []byte(`{"a":"` + strings.Repeat("x", 300) + `"}`)
		_, err := c.Call(t.Context(), transport.Request{Action: "x", Params: params})
		for i := range params { // they are the caller's again
			params[i] = '!'
		}
		if err != nil {
			require.NotEqual(t, errorIs(err, transport.ErrNotSent), errorIs(err, transport.ErrOutcomeUnknown), err)
		}
		require.NoError(t, c.Close())
		require.NotContains(t, <-got, "!!")
	}
}

func TestCaller_Call_largeBody(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, `{"status":"ok","data":%d}`, len(body))
	})
	c := newCaller(t, s.URL, httpapi.Options{Token: token})
	for _, size := range []int{2, 3000, 3700, 4096, 5000, 1 << 20} {
		params := bytes.Repeat([]byte("x"), size)
		resp, err := c.Call(t.Context(), transport.Request{Action: "x", Params: params})
		require.NoError(t, err)
		assert.Equal(t, strconv.Itoa(size), string(resp.Data))
	}
}
