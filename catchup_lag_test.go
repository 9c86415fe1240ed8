package onebot_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

// laggingEvents is a connection whose events come some time after the answers, in their order. What has not come when it is lost
// never comes.
type laggingEvents struct {
	*ws.Conn

	mu   sync.Mutex
	wait []transport.Frame
	r    *rand.Rand
}

func (l *laggingEvents) Watch(fn func(transport.Change)) {
	l.Conn.Watch(func(ch transport.Change) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.wait = nil
		fn(ch)
	})
}

func (l *laggingEvents) Receive(ctx context.Context, sink func(transport.Frame)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var lag sync.WaitGroup
	defer lag.Wait()
	lag.Go(func() {
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(l.r.IntN(150)) * time.Millisecond):
			}
			l.mu.Lock()
			n := 0
			if len(l.wait) > 0 {
				n = 1 + l.r.IntN(len(l.wait))
			}
			for _, f := range l.wait[:n] {
				sink(f)
			}
			l.wait = l.wait[n:]
			l.mu.Unlock()
		}
	})
	return l.Conn.Receive(ctx, func(f transport.Frame) {
		l.mu.Lock()
		defer l.mu.Unlock()
		f.Data = bytes.Clone(f.Data)
		l.wait = append(l.wait, f)
	})
}

// Connections are lost at any moment, and events lag behind the answers. Every message comes once, and in order.
func TestWithCatchUp_lag(t *testing.T) {
	t.Parallel()
	for _, p := range withHistory() {
		for seed := range uint64(3) {
			t.Run(fmt.Sprint(p, "/", seed), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := onebottest.NewServer(t, p, onebottest.InMemory())
					conn, err := ws.Dial(t.Context(), srv.URL(), ws.Options{
						Dial: srv.DialContext, Logger: quiet(), Backoff: onebot.Backoff{Min: 100 * time.Millisecond, Max: time.Second},
					})
					require.NoError(t, err)
					l := &laggingEvents{Conn: conn, r: rand.New(rand.NewPCG(seed, 2))}
					c := newClient(t, l, catchingUp(onebot.CatchUp{Messages: 10000, Timeout: time.Hour})...)
					manyLosses(t, p, srv, c, rand.New(rand.NewPCG(seed, 1)))
					require.NoError(t, c.Close())
					require.NoError(t, srv.Close())
				})
			})
		}
	}
}
