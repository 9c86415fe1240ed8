package ws_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

// receive runs Receive and gives the frames' texts.
func receive(t *testing.T, c *ws.Conn) (frames <-chan string, ended <-chan error) {
	t.Helper()
	list, end := make(chan string, 1024), make(chan error, 1)
	go func() {
		end <- c.Receive(context.Background(), func(f transport.Frame) { list <- string(f.Data) })
	}()
	return list, end
}

func next(t *testing.T, frames <-chan string) string {
	t.Helper()
	select {
	case f := <-frames:
		return f
	case <-time.After(5 * time.Second):
		require.Fail(t, "no event")
		return ""
	}
}

func TestConn_Receive(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *peer) {
		p.send(`{"post_type":"message","n":1}`)
		_ = p.WriteMessage(websocket.BinaryMessage, []byte(`{"post_type":"message","n":2}`))
		p.send(`{'type': 'chat.message'}`)
		p.send(``)
		p.send(`[]`)
		p.send(`{"type":"chat.message","status":"send message","msg_id":3}`)
		p.send(`{"hello":4}`)
		p.read()
	})
	logs := &syncBuffer{}
	c := mustDial(t, s.url("/"), ws.Options{Logger: slog.New(slog.NewTextHandler(logs, nil))})
	frames, ended := receive(t, c)
	for _, want := range []string{
		`{"post_type":"message","n":1}`, `{"post_type":"message","n":2}`,
		`{"type":"chat.message","status":"send message","msg_id":3}`, `{"hello":4}`,
	} {
		assert.Equal(t, want, next(t, frames))
	}
	assert.Equal(t, 1, strings.Count(logs.String(), "no JSON object"), "at most one line a second")
	require.ErrorIs(t, c.Receive(t.Context(), nil), transport.ErrInvalidArgument, "only once")
	require.NoError(t, c.Close())
	require.ErrorIs(t, <-ended, transport.ErrClosed)
}

func TestConn_oddFramesDisturbNobody(t *testing.T) {
	t.Parallel()
	odd := []string{
		``, ` `, `{`, `{}`, `}`, `null`, `"x"`, `{"echo":"1"`, `{"echo":"1"}}`, `{"echo":}`, `{"echo":"}`, `{"echo":"\u0031"}`,
		"{\"post_type\":\"\xff\xfe\"}", `{"post_type":"x","n":1e400}`, `{"post_type":1,"post_type":"x","post_type":null}`,
		`{"retcode":1403,"echo":"other"}`, `{"retcode":"x","echo":{}}`, `{"echo":[]}`, `{"status":null}`,
		strings.Repeat(`{"a":`, 100000), `{"post_type":"x","deep":` + strings.Repeat(`[`, 100000) + strings.Repeat(`]`, 100000) + `}`,
		`{"data":` + strings.Repeat(`[`, 100000) + strings.Repeat(`]`, 100000) + `,"echo":"zzz"}`,
	}
	s := newServer(t, func(p *peer) {
		for r, ok := p.read(); ok; r, ok = p.read() {
			for _, frame := range odd {
				p.send(frame)
			}
			p.ok(r, `"mine"`)
		}
	})
	c := mustDial(t, s.url("/"), ws.Options{})
	_, _ = receive(t, c)
	// The echo of the first call is "1": it gets an answer, which cannot be read.
	_, err := c.Call(within(t, 10*time.Second), call(`{}`))
	one(t, err, transport.ErrOutcomeUnknown)
	for range 3 {
		resp, err := c.Call(within(t, 10*time.Second), call(`{}`))
		require.NoError(t, err)
		assert.Equal(t, `"mine"`, string(resp.Data))
	}
	assert.Equal(t, int64(1), s.conns.Load())
}

func TestConn_Receive_endsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newServer(t, (*peer).echoes)
	c := mustDial(t, s.url("/"), ws.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, c.Receive(ctx, func(transport.Frame) {}))
	_, err := c.Call(within(t, 5*time.Second), call(`{}`))
	require.NoError(t, err, "the connection stays")
}

func TestConn_Receive_headOfTheFrame(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *peer) {
		p.send(`{"self_id":1,"user_id":2,"message_type":"group","group_id":3,"post_type":"message"}`)
		p.read()
	})
	c := mustDial(t, s.url("/"), ws.Options{})
	got := make(chan wire.ChatKey, 1)
	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, c.Receive(ctx, func(f transport.Frame) {
		got <- f.Head.Chat()
		cancel()
	}))
	assert.Equal(t, wire.ChatKey{Kind: 'g', ID: 3}, <-got)
}

