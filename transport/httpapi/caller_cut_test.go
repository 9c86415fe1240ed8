package httpapi_test

import (
	"context"
	"io"
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

// bothCalls performs the call in both ways.
func bothCalls(c *httpapi.Caller) map[string]func(context.Context) error {
	req := transport.Request{Action: "send_msg", Params: []byte(`{}`)}
	return map[string]func(context.Context) error{
		"Call": func(ctx context.Context) error {
			_, err := c.Call(ctx, req)
			return err
		},
		"CallStream": func(ctx context.Context) error {
			return c.CallStream(ctx, req, func(*transport.Response) bool { return true })
		},
	}
}

// The status is known even where the page that explains it cannot be read whole.
func TestCaller_Call_pageCutOff(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]func(r *http.Request) io.ReadCloser{
		"cut": func(*http.Request) io.ReadCloser { return cutOff("<html>") },
		"too large": func(*http.Request) io.ReadCloser {
			return io.NopCloser(strings.NewReader("<html>" + strings.Repeat("x", 8<<10)))
		},
		"no end": func(r *http.Request) io.ReadCloser { return heldOpen(r, "<html>") },
	} {
		for status, want := range map[int][]error{
			http.StatusBadRequest:          {transport.ErrOutcomeUnknown},
			http.StatusUnauthorized:        {transport.ErrNotSent, transport.ErrUnauthorized},
			http.StatusForbidden:           {transport.ErrNotSent, transport.ErrUnauthorized},
			http.StatusNotFound:            {transport.ErrNotSent},
			http.StatusTooManyRequests:     {transport.ErrNotSent},
			http.StatusInternalServerError: {transport.ErrOutcomeUnknown},
			http.StatusGatewayTimeout:      {transport.ErrOutcomeUnknown},
		} {
			t.Run(name+"/"+http.StatusText(status), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := newCaller(t, "http://bot.example", httpapi.Options{ReadLimit: 4 << 10, Client: &http.Client{
						Transport: memory(func(r *http.Request) (*http.Response, error) {
							_, _ = io.Copy(io.Discard, r.Body)
							resp := streamResponse(status, body(r))
							resp.Header.Set("Retry-After", "7")
							return resp, nil
						}),
					}})
					for how, call := range bothCalls(c) {
						ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
						start := time.Now()
						err := call(ctx)
						requireClass(t, err, want[0])
						assert.Equal(t, len(want) > 1, errorIs(err, transport.ErrUnauthorized), how)
						var he *transport.HTTPError
						require.ErrorAs(t, err, &he, how)
						assert.Equal(t, status, he.Status, how)
						assert.Equal(t, 7*time.Second, he.RetryAfter, how)
						assert.True(t, strings.HasPrefix(string(he.Body), "<html>"), how)
						held := name == "no end" && want[0] == transport.ErrOutcomeUnknown || //nolint:errorlint // the very value of the table
							name == "no end" && status == http.StatusNotFound // where an answer may still come
						assert.Equal(t, held, errorIs(err, context.DeadlineExceeded), how)
						if !held {
							assert.LessOrEqual(t, time.Since(start), time.Second, how)
						}
						cancel()
					}
				})
			})
		}
	}
}

// cutOff is a body that breaks off after text.
func cutOff(text string) io.ReadCloser {
	reader, writer := io.Pipe()
	go func() {
		_, _ = io.WriteString(writer, text) // a reader that has gone
		_ = writer.CloseWithError(io.ErrUnexpectedEOF)
	}()
	return reader
}
