package model_test

import (
	"strings"
	"testing/synctest"
	"time"

	"github.com/onebot-go/onebot/onebottest"
)

// step does a few things at the same moment and then lets some time pass, or none. Events pushed in a step are certain to arrive
// when the connection stands before it and is still the same after it.
func (w *world) step() {
	synctest.Wait()
	srv, before, sound := w.srv, w.srv.Connections(), w.sound()
	var batch []*pushed
	for range 1 + w.rng.IntN(6) {
		switch n := w.rng.IntN(100); {
		case n < 40:
			batch = append(batch, w.push())
		case n < 70:
			w.send()
		case n < 80:
			w.call([]string{"get_status", "get_version_info", "no_such_action", "slow"}[w.rng.IntN(4)], w.deadline(), w.chance(20))
		case n < 85:
			w.await()
		case n < 96:
			w.spoilCall()
		default:
			w.spoilConnection()
		}
	}
	switch n := w.rng.IntN(10); {
	case n < 5:
		synctest.Wait()
	case n < 8:
		time.Sleep(time.Duration(w.rng.IntN(2000)) * time.Millisecond) //nolint:forbidigo // fake time
	default:
		time.Sleep(time.Duration(w.rng.IntN(60)) * time.Second) //nolint:forbidigo // fake time
	}
	synctest.Wait()
	certain := sound && w.sound() && srv == w.srv && srv.Connections() == before
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range batch {
		e.certain = certain
	}
}

// sound tells whether one connection stands and nothing holds it up. Everything is at rest when it is asked.
func (w *world) sound() bool {
	w.mu.Lock()
	mute := w.mute > 0
	w.mu.Unlock()
	return !mute && !w.frozen && w.srv.Open() == 1
}

// deadline is a time for a call: short, long, or none, which leaves it to the client.
func (w *world) deadline() time.Duration {
	switch w.rng.IntN(4) {
	case 0:
		return 0
	case 1:
		return time.Duration(1+w.rng.IntN(50)) * time.Millisecond
	default:
		return time.Duration(1+w.rng.IntN(20)) * time.Second
	}
}

// spoilCall arms a fault for one of the next calls.
func (w *world) spoilCall() {
	broken := func(f func(a []byte) []byte) onebottest.Fault { return onebottest.Rewrite(f) }
	faults := []onebottest.Fault{
		onebottest.DropBeforeAction(), onebottest.DropBeforeReply(), onebottest.DropAfterReply(),
		onebottest.Ignore(), onebottest.NoReply(), onebottest.Late(time.Second), onebottest.Late(time.Minute),
		onebottest.Double(), onebottest.ForeignEcho(), onebottest.Reverse(3),
		onebottest.Fail(0, "no"), onebottest.FailAfterAction(1200, "busy"), onebottest.TimeoutAfterAction(),
		onebottest.CloseWith(1000, ""), onebottest.CloseWith(1011, "oops"), onebottest.CloseWith(1013, "later"),
		onebottest.Binary(nil), onebottest.Padded(100_000), onebottest.Garble([]byte("{")),
		broken(func(a []byte) []byte { return a[:len(a)/2] }),
		broken(func(a []byte) []byte { return append(a, "{}"...) }),
		broken(func(a []byte) []byte { return []byte(strings.Repeat("[", 10_000)) }),
	}
	w.srv.Fault(faults[w.rng.IntN(len(faults))].Skip(w.rng.IntN(3)))
}

// spoilConnection does something to the connection, or to the ones to come.
func (w *world) spoilConnection() {
	switch w.rng.IntN(12) {
	case 0, 1:
		w.srv.DropAll()
	case 2:
		w.srv.CloseAll([]int{1000, 1001, 1009, 1011, 1013}[w.rng.IntN(5)], "")
	case 3:
		w.srv.Fault(onebottest.RefuseConn(503).Times(1 + w.rng.IntN(3)))
	case 4:
		w.srv.Fault(onebottest.DropConn())
	case 5:
		w.net.SetChunk(w.rng.IntN(2) * 3) // frames in pieces of three bytes, from the next connection on
	case 6:
		w.srv.Fault(onebottest.NoPong())
	case 7:
		w.srv.Push([]string{"not json", "\xff", "{", "[]", `{"post_type":"message","message":`}[w.rng.IntN(5)])
	case 8, 9:
		w.freeze()
	case 10:
		w.restart()
	default:
		w.silence()
	}
}

// silence makes the next connection one that never writes, and cuts it after a while.
func (w *world) silence() {
	srv := w.srv
	srv.Fault(onebottest.StallWrites())
	srv.DropAll()
	w.mutes(1)
	w.work.Go(func() {
		defer w.mutes(-1)
		wait(w.outer, 20*time.Second)
		srv.ClearFaults()
		wait(w.outer, time.Millisecond) // for a connection that has just taken the fault
		srv.DropAll()
	})
}

// mutes counts servers whose connection may be one that never writes.
func (w *world) mutes(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mute += n
}

// freeze makes the network half-open for a while.
func (w *world) freeze() {
	if w.frozen {
		w.thaw()
		return
	}
	w.net.Freeze()
	w.frozen = true
}

// restart puts another server behind the address.
func (w *world) restart() {
	if err := w.srv.Close(); err != nil {
		w.errorf("the server's Close: %v", err)
	}
	w.past = append(w.past, w.srv)
	w.serve()
}
