package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

// An event over the limit ends its stream, whose end does not come; the next stream goes on.
func TestSSE_Receive_readLimit(t *testing.T) {
	t.Parallel()
	large := "data: {\"a\":\"" + strings.Repeat("x", 4<<10) + "\"}\n\n"
	first := make(chan struct{}, 1)
	first <- struct{}{}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-first:
			events("data: {\"n\":1}\n\n", large)(w, r)
		default:
			events("data: {\"n\":2}\n\n")(w, r)
		}
	})
	source := newSSE(t, s.URL, httpapi.Options{ReadLimit: 1 << 10, Backoff: transport.Backoff{Min: 1, Max: 1}})
	assert.Equal(t, []string{`{"n":1}`, `{"n":2}`}, collect(t, source, 2))
}

func TestSSE_Receive_again(t *testing.T) {
	t.Parallel()
	hosts := make(chan string, 2)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hosts <- r.Host
		events("data: {}\n\n")(w, r)
	})
	source := newSSE(t, s.URL, httpapi.Options{Header: http.Header{"Host": {"bot.example"}}})
	for range 2 {
		assert.Equal(t, []string{"{}"}, collect(t, source, 1), "one Receive after the other")
		assert.Equal(t, "bot.example", <-hosts)
	}
}

// Close returns when the sink runs no more.
func TestSSE_Close_waitsForTheSink(t *testing.T) {
	t.Parallel()
	s := serve(t, events("data: {}\n\n"))
	source := newSSE(t, s.URL, httpapi.Options{})
	inSink, leave := make(chan struct{}), make(chan struct{})
	received, closed := make(chan error, 1), make(chan error, 1)
	go func() {
		received <- source.Receive(context.Background(), func(transport.Frame) {
			close(inSink)
			<-leave
		})
	}()
	<-inSink
	closing := make(chan struct{})
	source.Watch(nil)
	go func() {
		close(closing)
		closed <- source.Close()
	}()
	<-closing
	// Receive refuses everybody once Close has begun.
	for !errors.Is(source.Receive(t.Context(), func(transport.Frame) {}), transport.ErrClosed) {
		continue
	}
	assert.Empty(t, closed)
	close(leave)
	require.NoError(t, <-closed)
	require.ErrorIs(t, <-received, transport.ErrClosed)
}

// What breaks a stream off may quote the address, and with it the token.
func TestSecrets_stream(t *testing.T) {
	t.Parallel()
	rt := memory(func(*http.Request) (*http.Response, error) {
		body := io.MultiReader(strings.NewReader("data: {}\n\n"), errReader{errors.New("reset while reading ?access_token=" + token)})
		return streamResponse(http.StatusOK, io.NopCloser(body)), nil
	})
	source := newSSE(t, "http://bot.example", httpapi.Options{Token: token, Client: &http.Client{Transport: rt}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	source.Watch(func(c transport.Change) {
		if c.State == transport.StateLost && !c.Final {
			assert.ErrorContains(t, c.Err, "reset while reading")
			assert.NotContains(t, c.Err.Error(), token)
			cancel()
		}
	})
	require.NoError(t, source.Receive(ctx, func(transport.Frame) {}))
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// A server that is away is asked less and less often, as no connection stood for long.
func TestSSE_Receive_serverAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at []time.Duration
		rt := memory(func(*http.Request) (*http.Response, error) {
			at = append(at, time.Since(start))
			return nil, errors.New("connection refused")
		})
		source := newSSE(t, "http://bot.example", httpapi.Options{
			Client:  &http.Client{Transport: rt},
			Backoff: transport.Backoff{Min: time.Second, Max: time.Hour},
		})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		require.NoError(t, source.Receive(ctx, func(transport.Frame) {}))
		assert.Equal(t, []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second}, at)
	})
}

// A server whose events are no JSON fills no log: one line a second tells how many they were.
func TestSSE_Receive_logsBrokenEventsOnceASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rt := memory(func(*http.Request) (*http.Response, error) {
			reader, writer := io.Pipe()
			go func() {
				for range 3 {
					_, _ = io.WriteString(writer, strings.Repeat("data: garbage\n\n", 1000))
					<-time.After(time.Second)
				}
				_, _ = io.WriteString(writer, "data: {}\n\n")
				_ = writer.Close()
			}()
			return streamResponse(http.StatusOK, reader), nil
		})
		var log bytes.Buffer
		s, err := httpapi.NewSSE("http://bot.example/_events", httpapi.Options{
			Client: &http.Client{Transport: rt}, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		})
		require.NoError(t, err)
		assert.Equal(t, []string{"{}"}, collect(t, s, 1))
		require.NoError(t, s.Close())
		assert.Equal(t, 3, strings.Count(log.String(), "no JSON object"), "%.500s", log.String())
		assert.Equal(t, 1, strings.Count(log.String(), "events=1\n"), "the first is told at once")
		assert.Equal(t, 2, strings.Count(log.String(), "events=1000\n"))
	})
}
