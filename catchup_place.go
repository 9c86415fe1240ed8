package onebot

import (
	"cmp"
	"slices"
	"time"

	"github.com/onebot-go/onebot/internal/wire"
)

// found is a message of a chat's history after the gap began. One that has been heard has no event: it tells where others belong.
type found struct {
	mark
	event *MessageEvent
	at    int // its place in trail.seen
}

// appendFound keeps of the heard messages in a row the first and the last: what lies between them places nothing.
func appendFound(history []found, f found) []found {
	if n := len(history); f.event == nil && n >= 2 && history[n-1].event == nil && history[n-2].event == nil {
		history[n-1] = f
		return history
	}
	return append(history, f)
}

// finish delivers what was missed, newest first in the slice, and what has waited, each in its place. The gap is closed, unless the
// connection has been lost since it was read.
func (u *catchUp) finish(t *trail, history []found, conn uint64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.settle(t)
	if u.conn != conn {
		return
	}
	slices.Reverse(history)
	missed := u.place(t, history)
	u.deliverAll(t, missed)
	t.enter(missed)
	t.last, t.gap, t.held, t.tries = t.seen[len(t.seen)-1], nil, nil, 0
	u.release(t)
}

// place gives what was missed, each with its place among what has been heard. It needs the lock.
func (u *catchUp) place(t *trail, history []found) (missed []found) {
	at := 0
	for _, f := range history {
		// What has come since a page was read is in the history and among what waits.
		if i := t.index(f.mark); i >= 0 {
			at = max(at, i+1)
			continue
		}
		if f.event == nil || u.c.life.gone.in(t.key, f.id) {
			continue
		}
		at = t.place(f.mark, at)
		f.at = at
		missed = append(missed, f)
	}
	return missed
}

// place finds the place of a message that was missed, not before from: before the events of its connection, but behind those that are
// older, as the history may have a message whose own event is still to come, and before those that are newer, as the history does not
// tell what stands before one that has been withdrawn.
func (t *trail) place(m mark, from int) int {
	at := from
	for i := from; i < len(t.seen); i++ {
		s := t.seen[i]
		if m.before(s) {
			break
		}
		if s.conn < m.conn || s.before(m) {
			at = i + 1
		}
	}
	return at
}

// enter puts what was missed into its place among what was heard: what is heard next makes the oldest forgotten, and the newest is
// where a gap begins. For a while their own events are known for what they are.
func (t *trail) enter(missed []found) {
	if len(missed) == 0 {
		return
	}
	now := time.Now()
	if now.After(t.until) {
		t.late = nil
	}
	t.until = now.Add(lateEvents)
	seen := make([]mark, 0, len(t.seen)+len(missed))
	from := 0
	for _, f := range missed {
		seen = append(seen, t.seen[from:f.at]...)
		from = f.at
		f.nth = t.heard
		if f.at < len(t.seen) {
			f.conn, f.nth = t.seen[f.at].conn, t.seen[f.at].nth
		}
		seen = append(seen, f.mark)
		t.late = append(t.late, f.mark)
	}
	t.seen = append(seen, t.seen[from:]...)
	if over := len(t.late) - marksMax; over > 0 {
		t.late = slices.Clone(t.late[over:])
	}
}

// deliverAll delivers what was missed and what has waited. It needs the lock.
func (u *catchUp) deliverAll(t *trail, missed []found) {
	gone, n := 0, uint64(0)
	for _, f := range missed {
		at, first := t.slot(f.at)
		if at != gone {
			u.letGo(t.held[gone:at])
			gone, n = at, 0
		}
		u.deliver(t, f.event, first+n)
		n++
	}
	u.letGo(t.held[gone:])
}

// slot finds where among what waits a message goes that was missed before seen[at], and the first of the places kept there. Among
// events that are no messages, which tell nothing, that is where something is missing.
func (t *trail) slot(at int) (slot int, first uint64) {
	end := len(t.held)
	if at < len(t.seen) {
		end, _ = slices.BinarySearchFunc(t.held, t.seen[at].nth, func(w waiting, nth uint64) int { return cmp.Compare(w.nth, nth) })
	}
	begin := end
	for begin > 0 && !t.held[begin-1].message {
		begin--
	}
	for _, c := range slices.Backward(t.cuts) {
		if c.at >= begin && c.at <= end {
			return c.at, c.first
		}
	}
	return end, t.held[end-1].first
}

// deliver gives a message that was missed to all who want it.
func (u *catchUp) deliver(t *trail, m *MessageEvent, order uint64) {
	m.CaughtUp, m.order = true, order
	in := &incoming{c: u.c, frame: string(m.Raw), head: headOf(m, t.key), order: order, ev: m, trace: trace{lane: t.key}}
	if u.c.handlers.followed() {
		u.c.life.cache.put(m.ID, in, len(in.frame))
	}
	u.c.inbox.forward(in)
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
