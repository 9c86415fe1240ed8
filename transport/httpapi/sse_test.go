package httpapi_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

func newSSE(tb testing.TB, url string, o httpapi.Options) *httpapi.SSE {
	tb.Helper()
	o.Logger = quiet()
	s, err := httpapi.NewSSE(url, o)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	return s
}

// events streams what is given and then holds the stream open.
func events(texts ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, text := range texts {
			_, _ = io.WriteString(w, text)
			_ = http.NewResponseController(w).Flush() // a client that has gone
		}
		<-r.Context().Done()
	}
}

// collect receives until want frames came, and gives them.
func collect(tb testing.TB, s transport.EventSource, want int) []string {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 20*time.Second)
	defer cancel()
	var got []string
	require.NoError(tb, s.Receive(ctx, func(f transport.Frame) {
		assert.NotZero(tb, f.Head.Kind)
		got = append(got, string(f.Data))
		if len(got) == want {
			cancel()
		}
	}))
	return got
}

func TestSSE_Receive_napcat(t *testing.T) {
	t.Parallel()
	stream, err := os.ReadFile("testdata/napcat-4.18.19-sse.txt")
	require.NoError(t, err)
	var got *http.Request
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		events(string(stream))(w, r)
	})
	frames := collect(t, newSSE(t, server.URL+"/_events?access_token=x", httpapi.Options{Token: token}), 2)
	for i, seq := range []string{"1097", "1098"} {
		assert.Contains(t, frames[i], `"real_seq":"`+seq+`"`)
		assert.True(t, strings.HasPrefix(frames[i], `{"self_id":10000,`) && strings.HasSuffix(frames[i], `}`))
	}
	assert.Equal(t, http.MethodGet, got.Method)
	assert.Equal(t, "/_events?access_token=x", got.RequestURI)
	assert.Equal(t, "Bearer "+token, got.Header.Get("Authorization"))
	assert.Equal(t, "text/event-stream", got.Header.Get("Accept"))
	assert.Empty(t, got.Header.Get("Last-Event-ID"))
}

// The stream of LLBot 8.1.7 is written out from dialects.md 6.6: data lines, and a heartbeat event every 5 s.
func TestSSE_Receive_llbot(t *testing.T) {
	t.Parallel()
	heartbeat := `{"time":1795295930,"self_id":10000,"post_type":"meta_event","meta_event_type":"heartbeat","status":{"online":true,"good":true},"interval":5000}`
	message := `{"post_type":"message","message_type":"group","group_id":100001,"user_id":10001,"message_id":-1,"message":"a\\n\\nb"}`
	server := serve(t, events("data:"+heartbeat+"\r\n\r\n", ": comment\n\n", "data: "+message, "\n\n"))
	assert.Equal(t, []string{heartbeat, message}, collect(t, newSSE(t, server.URL, httpapi.Options{}), 2))
}

func TestSSE_Receive_oddStreams(t *testing.T) {
	t.Parallel()
	const last = `{"post_type":"last"}`
	for _, tt := range []struct {
		name, stream string
		want         []string
		stray        uint64
	}{
		{"several data lines", "data: {\"a\":\ndata: 1}\n\n", []string{"{\"a\":\n1}", last}, 0},
		{"no JSON", "data: hello\n\n", []string{last}, 0},
		{"named event", "event: x\ndata: {}\n\n", []string{"{}", last}, 0},
		{"part of a stream action", "data: {\"status\":\"ok\",\"retcode\":0,\"data\":{\"type\":\"stream\"},\"echo\":\"a\"}\n\n", []string{last}, 1},
		{"byte order mark", "\xef\xbb\xbfdata: {}\n\n", []string{"{}", last}, 0},
		{"large", "data: {\"a\":\"" + strings.Repeat("x", 2<<20) + "\"}\n\n", []string{`{"a":"` + strings.Repeat("x", 2<<20) + `"}`, last}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, events(tt.stream, "data: "+last+"\n\n"))
			s := newSSE(t, server.URL, httpapi.Options{})
			got := collect(t, s, len(tt.want))
			require.Len(t, got, len(tt.want))
			for i := range got {
				assert.True(t, tt.want[i] == got[i], "frame %d differs", i)
			}
			assert.Equal(t, transport.Counters{UnknownEchoes: tt.stray}, s.Counters())
		})
	}
}

func TestSSE_Receive_reconnects(t *testing.T) {
	t.Parallel()
	var attempts atomic.Int32
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := attempts.Add(1)
		if n == 2 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		_, _ = fmt.Fprintf(w, "id: %d\ndata: {\"after\":%q}\n\ndata: {\"cut\":", n, r.Header.Get("Last-Event-ID"))
	})
	s := newSSE(t, server.URL, httpapi.Options{Backoff: transport.Backoff{Min: 1, Max: 1}})
	assert.Equal(t, []string{`{"after":""}`, `{"after":"1"}`, `{"after":"3"}`}, collect(t, s, 3))
	assert.EqualValues(t, 2, s.Counters().Reconnects)
}

