package ws_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

// The memory that an answer came in is used again; what the caller has of it is not.
func TestConn_Call_answersStayAsTheyAre(t *testing.T) {
	t.Parallel()
	s := newServer(t, (*peer).echoes)
	c := mustDial(t, s.url("/"), ws.Options{})
	var kept []*transport.Response
	for i := range 50 {
		resp, err := c.Call(within(t, 5*time.Second), call(fmt.Sprintf(`{"n":%d}`, 10+i)))
		require.NoError(t, err)
		kept = append(kept, resp)
	}
	for i, resp := range kept {
		assert.Equal(t, fmt.Sprintf(`{"n":%d}`, 10+i), string(resp.Data))
	}
}

// A call that was given up is entered no more, however it was given up: its answer is late.
func TestConn_givenUpCallsAreForgotten(t *testing.T) {
	t.Parallel()
	for name, giveUp := range map[string]func(t *testing.T, c *ws.Conn){
		"cancelled": func(t *testing.T, c *ws.Conn) {
			t.Helper()
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			_, err := c.Call(ctx, call(`{}`))
			one(t, err, transport.ErrOutcomeUnknown, context.Canceled)
		},
		"stopped": func(t *testing.T, c *ws.Conn) {
			t.Helper()
			require.NoError(t, c.CallStream(t.Context(), call(`{}`), func(*transport.Response) bool { return false }))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMemory(t, func(p *peer) {
					r, _ := p.read()
					p.send(fmt.Sprintf(`{"status":"ok","retcode":0,"data":{"type":"stream"},"echo":%q,"stream":"stream-action"}`, r.Echo))
					<-time.After(time.Minute)
					p.ok(r, `{}`)
					p.read()
				}, nil)
				c := m.mustDial(t, ws.Options{PingInterval: -1})
				giveUp(t, c)
				<-time.After(time.Hour)
				assert.Equal(t, transport.Counters{LateReplies: 1}, c.Counters())
				require.NoError(t, c.Close())
				m.end()
			})
		})
	}
}

// A call that waits for the next connection need not wait for its deadline where there will be none, and who watches is told.
func TestConn_waitersHearOfTheRejection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, func(p *peer) { p.read() }, nil)
		c := m.mustDial(t, ws.Options{PingInterval: -1, Backoff: transport.Backoff{Min: time.Minute, Max: time.Minute}})
		var last transport.Change
		c.Watch(func(change transport.Change) {
			last = change
			select {
			case <-c.Done():
				assert.Fail(t, "who receives has stopped listening before the end is told")
			default:
			}
		})
		m.status.Store(http.StatusUnauthorized)
		_, err := c.Call(t.Context(), call(`{}`))
		one(t, err, transport.ErrOutcomeUnknown)
		start := time.Now()
		_, err = c.Call(t.Context(), call(`{}`))
		one(t, err, transport.ErrNotSent, transport.ErrUnauthorized)
		assert.LessOrEqual(t, time.Since(start), time.Minute)
		synctest.Wait()
		assert.True(t, last.Final)
		require.ErrorIs(t, last.Err, transport.ErrUnauthorized)
		require.NoError(t, c.Close())
		m.end()
	})
}

// brokenWrites is a connection that can be made to take nothing more, while its other direction stays open.
type brokenWrites struct {
	net.Conn
	broken atomic.Bool
}

func (c *brokenWrites) Write(p []byte) (int, error) {
	if c.broken.Load() {
		return 0, errRefused
	}
	return c.Conn.Write(p)
}

// A socket that takes nothing more is still read to its end; a call that comes meanwhile goes to the next one.
func TestConn_Call_whileASocketEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, (*peer).echoes, nil)
		first := &brokenWrites{}
		c, err := ws.Dial(t.Context(), "ws://server/", quietDefaults(ws.Options{
			PingInterval: -1,
			Backoff:      transport.Backoff{Min: time.Second, Max: time.Second},
			Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := m.dial(ctx, network, addr)
				if first.Conn == nil {
					first.Conn = conn
					return first, err
				}
				return conn, err
			},
		}))
		require.NoError(t, err)
		first.broken.Store(true)
		lost := make(chan error, 1)
		go func() {
			_, err := c.Call(t.Context(), call(`{}`))
			lost <- err
		}()
		synctest.Wait()
		start := time.Now()
		resp, err := c.Call(t.Context(), call(`{"n":1}`))
		require.NoError(t, err)
		assert.JSONEq(t, `{"n":1}`, string(resp.Data))
		assert.LessOrEqual(t, time.Since(start), 2*time.Second)
		one(t, <-lost, transport.ErrNotSent, transport.ErrNotConnected)
		require.NoError(t, c.Close())
		m.end()
	})
}
