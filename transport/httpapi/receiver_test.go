package httpapi_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

// posted is one recorded post of a server.
type posted struct {
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

func (p posted) request(tb testing.TB, url string) *http.Request {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, url, strings.NewReader(p.Body))
	require.NoError(tb, err)
	for key, value := range p.Headers {
		r.Header.Set(key, value)
	}
	if p.Headers["transfer-encoding"] == "chunked" {
		r.ContentLength = -1
	}
	return r
}

func jsonPost(body string) posted {
	return posted{Headers: map[string]string{"Content-Type": "application/json", "X-Self-ID": "10000"}, Body: body}
}

// receive runs rc until the test ends, and waits until it receives.
func receive(tb testing.TB, rc *httpapi.Receiver, sink func(transport.Frame)) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	ready := make(chan struct{})
	var once sync.Once
	go func() {
		ended <- rc.Receive(ctx, func(f transport.Frame) {
			if string(f.Data) == `{"probe":true}` {
				once.Do(func() { close(ready) })
				f.Done(nil)
				return
			}
			sink(f)
		})
	}()
	for probing := true; probing; {
		rec := httptest.NewRecorder()
		r := newPost(`{"probe":true}`)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("X-Signature", sign(`{"probe":true}`))
		rc.ServeHTTP(rec, r)
		require.Contains(tb, []int{http.StatusNoContent, http.StatusServiceUnavailable}, rec.Code, rec.Body)
		probing = rec.Code != http.StatusNoContent
	}
	<-ready
	tb.Cleanup(func() {
		cancel()
		require.NoError(tb, <-ended)
	})
}

// newPost makes a post for a handler that is called directly, as go-cqhttp's: it is the one that posts again.
func newPost(body string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("User-Agent", goCQHTTP)
	return r
}

const goCQHTTP = "CQHttp/4.15.0"

const secret = "s3cret/+token-of-posts"

func sign(body string) string {
	mac := hmac.New(sha1.New, []byte(secret))
	_, _ = io.WriteString(mac, body)
	return "sha1=" + hex.EncodeToString(mac.Sum(nil))
}

// post sends r and gives status and body of the reply.
func post(tb testing.TB, r *http.Request) (int, string) {
	tb.Helper()
	resp, err := http.DefaultClient.Do(r)
	require.NoError(tb, err)
	defer func() { require.NoError(tb, resp.Body.Close()) }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(tb, err)
	return resp.StatusCode, string(body)
}

func TestReceiver_recordedPosts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ file, secret, token string }{
		{"go-cqhttp-a5923f1", "gocq-secret", ""},
		{"napcat-4.18.19", "napcat-token", ""},
		{"onebots-1.2.4", "onebots-secret", "onebots-token"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			got := make(chan string, 8)
			rc := httpapi.NewReceiver(httpapi.ReceiverOptions{Secret: tt.secret, Token: tt.token, Logger: quiet()})
			ctx, cancel := context.WithCancel(t.Context())
			var group sync.WaitGroup
			group.Go(func() {
				assert.NoError(t, rc.Receive(ctx, func(f transport.Frame) {
					assert.EqualValues(t, 10000, f.SelfID)
					got <- string(f.Data)
					f.Done(nil)
				}))
			})
			s := httptest.NewServer(rc)
			defer s.Close()
			for _, p := range readRecorded[posted](t, tt.file+"-webhook.jsonl") {
				assert.Eventually(t, func() bool {
					status, _ := post(t, p.request(t, s.URL))
					return status == http.StatusNoContent
				}, 5*time.Second, time.Millisecond)
				assert.Equal(t, p.Body, <-got)

				p.Body = strings.Replace(p.Body, "{", "{ ", 1)
				status, _ := post(t, p.request(t, s.URL))
				assert.Equal(t, http.StatusForbidden, status, "another body under the same signature")
			}
			cancel()
			group.Wait()
			assert.Empty(t, got)
		})
	}
}

