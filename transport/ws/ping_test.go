package ws_test

import (
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

func TestConn_deadPeerIsNoticed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const alive = 100 * time.Second
		silent := make(chan struct{})
		m := newMemory(t, func(p *peer) {
			start := time.Now()
			p.SetPingHandler(func(data string) error {
				if time.Since(start) > alive {
					<-silent // half open: nothing is read, nothing is closed
				}
				return p.WriteControl(websocket.PongMessage, []byte(data), time.Time{})
			})
			p.read()
		}, nil)
		c := m.mustDial(t, ws.Options{})
		lost := make(chan error, 10)
		c.Watch(func(change transport.Change) {
			if change.State == transport.StateLost {
				lost <- change.Err
			}
		})
		start := time.Now()
		require.ErrorContains(t, <-lost, "answers no ping")
		assert.Equal(t, 130*time.Second, time.Since(start), "the last pong came at 90 s")
		close(silent)
		require.NoError(t, c.Close())
		m.end()
	})
}

func TestConn_peerThatNeverAnswersPings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// go-cqhttp's /event is never read (dialects.md, section 6.4); the network takes what is sent there.
		release := make(chan struct{})
		var received atomic.Int64
		m := newMemory(t, func(p *peer) {
			go func() {
				raw, b := p.NetConn(), make([]byte, 1024)
				for {
					n, err := raw.Read(b)
					if err != nil {
						return
					}
					received.Add(int64(n))
				}
			}()
			<-release
		}, nil)
		c := m.mustDial(t, ws.Options{})
		<-time.After(24 * time.Hour)
		assert.Equal(t, int64(1), m.dialled.Load())
		assert.Equal(t, int64(3*6), received.Load(), "three pings of six bytes, then no more")
		close(release)
		require.NoError(t, c.Close())
		m.end()
	})
}

// A peer that was busy or asleep answers when no more pings are sent: from then on its silence tells something.
func TestConn_peerThatAnswersPingsLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const late = 200 * time.Second
		m := newMemory(t, func(p *peer) {
			p.SetPingHandler(func(string) error { return nil })
			pong := time.AfterFunc(late, func() { _ = p.WriteControl(websocket.PongMessage, nil, time.Time{}) })
			defer pong.Stop()
			p.read()
		}, nil)
		c := m.mustDial(t, ws.Options{})
		lost := make(chan error, 10)
		c.Watch(func(change transport.Change) {
			if change.State == transport.StateLost {
				lost <- change.Err
			}
		})
		start := time.Now()
		select {
		case err := <-lost:
			require.ErrorContains(t, err, "answers no ping")
			assert.Equal(t, late+40*time.Second, time.Since(start))
		case <-time.After(time.Hour):
			assert.Fail(t, "it was never given up")
		}
		require.NoError(t, c.Close())
		m.end()
	})
}

func TestConn_answersPings(t *testing.T) {
	t.Parallel()
	pong := make(chan string, 1)
	s := newServer(t, func(p *peer) {
		p.SetPongHandler(func(data string) error {
			pong <- data
			return nil
		})
		_ = p.WriteControl(websocket.PingMessage, []byte("are you there"), time.Time{})
		p.read()
	})
	mustDial(t, s.url("/"), ws.Options{})
	assert.Equal(t, "are you there", <-pong)
}

func TestConn_floodOfPingsIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		m := newMemory(t, func(p *peer) {
			// It sends pings and reads no pong: if they were all kept, or one was waited for, this would not end.
			for ; sent < 100000; sent++ {
				if p.WriteControl(websocket.PingMessage, make([]byte, 125), time.Time{}) != nil {
					return
				}
			}
		}, nil)
		c := m.mustDial(t, ws.Options{PingInterval: -1, WriteTimeout: time.Hour})
		synctest.Wait()
		assert.Equal(t, 100000, sent)
		require.NoError(t, c.Close())
		m.end()
	})
}
