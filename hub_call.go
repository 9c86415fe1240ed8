package onebot

import (
	"context"
	"errors"
	"fmt"

	"github.com/onebot-go/onebot/transport"
)

// Call sends one request over the connection that stands, or over the next one.
func (a *account) Call(ctx context.Context, req transport.Request) (*transport.Response, error) {
	var resp *transport.Response
	err := a.over(ctx, req.Action, func(s *session) (err error) {
		resp, err = s.conn.Call(ctx, req)
		return err
	})
	return resp, err
}

// CallStream is Call for an answer in parts.
func (a *account) CallStream(ctx context.Context, req transport.Request, part func(*transport.Response) bool) error {
	return a.over(ctx, req.Action, func(s *session) error { return s.conn.CallStream(ctx, req, part) })
}

// over performs a call. Where the connection proves to be gone before anything was written, the call goes to the next one: the
// server has not seen it.
func (a *account) over(ctx context.Context, action string, call func(*session) error) error {
	var last *session
	for {
		s := a.calls.Load()
		if s == nil || s == last {
			var err error
			if s, err = a.await(ctx, action, last); err != nil {
				return err
			}
		}
		err := call(s)
		if err == nil || !errors.Is(err, ErrNotConnected) || ctx.Err() != nil {
			return err
		}
		last = s
	}
}

// await waits for a connection that is not last.
func (a *account) await(ctx context.Context, action string, last *session) (*session, error) {
	for {
		a.mu.Lock()
		s := a.calls.Load()
		switch {
		case a.closed:
			a.mu.Unlock()
			return nil, fmt.Errorf("hub: %s: %w: %w", action, ErrNotSent, ErrClosed)
		case s != nil && s != last:
			a.mu.Unlock()
			return s, nil
		case a.hub.cfg.failFast:
			a.mu.Unlock()
			return nil, fmt.Errorf("hub: %s: %w: %w", action, ErrNotSent, ErrNotConnected)
		}
		if a.changed == nil {
			a.changed = make(chan struct{})
		}
		changed := a.changed
		a.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("hub: %s: %w: %w: %w", action, ErrNotSent, ErrNotConnected, ctx.Err())
		}
	}
}
