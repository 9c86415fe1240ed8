package model_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport/ws"
)

const (
	address     = "127.0.0.1:3001"
	callTimeout = 8 * time.Second // of calls whose context has no deadline
	slack       = 20 * time.Millisecond
)

// world is one run: a client, the server behind an address, and the model of what happened.
type world struct {
	t    *testing.T
	seed uint64
	rng  *rand.Rand // the driver's alone, so that a seed decides what it does
	net  *onebottest.Network
	srv  *onebottest.Server
	// past are the servers that were replaced: what they received counts too.
	past []*onebottest.Server
	c    *onebot.Client
	ran  chan error
	work sync.WaitGroup // calls, waits and repairs under way
	// outer ends the contexts of everything the driver has begun.
	outer context.Context //nolint:containedctx // the life of one run
	stop  context.CancelFunc

	frozen  bool
	revoked bool
	closed  bool

	mu      sync.Mutex
	mute    int // see silence
	tags    int
	sends   []*attempt
	events  map[int64][]*pushed // by chat
	byText  map[string]*pushed
	holding map[int64]string // the handler that has the turn of a chat
	faults  []string
}

// drive makes one run of a seed in a bubble of its own.
func drive(t *testing.T, seed uint64, steps int) {
	t.Helper()
	t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, seed)
			defer w.end()
			for range steps {
				w.step()
				if w.failed() {
					return
				}
			}
			w.settle()
		})
	})
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	w := &world{
		t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), net: onebottest.NewNetwork(), ran: make(chan error, 1),
		events: map[int64][]*pushed{}, byText: map[string]*pushed{}, holding: map[int64]string{},
	}
	w.outer, w.stop = context.WithCancel(context.Background())
	w.serve()
	quiet := slog.New(slog.DiscardHandler)
	conn, err := ws.Dial(w.outer, w.srv.URL(), ws.Options{
		Token: "t0ken", Dial: w.net.DialContext, Logger: quiet, FailFast: w.chance(20),
		PingInterval: []time.Duration{0, 2 * time.Second, -1}[w.rng.IntN(3)],
	})
	require.NoError(t, err)
	w.c, err = onebot.New(conn, onebot.WithLogger(quiet), onebot.WithCallTimeout(callTimeout), onebot.WithLanes(1+w.rng.IntN(8)))
	require.NoError(t, err)
	w.c.OnGroupMessage(w.handle)
	go func() { w.ran <- w.c.Run(context.Background()) }()
	synctest.Wait()
	return w
}

// serve starts a server of any persona behind the address.
func (w *world) serve() {
	w.t.Helper()
	personas := onebottest.Personas()
	srv, err := onebottest.Start(personas[w.rng.IntN(len(personas))], onebottest.WithNetwork(w.net),
		onebottest.WithAddr(address), onebottest.WithToken("t0ken"))
	require.NoError(w.t, err)
	srv.Handle("slow", func(c onebottest.Call) onebottest.Reply {
		timer := time.NewTimer(3 * time.Second)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-c.Done:
		}
		return onebottest.Reply{}
	})
	w.srv = srv
}

// chance is true in so many of a hundred cases.
func (w *world) chance(percent int) bool { return w.rng.IntN(100) < percent }

// errorf notes what the model does not allow.
func (w *world) errorf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

func (w *world) failed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.faults) > 0
}

// settle lets everything come to its end and checks what can be told only then.
func (w *world) settle() {
	w.srv.ClearFaults()
	w.thaw()
	w.net.SetChunk(0)
	time.Sleep(5 * time.Minute) //nolint:forbidigo // fake time
	synctest.Wait()
	w.checkEvents()
	w.checkSends()
	if w.chance(30) {
		w.revoke()
	}
}

// revoke rejects the token: Run ends, calls fail at once, and nothing connects again.
func (w *world) revoke() {
	w.revoked = true
	w.srv.SetToken("an0ther")
	w.srv.Revoke()
	synctest.Wait()
	connections := w.srv.Connections()
	_, err := w.c.Call(w.outer, "get_status", nil)
	if !errors.Is(err, onebot.ErrUnauthorized) || !errors.Is(err, onebot.ErrNotSent) {
		w.errorf("a call after the token was rejected: %v", err)
	}
	time.Sleep(time.Hour) //nolint:forbidigo // fake time
	synctest.Wait()
	if n := w.srv.Connections(); n != connections {
		w.errorf("%d connections after the token was rejected", n-connections)
	}
}

// end closes everything, checks what Close promises, and reports.
func (w *world) end() {
	w.thaw()
	for range 3 { // these are caught in flight, or refused
		w.call("slow", time.Minute, false)
	}
	synctest.Wait()
	w.closed = true
	start := time.Now()
	if err := w.c.Close(); err != nil {
		w.errorf("Close: %v", err)
	}
	if took := time.Since(start); took > time.Second {
		w.errorf("Close took %s", took)
	}
	w.stop()
	w.work.Wait()
	if err := <-w.ran; w.revoked != errors.Is(err, onebot.ErrUnauthorized) || !w.revoked && err != nil {
		w.errorf("Run: %v", err)
	}
	if _, err := w.c.Call(context.Background(), "get_status", nil); !errors.Is(err, onebot.ErrClosed) || !errors.Is(err, onebot.ErrNotSent) {
		w.errorf("a call after Close: %v", err)
	}
	w.checkSends()
	if err := w.srv.Close(); err != nil {
		w.errorf("the server's Close: %v", err)
	}
	// What is still running now keeps the bubble from ending, and the test fails with a list of it.
	if w.failed() {
		w.t.Errorf("replay with -model.seed=%d -model.steps=%d\n%s", w.seed, *stepsFlag, strings.Join(w.faults, "\n"))
	}
}

func (w *world) thaw() {
	w.net.Thaw()
	w.frozen = false
}
