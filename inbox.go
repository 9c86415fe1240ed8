package onebot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/onebot-go/onebot/internal/dispatch"
	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

// inbox is the way in: from the transport's reader to lanes and subscriptions. What every lane reads for every event stands first, and
// what the reader writes for every event last: on one cache line they would make the processors wait for each other.
type inbox struct {
	c     *Client
	lanes *lanes      // its own, or those of its hub
	ran   atomic.Bool // Run was called: from now on only what a handler wants is queued

	mu      sync.Mutex
	failure error         // why the transport will bring no more events
	failed  chan struct{} // closed when failure is set; nil where nothing runs that waits for it

	overflowed, discarded atomic.Uint64
	dropLog, brokenLog    throttle
	oddChatLog            onceEach // by the status of the frame
	account               accountState
	subs                  subscriptions

	claims        claims
	order, events atomic.Uint64
}

// lanes order events by chat. Those of a hub serve all its clients, so that its bounds are totals.
type lanes = dispatch.Dispatcher[laneKey, *incoming]

type laneKey struct {
	c    *Client
	chat wire.ChatKey
}

func newLanes(cfg *config) *lanes {
	return dispatch.New[laneKey](dispatch.Options{
		Queue: cfg.queue, Bytes: queueBytes, Handlers: cfg.lanes, Released: releasedMax,
	}, deliver, (*incoming).size, dropped)
}

func deliver(ctx context.Context, _ *dispatch.Turn, in *incoming) {
	defer finish(in.done, nil)
	in.c.inbox.deliver(ctx, in)
	if in.talk != nil {
		in.holdPlace(ctx)
	}
}

func dropped(in *incoming, why dispatch.Reason) { in.c.inbox.dropped(in, why) }

func (b *inbox) init(c *Client) {
	b.c = c
	if c.account != nil {
		b.lanes = c.account.hub.lanes
		b.ran.Store(true)
		return
	}
	b.failed = make(chan struct{})
	b.lanes = newLanes(c.cfg)
}

// receive is the client's one goroutine: it lives as long as the transport brings events.
func (c *Client) receive() {
	err := c.conn.Receive(c.base, c.inbox.sink)
	if c.base.Err() == nil && err != nil {
		c.inbox.end(err)
	}
}

// end records why there will be no more events, and tells all who wait for one.
func (b *inbox) end(err error) {
	b.mu.Lock()
	first := b.failure == nil
	if first {
		b.failure = err
		if b.failed != nil {
			close(b.failed)
		}
	}
	b.mu.Unlock()
	if first {
		b.subs.end(err)
		b.claims.end(err)
	}
}

func (b *inbox) ended() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failure
}

// close ends the lanes. Those of a hub go on: what waits there for this client is let go of when its turn comes.
func (b *inbox) close() {
	if b.c.account == nil {
		b.lanes.Close()
	}
}

func (b *inbox) run(ctx context.Context) error {
	if b.c.closed.Load() {
		return nil
	}
	if b.c.account != nil {
		return invalid("run: the hub runs its clients")
	}
	b.ran.Store(true)
	err := b.lanes.Run(ctx, b.failed, b.c.cfg.drain)
	if errors.Is(err, dispatch.ErrRunning) {
		return fmt.Errorf("onebot: run: it is running already: %w", ErrInvalidArgument)
	}
	if b.c.closed.Load() {
		return nil
	}
	return runError(b.ended())
}

func runError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("onebot: run: %w", err)
}