func TestReceiver_refusals(t *testing.T) {
	t.Parallel()
	const body = `{"post_type":"message"}`
	o := httpapi.ReceiverOptions{Secret: secret, Token: token, MaxBody: 64, Logger: quiet()}
	for _, tt := range []struct {
		name   string
		method string
		change func(h http.Header)
		body   string
		want   int
	}{
		{name: "all well", want: 204},
		{name: "charset", change: func(h http.Header) { h.Set("Content-Type", "application/json; charset=utf-8") }, want: 204},
		{name: "no content type", change: func(h http.Header) { h.Del("Content-Type") }, want: 204},
		{name: "token scheme of go-cqhttp", change: func(h http.Header) { h.Set("Authorization", "Token "+token) }, want: 204},
		{name: "bare token", change: func(h http.Header) { h.Set("Authorization", token) }, want: 204},
		{name: "GET", method: http.MethodGet, want: 405},
		{name: "PUT", method: http.MethodPut, want: 405},
		{name: "form", change: func(h http.Header) { h.Set("Content-Type", "application/x-www-form-urlencoded") }, want: 415},
		{name: "text", change: func(h http.Header) { h.Set("Content-Type", "text/plain") }, want: 415},
		{name: "odd content type", change: func(h http.Header) { h.Set("Content-Type", ";;") }, want: 415},
		{name: "no token", change: func(h http.Header) { h.Del("Authorization") }, want: 401},
		{name: "empty token", change: func(h http.Header) { h.Set("Authorization", "Bearer ") }, want: 401},
		{name: "wrong token", change: func(h http.Header) { h.Set("Authorization", "Bearer x") }, want: 403},
		{name: "start of the token", change: func(h http.Header) { h.Set("Authorization", "Bearer "+token[:4]) }, want: 403},
		{name: "no signature", change: func(h http.Header) { h.Del("X-Signature") }, want: 401},
		{name: "wrong signature", change: func(h http.Header) { h.Set("X-Signature", sign("other")) }, want: 403},
		{name: "short signature", change: func(h http.Header) { h.Set("X-Signature", "sha1=") }, want: 403},
		{name: "no hex", change: func(h http.Header) { h.Set("X-Signature", "sha1=zz") }, want: 403},
		{name: "other hash", change: func(h http.Header) { h.Set("X-Signature", "sha256=00") }, want: 403},
		{name: "too large", body: `{"a":"` + strings.Repeat("x", 64) + `"}`, want: 413},
		{name: "no JSON", body: `hello`, want: 400},
		{name: "cut short", body: `{"a":`, want: 400},
		{name: "single quotes", body: `{'a':1}`, want: 400},
		{name: "array", body: `[]`, want: 400},
		{name: "two documents", body: `{}{}`, want: 400},
		{name: "empty", body: " ", want: 400},
	} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s chunked=%v", tt.name, chunked), func(t *testing.T) {
				t.Parallel()
				delivered := false
				rc := httpapi.NewReceiver(o)
				receive(t, rc, func(f transport.Frame) {
					delivered = true
					f.Done(nil)
				})
				content := body
				if tt.body != "" {
					content = tt.body
				}
				method := http.MethodPost
				if tt.method != "" {
					method = tt.method
				}
				r := httptest.NewRequestWithContext(context.Background(), method, "/", strings.NewReader(content))
				if chunked {
					r.ContentLength = -1
				}
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Authorization", "Bearer "+token)
				r.Header.Set("X-Signature", sign(content))
				if tt.change != nil {
					tt.change(r.Header)
				}
				rec := httptest.NewRecorder()
				rc.ServeHTTP(rec, r)
				assert.Equal(t, tt.want, rec.Code)
				assert.Equal(t, tt.want == 204, delivered)
				assert.NotContains(t, rec.Body.String(), token)
			})
		}
	}
}

// A lower bound that somebody has set around the receiver is told as its own is.
func TestReceiver_maxBytesHandler(t *testing.T) {
	t.Parallel()
	rc := httpapi.NewReceiver(httpapi.ReceiverOptions{Logger: quiet()})
	receive(t, rc, func(transport.Frame) {})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(`{"post_type":"message"}`))
	rec := httptest.NewRecorder()
	http.MaxBytesHandler(rc, 10).ServeHTTP(rec, r)
	assert.Equal(t, http.StatusRequestEntityTooLarge, rec.Code)
}

