package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"sync"
)

// Join makes a Transport of a caller and a source of events that are configured apart.
//
// The usual pairs are an HTTP caller with a webhook receiver, an HTTP caller with an SSE source, an HTTP caller with a
// long-polling source, and a webhook receiver without a caller, whose handlers answer by quick operation.
// With a nil s it makes calls only: Receive returns an error that matches ErrUnsupported. With a nil c it receives events
// only: Call returns an error that matches ErrUnsupported and ErrNotSent. Close closes each part that is an io.Closer,
// once, also when both are the same value; values that Go cannot compare count as two. A caller that would bring events too, as a
// WebSocket does, and is not s as well, is told by its method IgnoreEvents, where it has one, that nobody will receive them.
// A [Watcher] hears of the changes of both parts, as each of them tells its own.
func Join(c Caller, s EventSource) Transport {
	j := &joined{caller: c, source: s, one: isOne(c, s)}
	if i, ok := c.(interface{ IgnoreEvents() }); ok && !j.one {
		i.IgnoreEvents()
	}
	return j
}

// isOne tells whether both are the same value. What holds a slice, a map or a function would make == panic.
func isOne(c Caller, s EventSource) bool {
	return reflect.ValueOf(c).Comparable() && reflect.ValueOf(s).Comparable() && any(c) == any(s)
}

type joined struct {
	caller Caller
	source EventSource
	one    bool // they are the same value
	once   sync.Once
}

// EventsOnly tells whether there is no caller.
func (j *joined) EventsOnly() bool { return j.caller == nil }

// Call hands the request to the caller.
func (j *joined) Call(ctx context.Context, req Request) (*Response, error) {
	if j.caller == nil {
		return nil, errNoCaller()
	}
	return j.caller.Call(ctx, req)
}

// CallStream hands the request to the caller, or makes one part of its only answer.
func (j *joined) CallStream(ctx context.Context, req Request, part func(*Response) bool) error {
	if j.caller == nil {
		return errNoCaller()
	}
	return CallStream(ctx, j.caller, req, part)
}

// Receive hands sink to the source.
func (j *joined) Receive(ctx context.Context, sink func(Frame)) error {
	if j.source == nil {
		return fmt.Errorf("transport: no source of events, give it one by WithEventSource or use ws: %w", ErrUnsupported)
	}
	return j.source.Receive(ctx, sink)
}

// Watch passes on to whichever part can tell about its connection.
func (j *joined) Watch(fn func(Change)) {
	if w, ok := j.caller.(Watcher); ok {
		w.Watch(fn)
	}
	if w, ok := j.source.(Watcher); ok && !j.one {
		w.Watch(fn)
	}
}

// Counters adds up what the two parts have counted.
func (j *joined) Counters() Counters {
	var sum Counters
	if m, ok := j.caller.(Meter); ok {
		sum = m.Counters()
	}
	if m, ok := j.source.(Meter); ok && !j.one {
		sum = sum.plus(m.Counters())
	}
	return sum
}

// Close closes each part once.
func (j *joined) Close() error {
	var err error
	j.once.Do(func() {
		if c, ok := j.caller.(io.Closer); ok {
			err = c.Close()
		}
		if s, ok := j.source.(io.Closer); ok && !j.one {
			err = errors.Join(err, s.Close())
		}
	})
	return err
}

func errNoCaller() error {
	return fmt.Errorf("transport: events only, no caller: %w: %w", ErrUnsupported, ErrNotSent)
}

// CallStream performs req on c in parts where c is a StreamCaller, else as one Call whose answer is the only part.
func CallStream(ctx context.Context, c Caller, req Request, part func(*Response) bool) error {
	if sc, ok := c.(StreamCaller); ok {
		return sc.CallStream(ctx, req, part)
	}
	resp, err := c.Call(ctx, req)
	if err != nil {
		return err
	}
	part(resp)
	return nil
}
