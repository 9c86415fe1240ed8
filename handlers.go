package onebot

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/onebot-go/onebot/internal/wire"
)

// Handler handles one event. Its context ends when the client is closed, or WithDrain after Run's context has ended.
// An error or a panic is logged and stops nothing; SkipRest keeps the event from handlers registered later.
type Handler func(ctx context.Context, ev Event) error

// kind sorts events as finely as the head of a frame allows, to leave alone what nobody wants.
type kind uint8

const (
	kindMessage kind = 1 << iota
	kindNotice
	kindRequest
	kindMeta
	kindChat
	kindOther
	kindConnection
	kindAll = ^kind(0)
)

func kindOfHead(h *wire.Head) kind {
	switch {
	case h.Kind == wire.FrameChat:
		return kindChat
	case h.Kind != wire.FrameEvent:
		return kindOther
	}
	switch h.Post {
	case wire.PostMessage, wire.PostMessageSent:
		return kindMessage
	case wire.PostNotice:
		return kindNotice
	case wire.PostRequest:
		return kindRequest
	case wire.PostMeta:
		return kindMeta
	default:
		return kindOther
	}
}

// kindsOf gives the kinds that an E can come from.
func kindsOf[E Event]() kind {
	var zero E
	switch any(zero).(type) {
	case *MessageEvent:
		return kindMessage
	case *FriendRequestEvent, *GroupRequestEvent:
		return kindRequest
	case *LifecycleEvent, *HeartbeatEvent:
		return kindMeta
	case *ChatMessage:
		return kindChat
	case *ConnectionEvent:
		return kindConnection
	case nil, *UnknownEvent: // an interface, or what any frame can turn out to be
		return kindAll
	default:
		return kindNotice
	}
}

// registry holds the handlers in the order of their registration. Readers take a snapshot; only registering locks.
type registry struct {
	mu    sync.Mutex
	list  atomic.Pointer[[]*registration]
	kinds atomic.Uint32
	lives atomic.Bool // there are OnChatMessage handlers
}

type registration struct {
	kinds   kind
	matches func(Event) bool
	call    Handler
	life    bool // OnChatMessage: gets lifecycle events, also those made of OneBot events, and nothing else
	removed atomic.Bool
}

// unlessRemoved looks once more before the handler starts: middleware may take its time, and the handler be removed meanwhile.
func (reg *registration) unlessRemoved(handle Handler) Handler {
	return func(ctx context.Context, ev Event) error {
		if reg.removed.Load() {
			return nil
		}
		return handle(ctx, ev)
	}
}

func (r *registry) add(reg *registration) (off func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.store(append(slices.Clone(r.all()), reg))
	return func() {
		reg.removed.Store(true)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.store(slices.DeleteFunc(slices.Clone(r.all()), func(x *registration) bool { return x == reg }))
	}
}

func (r *registry) store(list []*registration) {
	var kinds kind
	lives := false
	for _, reg := range list {
		kinds |= reg.kinds
		lives = lives || reg.life
	}
	r.list.Store(&list)
	r.kinds.Store(uint32(kinds))
	r.lives.Store(lives)
}

// followed tells whether somebody follows the life of messages.
func (r *registry) followed() bool { return r.lives.Load() }

func (r *registry) all() []*registration {
	if list := r.list.Load(); list != nil {
		return *list
	}
	return nil
}

func (r *registry) wants(k kind) bool { return kind(r.kinds.Load())&k != 0 }

// handle calls those of the handlers that want the event, one after the other: OnChatMessage handlers get life, all others ev.
// Either can be nil.
func (b *inbox) handle(ctx context.Context, in *incoming, list []*registration, others, life Event) {
	for _, reg := range list {
		ev := others
		if reg.life {
			ev = life
		}
		if ev == nil || reg.removed.Load() {
			continue
		}
		skip, err := protect(ctx, reg, ev)
		if b.claims.talks.Load() > 0 { // the handler may have had one, which ends with it and not with those behind it
			settle(ctx)
		}
		if skip {
			return
		}
		if err != nil {
			// A hub logs for all its accounts in one place, and a bot is in many chats.
			b.c.log.Error("onebot: handler failed", "event", fmt.Sprintf("%T", ev), "account", ev.Base().SelfID, "chat", chatText(in.lane), "error", err)
		}
	}
}

