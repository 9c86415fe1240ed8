package httpapi_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

// spoken is the body of an answer to r: every text after its pause, and then silence.
func spoken(r *http.Request, texts ...said) io.ReadCloser {
	reader, writer := io.Pipe()
	go func() {
		for _, s := range texts {
			select {
			case <-time.After(s.after):
				_, _ = io.WriteString(writer, s.text) // a reader that has gone
			case <-r.Context().Done():
			}
		}
		<-r.Context().Done()
		_ = writer.CloseWithError(r.Context().Err())
	}()
	return reader
}

type said struct {
	after time.Duration
	text  string
}

func heartbeat(interval string) string {
	return fmt.Sprintf("data: {\"post_type\":\"meta_event\",\"meta_event_type\":\"heartbeat\",\"interval\":%s}\n\n", interval)
}

// A server that has sent heartbeats is dead when it is silent for three of their intervals and 10 s; any other may be silent.
func TestSSE_Receive_heartbeatsStop(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		texts []said
		lost  time.Duration // since the beginning; 0: never
	}{
		"LLBot's":                   {[]said{{0, heartbeat("5000")}, {5 * time.Second, heartbeat("5000")}}, 30 * time.Second},
		"other events count":        {[]said{{0, heartbeat("5000")}, {24 * time.Second, "data: {}\n\n"}}, 49 * time.Second},
		"so do comments":            {[]said{{0, heartbeat("5000")}, {24 * time.Second, ": here\n\n"}, {24 * time.Second, ":"}}, 73 * time.Second},
		"slower ones":               {[]said{{0, heartbeat("5000")}, {time.Second, heartbeat("60000")}}, 191 * time.Second},
		"faster ones":               {[]said{{0, heartbeat("60000")}, {time.Second, heartbeat("1000")}}, 14 * time.Second},
		"none":                      {[]said{{0, "data: {}\n\n"}}, 0},
		"without an interval":       {[]said{{0, heartbeat("0")}, {time.Second, heartbeat("null")}}, 0},
		"that cannot be believed":   {[]said{{0, heartbeat("86400000000")}, {0, heartbeat("-5000")}}, 0},
		"nor can an hour and more":  {[]said{{0, heartbeat("3600001")}, {0, heartbeat("9223372036854775807")}}, 0},
		"only called like a beat":   {[]said{{0, "data: {\"post_type\":\"notice\",\"meta_event_type\":\"heartbeat\",\"interval\":5000}\n\n"}}, 0},
		"interval told, and no end": {[]said{{0, heartbeat("3600000")}}, 3*time.Hour + 10*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var at []time.Duration
				rt := memory(func(r *http.Request) (*http.Response, error) {
					at = append(at, time.Since(start))
					if len(at) > 1 {
						return streamResponse(http.StatusOK, spoken(r)), nil
					}
					return streamResponse(http.StatusOK, spoken(r, tt.texts...)), nil
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
				ctx, cancel := context.WithTimeout(t.Context(), 12*time.Hour)
				defer cancel()
				require.NoError(t, s.Receive(ctx, func(transport.Frame) {}))
				if tt.lost == 0 {
					assert.Len(t, at, 1)
					return
				}
				assert.Equal(t, []time.Duration{0, tt.lost + time.Second}, at, "the second stream has no heartbeats")
				require.Len(t, lost, 1)
				assert.ErrorContains(t, lost[0], "heartbeats have stopped")
			})
		})
	}
}