// sink takes every frame from the transport's reader. It never blocks, never decodes a whole event, and runs no user code.
func (b *inbox) sink(f transport.Frame) {
	head := f.Head
	if head.Kind == wire.FrameUnscanned {
		head = wire.ScanHead(f.Data)
	}
	switch head.Kind {
	case wire.FrameBroken:
		b.discarded.Add(1)
		if b.brokenLog.allow() {
			b.c.log.Warn("onebot: a frame that is no JSON object was dropped", "bytes", len(f.Data))
		}
		finish(f.Done, nil)
		return
	case wire.FrameReply:
		finish(f.Done, nil) // a reply that nobody waits for; the transport has counted it
		return
	default:
	}
	b.events.Add(1)
	if head.SelfID == 0 {
		head.SelfID = f.SelfID
	}
	if head.SelfID != 0 && b.c.self.Load() != head.SelfID && b.c.account == nil { // the account of a hub's client is settled
		b.c.self.Store(head.SelfID)
	}
	if head.SelfID == 0 {
		head.SelfID = b.c.self.Load() // else an own message would pass for one of others, and a bot answer itself
	}
	kind := kindOfHead(&head)
	var of *trail // the chat's, where the message was noted
	if kind == kindMessage {
		var caughtUp bool
		if of, caughtUp = b.c.catchUp.note(&head, f.Data); caughtUp {
			finish(f.Done, nil) // it has been delivered
			return
		}
	}
	followed := b.c.handlers.followed()
	trace := b.c.life.read(&head, f.Data, followed || !b.ran.Load())
	if kind&(kindMeta|kindNotice) != 0 && b.watched() {
		b.account.watch(b, &head, f.Data)
	}
	subs := b.subs.wanting(kind)
	lane := b.c.handlers.wants(kind) || !b.ran.Load()
	message := fromOthers(&head)
	if len(subs) == 0 && !lane && !(message && b.claims.any()) {
		b.c.catchUp.pass(of)
		finish(f.Done, nil)
		return
	}
	open := b.c.keepOpen(&f)
	in := &incoming{
		c: b.c, frame: string(f.Data), head: head, order: b.order.Add(1), quick: f.Quick, done: f.Done, open: open, trace: trace,
	}
	if followed && kind == kindMessage {
		b.c.life.cache.put(headID(&head, f.Data), in, len(in.frame))
	}
	if !b.c.catchUp.hold(in, of) {
		b.route(in, subs, lane)
	}
}

// fromOthers tells a message that somebody else wrote.
func fromOthers(h *wire.Head) bool {
	return h.Kind == wire.FrameEvent && h.Post == wire.PostMessage && h.UserID != h.SelfID
}

// route gives an event to all who want it.
func (b *inbox) route(in *incoming, subs []*subscription, lane bool) {
	in.offered = len(subs) > 0
	for _, s := range subs {
		s.offer(in)
	}
	if fromOthers(&in.head) {
		b.claims.push(in, lane)
		return
	}
	b.push(in, lane)
}

// forward gives an event that has waited to all who want it now.
func (b *inbox) forward(in *incoming) {
	kind := kindOfHead(&in.head)
	b.route(in, b.subs.wanting(kind), b.c.handlers.wants(kind) || !b.ran.Load())
}

// push hands in to its lane, or lets go of it where no handler wants it.
func (b *inbox) push(in *incoming, lane bool) {
	if lane {
		b.lanes.Push(laneKey{b.c, in.lane}, in)
	} else {
		finish(in.done, nil)
	}
}

// dropped hears of every event that no handler will get.
func (b *inbox) dropped(in *incoming, why dispatch.Reason) {
	in.arrived()
	if why == dispatch.Overflow && in.claimed { // Next has it
		finish(in.done, nil)
		return
	}
	err := ErrOverflow // also where it gave way to later ones
	if why == dispatch.Overflow {
		b.overflowed.Add(1)
		if b.dropLog.allow() {
			b.c.log.Warn("onebot: event dropped, the queue is full", "account", in.head.SelfID, "chat", chatText(in.lane), "overflowed", b.overflowed.Load())
		}
	} else {
		b.discarded.Add(1)
		if b.ran.Load() || b.c.closed.Load() {
			err = ErrClosed
		}
	}
	if in.offered || in.claimed { // somebody has it: posted again, it would come twice
		err = nil
	}
	finish(in.done, err)
}

// deliver runs in the lane of the event's chat.
//
//nolint:contextcheck // the context of a hub's handler is made of two
func (b *inbox) deliver(ctx context.Context, in *incoming) {
	if b.c.account != nil {
		in.arrived() // it is here, whatever becomes of it
		if b.c.closed.Load() {
			b.discarded.Add(1)
			return
		}
		ctx = accountContext{b.c.base, ctx}
	}
	ev, err := in.event()
	if err != nil {
		b.discarded.Add(1)
		if b.brokenLog.allow() {
			b.c.log.Warn("onebot: an event could not be read and was dropped", "error", err)
		}
		return
	}
	others := ev
	if in.claimed || in.ours {
		others = nil
	}
	hs := &b.c.handlers
	list, followed := hs.all(), hs.followed() // who registers meanwhile gets later events
	var life Event
	if followed {
		if m := lifecycleEvent(in, ev); m != nil {
			life = m
		}
	}
	if b.c.account != nil && !b.c.account.answers(ev, in) {
		return
	}
	if life == ev { // a native frame is one event for all
		b.handle(ctx, in, list, others, life)
		return
	}
	if life != nil {
		// First, and not last: another handler may give up its turn and wait until long after the message was withdrawn.
		b.handle(ctx, in, list, nil, life)
	}
	b.handle(ctx, in, list, others, nil)
}
