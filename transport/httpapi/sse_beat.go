package httpapi

import (
	"context"
	"errors"
	"io"
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

// watched is a stream whose server is given up by its silence, once it has sent a heartbeat. It belongs to one goroutine.
type watched struct {
	body   io.Reader
	giveUp context.CancelCauseFunc
	beat   time.Duration // 0: none has come
	timer  *time.Timer
}

// Read reads the stream. Whatever comes is a sign of life, a comment too.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.body.Read(p)
	if n > 0 && w.beat > 0 {
		w.timer.Reset(w.patience())
	}
	return n, err
}

func (w *watched) patience() time.Duration { return beatsMissed*w.beat + beatGrace }

// heardBeat notes that the server sends heartbeats, whose interval is in milliseconds.
func (w *watched) heardBeat(interval int64) {
	if interval <= 0 || interval > maxBeat.Milliseconds() {
		return
	}
	beat := time.Duration(interval) * time.Millisecond
	if beat == w.beat {
		return
	}
	w.beat = beat
	if w.timer == nil {
		w.timer = time.AfterFunc(w.patience(), func() { w.giveUp(errNoBeat) })
	} else {
		w.timer.Reset(w.patience())
	}
}

func (w *watched) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}
