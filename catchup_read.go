package onebot

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/onebot-go/onebot/internal/wire"
)

// round reads every gap once. Whatever happens, no event waits when it has ended.
func (u *catchUp) round(base context.Context) {
	ctx, cancel := context.WithTimeout(base, u.opts.Timeout)
	defer cancel()
	defer u.releaseAll()
	without := map[byte]bool{} // kinds of chats that have no history here
	for {
		t, gap := u.pick()
		switch {
		case t == nil:
			return
		case ctx.Err() != nil:
			if base.Err() == nil {
				u.c.log.Warn("onebot: catching up took too long, messages may be missing", "timeout", u.opts.Timeout)
			}
			return
		case without[t.key.Kind] || !u.wanted():
			u.finish(t, nil)
			continue
		}
		missed, err := u.read(ctx, t, gap)
		switch {
		case err == nil:
			u.finish(t, missed)
		case errors.Is(err, ErrUnsupported):
			u.c.log.Debug("onebot: no catching up, the server has no history", "error", err)
			without[t.key.Kind] = true
			u.finish(t, nil)
		default:
			if base.Err() == nil {
				u.c.log.Warn("onebot: catching up failed, messages may be missing", "chat", t.chat().String(), "error", err)
			}
			u.giveUp(t)
		}
	}
}

// wanted tells whether anybody would get a message.
func (u *catchUp) wanted() bool {
	b := &u.c.inbox
	return b.c.handlers.wants(kindMessage) || !b.ran.Load() || len(b.subs.wanting(kindMessage)) > 0 || b.claims.any()
}

// pick gives the next chat to read: one with events that wait, else the one heard most recently.
func (u *catchUp) pick() (*trail, mark) {
	u.mu.Lock()
	defer u.mu.Unlock()
	var next *trail
	for e := u.recent.Front(); e != nil; e = e.Next() {
		t, ok := e.Value.(*trail)
		if !ok || !t.holding || t.gap == nil {
			continue
		}
		if len(t.held) > 0 {
			return t, *t.gap
		}
		if next == nil {
			next = t
		}
	}
	if next == nil {
		return nil, mark{}
	}
	return next, *next.gap
}

func (t *trail) chat() Chat {
	if t.key.Kind == 'g' {
		return GroupChat(GroupID(t.key.ID))
	}
	return PrivateChat(UserID(t.key.ID))
}

// read gives the messages that came after the gap began and have not been seen, newest first. It always begins at the newest page
// and never asks for an id from before the loss: NapCat forgets them when it restarts.
func (u *catchUp) read(ctx context.Context, t *trail, gap mark) ([]*MessageEvent, error) {
	if _, err := u.c.Self(ctx); err != nil {
		return nil, err // without it own messages could not be told from others
	}
	p, err := u.c.newPager(ctx, t.chat(), HistoryQuery{})
	if err != nil {
		return nil, err
	}
	var missed []*MessageEvent
	for {
		if !u.pace(ctx) {
			return nil, context.DeadlineExceeded
		}
		page, err := p.next(ctx)
		if err != nil {
			return nil, err
		}
		for _, m := range slices.Backward(page) {
			if gap.reached(markOf(m)) {
				return missed, nil
			}
			if !u.missed(t, m) {
				continue
			}
			if len(missed) == u.opts.Messages {
				u.c.log.Warn("onebot: more was said than is caught up, older messages are missing", "chat", t.chat().String(), "messages", u.opts.Messages)
				return missed, nil
			}
			missed = append(missed, m)
		}
		if len(page) == 0 {
			return missed, nil
		}
	}
}

// pace waits until the next page may be asked for, and reports false where ctx does not last until then.
func (u *catchUp) pace(ctx context.Context) bool {
	if wait := time.Until(u.next); wait > 0 && !patience(ctx, wait) {
		return false
	}
	u.next = time.Now().Add(catchUpPause)
	return true
}

// missed tells whether a message of the history is to be delivered.
func (u *catchUp) missed(t *trail, m *MessageEvent) bool {
	if m.deleted || u.c.life.gone.in(t.key, m.ID) {
		return false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return !t.knows(markOf(m)) && (u.own || !m.Own)
}

// finish delivers what was missed, newest first in the slice, and then what has waited. The gap is closed.
func (u *catchUp) finish(t *trail, missed []*MessageEvent) {
	u.mu.Lock()
	defer u.mu.Unlock()
	// What has come since a page was read is in the history and among what waits.
	missed = slices.DeleteFunc(missed, func(m *MessageEvent) bool { return t.knows(markOf(m)) || u.c.life.gone.in(t.key, m.ID) })
	last := t.last
	for i, m := range slices.Backward(missed) {
		m.CaughtUp, m.order = true, t.first+uint64(len(missed)-1-i) //nolint:gosec // not negative
		in := &incoming{c: u.c, frame: string(m.Raw), head: headOf(m, t.key), order: m.order, ev: m, trace: trace{lane: t.key}}
		if u.c.handlers.followed() {
			u.c.life.cache.put(m.ID, in, len(in.frame))
		}
		u.c.inbox.forward(in)
		t.add(markOf(m))
	}
	if !last.same(*t.gap) {
		t.last = last // something newer has come live
	}
	t.gap = nil
	u.release(t)
}

// headOf makes the head that the frame of a live message has.
func headOf(m *MessageEvent, key wire.ChatKey) wire.Head {
	h := wire.Head{
		Kind: wire.FrameEvent, Post: wire.PostMessage, Scope: wire.ScopePrivate, SelfID: int64(m.SelfID), UserID: int64(m.Sender.UserID),
	}
	if m.Own {
		h.Post, h.TargetID = wire.PostMessageSent, key.ID
	}
	if key.Kind == 'g' {
		h.Scope, h.GroupID, h.TargetID = wire.ScopeGroup, key.ID, 0
	}
	return h
}

// giveUp lets the events of a chat go on and leaves its gap to the next reconnect.
func (u *catchUp) giveUp(t *trail) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.release(t)
}

func (u *catchUp) releaseAll() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, t := range u.trails {
		if t.holding {
			u.release(t)
		}
	}
}
