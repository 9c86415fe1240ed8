package dispatch_test

import (
	"context"
	"sync"
	"testing"

	"github.com/onebot-go/onebot/internal/dispatch"
)

// BenchmarkPush measures one item from Push to a handler that does nothing, beside a bare channel with one worker.
func BenchmarkPush(b *testing.B) {
	for _, keys := range []int{1, 64} {
		name := map[int]string{1: "lanes/1 key", 64: "lanes/64 keys"}[keys]
		b.Run(name, func(b *testing.B) {
			var left sync.WaitGroup
			d := dispatch.New[int](dispatch.Options{Queue: 1 << 20}, func(context.Context, *dispatch.Turn, int) { left.Done() },
				func(int) int { return 1000 }, func(int, dispatch.Reason) { left.Done() })
			if err := d.Start(context.Background()); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				left.Add(1)
				d.Push(i%keys, i)
				i++
			}
			left.Wait()
			d.Finish(b.Context())
		})
	}
	b.Run("channel and worker", func(b *testing.B) {
		var left sync.WaitGroup
		queue := make(chan int, 8192)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for range queue {
				left.Done()
			}
		}()
		b.ReportAllocs()
		for b.Loop() {
			left.Add(1)
			queue <- 1
		}
		left.Wait()
		close(queue)
		<-ended
	})
}
