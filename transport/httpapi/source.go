package httpapi

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onebot-go/onebot/internal/backoff"
	"github.com/onebot-go/onebot/transport"
)

// maxLeaveAlone is the longest Retry-After that a source obeys. It is enough for a server to recover, and a wrong header, or a
// date read by a wrong clock, does not end the events for good.
const maxLeaveAlone = 5 * time.Minute

// source is what the sources that fetch events have in common: one Receive at a time, which Close ends, and what is told
// about the connection meanwhile.
type source struct {
	policy backoff.Policy

	mu     sync.Mutex
	closed bool
	cancel context.CancelCauseFunc
	ended  chan struct{}
	watch  func(transport.Change)
	last   transport.Change

	connected  atomic.Uint64
	strayParts atomic.Uint64
}

// Watch makes fn hear of every later change of the connection, and of the present state at once. fn must not block.
func (s *source) Watch(fn func(transport.Change)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watch = fn
	if fn != nil && s.last.State != 0 {
		fn(s.last)
	}
}

// Counters gives how often the source has connected again, and how many answers came down its stream that belong to no
// call (NapCat sends the parts of *_stream actions to every SSE client).
func (s *source) Counters() transport.Counters {
	c := transport.Counters{UnknownEchoes: s.strayParts.Load()}
	if n := s.connected.Load(); n > 1 {
		c.Reconnects = n - 1
	}
	return c
}

func (s *source) tell(change transport.Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if change.State == transport.StateReady {
		s.connected.Add(1)
	}
	s.last = change
	if s.watch != nil {
		s.watch(change)
	}
}

// run calls attempt again and again, with the waits of the backoff between, until ctx ends (nil), Close (ErrClosed) or a
// failure that attempt calls final. attempt tells since when its connection stood, zero when there was none, and how long
// the server wants to be left alone, which is obeyed up to maxLeaveAlone.
func (s *source) run(ctx context.Context, name string, attempt func(context.Context) outcome) error {
	ctx, finish, err := s.begin(ctx, name)
	if err != nil {
		return err
	}
	defer finish()
	waits := backoff.New(s.policy)
	for {
		s.tell(transport.Change{State: transport.StateConnecting})
		out := attempt(ctx)
		if !out.final && ctx.Err() == nil {
			s.tell(transport.Change{State: transport.StateLost, Err: out.err})
			if !out.since.IsZero() {
				waits.Lived(time.Since(out.since))
			}
			sleep(ctx, max(waits.Next(), min(out.leaveAlone, maxLeaveAlone)))
		}
		if ctx.Err() != nil {
			out.err, out.final = closedBy(ctx, name), true
		}
		if out.final {
			s.tell(transport.Change{State: transport.StateLost, Err: out.err, Final: true})
			return out.err
		}
	}
}

// outcome is how a connection ended.
type outcome struct {
	err   error
	final bool
	// since is when the connection was ready.
	since time.Time
	// leaveAlone is the server's Retry-After.
	leaveAlone time.Duration
}

func (s *source) begin(parent context.Context, name string) (context.Context, func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, nil, fmt.Errorf("httpapi: %s: %w", name, transport.ErrClosed)
	case s.ended != nil:
		return nil, nil, fmt.Errorf("httpapi: %s: already receiving: %w", name, transport.ErrInvalidArgument)
	}
	ctx, cancel := context.WithCancelCause(parent)
	ended := make(chan struct{})
	s.cancel, s.ended = cancel, ended
	return ctx, func() {
		cancel(nil)
		s.mu.Lock()
		s.cancel, s.ended = nil, nil
		s.mu.Unlock()
		close(ended)
	}, nil
}

// closedBy gives nil where ctx ended by itself, and ErrClosed where Close ended it.
func closedBy(ctx context.Context, name string) error {
	if context.Cause(ctx) == transport.ErrClosed { //nolint:errorlint // the very value that stop gave
		return fmt.Errorf("httpapi: %s: %w", name, transport.ErrClosed)
	}
	return nil
}

// stop ends Receive and waits for it.
func (s *source) stop() {
	s.mu.Lock()
	s.closed = true
	ended := s.ended
	if s.cancel != nil {
		s.cancel(transport.ErrClosed)
	}
	s.mu.Unlock()
	if ended != nil {
		<-ended
	}
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
