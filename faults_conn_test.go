package onebot_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport/ws"
)

// passes lets fake time pass.
func passes(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // fake time
	synctest.Wait()
}

func TestFaults_conn_closeCodes(t *testing.T) {
	t.Parallel()
	for _, code := range []int{1000, 1001, 1005, 1009, 1011, 1013} {
		onBench(t, benchSetup{persona: onebottest.NapCat}, func(b *bench) {
			b.srv.CloseAll(code, "")
			b.goesOn()
			assert.Equal(b.t, uint64(1), b.c.Stats().Reconnects, code)
		})
	}
	onBench(t, benchSetup{persona: onebottest.NapCat}, func(b *bench) {
		b.srv.DropAll() // no close frame: 1006 in the words of the API
		b.goesOn()
	})
	onBench(t, benchSetup{persona: onebottest.NapCat}, func(b *bench) {
		b.srv.CloseAll(1008, "")
		run := <-b.ran
		require.ErrorIs(b.t, run, onebot.ErrUnauthorized, "1008 is how a server rejects a token")
		b.ran <- run
	})
}

func TestFaults_conn_byteByByte(t *testing.T) {
	t.Parallel()
	onBench(t, benchSetup{persona: onebottest.Lagrange}, func(b *bench) {
		b.net.SetChunk(1)
		b.srv.DropAll()
		b.goesOn()
		require.NoError(b.t, b.send("one byte at a time"))
	})
}

// A peer that answers pings and then stops is told dead: half-open, mute, or deaf on one side.
func TestFaults_conn_deadPeers(t *testing.T) {
	t.Parallel()
	t.Run("half-open", func(t *testing.T) {
		t.Parallel()
		onBench(t, benchSetup{persona: onebottest.NapCat}, func(b *bench) {
			passes(time.Minute)
			b.net.Freeze()
			err := b.send("into the void")
			assert.Equal(b.t, "unknown", class(err))
			passes(45 * time.Second)
			b.net.Thaw()
			b.goesOn()
			assert.Equal(b.t, uint64(1), b.c.Stats().Reconnects, "the silence was noticed within 40 s")
		})
	})
	t.Run("stalled reads", func(t *testing.T) {
		t.Parallel()
		setup := benchSetup{persona: onebottest.NapCat, arm: []onebottest.Fault{onebottest.StallReads()}}
		onBench(t, setup, func(b *bench) {
			start := time.Now()
			assert.Equal(b.t, "unknown", class(b.send("nobody reads")))
			assert.Equal(b.t, 10*time.Second, time.Since(start))
			big := onebot.Text(string(make([]byte, 200<<10)))
			_, err := b.c.SendGroupMsg(b.t.Context(), benchGroup, big)
			assert.Equal(b.t, "unknown", class(err), "part of it lies in the buffers of the network: %v", err)
			assert.Less(b.t, time.Since(start), 31*time.Second, "a connection that takes no byte ends after 20 s at most")
			assert.Empty(b.t, b.srv.Sent())
			b.goesOn()
		})
	})
	t.Run("stalled writes", func(t *testing.T) {
		t.Parallel()
		setup := benchSetup{persona: onebottest.NapCat, arm: []onebottest.Fault{onebottest.StallWrites()}}
		onBench(t, setup, func(b *bench) {
			assert.Equal(b.t, "unknown", class(b.send("no answer")))
			assert.Len(b.t, b.srv.Sent(), 1)
			b.srv.DropAll()
			b.goesOn()
		})
	})
	t.Run("no pong", func(t *testing.T) {
		t.Parallel()
		setup := benchSetup{persona: onebottest.NapCat, arm: []onebottest.Fault{onebottest.NoPong()}}
		onBench(t, setup, func(b *bench) {
			passes(3 * time.Hour)
			b.goesOn()
			assert.Equal(b.t, 1, b.srv.Connections(), "a peer that never answered a ping is not told dead by it")
		})
	})
}

// go-cqhttp never reads from its /event: no ping is answered there, and nothing may be told dead by that.
func TestFaults_conn_eventSocketNeverRead(t *testing.T) {
	t.Parallel()
	const url = "ws://" + benchAddr
	setup := benchSetup{persona: onebottest.GoCQHTTP, ws: ws.Options{EventURL: url + "/event"}}
	onBench(t, setup, func(b *bench) {
		passes(3 * time.Hour)
		b.goesOn()
		assert.Equal(b.t, 2, b.srv.Connections())
		b.srv.DropAll()
		passes(time.Minute)
		b.goesOn()
		assert.Equal(b.t, 4, b.srv.Connections(), "both sockets came back")
	})
}

func TestFaults_conn_idleWithoutHeartbeat(t *testing.T) {
	t.Parallel()
	for _, p := range onebottest.Personas() {
		onBench(t, benchSetup{persona: p}, func(b *bench) {
			passes(3 * time.Hour)
			assert.Equal(b.t, 1, b.srv.Connections(), "%s: nothing is closed because a server has no heartbeat", p)
			b.goesOn()
		})
	}
}

func TestFaults_conn_refusedForAWhile(t *testing.T) {
	t.Parallel()
	onBench(t, benchSetup{persona: onebottest.NapCat}, func(b *bench) {
		b.srv.Fault(onebottest.RefuseConn(http.StatusServiceUnavailable).Times(3), onebottest.DropConn())
		b.srv.DropAll()
		passes(time.Minute)
		b.goesOn()
		assert.Equal(b.t, 6, b.srv.Connections(), "three refused, one dropped")
	})
}

// Behind one address another implementation comes up: what was learnt about the first one is forgotten with its connection.
func TestFaults_conn_anotherImplementation(t *testing.T) {
	t.Parallel()
	onBench(t, benchSetup{persona: onebottest.NapCat}, func(b *bench) {
		for _, p := range []onebottest.Persona{onebottest.LLBot, onebottest.Lagrange, onebottest.GoCQHTTP, onebottest.Standard, onebottest.NapCat} {
			require.NoError(b.t, b.srv.Close())
			assert.Equal(b.t, "not sent", class(b.send("while it is away")))
			b.start(p)
			b.goesOn()
			info, err := b.c.Server(b.t.Context())
			require.NoError(b.t, err)
			if p == onebottest.Standard {
				assert.Equal(b.t, onebot.Standard, info.Dialect)
			} else {
				assert.Equal(b.t, p.String(), info.Dialect.String())
			}
			receipt, err := b.c.SendForwardMsg(b.t.Context(), onebot.GroupChat(benchGroup),
				onebot.NewForward(onebot.CustomNode(10001, "n", onebot.Text("in a forward"))))
			if p == onebottest.Standard {
				assert.Error(b.t, err, "the standard sends no forwards")
				continue
			}
			require.NoError(b.t, err, p)
			assert.NotEmpty(b.t, receipt.MessageID, p)
		}
	})
}
