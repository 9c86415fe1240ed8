package onebot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Shutdown ends the hub in order, for a program that leaves: no handler starts any more and nobody is taken, handlers that run may go on
// and make calls until ctx ends, then the hub is closed as by Close. Events that wait, or come meanwhile, are discarded. It returns ctx's
// error where handlers had not returned by then, whose contexts have ended; it does not wait for them any longer. A second Shutdown waits
// for the same handlers, and closes the hub when its own context ends. A handler must not call it.
func (h *Hub) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	first := h.quiet == nil && !h.closed
	if first {
		h.quiet = make(chan struct{})
	}
	quiet := h.quiet
	h.mu.Unlock()
	if quiet == nil {
		return h.Close()
	}
	if first {
		h.lanes.Stop() // now, so that no handler starts that the end of ctx would not count
		go func() {    // which ends with the last handler, as Client.Run does
			defer close(quiet)
			h.lanes.Finish(ctx)
		}()
	}
	var late error
	select {
	case <-quiet:
	case <-ctx.Done():
		if !h.lanes.Idle() { // a context that had ended before is no reason where nothing runs
			late = ctx.Err()
		}
	}
	return errors.Join(late, h.Close())
}

// closers is how many clients Close closes at once.
const closers = 64

// Close closes every client as Client.Close does, ends every connection and refuses new ones with status 503. It waits for the
// hub's goroutines and not for handlers or setup, so that these may call it. The second Close returns nil.
func (h *Hub) Close() error {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil
	}
	h.closed = true
	clients := make(chan *Client, len(h.accounts))
	for _, a := range h.accounts {
		clients <- a.client
	}
	close(clients)
	for _, a := range h.accounts { // before handlers' contexts end, so that their calls can tell why
		a.client.closed.Store(true)
	}
	h.mu.Unlock()

	h.lanes.Close()
	var mu sync.Mutex
	var failed error
	var closing sync.WaitGroup
	for range min(closers, cap(clients)) {
		closing.Go(func() {
			for c := range clients {
				if err := c.Close(); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	closing.Wait()
	for _, s := range h.open() {
		s.abort(0, errHubClosed)
	}
	h.running.Wait()
	h.rounds.Wait()
	if h.answers != nil {
		h.answers.close()
	}
	return failed
}

var errHubClosed = fmt.Errorf("onebot: hub: %w", ErrClosed)

// open gives the sessions that stand.
func (h *Hub) open() []*session {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.sessions))
}
