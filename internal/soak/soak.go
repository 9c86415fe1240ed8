package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// sample is one line of the table.
type sample struct {
	at         time.Duration
	stats      onebot.Stats
	handled    uint64
	failed     uint64
	heap       uint64 // bytes in use after a collection
	own        uint64 // those of them that the fake server has not allocated
	goroutines int
}

// soak runs the load and gives a sample for every line it has printed.
func soak(ctx context.Context, s settings, out io.Writer) ([]sample, error) {
	srv, err := onebottest.Start(onebottest.NapCat) //nolint:contextcheck // the server outlives ctx, until it is closed
	if err != nil {
		return nil, err
	}
	c, err := onebot.Dial(ctx, srv.URL(), onebot.WithLogger(slog.New(slog.DiscardHandler)), onebot.WithCallTimeout(5*time.Second),
		onebot.WithReconnect(onebot.Backoff{Min: 50 * time.Millisecond, Max: time.Second, Jitter: 1}))
	if err != nil {
		return nil, errors.Join(err, srv.Close())
	}
	l := &load{s: s, srv: srv, c: c, rng: rand.New(rand.NewPCG(s.seed, 1)), last: make(map[onebot.GroupID]int)}
	c.OnGroupMessage(l.handle)

	ctx, cancel := context.WithTimeout(ctx, s.length)
	defer cancel()
	var work sync.WaitGroup
	var ran error
	work.Go(func() { ran = c.Run(ctx) })
	work.Go(func() { l.speak(ctx) })
	work.Go(func() { l.call(ctx) })
	work.Go(func() { l.spoil(ctx) })
	samples := l.watch(ctx, out)
	work.Wait()
	err = errors.Join(ran, c.Close(), srv.Close(), l.verdict(), growth(samples))
	return samples, err
}

// watch prints a line at every tick, and one at the end.
func (l *load) watch(ctx context.Context, out io.Writer) []sample {
	const row = "%10s %10d %10d %8d %9d %8d %7d %9.1f %8.1f %10d\n"
	_, _ = fmt.Fprintf(out, "%10s %10s %10s %8s %9s %8s %7s %9s %8s %10s\n",
		"time", "events", "handled", "dropped", "calls", "failed", "reconn", "heap MB", "own MB", "goroutines")
	var samples []sample
	start := time.Now()
	ticker := time.NewTicker(l.s.every)
	defer ticker.Stop()
	for ended := false; !ended; {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			ended = true
		}
		x := l.sample(time.Since(start))
		samples = append(samples, x)
		_, _ = fmt.Fprintf(out, row, x.at.Round(time.Second/10), x.stats.Events, x.handled, x.stats.Overflowed, x.stats.Calls,
			x.failed, x.stats.Reconnects, float64(x.heap)/1e6, float64(x.own)/1e6, x.goroutines)
	}
	return samples
}

func (l *load) sample(at time.Duration) sample {
	runtime.GC()
	runtime.GC() // the profile is one behind
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return sample{
		at: at, stats: l.c.Stats(), handled: l.handled.Load(), failed: l.failed.Load(), heap: m.HeapInuse, own: ownHeap(),
		goroutines: runtime.NumGoroutine(),
	}
}

// growth compares the last quarter of a run with the second one: what is still growing by then is a leak. The fake server keeps
// what it was told up to a bound of many megabytes: much more is let pass of the heap as a whole than of what is not the server's.
func growth(samples []sample) error {
	if len(samples) < 8 {
		return nil
	}
	quarter := len(samples) / 4
	early, late := peak(samples[quarter:2*quarter]), peak(samples[3*quarter:])
	const heapSlack, ownSlack, goroutineSlack = 256 << 20, 4 << 20, 200
	if late.heap > 2*early.heap+heapSlack {
		return fmt.Errorf("heap in use has grown from %d to %d bytes", early.heap, late.heap)
	}
	if late.own > 2*early.own+ownSlack {
		return fmt.Errorf("heap in use outside of the server has grown from %d to %d bytes", early.own, late.own)
	}
	if late.goroutines > 2*early.goroutines+goroutineSlack {
		return fmt.Errorf("goroutines have grown from %d to %d", early.goroutines, late.goroutines)
	}
	return nil
}

func peak(samples []sample) sample {
	var p sample
	for _, x := range samples {
		p.heap = max(p.heap, x.heap)
		p.own = max(p.own, x.own)
		p.goroutines = max(p.goroutines, x.goroutines)
	}
	return p
}
