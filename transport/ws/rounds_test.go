package ws_test

import (
	"testing"
	"time"

	"github.com/gorilla/websocket"
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
