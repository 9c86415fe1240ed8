package ws

import (
	"errors"
	"io"
	"time"
)

// Accepted connections come by the thousand, and most of them are calm: a heartbeat, now and then a message. The largest part of what
// one costs is the stack of its reader, which begins with two kilobytes, doubles when a call does not fit, and never shrinks while
// the reader waits. The reader below calls nothing that does not fit: what comes is routed on a goroutine that ends afterwards, until
// the connection proves to be busy. Then it routes by itself, and has the larger stack that it earns.

// load tells a busy connection from a calm one.
type load struct {
	span   int32 // since the socket was born
	frames int32 // that came in it
	busy   bool
}

const (
	loadSpan  = 10 * time.Second
	calmLimit = 20 // frames in a span
)

// add counts a frame and tells whether the connection is busy, now or before.
func (l *load) add(age time.Duration) bool {
	if l.busy {
		return true
	}
	if span := int32(age / loadSpan); span != l.span { //nolint:gosec // it wraps around after centuries
		l.span, l.frames = span, 0
	}
	l.frames++
	l.busy = l.frames > calmLimit
	return l.busy
}

// runAccepted is run for a socket that no other follows. Its pings have been started.
func (l *link) runAccepted(s *socket) {
	for {
		_, r, err := s.ws.NextReader()
		if err == nil {
			err = s.take(r)
		}
		if err != nil {
			l.ended(s, err)
			return
		}
	}
}

func (l *link) ended(s *socket, err error) {
	defer l.leave()
	cause := s.end(err)
	l.sock.CompareAndSwap(s, nil)
	close(s.gone)
	l.conn.finish(cause)
}

// take reads one frame and brings it to where it belongs.
//
//go:noinline
func (s *socket) take(r io.Reader) error {
	buf := getBuffer()
	defer putBuffer(buf)
	for {
		n, err := readInto(r, buf)
		if n > 0 {
			s.box.heard()
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if s.load.add(time.Since(s.born)) {
		return s.route(*buf)
	}
	done := make(chan error, 1)
	go func() { done <- s.route(*buf) }()
	return <-done
}
