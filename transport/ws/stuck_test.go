package ws_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/lazyctx"
	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

// stuck serves by never reading.
func stuck(t *testing.T) (*memory, func()) {
	t.Helper()
	release := make(chan struct{})
	return newMemory(t, func(*peer) { <-release }, nil), func() { close(release) }
}

func TestConn_Call_peerThatNeverReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, release := stuck(t)
		c := m.mustDial(t, ws.Options{WriteTimeout: time.Hour, PingInterval: -1})
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				limit := time.Duration(i+1) * time.Second
				start := time.Now()
				var ctx context.Context
				if i%2 == 0 {
					lazy := lazyctx.With(context.Background(), start.Add(limit))
					defer lazy.Release()
					ctx = lazy
				} else {
					plain, cancel := context.WithTimeout(context.Background(), limit)
					defer cancel()
					ctx = plain
				}
				_, err := c.Call(ctx, transport.Request{Action: "a", Params: []byte(`{"pad":"` + strings.Repeat("x", 100<<10) + `"}`)})
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Less(t, time.Since(start)-limit, 10*time.Millisecond)
			})
		}
		wg.Wait()
		start := time.Now()
		require.NoError(t, c.Close())
		assert.LessOrEqual(t, time.Since(start), time.Second, "a stuck peer does not hold Close")
		release()
		m.end()
	})
}

func TestConn_Call_classesWithAStuckPeer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, release := stuck(t)
		c := m.mustDial(t, ws.Options{PingInterval: -1})
		big := transport.Request{Action: "big", Params: []byte(`{"pad":"` + strings.Repeat("x", 2<<20) + `"}`)}
		results := make(chan error, 2)
		// The large one goes on its way and gets stuck; the small one finds no room behind it.
		go func() {
			_, err := c.Call(context.Background(), big)
			results <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Call(ctx, call(`{}`))
		one(t, err, transport.ErrNotSent, context.DeadlineExceeded)

		// Nothing moves for the write timeout: the connection counts as dead. The pipe has taken not one byte.
		m.refusing.Store(true)
		start := time.Now()
		one(t, <-results, transport.ErrNotSent, transport.ErrNotConnected)
		assert.LessOrEqual(t, time.Since(start), 10*time.Second)
		require.NoError(t, c.Close())
		release()
		m.end()
	})
}

func TestConn_Call_partOfTheFrameHasLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		m := newMemory(t, func(p *peer) {
			_, _ = p.NetConn().Read(make([]byte, 1)) // one byte, then nothing
			<-release
		}, nil)
		c := m.mustDial(t, ws.Options{PingInterval: -1, FailFast: true})
		written := make(chan error, 1)
		go func() {
			_, err := c.Call(context.Background(), call(`{}`))
			written <- err
		}()
		synctest.Wait()
		behind := make(chan error, 1)
		go func() {
			_, err := c.Call(context.Background(), call(`{}`))
			behind <- err
		}()
		m.refusing.Store(true)
		one(t, <-written, transport.ErrOutcomeUnknown)
		one(t, <-behind, transport.ErrNotSent, transport.ErrNotConnected)
		require.NoError(t, c.Close())
		close(release)
		m.end()
	})
}

func TestConn_slowPeerIsNotDead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, func(p *peer) {
			// 64 KiB every 9 s: the request takes minutes, but it moves.
			raw := p.NetConn()
			var got []byte
			for !bytes.Contains(got, []byte("never")) {
				b := make([]byte, 64<<10)
				n, err := raw.Read(b)
				if err != nil {
					return
				}
				got = append(got, b[:n]...)
				<-time.After(9 * time.Second)
			}
		}, nil)
		c := m.mustDial(t, ws.Options{PingInterval: -1})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		_, err := c.Call(ctx, transport.Request{Action: "big", Params: []byte(`{"pad":"` + strings.Repeat("x", 2<<20) + `"}`)})
		one(t, err, transport.ErrOutcomeUnknown, context.DeadlineExceeded)
		assert.Equal(t, int64(1), m.dialled.Load())
		require.NoError(t, c.Close())
		m.end()
	})
}

func TestConn_Call_tenThousandDeadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, func(p *peer) {
			for _, ok := p.read(); ok; _, ok = p.read() {
				continue
			}
		}, nil)
		c := m.mustDial(t, ws.Options{})
		var wg sync.WaitGroup
		for range 10000 {
			wg.Go(func() {
				start := time.Now()
				ctx := lazyctx.With(context.Background(), start.Add(30*time.Second))
				_, err := c.Call(ctx, call(`{}`))
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.ErrorIs(t, err, transport.ErrOutcomeUnknown)
				assert.Less(t, time.Since(start), 31*time.Second)
			})
		}
		wg.Wait()
		require.NoError(t, c.Close())
		m.end()
	})
}

func TestConn_Call_cancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, (*peer).echoes, nil)
		c := m.mustDial(t, ws.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.Call(ctx, call(`{}`))
		one(t, err, transport.ErrNotSent, context.Canceled)
		_, err = c.Call(lazyctx.With(ctx, time.Now().Add(time.Hour)), call(`{}`))
		one(t, err, transport.ErrNotSent, context.Canceled)
		_, err = c.Call(lazyctx.With(t.Context(), time.Now()), call(`{}`))
		one(t, err, transport.ErrNotSent, context.DeadlineExceeded)
		require.NoError(t, c.Close())
		m.end()
	})
}
