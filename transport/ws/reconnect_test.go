package ws_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

func TestConn_acceptAndDropIsNotStormed(t *testing.T) {
	t.Parallel()
	for _, greeting := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory(t, func(p *peer) {
				if greeting {
					p.send(`{"post_type":"meta_event","meta_event_type":"lifecycle"}`)
				}
			}, nil)
			c := m.mustDial(t, ws.Options{})
			<-time.After(3 * time.Second)
			assert.LessOrEqual(t, m.dialled.Load(), int64(12))
			<-time.After(time.Hour)
			assert.Greater(t, m.dialled.Load(), int64(60), "it goes on trying")
			assert.Less(t, m.dialled.Load(), int64(1000))
			require.NoError(t, c.Close())
			m.end()
		})
	}
}

func TestConn_backoffStartsOverAfterALife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, func(*peer) { <-time.After(11 * time.Second) }, nil)
		c := m.mustDial(t, ws.Options{PingInterval: -1, Backoff: transport.Backoff{Min: time.Second, Max: time.Hour}})
		<-time.After(10*12*time.Second + time.Second)
		assert.Equal(t, int64(11), m.dialled.Load(), "a second between lives of 11")
		require.NoError(t, c.Close())
		m.end()
	})
}

func TestConn_rejectedTokenIsFinal(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		serve func(p *peer)
		class error // of a call that was written before
	}{
		// dialects.md, sections 5.5 and 15.1
		{"NapCat: frame, then close without a code", func(p *peer) {
			p.send(`{"status":"failed","retcode":1403,"data":null,"message":"token验证失败","wording":"token验证失败","echo":null}`)
			_ = p.WriteControl(websocket.CloseMessage, nil, time.Time{})
		}, transport.ErrNotSent},
		{"LLBot: frame without echo, then close 1008", func(p *peer) {
			p.send(`{"status":"failed","retcode":1403,"data":null,"message":"invalid access token","wording":"invalid access token"}`)
			_ = p.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1008, "invalid access token"), time.Time{})
		}, transport.ErrNotSent},
		{"empty echo", func(p *peer) { p.send(`{"status":"failed","retcode":1403,"data":null,"echo":""}`) }, transport.ErrNotSent},
		{"onebots: close 1008", func(p *peer) {
			_ = p.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1008, "Unauthorized"), time.Time{})
		}, transport.ErrOutcomeUnknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMemory(t, func(p *peer) {
					p.read() // the call is on the wire before the rejection
					tc.serve(p)
				}, nil)
				c := m.mustDial(t, ws.Options{Token: "s3cret"})
				_, err := c.Call(t.Context(), call(`{}`))
				one(t, err, tc.class, transport.ErrUnauthorized)
				require.ErrorIs(t, c.Receive(t.Context(), func(transport.Frame) {}), transport.ErrUnauthorized)
				_, err = c.Call(t.Context(), call(`{}`))
				one(t, err, transport.ErrNotSent, transport.ErrUnauthorized)
				<-time.After(time.Hour)
				assert.Equal(t, int64(1), m.dialled.Load())
				require.NoError(t, c.Close())
				_, err = c.Call(t.Context(), call(`{}`))
				one(t, err, transport.ErrNotSent)
				m.end()
			})
		})
	}
}

func TestConn_otherSocketRejected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		performed := make(chan struct{})
		m := newMemory(t, func(p *peer) {
			if p.path == "/event" {
				<-performed
				p.send(`{"status":"failed","retcode":1403,"data":null,"echo":null}`)
				return
			}
			p.read()
			close(performed)
			p.read()
		}, nil)
		c := m.mustDial(t, ws.Options{EventURL: "ws://server/event"})
		_, err := c.Call(t.Context(), call(`{}`))
		one(t, err, transport.ErrOutcomeUnknown, transport.ErrUnauthorized)
		require.NoError(t, c.Close())
		m.end()
	})
}

func TestConn_otherCloseCodesArePassing(t *testing.T) {
	t.Parallel()
	for _, code := range []int{1000, 1001, 1003, 1005, 1009, 1011, 1012, 1013, 4000} {
		synctest.Test(t, func(t *testing.T) {
			var closes atomic.Int64
			m := newMemory(t, func(p *peer) {
				if closes.Add(1) == 1 {
					r, _ := p.read()
					_ = p.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, "bye"), time.Time{})
					_, _, err := p.ReadMessage()
					assert.True(t, websocket.IsCloseError(err, code), "%s: the close is answered: %v", r.Echo, err)
					return
				}
				p.echoes()
			}, nil)
			c := m.mustDial(t, ws.Options{})
			_, err := c.Call(t.Context(), call(`{}`))
			one(t, err, transport.ErrOutcomeUnknown)
			require.NotErrorIs(t, err, transport.ErrUnauthorized)
			_, err = c.Call(t.Context(), call(`{}`))
			require.NoError(t, err)
			assert.Equal(t, int64(2), m.dialled.Load())
			require.NoError(t, c.Close())
			m.end()
		})
	}
}

func TestConn_rejectedAfterOtherFrames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, func(p *peer) {
			p.send(`{"post_type":"meta_event"}`)
			p.read()
			p.send(`{"status":"failed","retcode":1403,"data":null,"echo":null}`)
		}, nil)
		c := m.mustDial(t, ws.Options{})
		_, err := c.Call(t.Context(), call(`{}`))
		one(t, err, transport.ErrOutcomeUnknown, transport.ErrUnauthorized)
		require.NoError(t, c.Close())
		m.end()
	})
}

