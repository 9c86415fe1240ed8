package onebot

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/onebot-go/onebot/internal/corpus"
	"github.com/onebot-go/onebot/transport"
)

// silent is a source without events: the benchmark hands them to the client as a reader would.
type silent struct{}

func (silent) Receive(ctx context.Context, _ func(transport.Frame)) error {
	<-ctx.Done()
	return nil
}

// BenchmarkEvents is the way of an event from the reader to a handler that does nothing: its head, its lane, its content. One iteration
// is the whole corpus of a thousand frames.
func BenchmarkEvents(b *testing.B) {
	frames := corpus.Array()
	b.Run("onebot", func(b *testing.B) {
		c, err := New(transport.Join(nil, silent{}))
		if err != nil {
			b.Fatal(err)
		}
		var count atomic.Int64
		all := make(chan struct{})
		On(c, func(context.Context, Event) error {
			if count.Add(1)%int64(len(frames)) == 0 {
				all <- struct{}{}
			}
			return nil
		})
		ended := make(chan error, 1)
		go func() { ended <- c.Run(context.Background()) }()
		b.ReportAllocs()
		for b.Loop() {
			for _, frame := range frames {
				c.inbox.sink(transport.Frame{Data: frame})
			}
			<-all
		}
		if err := errors.Join(c.Close(), <-ended); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("json.Valid", func(b *testing.B) { overCorpus(b, frames, json.Valid) })
}