func TestReceiver_nobodyReceives(t *testing.T) {
	t.Parallel()
	rc := httpapi.NewReceiver(httpapi.ReceiverOptions{})
	before := httptest.NewRecorder()
	rc.ServeHTTP(before, newPost(`{"n":1}`))
	assert.Equal(t, http.StatusServiceUnavailable, before.Code)

	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- rc.Receive(ctx, func(f transport.Frame) {
			f.Done(nil)
			select {
			case started <- struct{}{}:
			default:
			}
		})
	}()
	require.Eventually(t, func() bool {
		rec := httptest.NewRecorder()
		rc.ServeHTTP(rec, newPost(`{"n":1}`))
		return rec.Code == http.StatusNoContent
	}, 5*time.Second, time.Millisecond, "a post that was refused is not a repetition")
	require.ErrorIs(t, rc.Receive(t.Context(), func(transport.Frame) {}), transport.ErrInvalidArgument)
	cancel()
	require.NoError(t, <-ended)

	after := httptest.NewRecorder()
	rc.ServeHTTP(after, newPost(`{"n":2}`))
	assert.Equal(t, http.StatusServiceUnavailable, after.Code)
	assert.NotEmpty(t, after.Header().Get("Retry-After"))
}

// serveLocally runs one post through the handler without a network, for tests in fake time.
func serveLocally(rc *httpapi.Receiver, self, body string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	r := newPost(body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Self-ID", self)
	rc.ServeHTTP(rec, r)
	return rec
}

// bubble is a test in fake time.
type bubble struct {
	*testing.T
	rc *httpapi.Receiver
}

// inBubble runs test in fake time with a receiver that hands its frames to sink.
func inBubble(t *testing.T, sink func(transport.Frame), test func(b bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		rc := httpapi.NewReceiver(httpapi.ReceiverOptions{Logger: quiet()})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { assert.NoError(t, rc.Receive(ctx, sink)) }()
		synctest.Wait()
		test(bubble{t, rc})
		cancel()
		synctest.Wait()
	})
}

func TestReceiver_answersInTime(t *testing.T) {
	t.Parallel()
	var late func([]byte) bool
	inBubble(t, func(f transport.Frame) { late = f.Quick }, func(b bubble) {
		start := time.Now()
		rec := serveLocally(b.rc, "10000", `{"n":1}`)
		assert.Equal(b, http.StatusNoContent, rec.Code)
		assert.Less(b, time.Since(start), 3*time.Second)
		assert.Greater(b, time.Since(start), 2*time.Second)
		assert.False(b, late([]byte(`{"reply":"late"}`)))
	})
}

func TestReceiver_quickOperation(t *testing.T) {
	t.Parallel()
	op := []byte(`{"reply":"hi"}`)
	var second, afterDone bool
	inBubble(t, func(f transport.Frame) {
		go func() {
			assert.True(t, f.Quick(op))
			second = f.Quick([]byte(`{"reply":"again"}`))
			copy(op, "XXXX")
			f.Done(nil)
			afterDone = f.Quick([]byte(`{"reply":"too late"}`))
		}()
	}, func(b bubble) {
		rec := serveLocally(b.rc, "10000", `{"n":1}`)
		synctest.Wait()
		assert.Equal(b, http.StatusOK, rec.Code)
		assert.Equal(b, "application/json", rec.Header().Get("Content-Type"))
		assert.Equal(b, `{"reply":"hi"}`, rec.Body.String())
		assert.False(b, second)
		assert.False(b, afterDone)
	})
}

func TestReceiver_doneWithoutReply(t *testing.T) {
	t.Parallel()
	var late bool
	inBubble(t, func(f transport.Frame) {
		f.Done(nil)
		late = f.Quick([]byte(`{}`))
	}, func(b bubble) {
		start := time.Now()
		assert.Equal(b, http.StatusNoContent, serveLocally(b.rc, "10000", `{"n":1}`).Code)
		assert.Zero(b, time.Since(start))
		assert.False(b, late)
	})
}

