package onebot_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

// A token that the server rejects, in the handshake or after it, costs one connection.
func TestStorm_rejectedToken(t *testing.T) {
	t.Parallel()
	for _, p := range onebottest.Personas() {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := onebottest.NewServer(t, p, onebottest.InMemory(), onebottest.WithToken("right"))
				conn, err := ws.Dial(t.Context(), srv.URL(), ws.Options{Token: "wrong", Dial: srv.DialContext, Logger: quiet()})
				if err == nil { // NapCat and LLBot look at the token after the handshake (dialects 5.5)
					c, err := onebot.New(conn, onebot.WithLogger(quiet()))
					require.NoError(t, err)
					defer func() { assert.NoError(t, c.Close()) }()
					require.ErrorIs(t, c.Run(t.Context()), onebot.ErrUnauthorized)
				} else {
					require.ErrorIs(t, err, onebot.ErrUnauthorized)
				}
				passes(time.Hour)
				assert.Equal(t, 1, srv.Connections())
			})
		})
	}
}

// attempts notes when a connection was tried.
type attempts struct {
	dial  func(ctx context.Context, network, addr string) (net.Conn, error)
	times []time.Time // of one goroutine: the link dials one after the other
}

func (a *attempts) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	a.times = append(a.times, time.Now())
	return a.dial(ctx, network, addr)
}

// dead runs a client for a while whose server has gone away, and gives the times between its attempts.
func dead(t *testing.T, b transport.Backoff, d time.Duration) []time.Duration {
	t.Helper()
	var gaps []time.Duration
	synctest.Test(t, func(t *testing.T) {
		srv, err := onebottest.Start(onebottest.NapCat, onebottest.InMemory())
		require.NoError(t, err)
		a := &attempts{dial: srv.DialContext}
		conn, err := ws.Dial(t.Context(), srv.URL(), ws.Options{Backoff: b, Dial: a.DialContext, Logger: quiet()})
		require.NoError(t, err)
		c, err := onebot.New(conn, onebot.WithLogger(quiet()))
		require.NoError(t, err)
		require.NoError(t, srv.Close())
		synctest.Wait()
		last := time.Now()
		passes(d)
		require.NoError(t, c.Close())
		for _, at := range a.times[1:] { // the first one succeeded
			gaps = append(gaps, at.Sub(last))
			last = at
		}
	})
	return gaps
}

// A dead server gets at most one attempt in each step of the backoff.
func TestStorm_deadServer(t *testing.T) {
	t.Parallel()
	exact := dead(t, transport.Backoff{Min: 500 * time.Millisecond, Max: 30 * time.Second}, time.Minute)
	assert.Equal(t, []time.Duration{
		500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second,
	}, exact[:6])

	gaps := dead(t, transport.Backoff{}, time.Hour) // the default, with jitter
	step := 500 * time.Millisecond
	for i, gap := range gaps {
		assert.LessOrEqual(t, gap, step, "attempt %d", i+1)
		step = min(2*step, 30*time.Second)
	}
	t.Logf("%d attempts in an hour", len(gaps))
	assert.Less(t, len(gaps), 330, "15 s apart on average")
}

// A server that accepts and drops gets at most 12 connections in 3 s with default options.
func TestStorm_acceptAndDrop(t *testing.T) {
	t.Parallel()
	most := 0
	for range 100 { // the jitter is random
		setup := benchSetup{persona: onebottest.NapCat}
		onBench(t, setup, func(b *bench) {
			b.srv.Fault(onebottest.DropConn().Times(-1))
			first := b.srv.Connections()
			b.srv.DropAll()
			passes(3 * time.Second)
			most = max(most, b.srv.Connections()-first)
		})
	}
	t.Logf("at most %d connections in 3 s", most)
	assert.LessOrEqual(t, most, 12)
	assert.Positive(t, most)
}
