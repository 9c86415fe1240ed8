package ws_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/lazyctx"
	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

func TestConn_Call(t *testing.T) {
	t.Parallel()
	got := make(chan request, 1)
	s := newServer(t, func(p *peer) {
		for r, ok := p.read(); ok; r, ok = p.read() {
			got <- r
			p.send(fmt.Sprintf(`{"status":"failed","retcode":1200,"data":{"id":9007199254740993},"message":"m","wording":"w","echo":%q,"stream":"normal-action"}`, r.Echo))
		}
	})
	c := mustDial(t, s.url("/"), ws.Options{})
	resp, err := c.Call(within(t, 5*time.Second), transport.Request{Action: `send "x"`, Params: []byte(`{"a":[1, 2]}`)})
	require.NoError(t, err)
	r := <-got
	assert.Equal(t, `send "x"`, r.Action)
	assert.Equal(t, `{"a":[1, 2]}`, string(r.Params), "as they were given")
	assert.Equal(t, &transport.Response{Status: "failed", Retcode: 1200, Data: []byte(`{"id":9007199254740993}`), Message: "m", Wording: "w"}, resp)
	resp.Data = append(resp.Data, "xyz"...)
	assert.Equal(t, "m", resp.Message, "appending to the data must not touch the texts")
}

func TestConn_Call_manyInFlight(t *testing.T) {
	t.Parallel()
	const calls = 500
	s := newServer(t, func(p *peer) {
		var batch []request
		for r, ok := p.read(); ok; r, ok = p.read() {
			if batch = append(batch, r); len(batch) < calls {
				continue
			}
			rand.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
			for _, r := range batch {
				p.ok(r, string(r.Params))
			}
		}
	})
	c := mustDial(t, s.url("/"), ws.Options{})
	var wg sync.WaitGroup
	for i := range calls {
		wg.Go(func() {
			want := fmt.Sprintf(`{"n":%d}`, i)
			ctx := lazyctx.With(context.Background(), time.Now().Add(20*time.Second))
			resp, err := c.Call(ctx, call(want))
			if assert.NoError(t, err) {
				assert.Equal(t, want, string(resp.Data))
			}
		})
	}
	wg.Wait()
	assert.Equal(t, transport.Counters{}, c.Counters())
}

func TestConn_Call_oddEchoes(t *testing.T) {
	t.Parallel()
	ctx, giveUp := context.WithCancel(t.Context())
	s := newServer(t, func(p *peer) {
		for r, ok := p.read(); ok; r, ok = p.read() {
			if strings.Contains(string(r.Params), "silent") {
				giveUp()
				continue
			}
			p.send(`{"status":"ok","retcode":0,"data":"foreign","echo":"somebody-else"}`)
			p.send(`{"status":"ok","retcode":0,"data":"foreign","echo":12}`)
			p.send(`{"status":"failed","retcode":1400,"data":null,"echo":null}`)
			p.send(`{"status":"ok","retcode":0,"data":"late","echo":"1"}`)
			p.ok(r, `"mine"`)
			p.ok(r, `"doubled"`)
		}
	})
	c := mustDial(t, s.url("/"), ws.Options{})
	_, err := c.Call(ctx, call(`{"silent":1}`))
	one(t, err, transport.ErrOutcomeUnknown, context.Canceled)
	for range 3 {
		resp, err := c.Call(within(t, 5*time.Second), call(`{}`))
		require.NoError(t, err)
		assert.Equal(t, `"mine"`, string(resp.Data))
	}
	got := c.Counters()
	assert.Equal(t, uint64(9), got.UnknownEchoes)
	assert.GreaterOrEqual(t, got.LateReplies, uint64(5), "three late ones, and the doubled ones read so far")
}

func TestConn_Call_big(t *testing.T) {
	t.Parallel()
	s := newServer(t, (*peer).echoes)
	c := mustDial(t, s.url("/"), ws.Options{})
	params := `{"blob":"` + strings.Repeat("a", 20<<20) + `","id":9223372036854775807}`
	resp, err := c.Call(within(t, time.Minute), call(params))
	require.NoError(t, err)
	assert.True(t, params == string(resp.Data), "20 MB arrive as they were sent") //nolint:testifylint // the difference is not worth printing
}

