package onebot

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/onebot-go/onebot/internal/dispatch"
)

func release(ctx context.Context) *dispatch.Turn {
	turn := dispatch.FromContext(ctx)
	if turn != nil {
		turn.Release()
	}
	return turn
}

// settle ends what a handler had by Next, and leaves it its turn.
func settle(ctx context.Context) {
	if turn := dispatch.FromContext(ctx); turn != nil {
		turn.Settle()
	}
}

// Await waits for the first event after the call that match accepts; a nil match accepts every E. It observes: handlers get the
// event too. In a handler it gives up the turn, so that the events it waits for can be handled meanwhile. match runs in the
// goroutine of the caller.
//
// What comes before the call is missed, and people see a message before the call that sends it has returned. Where the first to
// answer wins, register a handler that fills a channel and call Release before asking. Next misses nothing of its user.
//
// Errors: ctx's error, ErrOverflow where more events came than could be held (4,096, 16 MiB) so that the one waited for may be
// missing, ErrClosed, ErrUnsupported on a transport without events, or the transport's final failure.
func Await[E Event](ctx context.Context, c *Client, match func(E) bool) (E, error) {
	var none E
	sub := c.inbox.subs.open(kindsOf[E]())
	defer c.inbox.subs.close(sub)
	release(ctx)
	for {
		ev, err := sub.next(ctx)
		if err != nil {
			return none, fmt.Errorf("onebot: await: %w", err)
		}
		if e, ok := ev.(E); ok && (match == nil || match(e)) {
			return e, nil
		}
	}
}

// Events yields every event from the moment it is ranged over. It observes: handlers get the events too. Where the loop is too
// slow and more events wait than can be held (4,096, 16 MiB), the missing ones show as one nil event with ErrOverflow, and the
// loop goes on. It ends without an error when ctx ends; when the client is closed or the transport has failed for good it
// yields that error last. In a handler it gives up the turn.
func (c *Client) Events(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		sub := c.inbox.subs.open(kindAll)
		defer c.inbox.subs.close(sub)
		release(ctx)
		for {
			ev, err := sub.next(ctx)
			switch {
			case err == nil:
				if !yield(ev, nil) {
					return
				}
			case ctx.Err() != nil:
				return
			case errors.Is(err, ErrOverflow):
				if !yield(nil, fmt.Errorf("onebot: events: %w", err)) {
					return
				}
			default:
				yield(nil, fmt.Errorf("onebot: events: %w", err))
				return
			}
		}
	}
}

// next waits for the next event that can be read. With the one before its consumer has done.
func (s *subscription) next(ctx context.Context) (Event, error) {
	for {
		if s.given != nil {
			s.given.open.release(nil)
			s.given = nil
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		in, err := s.take()
		if err != nil {
			return nil, err
		}
		if in == nil {
			select {
			case <-s.signal:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			continue
		}
		s.given = in
		// What cannot be read is told once, by the lane or here, and is no event.
		if ev, err := in.event(); err == nil {
			return ev, nil
		}
	}
}
