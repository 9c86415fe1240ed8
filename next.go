package onebot

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/onebot-go/onebot/internal/dispatch"
	"github.com/onebot-go/onebot/internal/wire"
)

// claims are the open Nexts. A message is claimed either as it comes in or while it waits in its lane behind the message whose
// handler asks for it; both happen under mu, so that none falls between.
type claims struct {
	talks atomic.Int32 // how many handlers have a message by Next that holds its place

	mu    sync.Mutex
	open  []*claim
	ended error
}

type claim struct {
	chat  wire.ChatKey
	user  int64
	after uint64
	got   chan *incoming // capacity one; closed when no message will come
	talk  chan struct{}  // closed when the handler is done with the message; nil where no handler asks
}

// give hands in over. It needs the lock.
func (cl *claim) give(in *incoming) {
	in.claimed, in.talk = true, cl.talk
	in.open.hold()
	cl.got <- in
}

// any tells whether somebody waits.
func (c *claims) any() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open) > 0
}

// push hands in to its lane, having given it to the oldest claim that it fits.
func (c *claims) push(in *incoming, lane bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, cl := range c.open {
		if cl.fits(in) {
			c.open = slices.Delete(c.open, i, i+1)
			cl.give(in)
			break
		}
	}
	in.c.inbox.push(in, lane)
}

func (c *claims) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = err
	for _, cl := range c.open {
		close(cl.got)
	}
	c.open = nil
}

func (c *claims) remove(cl *claim) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open = slices.DeleteFunc(c.open, func(x *claim) bool { return x == cl })
}

func (cl *claim) fits(in *incoming) bool {
	h := &in.head
	return !in.claimed && in.order > cl.after && h.UserID == cl.user && fromOthers(h) && h.Chat() == cl.chat
}

// Next waits for the next message of this user in this chat, and claims it: handlers do not get it, Await and Events do. A
// message that came while this one was being handled counts. In a handler it gives up the turn while it waits; later events of the chat
// then wait until the handler is done with the message that it got: until it returns, or calls Next, Await or Release again. What the
// user says meanwhile is there for the next Next. What the account itself says is never given, so Next of an own message waits in vain.
//
// Errors: ctx's error, ErrClosed, the transport's final failure, ErrInvalidArgument for an event that did not come from a client
// or has no chat.
func (m *MessageEvent) Next(ctx context.Context) (*MessageEvent, error) {
	c, err := m.owner("next")
	if err != nil {
		return nil, err
	}
	cl := &claim{chat: m.Chat.key(), user: int64(m.Sender.UserID), after: m.order, got: make(chan *incoming, 1)}
	if dispatch.FromContext(ctx) != nil {
		cl.talk = make(chan struct{})
	}
	dialog := c.account.listen(m) // before the turn is given up, and with it a dialog that goes on
	if err := c.inbox.claim(cl); err != nil {
		dialog.leave()
		return nil, fmt.Errorf("onebot: next: %w", err)
	}
	turn := release(ctx)
	var in *incoming
	select {
	case in = <-cl.got:
	case <-ctx.Done():
		c.inbox.claims.remove(cl)
		// It may have come while we were leaving; handlers will not get it any more.
		select {
		case in = <-cl.got:
		default:
			dialog.leave()
			return nil, fmt.Errorf("onebot: next: %w", ctx.Err())
		}
	}
	if in == nil {
		dialog.leave()
		return nil, fmt.Errorf("onebot: next: %w", c.inbox.ended())
	}
	if turn == nil {
		dialog.leave()
	} else {
		talks := &c.inbox.claims.talks
		talks.Add(1)
		turn.OnGiveUp(func() { close(cl.talk); talks.Add(-1); dialog.leave() })
	}
	in.open.releaseLater()
	ev, err := in.event()
	if err != nil {
		return nil, err
	}
	next, ok := ev.(*MessageEvent)
	if !ok {
		return nil, fmt.Errorf("onebot: next: the message could not be read: %w", ErrInvalidArgument)
	}
	return next, nil
}

// claim takes a message that already waits in the lane, or enters cl for one to come.
func (b *inbox) claim(cl *claim) error {
	b.claims.mu.Lock()
	defer b.claims.mu.Unlock()
	if b.claims.ended != nil {
		return b.claims.ended
	}
	found := false
	b.lanes.Claim(laneKey{b.c, cl.chat}, func(in *incoming) bool {
		if !found && cl.fits(in) {
			found = true
			cl.give(in)
		}
		return false // it stays in the lane, where message handlers now pass it by
	})
	if !found {
		b.claims.open = append(b.claims.open, cl)
	}
	return nil
}

// key gives the lane of the chat's events; the zero Chat has that of events without a chat.
func (c Chat) key() wire.ChatKey {
	if c == (Chat{}) {
		return wire.ChatKey{}
	}
	if c.Group != 0 && !c.Temp {
		return wire.ChatKey{Kind: 'g', ID: int64(c.Group)}
	}
	return wire.ChatKey{Kind: 'p', ID: int64(c.User)}
}