// chatText names the chat of a lane in a log; empty for events without one.
func chatText(lane wire.ChatKey) string {
	switch lane.Kind {
	case 'g':
		return GroupChat(GroupID(lane.ID)).String()
	case 'p':
		return PrivateChat(UserID(lane.ID)).String()
	case 'c':
		return fmt.Sprintf("chat %d", lane.ID)
	default:
		return ""
	}
}

// protect calls the handler where its filters let the event pass, and tells whether it keeps the event from the others. It turns a panic
// of either into an error, so that one that is broken does not end the program.
func protect(ctx context.Context, reg *registration, ev Event) (skip bool, err error) {
	defer caught(&err)
	if !reg.matches(ev) || reg.removed.Load() { // filters may take their time, and the handler be removed meanwhile
		return false, nil
	}
	// Looking into an error calls its methods: those of a nil pointer, which is no nil error, panic as a rule.
	if err = reg.call(ctx, ev); errors.Is(err, SkipRest) {
		return true, nil
	}
	return false, err
}

// caught is deferred where code of the program is called.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}

// On registers a handler for one type of event, or with Event for all of them. Events of one chat come in order and one after
// the other; chats run in parallel. off removes the handler: once it has returned, no new call starts. Handlers may register and
// remove handlers; one registered while an event is handled gets the events after it.
func On[E Event](c *Client, h func(context.Context, E) error) (off func()) {
	return on(c, h, nil)
}

func on[E Event](c *Client, h func(context.Context, E) error, accept func(E) bool) (off func()) {
	return c.addHandler(&registration{
		kinds: kindsOf[E](),
		matches: func(ev Event) bool {
			e, ok := ev.(E)
			return ok && (accept == nil || accept(e))
		},
		call: func(ctx context.Context, ev Event) error {
			e, ok := ev.(E)
			if !ok { // a middleware may have handed on another event
				return nil
			}
			return h(ctx, e)
		},
	})
}

// addHandler wraps the handler in the middleware and registers it.
func (c *Client) addHandler(reg *registration) (off func()) {
	if len(c.cfg.middleware) > 0 {
		reg.call = reg.unlessRemoved(reg.call)
	}
	for i := len(c.cfg.middleware) - 1; i >= 0; i-- {
		reg.call = c.cfg.middleware[i](reg.call)
	}
	return c.handlers.add(reg)
}

// OnMessage registers a handler for messages of other people, in groups and in private, that pass all filters. It never gets
// the account's own messages. off removes it.
func (c *Client) OnMessage(h func(context.Context, *MessageEvent) error, only ...Filter) (off func()) {
	return on(c, h, All(append([]Filter{notOwn}, only...)...))
}

// OnGroupMessage is OnMessage for groups only.
func (c *Client) OnGroupMessage(h func(context.Context, *MessageEvent) error, only ...Filter) (off func()) {
	return on(c, h, All(append([]Filter{notOwn, inAnyGroup}, only...)...))
}

// OnPrivateMessage is OnMessage for private chats and temporary sessions only.
func (c *Client) OnPrivateMessage(h func(context.Context, *MessageEvent) error, only ...Filter) (off func()) {
	return on(c, h, All(append([]Filter{notOwn, Not(inAnyGroup)}, only...)...))
}

// OnOwnMessage registers a handler for the account's own messages, where the server reports them. off removes it.
// On[*MessageEvent] gets own and other messages.
func (c *Client) OnOwnMessage(h func(context.Context, *MessageEvent) error, only ...Filter) (off func()) {
	return on(c, h, All(append([]Filter{Not(notOwn)}, only...)...))
}

func notOwn(m *MessageEvent) bool { return !m.Own }

func inAnyGroup(m *MessageEvent) bool { return m.Chat.Group != 0 && !m.Chat.Temp }

// Release lets the events of this chat go on while the handler that calls it continues: it gives up its turn and its
// place among the handlers that may run at once. Elsewhere, and the second time, it does nothing. At most 4,096 handlers may have
// given up their turn; beyond that Release does nothing and the chat waits.
func Release(ctx context.Context) { release(ctx) }
