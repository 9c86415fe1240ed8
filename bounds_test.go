package onebot_test

import (
	"context"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// heapInUse is what lives on the heap after a collection, in bytes.
func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// 100,000 events of one chat against a handler that takes a second: the queue is full, nothing else grows, and calls are answered.
// It does not run in parallel, because the heap and the goroutines of other tests would count.
func TestBounds_slowHandler(t *testing.T) { //nolint:paralleltest // see above
	const most = 60 << 20
	events := 100_000
	if raceEnabled { // where only the order of things counts
		events = 10_000
	}
	d := answers(map[string]string{"get_status": `{"online":true,"good":true}`})
	synctest.Test(t, func(t *testing.T) {
		*d = *newDouble(d.answer)
		c, err := onebot.New(d, onebot.WithLogger(quiet()))
		require.NoError(t, err)
		var handled atomic.Int64
		c.OnGroupMessage(func(context.Context, *onebot.MessageEvent) error {
			handled.Add(1)
			time.Sleep(time.Second) //nolint:forbidigo // fake time
			return nil
		})
		ran := make(chan error, 1)
		go func() { ran <- c.Run(context.Background()) }()
		synctest.Wait()
		before, goroutines := heapInUse(), runtime.NumGoroutine()
		frame := groupText(7, 1, 1, strings.Repeat("x", 300))
		for i := range events {
			d.push(frame)
			if i%10_000 == 0 {
				_, err := c.Call(t.Context(), "get_status", nil)
				assert.NoError(t, err, "calls are answered meanwhile")
			}
		}
		synctest.Wait()
		after := heapInUse()
		stats := c.Stats()
		t.Logf("%d events, %d dropped, heap in use %.1f MB before and %.1f MB after, %d goroutines before and %d after",
			stats.Events, stats.Overflowed, float64(before)/1e6, float64(after)/1e6, goroutines, runtime.NumGoroutine())
		assert.Equal(t, uint64(events), stats.Events)
		assert.Equal(t, uint64(events-8192/4-1), stats.Overflowed, "one runs, a quarter of the queue waits")
		if !raceEnabled {
			assert.Less(t, after, uint64(most))
		}
		assert.LessOrEqual(t, runtime.NumGoroutine(), goroutines+2)
		time.Sleep(time.Hour) //nolint:forbidigo // fake time
		assert.Equal(t, int64(8192/4+1), handled.Load(), "what waited is handled")
		assert.NoError(t, c.Close())
		assert.NoError(t, <-ran)
	})
}

// The same over a whole connection, where the reader must not be held up either.
func TestBounds_slowHandlerOverWebSocket(t *testing.T) {
	t.Parallel()
	onBench(t, benchSetup{persona: onebottest.NapCat}, func(b *bench) {
		var handled atomic.Int64
		b.c.OnGroupMessage(func(context.Context, *onebot.MessageEvent) error {
			handled.Add(1)
			time.Sleep(time.Second) //nolint:forbidigo // fake time
			return nil
		})
		const events = 5000
		for i := range events {
			b.srv.Push(groupText(7, 1, int64(i), "x"))
		}
		require.NoError(b.t, b.send("answered meanwhile"))
		time.Sleep(2 * time.Hour) //nolint:forbidigo // fake time
		assert.Equal(b.t, uint64(handled.Load())+b.c.Stats().Overflowed, uint64(events))
		assert.Equal(b.t, int64(8192/4+1), handled.Load())
	})
}
