package dispatch_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/dispatch"
)

func TestTurn_release(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const n = 300
		var started, ended log
		gate := make(chan struct{})
		r := newRig(dispatch.Options{Handlers: 2}, func(ctx context.Context, turn *dispatch.Turn, i int) {
			started.add(i)
			assert.Same(t, turn, dispatch.FromContext(ctx))
			if i < n {
				assert.True(t, turn.Release())
				assert.True(t, turn.Release(), "the second time changes nothing")
				<-gate
			}
			ended.add(i)
		})
		r.start(time.Minute)
		for i := range n {
			require.True(t, r.Push("a", i))
		}
		synctest.Wait()
		assert.Equal(t, upTo(n), started.all(), "all of one key at once, in order")
		require.True(t, r.Push("a", n))
		require.True(t, r.Push("b", n+1))
		synctest.Wait()
		assert.ElementsMatch(t, []int{n, n + 1}, ended.all(), "they hold up nobody")
		close(gate)
		synctest.Wait()
		assert.Len(t, ended.all(), n+2)
		r.end(t)
	})
}

func TestTurn_releaseBound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var given, kept atomic.Int32
		gate := make(chan struct{})
		var last atomic.Pointer[dispatch.Turn]
		r := newRig(dispatch.Options{Released: 3}, func(_ context.Context, turn *dispatch.Turn, _ int) {
			if turn.Release() {
				given.Add(1)
			} else {
				kept.Add(1)
				last.Store(turn)
			}
			<-gate
		})
		r.start(time.Minute)
		for i := range 10 {
			r.Push("a", i)
		}
		synctest.Wait()
		assert.Equal(t, int32(3), given.Load())
		assert.Equal(t, int32(1), kept.Load(), "the fourth keeps its turn and the key waits")
		gate <- struct{}{}
		synctest.Wait()
		close(gate)
		synctest.Wait()
		assert.Equal(t, int32(10), given.Load()+kept.Load())
		assert.False(t, last.Load().Release(), "after the handler has returned there is nothing to give up")
		r.Push("a", 11)
		synctest.Wait()
		assert.Equal(t, int32(11), given.Load()+kept.Load())
		r.end(t)
	})
}

func TestTurn_releaseFromElsewhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var order log
		r := newRig(dispatch.Options{}, func(_ context.Context, turn *dispatch.Turn, n int) {
			for range 4 {
				go turn.Release()
			}
			runtime.Gosched()
			order.add(n)
		})
		r.start(time.Minute)
		for i := range 200 {
			r.Push("a", i)
		}
		synctest.Wait()
		assert.ElementsMatch(t, upTo(200), order.all())
		r.end(t)
	})
}

func TestFromContext_outside(t *testing.T) {
	t.Parallel()
	assert.Nil(t, dispatch.FromContext(t.Context()))
}

type ctxKey struct{}

func TestRun_context(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.WithValue(context.Background(), ctxKey{}, "v"))
		started := make(chan struct{})
		start := time.Now()
		var wait time.Duration
		r := newRig(dispatch.Options{}, func(ctx context.Context, _ *dispatch.Turn, n int) {
			assert.Zero(t, n, "no handler starts after the end")
			assert.Equal(t, "v", ctx.Value(ctxKey{}))
			below, stop := context.WithTimeout(ctx, time.Hour)
			defer stop()
			close(started)
			<-below.Done()
			wait = time.Since(start)
			assert.ErrorIs(t, below.Err(), context.Canceled)
		})
		go func() { r.ended <- r.Run(ctx, nil, 5*time.Second) }()
		r.Push("a", 0)
		<-started
		r.Push("a", 1)
		r.Push("a", 2)
		cancel()
		synctest.Wait()
		assert.False(t, r.Push("b", 3), "what comes while a run ends is discarded")
		require.NoError(t, <-r.ended)
		assert.Equal(t, 5*time.Second, wait, "the context lives as long as the drain")
		assert.ElementsMatch(t, []dropped{{1, dispatch.Discarded}, {2, dispatch.Discarded}, {3, dispatch.Discarded}}, r.lost())
		assert.False(t, r.Push("b", 4), "and after it")
	})
}

func TestRun_waitsForTheLastHandler(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		r := newRig(dispatch.Options{}, func(_ context.Context, turn *dispatch.Turn, n int) {
			if n == 1 {
				turn.Release()
			}
			<-gate
		})
		r.start(time.Second)
		r.Push("a", 1)
		r.Push("a", 2)
		synctest.Wait()
		r.stop()
		synctest.Wait()
		<-time.After(time.Hour) // long after the drain
		assert.Empty(t, r.ended, "Run waits for handlers")
		gate <- struct{}{}
		synctest.Wait()
		assert.Empty(t, r.ended)
		gate <- struct{}{}
		require.NoError(t, <-r.ended)
	})
}

func TestRun_endsEarlyWhenNothingRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(dispatch.Options{}, func(context.Context, *dispatch.Turn, int) {})
		start := time.Now()
		r.start(time.Hour)
		r.end(t)
		assert.Zero(t, time.Since(start))
	})
}

func TestRun_twice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var order log
		r := newRig(dispatch.Options{}, func(_ context.Context, _ *dispatch.Turn, n int) { order.add(n) })
		r.start(0)
		synctest.Wait()
		require.ErrorIs(t, r.Run(t.Context(), nil, 0), dispatch.ErrRunning)
		r.Push("a", 1)
		synctest.Wait()
		r.end(t)
		assert.False(t, r.Push("a", 2))
		r.start(0)
		synctest.Wait()
		r.Push("a", 3)
		synctest.Wait()
		r.end(t)
		assert.Equal(t, []int{1, 3}, order.all())
		assert.Equal(t, []dropped{{2, dispatch.Discarded}}, r.lost())
	})
}

func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var r *rig
		r = newRig(dispatch.Options{}, func(ctx context.Context, _ *dispatch.Turn, _ int) {
			r.Close() // in a handler
			<-ctx.Done()
		})
		r.Push("a", 1)
		r.Push("a", 2)
		start := time.Now()
		r.start(time.Hour)
		require.NoError(t, <-r.ended)
		r.Close()
		assert.Zero(t, time.Since(start), "contexts end at once, not after the drain")
		assert.False(t, r.Push("a", 3))
		assert.Equal(t, []dropped{{2, dispatch.Discarded}, {3, dispatch.Discarded}}, r.lost())
		require.ErrorIs(t, r.Run(t.Context(), nil, 0), dispatch.ErrClosed)
		r.stop()
	})
}

func TestClose_whileRunEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(dispatch.Options{}, func(ctx context.Context, _ *dispatch.Turn, _ int) { <-ctx.Done() })
		r.start(time.Hour)
		r.Push("a", 1)
		synctest.Wait()
		start := time.Now()
		r.stop()
		synctest.Wait()
		r.Close()
		require.NoError(t, <-r.ended)
		assert.Zero(t, time.Since(start))
	})
}

func TestHandler_goexit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var order log
		r := newRig(dispatch.Options{Handlers: 1}, func(_ context.Context, turn *dispatch.Turn, n int) {
			order.add(n)
			switch n {
			case 1:
				runtime.Goexit()
			case 2:
				turn.Release()
				runtime.Goexit()
			}
		})
		r.start(0)
		for i := range 5 {
			r.Push("a", i)
		}
		synctest.Wait()
		assert.Equal(t, upTo(5), order.all())
		r.end(t)
	})
}

// TestRace drives all methods at once; the race detector and the counts at the end judge.
func TestRace(t *testing.T) {
	t.Parallel()
	var handled, claimed atomic.Int64
	r := newRig(dispatch.Options{Queue: 64, Handlers: 3, Released: 2}, func(ctx context.Context, turn *dispatch.Turn, n int) {
		handled.Add(1)
		if n%3 == 0 {
			turn.Release()
		}
		if n%7 == 0 {
			runtime.Gosched()
			dispatch.FromContext(ctx).Release()
		}
	})
	r.start(time.Second)
	const pushers, each = 4, 5000
	done := make(chan struct{})
	for p := range pushers {
		go func() {
			for i := range each {
				r.Push(string(rune('a'+(i+p)%9)), i)
				if i%11 == 0 {
					if _, ok := r.Claim(string(rune('a'+i%9)), func(n int) bool { return n%2 == 0 }); ok {
						claimed.Add(1)
					}
				}
			}
			done <- struct{}{}
		}()
	}
	for range pushers {
		<-done
	}
	r.end(t)
	assert.Equal(t, int64(pushers*each), handled.Load()+claimed.Load()+int64(len(r.lost())))
	assert.Zero(t, r.Len())
}

func TestBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		r := newRig(dispatch.Options{}, func(context.Context, *dispatch.Turn, int) { <-gate })
		assert.False(t, r.Busy("a"))
		require.True(t, r.Push("a", 1))
		assert.True(t, r.Busy("a"), "it waits for a run")
		r.start(time.Minute)
		synctest.Wait()
		assert.True(t, r.Busy("a"), "it is being handled")
		assert.False(t, r.Busy("b"))
		close(gate)
		synctest.Wait()
		assert.False(t, r.Busy("a"))
		r.end(t)
	})
}
