package ws_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

// TestConn_Call_fullSocket is about a real socket, which takes a part of a frame and then no more: the call that writes leaves the
// rest to the flusher and returns at its deadline, and so do those behind it.
func TestConn_Call_fullSocket(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := newServer(t, func(*peer) { <-release })
	c := mustDial(t, s.url("/"), ws.Options{})
	params := `{"blob":"` + strings.Repeat("a", 8<<20) + `"}`
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			_, err := c.Call(ctx, call(params))
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.True(t, isOne(err, transport.ErrNotSent, transport.ErrOutcomeUnknown), "%v", err)
		})
	}
	calls.Wait()
	close(release)
	require.NoError(t, c.Close())
}

// TestConn_Call_sharedWrites has many calls appended and written by each other, over and over: each gets its own answer.
func TestConn_Call_sharedWrites(t *testing.T) {
	t.Parallel()
	s := newServer(t, (*peer).echoes)
	c := mustDial(t, s.url("/"), ws.Options{})
	var calls sync.WaitGroup
	for i := range 64 {
		calls.Go(func() {
			params := `{"blob":"` + strings.Repeat(string(rune('a'+i%26)), 10+i*i) + `"}`
			for range 50 {
				resp, err := c.Call(within(t, time.Minute), call(params))
				if !assert.NoError(t, err) || !assert.Equal(t, params, string(resp.Data)) {
					return
				}
			}
		})
	}
	calls.Wait()
}

func isOne(err error, classes ...error) bool {
	n := 0
	for _, class := range classes {
		if errors.Is(err, class) {
			n++
		}
	}
	return n == 1
}
