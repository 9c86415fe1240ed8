package ws_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

// losses gives the errors with which connections of c were lost.
func losses(c *ws.Conn) <-chan error {
	lost := make(chan error, 100)
	c.Watch(func(change transport.Change) {
		if change.State == transport.StateLost && !change.Final {
			lost <- change.Err
		}
	})
	return lost
}

// TestConn_heartbeatsStop: a half-open connection to a server with heartbeats is noticed within three intervals and 10 s, with and
// without pings; dialects.md, section 6.4, has the intervals of the servers.
func TestConn_heartbeatsStop(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		persona onebottest.Persona
		path    string
		beat    time.Duration
		pings   time.Duration
		want    string
		within  time.Duration
	}{
		{"no pings", onebottest.NapCat, "", 30 * time.Second, -1, "heartbeats have stopped", 100 * time.Second},
		{"pings are sooner", onebottest.NapCat, "", 30 * time.Second, 0, "answers no ping", 40 * time.Second},
		{"heartbeats are sooner", onebottest.Lagrange, "", 5 * time.Second, 0, "heartbeats have stopped", 25 * time.Second},
		{"pings never answered", onebottest.GoCQHTTP, "event", 5 * time.Second, 0, "heartbeats have stopped", 25 * time.Second},
		{"all pings used up", onebottest.GoCQHTTP, "event", time.Minute, 0, "heartbeats have stopped", 190 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := onebottest.NewNetwork()
				srv := onebottest.NewServer(t, tt.persona, onebottest.WithNetwork(network), onebottest.WithHeartbeat(tt.beat))
				c, err := ws.Dial(t.Context(), srv.URL()+tt.path, quiet(ws.Options{Dial: srv.DialContext, PingInterval: tt.pings}))
				require.NoError(t, err)
				lost := losses(c)
				<-time.After(10 * time.Minute)
				require.Empty(t, lost, "nothing is closed while the server lives")
				network.Freeze()
				start := time.Now()
				require.ErrorContains(t, <-lost, tt.want)
				assert.LessOrEqual(t, time.Since(start), tt.within)
				network.Thaw()
				<-time.After(10 * time.Minute)
				assert.NotZero(t, c.Counters().Reconnects)
				n := c.Counters().Reconnects
				<-time.After(10 * time.Minute)
				assert.Equal(t, n, c.Counters().Reconnects, "the new connection stands")
				require.NoError(t, c.Close())
				require.NoError(t, srv.Close())
			})
		})
	}
}

// TestConn_noHeartbeats: where none ever came, silence is no death, and neither is a heartbeat without an interval that makes sense.
func TestConn_noHeartbeats(t *testing.T) {
	t.Parallel()
	for _, frame := range []string{
		`{"post_type":"meta_event","meta_event_type":"lifecycle","sub_type":"connect","interval":1000}`,
		`{"post_type":"meta_event","meta_event_type":"heartbeat"}`,
		`{"post_type":"meta_event","meta_event_type":"heartbeat","interval":0}`,
		`{"post_type":"meta_event","meta_event_type":"heartbeat","interval":-5000}`,
		`{"post_type":"meta_event","meta_event_type":"heartbeat","interval":9e99}`,
		`{"post_type":"notice","meta_event_type":"heartbeat","interval":1000}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory(t, func(p *peer) {
				p.send(frame)
				p.read()
			}, nil)
			c := m.mustDial(t, ws.Options{PingInterval: -1})
			<-time.After(24 * time.Hour)
			assert.Equal(t, int64(1), m.dialled.Load(), frame)
			require.NoError(t, c.Close())
			m.end()
		})
	}
}

// TestConn_heartbeatsSwitchedOff: a peer that answers pings is asked before it is given up, so that a server whose heartbeats were
// switched off keeps its connection.
func TestConn_heartbeatsSwitchedOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var pinged atomic.Int64
		m := newMemory(t, func(p *peer) {
			p.SetPingHandler(func(data string) error {
				pinged.Add(1)
				return p.WriteControl(websocket.PongMessage, []byte(data), time.Time{})
			})
			p.send(`{"post_type":"meta_event","meta_event_type":"heartbeat","interval":2000,"status":{}}`)
			p.read()
		}, nil)
		c := m.mustDial(t, ws.Options{})
		<-time.After(time.Hour)
		assert.Equal(t, int64(1), m.dialled.Load())
		assert.Less(t, pinged.Load(), int64(3600/6+5), "one in three intervals")
		require.NoError(t, c.Close())
		m.end()
	})
}
