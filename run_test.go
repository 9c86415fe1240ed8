package onebot_test

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
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

// The lifecycle paragraph of Run and Close, sentence by sentence.

func TestClient_Run_eventsBeforeAndAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := answers(nil)
		c, err := onebot.New(d, onebot.WithEventQueue(40), onebot.WithLogger(quiet()))
		require.NoError(t, err)
		var got []string
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error { got = append(got, string(m.ID)); return nil })
		for i := range 12 {
			d.push(groupText(7, 1, int64(i), "early"))
		}
		ctx, cancel := context.WithCancel(context.Background())
		ran := make(chan error, 1)
		go func() { ran <- c.Run(ctx) }()
		synctest.Wait()
		assert.Equal(t, []string{"2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}, got, "the oldest of the chat give way")
		assert.Equal(t, uint64(2), c.Stats().Discarded)
		assert.Zero(t, c.Stats().Overflowed)

		require.ErrorIs(t, c.Run(context.Background()), onebot.ErrInvalidArgument, "a second concurrent Run")
		cancel()
		require.NoError(t, <-ran)
		d.push(groupText(7, 1, 99, "late"))
		synctest.Wait()
		assert.Len(t, got, 10)
		assert.Equal(t, uint64(3), c.Stats().Discarded, "after Run has returned events are discarded")
		require.NoError(t, c.Close())
		require.NoError(t, c.Run(context.Background()), "Run on a closed client has nothing to do")
	})
}

func TestClient_Run_drain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := answers(nil)
		c, err := onebot.New(d, onebot.WithDrain(3*time.Second), onebot.WithLogger(quiet()))
		require.NoError(t, err)
		var started atomic.Int32
		alive := make(chan time.Duration, 1)
		type key struct{}
		c.OnMessage(func(ctx context.Context, _ *onebot.MessageEvent) error {
			started.Add(1)
			assert.Equal(t, "value", ctx.Value(key{}), "values of Run's context are there")
			start := time.Now()
			<-ctx.Done()
			alive <- time.Since(start)
			time.Sleep(time.Second) //nolint:forbidigo // a handler that outlives its context, in fake time
			return nil
		})
		ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, "value"))
		ran := make(chan error, 1)
		go func() { ran <- c.Run(ctx) }()
		synctest.Wait()
		d.push(groupText(7, 1, 1, "a"))
		d.push(groupText(7, 1, 2, "b"))
		synctest.Wait()
		start := time.Now()
		cancel()
		assert.Equal(t, 3*time.Second, <-alive, "a running handler keeps a live context for WithDrain")
		require.NoError(t, <-ran)
		assert.Equal(t, 4*time.Second, time.Since(start), "Run returns after the last handler")
		assert.Equal(t, int32(1), started.Load(), "no further handler starts")
		require.NoError(t, c.Close())
	})
}

func TestClient_Run_withoutEvents(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"x": "1"})
	c := newClient(t, transport.Join(d, nil))
	err := c.Run(t.Context())
	require.ErrorIs(t, err, onebot.ErrUnsupported)
	assert.Contains(t, err.Error(), "WithEventSource")
	_, err = onebot.Await[onebot.Event](t.Context(), c, nil)
	require.ErrorIs(t, err, onebot.ErrUnsupported)
	_, err = c.Call(t.Context(), "x", nil)
	require.NoError(t, err)

	eventsOnly := newClient(t, transport.Join(nil, answers(nil)))
	_, err = eventsOnly.Call(t.Context(), "x", nil)
	require.ErrorIs(t, err, onebot.ErrUnsupported)
	require.ErrorIs(t, err, onebot.ErrNotSent)
}

func TestClient_Run_sourceThatCannot(t *testing.T) {
	t.Parallel()
	source := answers(nil)
	source.final <- fmt.Errorf("no such action: %w", onebot.ErrUnsupported)
	err := newClient(t, transport.Join(answers(nil), source)).Run(t.Context())
	require.ErrorIs(t, err, onebot.ErrUnsupported)
	require.EqualError(t, err, "onebot: run: no such action: not supported", "a source was given")
}

func TestClient_Close(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := answers(nil)
		c, err := onebot.New(d, onebot.WithLogger(quiet()))
		require.NoError(t, err)
		inside := make(chan error, 1)
		c.OnMessage(func(ctx context.Context, _ *onebot.MessageEvent) error {
			inside <- c.Close() // a handler may close its client
			<-ctx.Done()
			return ctx.Err()
		})
		ran := make(chan error, 1)
		go func() { ran <- c.Run(context.Background()) }()
		synctest.Wait()
		d.push(groupText(7, 1, 1, "a"))
		require.NoError(t, <-inside)
		require.NoError(t, <-ran, "Close ends Run with nil")
		require.NoError(t, c.Close(), "the second Close")
		_, err = c.Call(context.Background(), "x", nil)
		require.ErrorIs(t, err, onebot.ErrClosed)
		require.ErrorIs(t, err, onebot.ErrNotSent)
		assert.Equal(t, 1, classes(err))
		assert.Equal(t, 1, d.closed)
	})
}

func TestFrame_Done(t *testing.T) {
	t.Parallel()
	var done []error
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		push := func(frame string) {
			d.pushFrame(transport.Frame{Data: []byte(frame), Done: func(err error) { done = append(done, err) }})
			synctest.Wait()
		}
		push(groupText(7, 1, 1, "nobody wants it"))
		push(`not json`)
		push(`{"post_type":"message","message_type":"group","message":}`)
		assert.Equal(t, []error{nil, nil, nil}, done)
		hold := make(chan struct{})
		c.OnMessage(func(context.Context, *onebot.MessageEvent) error { <-hold; return nil })
		push(groupText(7, 1, 2, "runs"))
		push(groupText(7, 1, 3, "waits"))
		assert.Len(t, done, 3, "after the last handler")
		push(groupText(7, 1, 4, "too many"))
		require.Len(t, done, 4)
		require.ErrorIs(t, done[3], onebot.ErrOverflow)
		close(hold)
		synctest.Wait()
		assert.Len(t, done, 6)
	}, onebot.WithEventQueue(4))
}

// A goroutine that is about to receive may have to wait for a processor, while the reader of the connection has one.
func TestNew_afterABurst(t *testing.T) {
	t.Parallel()
	server := onebottest.NewServer(t, onebottest.NapCat)
	conn, err := ws.Dial(t.Context(), server.URL(), ws.Options{})
	require.NoError(t, err)
	const said, groups = 3000, 10
	for i := range said {
		server.Say(int64(1+i%groups), 2, strconv.Itoa(i))
	}
	_, err = conn.Call(t.Context(), transport.Request{Action: "get_status", Params: []byte(`{}`)}) // is answered behind them
	require.NoError(t, err)
	c, err := onebot.New(conn)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, c.Close()) })
	var handled atomic.Int32
	all := make(chan struct{})
	c.OnMessage(func(context.Context, *onebot.MessageEvent) error {
		if handled.Add(1) == said {
			close(all)
		}
		return nil
	})
	go func() { assert.NoError(t, c.Run(context.Background())) }()
	select {
	case <-all:
	case <-time.After(10 * time.Second):
		assert.Failf(t, "events are missing", "%d of %d, %+v", handled.Load(), said, c.Stats())
	}
	assert.Zero(t, c.Stats().Overflowed)
	assert.Zero(t, c.Stats().Discarded)
}