func TestConn_Receive_holdsABoundedNumberBefore(t *testing.T) {
	t.Parallel()
	const held, pushed = 8192, 9000
	s := newServer(t, func(p *peer) {
		for i := range pushed {
			p.send(fmt.Sprintf(`{"post_type":"x","n":%d}`, i))
		}
		p.echoes()
	})
	c := mustDial(t, s.url("/"), ws.Options{})
	// The answer comes behind the events.
	_, err := c.Call(within(t, 5*time.Second), call(`{}`))
	require.NoError(t, err)
	frames, _ := receive(t, c)
	for i := pushed - held; i < pushed; i++ {
		require.Equal(t, fmt.Sprintf(`{"post_type":"x","n":%d}`, i), next(t, frames))
	}
	assert.Equal(t, uint64(pushed-held), c.Counters().Dropped)
}

func TestConn_Receive_holdsBoundedBytesBefore(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *peer) {
		for i := range 5 {
			p.send(fmt.Sprintf(`{"post_type":"x","pad":"%s","n":%d}`, strings.Repeat("x", 6<<20), i))
		}
		p.echoes()
	})
	c := mustDial(t, s.url("/"), ws.Options{})
	_, err := c.Call(within(t, time.Minute), call(`{}`))
	require.NoError(t, err)
	frames, _ := receive(t, c)
	for i := 3; i < 5; i++ {
		assert.True(t, strings.HasSuffix(next(t, frames), fmt.Sprintf(`"n":%d}`, i)))
	}
	assert.Equal(t, uint64(3), c.Counters().Dropped)
}

func TestConn_Receive_oneTooLargeToHold(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *peer) {
		p.send(`{"post_type":"x","n":1}`)
		p.send(`{"post_type":"x","pad":"` + strings.Repeat("x", 17<<20) + `"}`)
		p.send(`{"post_type":"x","n":2}`)
		p.echoes()
	})
	c := mustDial(t, s.url("/"), ws.Options{})
	_, err := c.Call(within(t, time.Minute), call(`{}`))
	require.NoError(t, err)
	frames, _ := receive(t, c)
	assert.Equal(t, `{"post_type":"x","n":1}`, next(t, frames))
	assert.Equal(t, `{"post_type":"x","n":2}`, next(t, frames))
	assert.Equal(t, uint64(1), c.Counters().Dropped)
}

func TestConn_IgnoreEvents(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *peer) {
		for r, ok := p.read(); ok; r, ok = p.read() {
			for range 9000 {
				p.send(`{"post_type":"x"}`)
			}
			p.ok(r, `null`)
		}
	})
	for name, ignore := range map[string]func(*ws.Conn){
		"alone":  (*ws.Conn).IgnoreEvents,
		"joined": func(c *ws.Conn) { transport.Join(c, nil) },
	} {
		c := mustDial(t, s.url("/"), ws.Options{})
		ignore(c)
		_, err := c.Call(within(t, 5*time.Second), call(`{}`))
		require.NoError(t, err)
		assert.Zero(t, c.Counters().Dropped, name)
		require.ErrorIs(t, c.Receive(t.Context(), nil), transport.ErrInvalidArgument, name)
	}
}

func TestConn_Receive_goesOnAfterALoss(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *peer) {
		p.send(`{"post_type":"message"}`) // and drop
	})
	c := mustDial(t, s.url("/"), ws.Options{})
	frames, _ := receive(t, c)
	for range 3 {
		next(t, frames)
	}
	assert.GreaterOrEqual(t, c.Counters().Reconnects, uint64(2))
}

func TestConn_readLimit(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *peer) {
		p.send(`{"post_type":"fits"}`)
		p.send(`{"post_type":"` + strings.Repeat("x", 100) + `"}`)
		p.read()
	})
	changes := make(chan transport.Change, 100)
	c := mustDial(t, s.url("/"), ws.Options{ReadLimit: 100})
	c.Watch(func(change transport.Change) { changes <- change })
	frames, _ := receive(t, c)
	assert.Equal(t, `{"post_type":"fits"}`, next(t, frames))
	for change := range changes {
		if change.State == transport.StateLost {
			require.ErrorIs(t, change.Err, websocket.ErrReadLimit)
			assert.False(t, change.Final)
			return
		}
	}
}