func TestConn_anAnswerWith1403IsAnAnswer(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *peer) {
		for r, ok := p.read(); ok; r, ok = p.read() {
			p.send(`{"status":"failed","retcode":1403,"data":null,"echo":"` + r.Echo + `"}`)
		}
	})
	c := mustDial(t, s.url("/"), ws.Options{})
	for range 2 {
		resp, err := c.Call(within(t, 5*time.Second), call(`{}`))
		require.NoError(t, err)
		assert.Equal(t, int64(1403), resp.Retcode)
	}
}

func TestConn_handshakeRejectedWhileReconnecting(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory(t, func(*peer) {}, nil)
			c := m.mustDial(t, ws.Options{})
			m.status.Store(int32(status))
			require.ErrorIs(t, c.Receive(t.Context(), func(transport.Frame) {}), transport.ErrUnauthorized)
			<-time.After(time.Hour)
			assert.Equal(t, int64(2), m.dialled.Load())
			require.NoError(t, c.Close())
			m.end()
		})
	}
}

func TestConn_Call_whileDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		drop := make(chan struct{})
		m := newMemory(t, func(p *peer) {
			go func() {
				<-drop
				_ = p.Close()
			}()
			p.echoes()
		}, nil)
		c := m.mustDial(t, ws.Options{})
		m.refusing.Store(true)
		close(drop)
		synctest.Wait()

		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err := c.Call(ctx, call(`{}`))
		one(t, err, transport.ErrNotSent, transport.ErrNotConnected, context.DeadlineExceeded)
		assert.Equal(t, 3*time.Second, time.Since(start))

		// A call that waits gets the next connection.
		drop = make(chan struct{})
		m.refusing.Store(false)
		_, err = c.Call(t.Context(), call(`{}`))
		require.NoError(t, err)
		close(drop)
		require.NoError(t, c.Close())
		m.end()
	})
}

func TestConn_Call_failFast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, func(p *peer) { p.read() }, nil)
		c := m.mustDial(t, ws.Options{FailFast: true})
		m.refusing.Store(true)
		_, err := c.Call(t.Context(), call(`{}`)) // the server reads it and drops
		one(t, err, transport.ErrOutcomeUnknown)
		start := time.Now()
		_, err = c.Call(t.Context(), call(`{}`))
		one(t, err, transport.ErrNotSent, transport.ErrNotConnected)
		assert.Zero(t, time.Since(start))
		require.NoError(t, c.Close())
		m.end()
	})
}

func TestConn_Close_whileReconnecting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, func(*peer) {}, nil)
		c := m.mustDial(t, ws.Options{})
		m.refusing.Store(true)
		failed := make(chan error, 1)
		go func() {
			<-time.After(time.Minute)
			_, err := c.Call(context.Background(), call(`{}`))
			failed <- err
		}()
		<-time.After(2 * time.Minute)
		start := time.Now()
		require.NoError(t, c.Close())
		assert.Zero(t, time.Since(start))
		one(t, <-failed, transport.ErrNotSent, transport.ErrClosed)
		m.end()
	})
}

func TestConn_Watch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, func(p *peer) { p.read() }, nil)
		c := m.mustDial(t, ws.Options{})
		changes := make(chan transport.Change, 100)
		var reconnects uint64
		c.Watch(func(change transport.Change) {
			_ = c.Err() // what does not block is allowed
			reconnects = c.Counters().Reconnects
			changes <- change
		})
		assert.Equal(t, transport.Change{State: transport.StateReady}, <-changes)
		assert.Zero(t, reconnects)
		m.refusing.Store(true)
		_, err := c.Call(t.Context(), call(`{}`))
		require.Error(t, err)
		lost := <-changes
		assert.Equal(t, transport.StateLost, lost.State)
		require.Error(t, lost.Err)
		assert.Equal(t, transport.StateConnecting, (<-changes).State)
		failed := <-changes
		assert.Equal(t, transport.StateLost, failed.State)
		require.ErrorIs(t, failed.Err, errRefused)
		m.refusing.Store(false)
		assert.Equal(t, transport.StateConnecting, (<-changes).State)
		assert.Equal(t, transport.Change{State: transport.StateReady}, <-changes)
		assert.Equal(t, uint64(1), reconnects, "counted before it is told")
		require.NoError(t, c.Close())
		last := <-changes
		assert.True(t, last.Final)
		require.ErrorIs(t, last.Err, transport.ErrClosed)
		assert.Empty(t, changes)
		m.end()
	})
}

// Why there is no connection is said once: it may be what no waiting cures.
func TestConn_saysWhyThereIsNoConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log syncBuffer
		logger := slog.New(slog.NewTextHandler(&log, nil))
		drop := make(chan struct{})
		m := newMemory(t, func(*peer) { <-drop }, nil)
		c := m.mustDial(t, ws.Options{Logger: logger})
		m.refusing.Store(true)
		close(drop)
		<-time.After(10 * time.Minute)
		assert.Equal(t, 1, strings.Count(log.String(), "connection refused"))
		m.refusing.Store(false)
		m.status.Store(http.StatusBadGateway)
		<-time.After(10 * time.Minute)
		assert.Equal(t, 1, strings.Count(log.String(), "502"))
		require.NoError(t, c.Close())

		before := log.String()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		_, err := ws.Dial(ctx, "ws://server/", ws.Options{Logger: logger, Dial: m.dial, DialRetry: true})
		require.ErrorIs(t, err, transport.ErrNotConnected)
		assert.Equal(t, 1, strings.Count(log.String()[len(before):], "502"))
		m.end()
	})
}
