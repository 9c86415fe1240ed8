package onebot

import (
	"context"
	"sync"

	"github.com/onebot-go/onebot/internal/wire"
)

// incoming is one event on its way. The frame is copied once, and decoded once by whoever needs it first.
type incoming struct {
	c     *Client
	frame string
	head  wire.Head
	order uint64
	quick func([]byte) bool
	done  func(error)
	open  *ending       // nil where nothing has to stay open for an answer
	talk  chan struct{} // closed when the handler that has it by Next is done with it; nil for none
	trace

	once sync.Once
	// These take the four bytes behind it: with eight more, each event would take 32 more of the heap.
	offered bool // Await or Events were given it
	claimed bool // Next has it: message handlers do not get it
	turned  turning
	ours    bool // made by a call of this client: only OnChatMessage handlers get it

	ev  Event
	err error
}

// event decodes the frame, once for all who want it.
func (in *incoming) event() (Event, error) {
	in.once.Do(func() {
		if in.ev != nil {
			return
		}
		in.ev, in.err = decodeEventOf(in.frame, in.head.SelfID)
		switch ev := in.ev.(type) {
		case *MessageEvent:
			ev.bind(in)
		case *FriendRequestEvent:
			ev.decision = decision{in.c, in.quick}
		case *GroupRequestEvent:
			ev.decision = decision{in.c, in.quick}
		case *UnknownEvent:
			if in.head.Kind == wire.FrameChat {
				in.c.inbox.oddChat(in)
			}
		}
	})
	return in.ev, in.err
}

// holdPlace keeps the turn for the handler that has the message by Next, until it is done with it.
func (in *incoming) holdPlace(ctx context.Context) {
	select {
	case <-in.talk:
	case <-ctx.Done():
	case <-in.c.base.Done():
	}
}

// message gives the message that in is, nil where it is none.
func (in *incoming) message() *MessageEvent {
	if in == nil {
		return nil
	}
	ev, err := in.event()
	m, ok := ev.(*MessageEvent)
	if err != nil || !ok {
		return nil
	}
	return m
}

// oddChat logs a chat.message frame that could not be understood, once for each status.
func (b *inbox) oddChat(in *incoming) {
	status := in.frame[in.head.Status.Start:in.head.Status.End]
	if b.oddChatLog.allow(status) {
		status = b.c.cfg.mask.Start(status[:min(len(status), 4*onceMaxText)], onceMaxText)
		b.c.log.Warn("onebot: a chat.message frame lacks a field or has an unknown status", "status", status)
	}
}

func (in *incoming) size() int { return len(in.frame) + 256 }

func finish(done func(error), err error) {
	if done != nil {
		done(err)
	}
}
