package ws

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/onebot-go/onebot/internal/backoff"
	"github.com/onebot-go/onebot/transport"
)

// link keeps one socket up: universal, calls or events. It is the only one that puts a socket in its place or takes it
// away.
type link struct {
	conn   *Conn
	index  int     // among the links of conn
	remote *remote // nil for one that was accepted
	events bool
	stood  bool // a socket did; guarded by the lock of conn
	// sock is the socket that stands, nil while there is none.
	sock atomic.Pointer[socket]
}

// run serves first and then every socket that follows it, until the Conn is over.
func (l *link) run(ctx context.Context, first *socket) {
	defer l.leave()
	var waits *backoff.Sequence
	for s := first; s != nil; {
		s.startPings()
		cause := s.end(s.read(l.remote.opts.ReadLimit))
		l.sock.CompareAndSwap(s, nil)
		close(s.gone)
		lived := time.Since(s.born)
		if isFinal(cause) {
			l.conn.finish(cause)
			return
		}
		if waits == nil {
			waits = backoff.New(backoff.Policy(l.remote.opts.Backoff))
		}
		waits.Lived(lived)
		l.lost(cause)
		l.conn.logger.Warn("ws: connection lost", "url", l.remote.name, "error", cause)
		s = l.redial(ctx, waits)
	}
}

// leave is the last act of the link's goroutine.
func (l *link) leave() {
	if tell := l.conn.ended; tell != nil {
		defer tell(l.conn.Err())
	}
	l.conn.running.Done()
}

// redial tries until there is a socket; nil means that the Conn is over.
func (l *link) redial(ctx context.Context, waits *backoff.Sequence) *socket {
	var told string
	for sleep(ctx, waits.Next()) {
		l.conn.watch.set(l.index, transport.Change{State: transport.StateConnecting})
		s, err := l.dial(ctx)
		switch {
		case err == nil && l.put(s):
			l.conn.logger.Info("ws: connected again", "url", l.remote.name)
			return s
		case err == nil:
			s.abandon()
			return nil
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, transport.ErrUnauthorized):
			l.conn.finish(err)
			return nil
		}
		l.lost(err)
		l.tellFailure(ctx, err, &told)
	}
	return nil
}

// put makes s the socket that calls are written to. It reports false when the Conn is over.
func (l *link) put(s *socket) bool {
	c := l.conn
	c.mu.Lock()
	if c.over != nil {
		c.mu.Unlock()
		return false
	}
	s.events = l.events
	if l.stood { // counted before anybody hears of it
		c.reconnects.Add(1)
	}
	l.stood = true
	l.sock.Store(s)
	c.tell()
	c.mu.Unlock()
	c.watch.set(l.index, transport.Change{State: transport.StateReady})
	return true
}

// tellFailure logs why there is no connection: as a warning where the reason is another than the one told last, because it may be one
// that no waiting cures, such as a certificate that has expired.
func (l *link) tellFailure(ctx context.Context, err error, told *string) {
	level := slog.LevelDebug
	if text := err.Error(); text != *told {
		level, *told = slog.LevelWarn, text
	}
	l.conn.logger.Log(ctx, level, "ws: no connection", "url", l.remote.name, "error", err)
}

func (l *link) lost(why error) {
	l.conn.watch.set(l.index, transport.Change{State: transport.StateLost, Err: why})
}

// abandon ends a socket that nobody has seen.
func (s *socket) abandon() {
	s.farewell()
	s.box.flusher.Wait()
}

// sleep waits for d, and reports false when ctx has ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