func TestConn_Call_killedSocket(t *testing.T) {
	t.Parallel()
	kill := make(chan struct{}, 1)
	s := newServer(t, func(p *peer) {
		for r, ok := p.read(); ok; r, ok = p.read() {
			if strings.Contains(string(r.Params), "die") {
				_ = p.NetConn().Close()
				kill <- struct{}{}
				return
			}
			p.ok(r, `1`)
		}
	})
	c := mustDial(t, s.url("/"), ws.Options{})
	start := time.Now()
	_, err := c.Call(within(t, 10*time.Second), call(`{"die":true}`))
	one(t, err, transport.ErrOutcomeUnknown)
	assert.Less(t, time.Since(start), 5*time.Second)
	_, err = c.Call(within(t, 10*time.Second), call(`{}`))
	require.NoError(t, err, "the next call finds the next connection")
	assert.Equal(t, uint64(1), c.Counters().Reconnects)
	assert.Equal(t, int64(2), s.conns.Load())
}

func TestConn_Call_closed(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{})
	s := newServer(t, func(p *peer) {
		p.read()
		close(reached)
		p.read()
	})
	c, err := ws.Dial(t.Context(), s.url("/"), quiet(ws.Options{}))
	require.NoError(t, err)
	failed := make(chan error, 1)
	go func() {
		_, err := c.Call(context.Background(), call(`{}`))
		failed <- err
	}()
	<-reached
	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
	one(t, <-failed, transport.ErrOutcomeUnknown, transport.ErrClosed)
	_, err = c.Call(t.Context(), call(`{}`))
	one(t, err, transport.ErrNotSent, transport.ErrClosed)
	require.ErrorIs(t, c.Err(), transport.ErrClosed)
	<-c.Done()
}

func TestConn_Call_frameSizes(t *testing.T) {
	t.Parallel()
	s := newServer(t, (*peer).echoes)
	c := mustDial(t, s.url("/"), ws.Options{})
	// The length of a frame is written in one, three or nine bytes: cross both borders.
	for _, around := range []int{125, 1 << 16} {
		for n := around - 80; n < around+10; n++ {
			params := `{"x":"` + strings.Repeat("é", n/2) + strings.Repeat("z", n%2) + `"}`
			resp, err := c.Call(within(t, 5*time.Second), call(params))
			require.NoError(t, err)
			require.Equal(t, params, string(resp.Data))
		}
	}
}

func TestConn_Call_unusable(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *peer) {
		for r, ok := p.read(); ok; r, ok = p.read() {
			p.send(string(r.Params[1:len(r.Params)-1]) + `"echo":"` + r.Echo + `"}`)
		}
	})
	c := mustDial(t, s.url("/"), ws.Options{})
	ctx := within(t, 5*time.Second)
	for _, req := range []transport.Request{{Params: []byte(`{}`)}, {Action: "a"}} {
		_, err := c.Call(ctx, req)
		one(t, err, transport.ErrNotSent, transport.ErrInvalidArgument)
	}
}

func TestConn_Call_unreadableAnswer(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *peer) {
		for r, ok := p.read(); ok; r, ok = p.read() {
			p.send(`{"status":"ok","data":[1],,"echo":"` + r.Echo + `"}`)
		}
	})
	c := mustDial(t, s.url("/"), ws.Options{})
	_, err := c.Call(within(t, 5*time.Second), call(`{}`))
	one(t, err, transport.ErrOutcomeUnknown)
}

func TestConn_Call_answerShapes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, frame string // %q is the echo
		want        transport.Response
	}{
		{"data absent", `{"status":"ok","retcode":0,"echo":%q}`, transport.Response{Status: "ok", Data: []byte("null")}},
		{"empty object", `{"echo":%q}`, transport.Response{Data: []byte("null")}},
		{"echo first", `{"echo":%q,"status":"ok","data":{"echo":"zz"}}`, transport.Response{Status: "ok", Data: []byte(`{"echo":"zz"}`)}},
		{"async", `{"status":"async","retcode":1,"data":null,"echo":%q}`, transport.Response{Status: "async", Retcode: 1, Data: []byte("null")}},
		{
			"go-cqhttp failure", `{"data":null,"echo":%q,"msg":"MSG_NOT_FOUND","retcode":100,"status":"failed","wording":"消息不存在"}`,
			transport.Response{Status: "failed", Retcode: 100, Data: []byte("null"), Message: "MSG_NOT_FOUND", Wording: "消息不存在"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, func(p *peer) {
				for r, ok := p.read(); ok; r, ok = p.read() {
					p.send(fmt.Sprintf(tc.frame, r.Echo))
				}
			})
			c := mustDial(t, s.url("/"), ws.Options{})
			resp, err := c.Call(within(t, 5*time.Second), call(`{}`))
			require.NoError(t, err)
			assert.Equal(t, &tc.want, resp)
		})
	}
}
