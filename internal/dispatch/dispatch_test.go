package dispatch_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/dispatch"
)

type dropped struct {
	item   int
	reason dispatch.Reason
}

// rig is a dispatcher of numbers that notes what is dropped. One number is as large as its tens.
type rig struct {
	*dispatch.Dispatcher[string, int]

	mu      sync.Mutex
	dropped []dropped
	ended   chan error
	stop    context.CancelFunc
}

func newRig(o dispatch.Options, run func(ctx context.Context, t *dispatch.Turn, n int)) *rig {
	r := &rig{ended: make(chan error, 1)}
	r.Dispatcher = dispatch.New[string](o, run, func(n int) int { return n / 10 }, func(n int, why dispatch.Reason) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.dropped = append(r.dropped, dropped{n, why})
	})
	return r
}

// start runs the dispatcher until end is called.
func (r *rig) start(drain time.Duration) {
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	go func() { r.ended <- r.Run(ctx, nil, drain) }()
}

func (r *rig) end(t *testing.T) {
	t.Helper()
	r.stop()
	require.NoError(t, <-r.ended)
}

func (r *rig) lost() []dropped {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]dropped(nil), r.dropped...)
}

// log collects numbers from several goroutines.
type log struct {
	mu sync.Mutex
	n  []int
}

func (l *log) add(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n = append(l.n, n)
}

func (l *log) all() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]int(nil), l.n...)
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func TestDispatcher_order(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seen := map[string]*log{"a": {}, "b": {}, "c": {}}
		var overlap [3]atomic.Int32
		keys := []string{"a", "b", "c"}
		r := newRig(dispatch.Options{}, func(_ context.Context, _ *dispatch.Turn, n int) {
			k := n % 3
			assert.Equal(t, int32(1), overlap[k].Add(1), "two handlers of one key at once")
			runtime.Gosched()
			overlap[k].Add(-1)
			seen[keys[k]].add(n / 3)
		})
		r.start(time.Second)
		for i := range 1500 {
			require.True(t, r.Push(keys[i%3], i))
		}
		synctest.Wait()
		for _, l := range seen {
			assert.Equal(t, upTo(500), l.all())
		}
		r.end(t)
		assert.Empty(t, r.lost())
	})
}

func TestDispatcher_handlersInParallel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		var order log
		gate := make(chan struct{})
		r := newRig(dispatch.Options{Handlers: 4}, func(_ context.Context, _ *dispatch.Turn, n int) {
			if c := now.Add(1); c > most.Load() {
				most.Store(c)
			}
			order.add(n)
			<-gate
			now.Add(-1)
		})
		r.start(time.Second)
		for i := range 20 {
			require.True(t, r.Push(string(rune('a'+i)), i))
		}
		synctest.Wait()
		assert.Equal(t, int32(4), now.Load(), "the bound is used")
		assert.ElementsMatch(t, upTo(4), order.all(), "the keys that waited longest come first")
		for range 20 {
			gate <- struct{}{}
			synctest.Wait()
		}
		assert.Equal(t, int32(4), most.Load(), "the bound holds")
		assert.ElementsMatch(t, upTo(20), order.all())
		r.end(t)
	})
}

func TestDispatcher_fairBetweenKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var order log
		r := newRig(dispatch.Options{Handlers: 1}, func(_ context.Context, _ *dispatch.Turn, n int) { order.add(n) })
		for i := range 3 {
			r.Push("busy", i)
		}
		r.Push("quiet", 9)
		r.start(0)
		synctest.Wait()
		assert.Equal(t, []int{0, 9, 1, 2}, order.all(), "a key with many items does not hold up the next key")
		r.end(t)
	})
}

func TestDispatcher_callsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var order, second log
		var r *rig
		r = newRig(dispatch.Options{}, func(_ context.Context, _ *dispatch.Turn, n int) {
			if n >= 0 {
				order.add(n)
				assert.True(t, r.Push("other", -n-1))
			} else {
				second.add(-n - 1)
			}
		})
		for i := range 2000 {
			require.True(t, r.Push("one", i))
		}
		r.start(time.Second)
		synctest.Wait()
		assert.Equal(t, upTo(2000), order.all())
		assert.Equal(t, upTo(2000), second.all())
		r.end(t)
	})
}

func TestDispatcher_stuckKeyOverflowsAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		var done atomic.Int32
		r := newRig(dispatch.Options{Queue: 100}, func(_ context.Context, _ *dispatch.Turn, n int) {
			if n == 0 {
				<-gate
			}
			done.Add(1)
		})
		r.start(time.Second)
		require.True(t, r.Push("stuck", 0))
		synctest.Wait()
		for i := 1; i <= 30; i++ {
			assert.Equal(t, i <= 25, r.Push("stuck", i), "item %d", i)
		}
		for range 200 {
			require.True(t, r.Push("free", 7))
			synctest.Wait()
		}
		assert.Equal(t, int32(200), done.Load())
		var want []dropped
		for i := 26; i <= 30; i++ {
			want = append(want, dropped{i, dispatch.Overflow})
		}
		assert.Equal(t, want, r.lost())
		close(gate)
		r.end(t)
	})
}

