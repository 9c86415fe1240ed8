package httpapi

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

const (
	// beatsMissed is how many intervals without a sign of life a server with heartbeats gets, and beatGrace what it gets on top.
	beatsMissed = 3
	beatGrace   = 10 * time.Second
	// maxBeat is the longest interval that is believed.
	maxBeat = time.Hour
)

var errNoBeat = errors.New("the server's heartbeats have stopped and it sends nothing")

// overslept is how late a timer is when this process did not run meanwhile: it was stopped, or its container was frozen. What the server
// sent then may still lie in the system's buffer.
const overslept = 100 * time.Millisecond

// watched is a stream whose server is given up by its silence, once it has sent a heartbeat. It is read by one goroutine.
type watched struct {
	body   io.Reader
	giveUp context.CancelCauseFunc

	mu      sync.Mutex
	beat    time.Duration // 0: none has come
	timer   *time.Timer   // nil until one has, and after stop
	due     time.Time     // when it rings
	excused bool          // this silence was slept through, and has been given more time
}

// Read reads the stream. Whatever comes is a sign of life, a comment too.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.body.Read(p)
	if n > 0 {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.excused = false
		if w.timer != nil {
			w.wait(w.patience())
		}
	}
	return n, err
}

// wait and patience need the lock.
func (w *watched) wait(d time.Duration) {
	w.due = time.Now().Add(d)
	w.timer.Reset(d)
}

func (w *watched) patience() time.Duration { return beatsMissed*w.beat + beatGrace }

// heardBeat notes that the server sends heartbeats, whose interval is in milliseconds.
func (w *watched) heardBeat(interval int64) {
	if interval <= 0 || interval > maxBeat.Milliseconds() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	beat := time.Duration(interval) * time.Millisecond
	if beat == w.beat {
		return
	}
	w.beat = beat
	if w.timer == nil {
		w.due = time.Now().Add(w.patience())
		w.timer = time.AfterFunc(w.patience(), w.ring)
	} else {
		w.wait(w.patience())
	}
}

// ring gives the server up, unless the time was slept through: then once some more is given, to read what has come.
func (w *watched) ring() {
	w.mu.Lock()
	defer w.mu.Unlock()
	late := time.Since(w.due)
	switch {
	case w.timer == nil, late < 0: // it is over, or something has come while this function waited for the lock
	case late >= overslept && !w.excused:
		w.excused = true
		w.wait(beatGrace)
	default:
		w.giveUp(errNoBeat)
	}
}

func (w *watched) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
}
