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

// heldOpen is the body of an answer to r that begins with text and has no end.
func heldOpen(r *http.Request, text string) io.ReadCloser {
	reader, writer := io.Pipe()
	go func() {
		_, _ = io.WriteString(writer, text) // a reader that has gone
		<-r.Context().Done()
		_ = writer.CloseWithError(r.Context().Err())
	}()
	return reader
}

func TestSSE_Receive_answerWithoutEnd(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		kind   string
		text   string
		after  time.Duration
	}{
		"gateway error":  {http.StatusServiceUnavailable, "text/html", "<html>", 30 * time.Second},
		"nothing of it":  {http.StatusServiceUnavailable, "text/html", "", 30 * time.Second},
		"page":           {http.StatusOK, "text/html", "<html>", 30 * time.Second},
		"failed stream":  {http.StatusServiceUnavailable, "text/event-stream", "data: {}\n\n", 30 * time.Second},
		"more than fits": {http.StatusServiceUnavailable, "text/html", strings.Repeat("x", 1<<20), 0},
		"no token":       {http.StatusUnauthorized, "text/html", "<html>", 30 * time.Second},
		"wrong token":    {http.StatusForbidden, "text/html", "<html>", 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var at []time.Duration
				start := time.Now()
				rt := memory(func(r *http.Request) (*http.Response, error) {
					at = append(at, time.Since(start))
					if len(at) > 1 {
						return streamResponse(http.StatusOK, heldOpen(r, "data: {}\n\n")), nil
					}
					resp := streamResponse(tt.status, heldOpen(r, tt.text))
					resp.Header.Set("Content-Type", tt.kind)
					return resp, nil
				})
				s := newSSE(t, "http://bot.example", httpapi.Options{
					Client:  &http.Client{Transport: rt},
					Backoff: transport.Backoff{Min: time.Second, Max: time.Second},
				})
				var lost []error
				s.Watch(func(c transport.Change) {
					if c.Err != nil {
						lost = append(lost, c.Err)
					}
				})
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				delivered := 0
				err := s.Receive(ctx, func(transport.Frame) { delivered++ })
				require.Len(t, lost, 1, "the stream that came then was silent and was not lost")
				var he *transport.HTTPError
				require.ErrorAs(t, lost[0], &he)
				assert.Equal(t, tt.status, he.Status)
				assert.Equal(t, tt.text[:min(len(tt.text), 200)], string(he.Body))
				if tt.status == http.StatusUnauthorized || tt.status == http.StatusForbidden {
					require.ErrorIs(t, err, transport.ErrUnauthorized)
					assert.Equal(t, tt.after, time.Since(start))
					assert.Zero(t, delivered)
					return
				}
				require.NoError(t, err)
				assert.Equal(t, []time.Duration{0, tt.after + time.Second}, at)
				assert.Equal(t, 1, delivered)
			})
		})
	}
}
