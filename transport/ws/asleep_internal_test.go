package ws

import (
	"context"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pipes is a listener of connections in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error {
	close(p.closed)
	return nil
}

func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

func (p pipes) dial(_ context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	p.conns <- server
	return client, nil
}

// A process that was stopped finds its look at the peer long overdue, with what the peer sent meanwhile unread: the peer is not dead for
// that. Fake time is never late, so that the test says when the look was to be.
func TestSocket_lookAfterSleep(t *testing.T) {
	t.Parallel()
	const minute = time.Minute
	for _, tt := range []struct {
		name    string
		pings   time.Duration
		beat    int64 // in milliseconds
		late    time.Duration
		answers bool // the peer, from when this process wakes
		want    time.Duration
	}{
		{"in time", 30 * time.Second, 0, 0, true, 0},
		{"a little late", 30 * time.Second, 0, 99 * time.Millisecond, true, 0},
		{"slept, and the peer is there", 30 * time.Second, 0, minute, true, -1},
		{"slept, and the peer is gone", 30 * time.Second, 0, minute, false, 10 * time.Second},
		{"heartbeats, in time", -1, 5000, 0, true, 0},
		{"heartbeats, slept", -1, 5000, minute, false, 10 * time.Second},
		{"both, slept", 30 * time.Second, 5000, minute, false, 10 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := pipes{make(chan net.Conn), make(chan struct{})}
				awake := make(chan struct{})
				server := &http.Server{ReadHeaderTimeout: time.Hour, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					conn, err := new(websocket.Upgrader).Upgrade(w, r, nil)
					if err != nil {
						return
					}
					defer func() { _ = conn.Close() }()
					answer := conn.PingHandler()
					conn.SetPingHandler(func(data string) error {
						select {
						case <-awake:
						default:
							return nil
						}
						if !tt.answers {
							return nil
						}
						return answer(data)
					})
					_, _, _ = conn.ReadMessage()
				})}
				served := make(chan error, 1)
				go func() { served <- server.Serve(network) }()
				c, err := Dial(t.Context(), "ws://server/", Options{Dial: network.dial, PingInterval: -1})
				require.NoError(t, err)
				s := c.calls.sock.Load()
				synctest.Wait() // it has been started without pings
				c.pingEvery = tt.pings
				<-time.After(minute)

				s.pings.mu.Lock()
				s.pings.answered = tt.pings > 0
				s.pings.beat = time.Duration(tt.beat) * time.Millisecond
				s.pings.due = time.Now().Add(-tt.late)
				s.pings.armed = true
				s.pings.running.Add(1)
				s.pings.mu.Unlock()
				close(awake)
				start := time.Now()
				go s.ringPings()
				select {
				case <-s.gone:
					assert.Equal(t, tt.want, time.Since(start))
				case <-time.After(time.Hour):
					assert.Negative(t, tt.want, "it was never given up")
				}
				require.NoError(t, c.Close())
				require.NoError(t, server.Close())
				require.ErrorIs(t, <-served, http.ErrServerClosed)
			})
		})
	}
}

// One silence is excused once: on a machine that is always late a dead peer is found out all the same.
func TestAsleep_look(t *testing.T) {
	t.Parallel()
	const now = 2 * time.Hour
	var a asleep
	assert.Equal(t, time.Hour, a.excuse(now, time.Hour, minuteOfSilence))
	a.look(now, now-time.Second, 7)
	assert.Equal(t, minuteOfSilence+time.Second, a.excuse(now+time.Second, time.Hour, minuteOfSilence))
	a.look(now+time.Second, now, 7)
	assert.Equal(t, minuteOfSilence+2*time.Second, a.excuse(now+2*time.Second, time.Hour, minuteOfSilence), "the same silence")
	a.look(now+time.Minute, now, 8)
	assert.Equal(t, minuteOfSilence, a.excuse(now+time.Minute, time.Hour, minuteOfSilence), "another one")
}

const minuteOfSilence = time.Minute
