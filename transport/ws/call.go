package ws

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onebot-go/onebot/internal/correlate"
	"github.com/onebot-go/onebot/internal/lazyctx"
	"github.com/onebot-go/onebot/transport"
)

// flight is a call that was written.
type flight struct {
	sock     *socket
	waiter   *correlate.Waiter
	position int64
	done     <-chan struct{} // the context's, apart from a deadline that the table watches
}

// Call sends one request and waits for its answer; of an answer in parts it gives the last. While there is no connection
// it waits for the next one until ctx ends, unless FailFast is set.
//
// An error matches ErrNotSent when no byte of the request was written: there was no connection (ErrNotConnected), the
// Conn is closed (ErrClosed), the token was rejected (ErrUnauthorized), ctx ended before, or the request is no request
// (ErrInvalidArgument); or when the server answered the connection with nothing but a frame that rejects the token, as NapCat and
// LLBot do before they look at a request. Else it matches ErrOutcomeUnknown: ctx ended, the connection was lost, the token was
// rejected in another way after the request was written, or the answer cannot be read. The error of ctx matches where it was
// the cause.
func (c *Conn) Call(ctx context.Context, req transport.Request) (*transport.Response, error) {
	f, err := c.send(ctx, req, false)
	if err != nil {
		return nil, err
	}
	if f.done == nil { // a select would cost more than the wait itself
		return f.ended(ctx, req.Action, <-f.waiter.Ready())
	}
	select {
	case out := <-f.waiter.Ready():
		return f.ended(ctx, req.Action, out)
	case <-f.done:
		f.sock.table.Remove(f.waiter)
		return nil, unknown(req.Action, ctx.Err())
	}
}

// ended is the end of a call whose outcome is there.
func (f *flight) ended(ctx context.Context, action string, out correlate.Outcome) (*transport.Response, error) {
	resp, err := f.result(ctx, action, out)
	f.sock.table.Release(f.waiter)
	return resp, err
}

// CallStream is Call for an answer of several frames: part gets each of them in order, the last one too. It stops early,
// with a nil error, when part returns false. When 1024 frames or 64 MiB wait because part is slow, it fails with
// ErrOverflow and ErrOutcomeUnknown.
func (c *Conn) CallStream(ctx context.Context, req transport.Request, part func(*transport.Response) bool) error {
	f, err := c.send(ctx, req, true)
	if err != nil {
		return err
	}
	back := false // the waiter was given back
	defer func() {
		if !back { // also where part does not return
			f.sock.table.Remove(f.waiter)
		}
	}()
	for {
		out, last := f.sock.table.NextPart(f.waiter, f.done)
		back = last
		resp, err := f.result(ctx, req.Action, out)
		if err != nil {
			return err
		}
		if more := part(resp); last || !more {
			return nil
		}
	}
}

// result makes the response, or the error, of how a call ended.
func (f *flight) result(ctx context.Context, action string, out correlate.Outcome) (*transport.Response, error) {
	switch {
	case out.Err == nil:
		decode := decodeResponse
		if out.Lent {
			decode = copyResponse
		}
		resp, err := decode(out.Data)
		if err != nil {
			return nil, unknown(action, err)
		}
		return resp, nil
	case errors.Is(out.Err, correlate.ErrAbandoned):
		return nil, unknown(action, ctx.Err())
	case errors.Is(out.Err, correlate.ErrTooMuch):
		return nil, fmt.Errorf("ws: %s: %w: %w: %w", action, transport.ErrOutcomeUnknown, transport.ErrOverflow, out.Err)
	case errors.Is(out.Err, correlate.ErrExpired):
		return nil, unknown(action, context.DeadlineExceeded)
	default:
		return nil, f.sock.failure(action, f.position, out.Err)
	}
}

// send enters the call and writes it to the socket that stands or to the next one. On an error nothing was written.
func (c *Conn) send(ctx context.Context, req transport.Request, parts bool) (flight, error) {
	if req.Action == "" || len(req.Params) == 0 {
		return flight{}, notSent("call", fmt.Errorf("action and params must not be empty: %w", transport.ErrInvalidArgument))
	}
	if err := ctx.Err(); err != nil {
		return flight{}, notSent(req.Action, err)
	}
	done, deadline, ok := lazyctx.Split(ctx)
	if !ok {
		done, deadline = ctx.Done(), time.Time{}
	}
	for {
		s := c.calls.sock.Load()
		if s == nil {
			if err := c.await(ctx, req.Action); err != nil {
				return flight{}, err
			}
			continue
		}
		w, err := s.table.Add(deadline, parts)
		if err == nil {
			position, err := s.writeRequest(ctx, req, w.ID())
			if err == nil {
				return flight{sock: s, waiter: w, position: position, done: done}, nil
			}
			s.table.Remove(w)
			if err := ctx.Err(); err != nil {
				return flight{}, notSent(req.Action, err)
			}
		}
		if c.calls.remote == nil || c.calls.remote.opts.FailFast { // what is still read of this socket is for others
			return flight{}, notConnected(req.Action, s.box.failure())
		}
		// The socket has ended; when its link knows that too, the next one is waited for.
		select {
		case <-s.gone:
		case <-ctx.Done():
			return flight{}, notConnected(req.Action, ctx.Err())
		}
	}
}

func (s *socket) writeRequest(ctx context.Context, req transport.Request, id correlate.ID) (int64, error) {
	buf := getBuffer()
	defer putBuffer(buf)
	*buf = appendRequest(*buf, req, id)
	return s.write(ctx, sealFrame(*buf, s.masked))
}

// await returns when there may be a socket again, or with the error of a call that got none.
func (c *Conn) await(ctx context.Context, action string) error {
	c.mu.Lock()
	if c.over != nil {
		defer c.mu.Unlock()
		if !isFinal(c.over) { // an accepted connection that has ended
			return notConnected(action, c.over)
		}
		return notSent(action, c.over)
	}
	if c.calls.sock.Load() != nil {
		c.mu.Unlock()
		return nil
	}
	if c.calls.remote != nil && c.calls.remote.opts.FailFast {
		c.mu.Unlock()
		return notConnected(action, nil)
	}
	if c.changed == nil {
		c.changed = make(chan struct{})
	}
	changed := c.changed
	c.mu.Unlock()
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return notConnected(action, ctx.Err())
	}
}
