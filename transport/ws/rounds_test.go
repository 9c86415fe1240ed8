package ws_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport/ws"
)

// pinged dials and gives a channel that hears of every ping, which is answered, until the connection ends.
func pinged(t *testing.T, url string) <-chan struct{} {
	t.Helper()
	p, _ := dialReverse(t, url, nil)
	pings := make(chan struct{}, 1024)
	p.SetPingHandler(func(data string) error {
		select {
		case pings <- struct{}{}:
		default:
		}
		return p.WriteControl(websocket.PongMessage, []byte(data), time.Time{})
	})
	go func() {
		defer close(pings)
		for {
			if _, _, err := p.ReadMessage(); err != nil {
				return
			}
		}
	}()
	return pings
}

func TestRounds(t *testing.T) {
	t.Parallel()
	var rounds ws.Rounds
	// A peer that answers none of the first three pings gets no more: on a busy machine the answers need some time.
	url, conns := listen(t, ws.AcceptOptions{PingInterval: 250 * time.Millisecond, Rounds: &rounds})
	const many = 5
	var pings [many]<-chan struct{}
	var accepted [many]*ws.Conn
	for i := range many {
		pings[i] = pinged(t, url)
		a := <-conns
		require.NoError(t, a.err)
		accepted[i] = a.conn
	}
	for left := many; left > 0; left-- {
		for i := range left {
			for n := range 2 {
				_, ok := <-pings[i]
				require.Truef(t, ok, "ping %d of connection %d, with %d of them", n, i, left)
			}
		}
		require.NoError(t, accepted[left-1].Close())
	}
	rounds.Wait()
}

func TestRounds_oneConnection(t *testing.T) {
	t.Parallel()
	var rounds ws.Rounds
	url, conns := listen(t, ws.AcceptOptions{Rounds: &rounds})
	pings := pinged(t, url)
	a := <-conns
	require.NoError(t, a.err)
	<-pings // the first comes at once
	require.NoError(t, a.conn.Close())
	rounds.Wait()
	for range pings { // what was still on its way
	}
}

// Each connection has its own interval: one timer for all of them rings for whichever is next.
func TestRounds_differentIntervals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var rounds ws.Rounds
		intervals := []time.Duration{30 * time.Second, 7 * time.Second, 20 * time.Second, 3 * time.Second}
		conns := make(chan *ws.Conn, len(intervals))
		m := newMemory(t, nil, func(w http.ResponseWriter, r *http.Request) {
			every, _ := time.ParseDuration(r.Header.Get("Every"))
			c, err := ws.Accept(w, r, ws.AcceptOptions{PingInterval: every, Rounds: &rounds})
			assert.NoError(t, err)
			conns <- c
		})
		start := time.Now()
		pings := make([][]time.Duration, len(intervals))
		var reading sync.WaitGroup
		var accepted []*ws.Conn
		for i, every := range intervals {
			d := websocket.Dialer{NetDialContext: m.dial}
			p, resp, err := d.DialContext(t.Context(), "ws://bot/", http.Header{"Every": {every.String()}})
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			p.SetPingHandler(func(data string) error {
				pings[i] = append(pings[i], time.Since(start))
				return p.WriteControl(websocket.PongMessage, []byte(data), time.Time{})
			})
			reading.Go(func() {
				_, _, err := p.ReadMessage()
				assert.Error(t, err)
			})
			accepted = append(accepted, <-conns)
		}
		<-time.After(71 * time.Second)
		for _, c := range accepted {
			require.NoError(t, c.Close())
		}
		reading.Wait()
		rounds.Wait()
		for i, every := range intervals {
			var want []time.Duration
			for at := time.Duration(0); at < 71*time.Second; at += every {
				want = append(want, at)
			}
			assert.Equal(t, want, pings[i])
		}
		m.end()
	})
}
