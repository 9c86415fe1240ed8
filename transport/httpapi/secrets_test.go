package httpapi_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

// Wherever a secret was given, no text tells it, not even one in which the server sends it back.
func TestSecrets_wherever(t *testing.T) {
	t.Parallel()
	const hidden = "PLAIN+token/123456"
	header := func(name, value string) httpapi.Options { return httpapi.Options{Header: http.Header{name: {value}}} }
	for name, tt := range map[string]struct {
		user, query string
		o           httpapi.Options
	}{
		"option":             {o: httpapi.Options{Token: hidden}},
		"access_token":       {query: "?access_token=" + url.QueryEscape(hidden)},
		"token":              {query: "?a=1&token=" + url.QueryEscape(hidden)},
		"api_key":            {query: "?api_key=" + url.QueryEscape(hidden)},
		"password":           {user: "bot:" + url.PathEscape(hidden) + "@"},
		"user without one":   {user: url.PathEscape(hidden) + "@"},
		"own header":         {o: header("X-Api-Key", hidden)},
		"header as it is":    {o: header("x-api-key", hidden)},
		"after a scheme":     {o: header("X-Auth", "Key  "+hidden)},
		"cookie":             {o: header("Cookie", "session="+hidden)},
		"one of the cookies": {o: header("Cookie", `lang=en; session="`+hidden+`"; other=12345678`)},
	} {
		for _, status := range []int{http.StatusOK, http.StatusUnauthorized, http.StatusInternalServerError} {
			t.Run(name+"/"+http.StatusText(status), func(t *testing.T) {
				t.Parallel()
				s := serve(t, answer(status, "you said "+hidden+" or "+url.QueryEscape(hidden)+"."))
				address := strings.Replace(s.URL, "://", "://"+tt.user, 1) + "/p" + tt.query
				_, err := call(t, newCaller(t, address, tt.o), "get_status")
				requireHides(t, hidden, err)

				var log strings.Builder
				o := tt.o
				o.Logger = slog.New(slog.NewTextHandler(&log, nil))
				source, err := httpapi.NewSSE(address, o)
				require.NoError(t, err)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				source.Watch(func(c transport.Change) {
					if c.State == transport.StateLost && !c.Final {
						requireHides(t, hidden, c.Err)
						cancel()
					}
				})
				if err := source.Receive(ctx, func(transport.Frame) {}); err != nil {
					requireHides(t, hidden, err)
				}
				assert.NotContains(t, log.String(), "token")
			})
		}
	}
}

func requireHides(t *testing.T, hidden string, err error) {
	t.Helper()
	require.ErrorContains(t, err, "you said *** or ***.")
	for e := err; e != nil; e = errors.Unwrap(e) {
		assert.NotContains(t, e.Error(), hidden)
	}
}

// A proxy repeats what it was told, in clear or as it travels.
func TestSecrets_proxy(t *testing.T) {
	t.Parallel()
	for name, user := range map[string]*url.Userinfo{"password": url.UserPassword("me", "pr0xy"), "user alone": url.User("pr0xy")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
				answer(http.StatusProxyAuthRequired, "you said pr0xy or "+r.Header.Get("Proxy-Authorization")+".")(w, r)
			})
			address, err := url.Parse(proxy.URL)
			require.NoError(t, err)
			address.User = user
			o := httpapi.Options{Logger: quiet(), Proxy: http.ProxyURL(address)}
			_, err = call(t, newCaller(t, "http://bot.invalid", o), "get_status")
			require.ErrorContains(t, err, "you said *** or Basic ***.")

			source, err := httpapi.NewSSE("http://bot.invalid", o)
			require.NoError(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			source.Watch(func(c transport.Change) {
				if c.State == transport.StateLost && !c.Final {
					assert.ErrorContains(t, c.Err, "you said *** or Basic ***.")
					cancel()
				}
			})
			require.NoError(t, source.Receive(ctx, func(transport.Frame) {}))
		})
	}
}

// A page that repeats a long token shrinks when it is masked; no part of a token that the cut went through may slide in.
func TestSecrets_inPart(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789abcdef", 40)
	for _, status := range []int{http.StatusUnauthorized, http.StatusInternalServerError} {
		s := serve(t, answer(status, strings.Repeat(long+"\n", 8)))
		_, err := call(t, newCaller(t, s.URL, httpapi.Options{Token: long}), "get_status")
		require.ErrorContains(t, err, "http status")
		assert.NotContains(t, err.Error(), "0123456789abcdef")
	}
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		answer(http.StatusInternalServerError, "a page that breaks off: "+strings.Repeat(" ", 100)+long[:100])(w, nil)
	})
	_, err := call(t, newCaller(t, s.URL, httpapi.Options{Token: long[:120]}), "get_status")
	var he *transport.HTTPError
	require.ErrorAs(t, err, &he)
	assert.True(t, strings.HasPrefix(err.Error(), "httpapi: get_status: outcome unknown: http status 500"))
	assert.NotContains(t, err.Error(), long[:16])
}

// A refusal of a poll is logged in the server's own words.
func TestSecrets_polling(t *testing.T) {
	t.Parallel()
	const hidden = "PLAIN+token/123456"
	s := serve(t, answer(http.StatusOK, `{"status":"failed","retcode":100,"data":null,"message":"you said `+hidden+strings.Repeat(" and so on", 1<<10)+`"}`))
	source, err := httpapi.NewPolling(newCaller(t, s.URL, httpapi.Options{Token: hidden}), httpapi.PollingOptions{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	source.Watch(func(c transport.Change) {
		if c.State == transport.StateLost && !c.Final {
			assert.ErrorContains(t, c.Err, "you said ***")
			assert.Less(t, len(c.Err.Error()), 500)
			cancel()
		}
	})
	require.NoError(t, source.Receive(ctx, func(transport.Frame) {}))
}

// An id that no header can carry does not end the events.
func TestSSE_Receive_oddID(t *testing.T) {
	t.Parallel()
	again := make(chan string, 100)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		again <- r.Header.Get("Last-Event-ID")
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "id: 7\ndata: {}\n\nid: a\x01b\ndata: {}\n\nid: "+strings.Repeat("x", 2<<10)+"\ndata: {}\n\n")
	})
	source, err := httpapi.NewSSE(s.URL, httpapi.Options{Logger: slog.New(slog.DiscardHandler), Backoff: transport.Backoff{Min: 1, Max: 2}})
	require.NoError(t, err)
	received := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { received <- source.Receive(ctx, func(transport.Frame) {}) }()
	assert.Empty(t, <-again)
	assert.Equal(t, "7", <-again)
	cancel()
	require.NoError(t, <-received)
}