func TestDispatcher_bounds(t *testing.T) {
	t.Parallel()
	push := func(t *testing.T, o dispatch.Options, run bool, keys string, items ...int) (kept int, lost []dropped) {
		t.Helper()
		gate := make(chan struct{})
		r := newRig(o, func(context.Context, *dispatch.Turn, int) { <-gate })
		if run {
			r.start(0)
			synctest.Wait()
			for _, k := range keys { // each key's first handler is stuck, so that all the others wait
				r.Push(string(k), 0)
				synctest.Wait()
			}
		}
		for i, n := range items {
			r.Push(string(keys[i%len(keys)]), n)
		}
		kept, lost = r.Len(), r.lost()
		close(gate)
		if run {
			r.end(t)
		}
		return kept, lost
	}
	tests := []struct {
		name  string
		o     dispatch.Options
		run   bool
		keys  string
		items []int
		kept  int
		lost  []dropped
	}{
		{"all keys", dispatch.Options{Queue: 4}, true, "abcdef", upTo(6), 4, []dropped{{4, dispatch.Overflow}, {5, dispatch.Overflow}}},
		{"one key has at least one", dispatch.Options{Queue: 2}, true, "a", []int{1, 2}, 1, []dropped{{2, dispatch.Overflow}}},
		{"bytes of one key", dispatch.Options{Bytes: 40}, true, "a", []int{60, 50, 40}, 2, []dropped{{50, dispatch.Overflow}}},
		{"one large item", dispatch.Options{Bytes: 40}, true, "a", []int{400, 0}, 1, []dropped{{0, dispatch.Overflow}}},
		{"too large", dispatch.Options{Bytes: 40}, true, "a", []int{410}, 0, []dropped{{410, dispatch.Overflow}}},
		{"bytes of all", dispatch.Options{Bytes: 40}, true, "ab", []int{300, 110}, 1, []dropped{{110, dispatch.Overflow}}},
		{"idle, all keys", dispatch.Options{Queue: 4}, false, "abcdef", upTo(6), 4, []dropped{{0, dispatch.Discarded}, {1, dispatch.Discarded}}},
		{"idle, one key", dispatch.Options{Queue: 8}, false, "a", upTo(4), 2, []dropped{{0, dispatch.Discarded}, {1, dispatch.Discarded}}},
		{"idle, bytes", dispatch.Options{Bytes: 40}, false, "ab", []int{300, 110}, 1, []dropped{{300, dispatch.Discarded}}},
		{"idle, too large", dispatch.Options{Bytes: 40}, false, "a", []int{5, 410}, 1, []dropped{{410, dispatch.Discarded}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				kept, lost := push(t, tt.o, tt.run, tt.keys, tt.items...)
				assert.Equal(t, tt.kept, kept)
				assert.Equal(t, tt.lost, lost)
			})
		})
	}
}

func TestDispatcher_claim(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var order log
		r := newRig(dispatch.Options{}, func(_ context.Context, _ *dispatch.Turn, n int) { order.add(n) })
		for i := range 5 {
			r.Push("a", i)
		}
		even := func(n int) bool { return n > 0 && n%2 == 0 }
		n, ok := r.Claim("a", even)
		assert.True(t, ok)
		assert.Equal(t, 2, n)
		_, ok = r.Claim("b", even)
		assert.False(t, ok)
		_, ok = r.Claim("a", func(n int) bool { return n > 9 })
		assert.False(t, ok)
		n, ok = r.Claim("a", even)
		assert.True(t, ok)
		assert.Equal(t, 4, n)
		r.Push("a", 5)
		r.start(0)
		synctest.Wait()
		assert.Equal(t, []int{0, 1, 3, 5}, order.all())
		r.end(t)
		assert.Empty(t, r.lost(), "a claimed item is the claimer's")
	})
}

func TestDispatcher_noGoroutineWhileIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		r := newRig(dispatch.Options{}, func(context.Context, *dispatch.Turn, int) { <-gate })
		require.NoError(t, r.Start(context.Background()))
		assert.Zero(t, workers())
		for i := range 1000 {
			r.Push(string(rune(i%50)), 0)
		}
		synctest.Wait()
		assert.Equal(t, 50, workers(), "one for each key that has something to do")
		close(gate)
		synctest.Wait()
		assert.Zero(t, r.Len())
		assert.Zero(t, workers(), "workers end when nothing is left to do")
		r.Finish(t.Context())
	})
}

// workers counts the goroutines of the test's bubble that run the loop of a dispatcher.
func workers() int {
	stacks := make([]byte, 1<<20)
	own := string(stacks[:runtime.Stack(stacks, false)])
	_, bubble, _ := strings.Cut(own[:strings.IndexByte(own, ']')], "synctest bubble ")
	count := 0
	for stack := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		if strings.Contains(stack, "synctest bubble "+bubble+"]") && strings.Contains(stack, "dispatch.(*Dispatcher[...]).work(") {
			count++
		}
	}
	return count
}
