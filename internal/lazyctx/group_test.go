package lazyctx_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/alloctest"
	"github.com/onebot-go/onebot/internal/lazyctx"
)

func TestGroup_ends(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		end    func(parent func(), g *lazyctx.Group, m *lazyctx.Member)
		want   error
		closed bool
	}{
		"deadline": {func(func(), *lazyctx.Group, *lazyctx.Member) { <-time.After(time.Minute) }, context.DeadlineExceeded, false},
		"parent":   {func(parent func(), _ *lazyctx.Group, _ *lazyctx.Member) { parent() }, context.Canceled, false},
		"leave":    {func(_ func(), g *lazyctx.Group, m *lazyctx.Member) { g.Leave(m) }, context.Canceled, false},
		"close":    {func(_ func(), g *lazyctx.Group, _ *lazyctx.Member) { g.Close() }, context.Canceled, true},
	} {
		for _, lazy := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					parent, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "v"))
					defer cancel()
					end := time.Now().Add(time.Minute)
					ctx, stop := context.WithDeadline(parent, end)
					defer stop()
					if lazy {
						ctx = lazyctx.With(parent, end)
					}
					var g lazyctx.Group
					var m lazyctx.Member
					require.True(t, g.Enter(ctx, &m))
					defer g.Leave(&m)
					deadline, ok := m.Deadline()
					assert.True(t, ok, "whoever dials shares it out among the addresses")
					assert.Equal(t, end, deadline)
					assert.Equal(t, "v", m.Value(key{}))
					child, release := context.WithCancel(&m)
					defer release()
					require.NoError(t, m.Err())
					require.NoError(t, child.Err())

					tc.end(cancel, &g, &m)
					<-m.Done()
					<-child.Done()
					require.ErrorIs(t, m.Err(), tc.want)
					require.ErrorIs(t, child.Err(), tc.want)
					assert.Equal(t, tc.closed, m.Closed())
					g.Leave(&m)
					g.Close()
					require.ErrorIs(t, m.Err(), tc.want, "what it said once it says for ever")
					assert.Equal(t, tc.closed, m.Closed())
				})
			})
		}
	}
}

func TestGroup_manyDeadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const count = 100
		start := time.Now()
		var g lazyctx.Group
		members := make([]lazyctx.Member, count)
		for i := range members { // the latest first
			require.True(t, g.Enter(lazyctx.With(t.Context(), start.Add(time.Duration(count-i)*time.Second)), &members[i]))
		}
		for i := count - 1; i >= 0; i-- {
			<-members[i].Done()
			assert.Equal(t, time.Duration(count-i)*time.Second, time.Since(start).Truncate(time.Millisecond))
			require.ErrorIs(t, members[i].Err(), context.DeadlineExceeded)
		}
		var m lazyctx.Member
		require.True(t, g.Enter(lazyctx.With(t.Context(), time.Now().Add(time.Second)), &m), "the timer is set again")
		<-m.Done()
		require.ErrorIs(t, m.Err(), context.DeadlineExceeded)
		g.Close()
		assert.False(t, g.Enter(t.Context(), new(lazyctx.Member)))
	})
}

func TestMember_AfterFunc(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var g lazyctx.Group
		var m lazyctx.Member
		require.True(t, g.Enter(t.Context(), &m))
		var ran [5]atomic.Int32
		stops := make([]func() bool, len(ran))
		for i := range ran {
			stops[i] = m.AfterFunc(func() { ran[i].Add(1) })
		}
		for _, i := range []int{4, 0, 2} { // the newest, the oldest, one between them
			assert.True(t, stops[i]())
			assert.False(t, stops[i](), "only once")
		}
		g.Leave(&m)
		synctest.Wait()
		for i, want := range []int32{0, 1, 0, 1, 0} {
			assert.Equal(t, want, ran[i].Load(), i)
			assert.False(t, stops[i](), "too late")
		}
		late := m.AfterFunc(func() { ran[0].Add(1) })
		assert.False(t, late())
		synctest.Wait()
		assert.Equal(t, int32(1), ran[0].Load())
	})
}

// TestGroup_concurrent lets everything that ends a member happen at once, for the race detector.
func TestGroup_concurrent(t *testing.T) {
	t.Parallel()
	var g lazyctx.Group
	parent, cancel := context.WithCancel(t.Context())
	defer cancel()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for i := range 20 {
				var m lazyctx.Member
				if !g.Enter(lazyctx.With(parent, time.Now().Add(time.Duration(i)*time.Microsecond)), &m) {
					return
				}
				child, release := context.WithCancel(&m)
				if i%2 == 0 {
					<-child.Done()
				}
				release()
				g.Leave(&m)
			}
		})
	}
	all.Go(cancel)
	all.Go(g.Close)
	all.Wait()
}

func TestGroup_allocates(t *testing.T) {
	var g lazyctx.Group
	var m lazyctx.Member
	ctx := lazyctx.With(context.Background(), time.Now().Add(time.Hour))
	allocs := alloctest.Fewest(2, func() {
		m = lazyctx.Member{}
		require.True(t, g.Enter(ctx, &m))
		stop := m.AfterFunc(func() {})
		stop()
		g.Leave(&m)
	})
	g.Close()
	assert.LessOrEqual(t, allocs, 2.0, "the channel, and how to stop the call")
}
