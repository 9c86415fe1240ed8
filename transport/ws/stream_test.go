package ws_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

// streams answers every call in parts (dialects.md, section 5.7), and every other call in the usual way.
func streams(parts int, last bool) func(p *peer) {
	return func(p *peer) {
		for r, ok := p.read(); ok; r, ok = p.read() {
			if r.Action != "download_file_stream" {
				p.ok(r, `"plain"`)
				continue
			}
			for i := range parts {
				p.send(fmt.Sprintf(`{"status":"ok","retcode":0,"data":{"type":"stream","index":%d},"message":"","wording":"","echo":%q,"stream":"stream-action"}`, i, r.Echo))
			}
			if last {
				p.send(fmt.Sprintf(`{"status":"ok","retcode":0,"data":{"type":"response"},"message":"","wording":"","echo":%q,"stream":"stream-action"}`, r.Echo))
			}
		}
	}
}

func streamCall() transport.Request {
	return transport.Request{Action: "download_file_stream", Params: []byte(`{}`)}
}

func TestConn_CallStream(t *testing.T) {
	t.Parallel()
	s := newServer(t, streams(3, true))
	c := mustDial(t, s.url("/"), ws.Options{})
	var got []string
	err := c.CallStream(within(t, 5*time.Second), streamCall(), func(r *transport.Response) bool {
		assert.Equal(t, len(got) < 3, r.Partial)
		got = append(got, string(r.Data))
		return true
	})
	require.NoError(t, err)
	assert.Equal(t, []string{
		`{"type":"stream","index":0}`, `{"type":"stream","index":1}`, `{"type":"stream","index":2}`, `{"type":"response"}`,
	}, got)
	assert.Equal(t, transport.Counters{}, c.Counters())
}

func TestConn_CallStream_ofAPlainAnswer(t *testing.T) {
	t.Parallel()
	s := newServer(t, streams(0, true))
	c := mustDial(t, s.url("/"), ws.Options{})
	parts := 0
	err := c.CallStream(within(t, 5*time.Second), call(`{}`), func(r *transport.Response) bool {
		parts++
		assert.Equal(t, `"plain"`, string(r.Data))
		return false
	})
	require.NoError(t, err)
	assert.Equal(t, 1, parts)
}

func TestConn_Call_givesTheLastPart(t *testing.T) {
	t.Parallel()
	s := newServer(t, streams(2000, true))
	c := mustDial(t, s.url("/"), ws.Options{})
	resp, err := c.Call(within(t, 5*time.Second), streamCall())
	require.NoError(t, err)
	assert.Equal(t, `{"type":"response"}`, string(resp.Data))
	assert.False(t, resp.Partial)
}

// uploadAnswer is all that NapCat's upload_file_stream answers to one piece (action/stream/UploadFileStream.ts): a stream-action whose data
// is of the type of a part, and nothing follows.
const uploadAnswer = `{"type":"stream","stream_id":"s","status":"chunk_received","received_chunks":1,"total_chunks":9}`

func TestConn_Call_uploadedPiece(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *peer) {
		for r, ok := p.read(); ok; r, ok = p.read() {
			p.send(fmt.Sprintf(`{"status":"ok","retcode":0,"data":%s,"message":"","wording":"","echo":%q,"stream":"stream-action"}`, uploadAnswer, r.Echo))
		}
	})
	c := mustDial(t, s.url("/"), ws.Options{})
	req := transport.Request{Action: "upload_file_stream", Params: []byte(`{}`)}
	resp, err := c.Call(within(t, 5*time.Second), req)
	require.NoError(t, err)
	assert.Equal(t, uploadAnswer, string(resp.Data))
	assert.False(t, resp.Partial)
	answers := 0
	require.NoError(t, c.CallStream(within(t, 5*time.Second), req, func(*transport.Response) bool {
		answers++
		return true
	}))
	assert.Equal(t, 1, answers)
}

func TestConn_CallStream_stopsEarly(t *testing.T) {
	t.Parallel()
	s := newServer(t, streams(100, true))
	c := mustDial(t, s.url("/"), ws.Options{})
	parts := 0
	err := c.CallStream(within(t, 5*time.Second), streamCall(), func(*transport.Response) bool {
		parts++
		return parts < 2
	})
	require.NoError(t, err)
	assert.Equal(t, 2, parts)
	_, err = c.Call(within(t, 5*time.Second), call(`{}`))
	require.NoError(t, err, "the rest of the parts disturbs nobody")
}

func TestConn_CallStream_overflow(t *testing.T) {
	t.Parallel()
	s := newServer(t, streams(2000, true))
	c := mustDial(t, s.url("/"), ws.Options{})
	parts := 0
	err := c.CallStream(within(t, time.Minute), streamCall(), func(*transport.Response) bool {
		if parts == 0 { // until everything has come
			_, err := c.Call(within(t, time.Minute), call(`{}`))
			assert.NoError(t, err)
		}
		parts++
		return true
	})
	one(t, err, transport.ErrOutcomeUnknown, transport.ErrOverflow)
	assert.GreaterOrEqual(t, parts, 1024, "what came before is not lost")
}

func TestConn_CallStream_deadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, streams(2, false), nil)
		c := m.mustDial(t, ws.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		parts := 0
		err := c.CallStream(ctx, streamCall(), func(*transport.Response) bool {
			parts++
			return true
		})
		one(t, err, transport.ErrOutcomeUnknown, context.DeadlineExceeded)
		assert.Equal(t, 2, parts)
		require.NoError(t, c.Close())
		m.end()
	})
}

func TestConn_CallStream_lostConnection(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *peer) {
		r, _ := p.read()
		p.send(fmt.Sprintf(`{"status":"ok","retcode":0,"data":{"type":"stream"},"echo":%q,"stream":"stream-action"}`, r.Echo))
	})
	c := mustDial(t, s.url("/"), ws.Options{})
	parts := 0
	err := c.CallStream(within(t, 5*time.Second), streamCall(), func(*transport.Response) bool {
		parts++
		return true
	})
	one(t, err, transport.ErrOutcomeUnknown)
	assert.Equal(t, 1, parts)
}

// A part that panics, or ends its goroutine, leaves no call behind that would keep what still comes.
func TestConn_CallStream_partDoesNotReturn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const parts = 9
		proceed := make(chan struct{})
		m := newMemory(t, func(p *peer) {
			r, _ := p.read()
			for i := range parts {
				p.send(fmt.Sprintf(`{"status":"ok","retcode":0,"data":{"type":"stream"},"echo":%q,"stream":"stream-action"}`, r.Echo))
				if i == 0 {
					<-proceed
				}
			}
			p.read()
		}, nil)
		c := m.mustDial(t, ws.Options{PingInterval: -1})
		assert.Panics(t, func() {
			_ = c.CallStream(context.Background(), streamCall(), func(*transport.Response) bool {
				panic("boom") //nolint:forbidigo // what is tested
			})
		})
		close(proceed)
		synctest.Wait()
		assert.Equal(t, transport.Counters{LateReplies: parts - 1}, c.Counters())
		require.NoError(t, c.Close())
		m.end()
	})
}