func TestReceiver_dropped(t *testing.T) {
	t.Parallel()
	for _, why := range []error{fmt.Errorf("queue: %w", transport.ErrOverflow), transport.ErrClosed} {
		drop, delivered := true, 0
		inBubble(t, func(f transport.Frame) {
			if drop {
				f.Done(why)
				return
			}
			delivered++
			f.Done(nil)
		}, func(b bubble) {
			assert.Equal(b, http.StatusServiceUnavailable, serveLocally(b.rc, "10000", `{"n":1}`).Code)
			drop = false
			assert.Equal(b, http.StatusNoContent, serveLocally(b.rc, "10000", `{"n":1}`).Code)
			assert.Equal(b, 1, delivered, "what was dropped may be posted again")
		})
	}
}

func TestReceiver_waitingIsBounded(t *testing.T) {
	t.Parallel()
	delivered := 0
	inBubble(t, func(transport.Frame) { delivered++ }, func(b bubble) {
		var group sync.WaitGroup
		codes := make(chan int, 300)
		for n := range 300 {
			group.Go(func() { codes <- serveLocally(b.rc, "10000", fmt.Sprintf(`{"n":%d}`, n)).Code })
			synctest.Wait() // it waits for its handlers, or has been answered
		}
		assert.Len(b, codes, 300-256, "no more than 256 wait")
		group.Wait()
		close(codes)
		count := map[int]int{}
		for code := range codes {
			count[code]++
		}
		assert.Equal(b, map[int]int{http.StatusNoContent: 300}, count)
		assert.Equal(b, 300, delivered, "nothing is lost: NapCat posts an event only once")
	})
}

func TestReceiver_slowLoris(t *testing.T) {
	t.Parallel()
	rc := httpapi.NewReceiver(httpapi.ReceiverOptions{BodyTimeout: 30 * time.Millisecond, Token: token, Logger: quiet()})
	receive(t, rc, func(transport.Frame) { t.Error("delivered") })
	s := httptest.NewServer(rc)
	defer s.Close()
	for name, auth := range map[string]struct {
		token string
		want  string
	}{"right token": {token, "408"}, "wrong token": {"x", "403"}} {
		t.Run(name, func(t *testing.T) {
			var d net.Dialer
			conn, err := d.DialContext(t.Context(), "tcp", s.Listener.Addr().String())
			require.NoError(t, err)
			defer func() { require.NoError(t, conn.Close()) }()
			require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
			_, err = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 100\r\n\r\n{", auth.token)
			require.NoError(t, err)
			reply, err := io.ReadAll(conn)
			require.NoError(t, err, "the connection is closed")
			assert.True(t, bytes.HasPrefix(reply, []byte("HTTP/1.1 "+auth.want)), string(reply))
		})
	}
}

// A server that was told to be stricter stays so.
func TestReceiver_serverTimeout(t *testing.T) {
	t.Parallel()
	rc := httpapi.NewReceiver(httpapi.ReceiverOptions{BodyTimeout: time.Minute, Logger: quiet()})
	receive(t, rc, func(transport.Frame) { t.Error("delivered") })
	s := httptest.NewUnstartedServer(rc)
	s.Config.ReadTimeout = 100 * time.Millisecond
	s.Start()
	defer s.Close()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", s.Listener.Addr().String())
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
	_, err = fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
	require.NoError(t, err)
	reply, err := io.ReadAll(conn)
	require.NoError(t, err, "the connection is closed")
	assert.True(t, bytes.HasPrefix(reply, []byte("HTTP/1.1 408")), string(reply))
}

func TestReceiver_keepsConnection(t *testing.T) {
	t.Parallel()
	rc := httpapi.NewReceiver(httpapi.ReceiverOptions{BodyTimeout: 50 * time.Millisecond, Logger: quiet()})
	receive(t, rc, func(f transport.Frame) {
		// The deadline for the body must not end the wait for the handlers.
		time.AfterFunc(120*time.Millisecond, func() { f.Quick([]byte(`{"reply":"slowly"}`)) })
	})
	s := httptest.NewServer(rc)
	defer s.Close()
	for n := range 2 {
		status, body := post(t, jsonPost(fmt.Sprintf(`{"n":%d}`, n)).request(t, s.URL))
		assert.Equal(t, http.StatusOK, status)
		assert.JSONEq(t, `{"reply":"slowly"}`, body)
	}
}