func TestSSE_Receive_rejectedToken(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		var attempts atomic.Int32
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			attempts.Add(1)
			// NapCat 4.18.19, sse.jsonl, "no token".
			recorded{Status: status, Body: `{"message":"token verify failed!"}`}.ServeHTTP(w, r)
		})
		s := newSSE(t, server.URL+"?access_token="+"s3cret%2F%2Btoken", httpapi.Options{Token: token})
		var changes []transport.Change
		s.Watch(func(c transport.Change) { changes = append(changes, c) })
		err := s.Receive(t.Context(), func(transport.Frame) { t.Error("delivered") })
		require.ErrorIs(t, err, transport.ErrUnauthorized)
		var he *transport.HTTPError
		require.ErrorAs(t, err, &he)
		assert.Equal(t, status, he.Status)
		assert.NotContains(t, err.Error(), "s3cret")
		assert.NotContains(t, s.String(), "s3cret")
		assert.EqualValues(t, 1, attempts.Load())
		require.Len(t, changes, 2)
		assert.Equal(t, transport.StateConnecting, changes[0].State)
		assert.Equal(t, transport.Change{State: transport.StateLost, Err: err, Final: true}, changes[1])
	}
}

func TestSSE_Receive_noStream(t *testing.T) {
	t.Parallel()
	var attempts atomic.Int32
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if attempts.Add(1) > 1 {
			events("data: {}\n\n")(w, r)
			return
		}
		_, _ = io.WriteString(w, "data: {\"post_type\":\"of a page\"}\n\n")
	})
	s := newSSE(t, server.URL, httpapi.Options{Backoff: transport.Backoff{Min: 1, Max: 1}})
	assert.Equal(t, []string{"{}"}, collect(t, s, 1))
}

// memory answers requests in the test's own bubble.
type memory func(r *http.Request) (*http.Response, error)

func (m memory) RoundTrip(r *http.Request) (*http.Response, error) { return m(r) }

func streamResponse(status int, body io.ReadCloser) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: body}
}

func TestSSE_Receive_backoff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// The fourth connection lives 10 s, the others end at once.
		var at []time.Duration
		start := time.Now()
		rt := memory(func(r *http.Request) (*http.Response, error) {
			at = append(at, time.Since(start))
			if len(at) == 4 {
				reader, writer := io.Pipe()
				time.AfterFunc(10*time.Second, func() { _ = writer.Close() })
				return streamResponse(200, reader), nil
			}
			return streamResponse(200, io.NopCloser(strings.NewReader("data: {}\n\n"))), nil
		})
		s := newSSE(t, "http://bot.example/_events", httpapi.Options{
			Client:  &http.Client{Transport: rt},
			Backoff: transport.Backoff{Min: time.Second, Max: 4 * time.Second},
		})
		ctx, cancel := context.WithTimeout(t.Context(), 23*time.Second)
		defer cancel()
		require.NoError(t, s.Receive(ctx, func(transport.Frame) {}))
		want := []time.Duration{0, 1e9, 3e9, 7e9, 18e9, 20e9}
		assert.Equal(t, want, at, "a stream that ends at once is not stormed, one that lived 10 s starts over")
	})
}

func TestSSE_Receive_retryAfter(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"7": 7 * time.Second, "300": 5 * time.Minute, "301": 5 * time.Minute, "2147483647": 5 * time.Minute,
		"Fri, 31 Dec 9999 23:59:59 GMT": 5 * time.Minute,
	} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var at []time.Duration
				start := time.Now()
				rt := memory(func(*http.Request) (*http.Response, error) {
					at = append(at, time.Since(start))
					resp := streamResponse(http.StatusServiceUnavailable, http.NoBody)
					resp.Header.Set("Retry-After", header)
					return resp, nil
				})
				s := newSSE(t, "http://bot.example", httpapi.Options{
					Client:  &http.Client{Transport: rt},
					Backoff: transport.Backoff{Min: time.Second, Max: time.Second},
				})
				ctx, cancel := context.WithTimeout(t.Context(), want+time.Second)
				defer cancel()
				require.NoError(t, s.Receive(ctx, func(transport.Frame) {}))
				assert.Equal(t, []time.Duration{0, want}, at)
			})
		})
	}
}

func TestSSE_Receive_serverThatNeverAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		rt := memory(func(r *http.Request) (*http.Response, error) {
			attempts++
			<-r.Context().Done()
			return nil, context.Cause(r.Context())
		})
		s := newSSE(t, "http://bot.example?access_token=s3cret", httpapi.Options{Client: &http.Client{Transport: rt}})
		var lost []error
		s.Watch(func(c transport.Change) {
			if c.Err != nil {
				lost = append(lost, c.Err)
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 45*time.Second)
		defer cancel()
		require.NoError(t, s.Receive(ctx, func(transport.Frame) {}))
		assert.Equal(t, 2, attempts)
		require.Len(t, lost, 1)
		require.ErrorIs(t, lost[0], context.DeadlineExceeded)
		require.ErrorIs(t, lost[0], transport.ErrNotConnected)
		assert.NotContains(t, lost[0].Error(), "s3cret")
	})
}

func TestSSE_Close(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(events("data: {}\n\n"))
	defer server.Close()
	s := newSSE(t, server.URL, httpapi.Options{})
	got := make(chan struct{}, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- s.Receive(context.Background(), func(transport.Frame) { got <- struct{}{} })
	}()
	<-got
	var now transport.Change
	s.Watch(func(c transport.Change) { now = c })
	assert.Equal(t, transport.Change{State: transport.StateReady}, now)
	s.Watch(nil)
	require.ErrorIs(t, s.Receive(t.Context(), func(transport.Frame) {}), transport.ErrInvalidArgument)
	require.NoError(t, s.Close())
	require.ErrorIs(t, <-ended, transport.ErrClosed)
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Receive(t.Context(), func(transport.Frame) {}), transport.ErrClosed)
}
