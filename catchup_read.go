package onebot

import (
	"context"
	"errors"
	"slices"
	"time"
)

// round reads every gap once, on a connection that stands all the while: a loss sends it back to the start. It ends after the
// time that is given for it, and whatever happens, no event that waited then goes on waiting.
func (u *catchUp) round(base context.Context) {
	ctx, cancel := context.WithTimeout(base, u.opts.Timeout)
	defer cancel()
	u.mu.Lock()
	start := u.conn
	u.mu.Unlock()
	defer func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.conn == start {
			u.cuts = 0 // the connection has survived all of it
		}
		u.releaseAll(start)
	}()
	var without map[byte]bool // kinds of chats that have no history on this connection
	for on := uint64(0); ; {
		t, gap, conn := u.pick()
		if conn != on {
			on, without = conn, map[byte]bool{}
		}
		switch {
		case ctx.Err() != nil:
			if base.Err() == nil && (t != nil || u.waiting()) {
				u.c.log.Warn("onebot: catching up took too long, messages may be missing", "timeout", u.opts.Timeout)
			}
			return
		case t == nil && !u.waiting():
			u.cuts = 0
			return
		case t == nil:
			select { // for the next connection
			case <-u.wake:
			case <-ctx.Done():
			}
			continue
		case without[t.key.Kind] || !u.wanted():
			u.finish(t, nil, conn)
			continue
		case u.costly(t):
			u.c.log.Warn("onebot: the connection is lost whenever the catching up reads, messages may be missing", "chat", t.chat().String())
			u.giveUp(t, conn)
			continue
		}
		history, err := u.read(ctx, t, gap, conn)
		switch {
		case u.cutShort(ctx, t, conn, err):
			u.c.log.Debug("onebot: the connection was lost during the catching up", "chat", t.chat().String(), "error", err)
		case err == nil:
			u.finish(t, history, conn)
		case errors.Is(err, ErrUnsupported):
			u.c.log.Debug("onebot: no catching up, the server has no history", "error", err)
			without[t.key.Kind] = true
			u.finish(t, nil, conn)
		case ctx.Err() == nil || conn == start:
			if base.Err() == nil {
				u.c.log.Warn("onebot: catching up failed, messages may be missing", "chat", t.chat().String(), "error", err)
			}
			u.giveUp(t, conn)
		}
	}
}

// wanted tells whether anybody would get a message.
func (u *catchUp) wanted() bool {
	b := &u.c.inbox
	return b.c.handlers.wants(kindMessage) || !b.ran.Load() || len(b.subs.wanting(kindMessage)) > 0 || b.claims.any()
}

// pick gives the next chat to read on the present connection: one with events that wait, else the one heard most recently. Those
// whose reading was cut short come behind the others: it may be the reading that costs the connection.
func (u *catchUp) pick() (next *trail, gap mark, conn uint64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for e := u.recent.Front(); e != nil; e = e.Next() {
		t, ok := e.Value.(*trail)
		if !ok || !t.due {
			continue
		}
		if next == nil || t.tries < next.tries || t.tries == next.tries && len(t.held) > 0 && len(next.held) == 0 {
			next = t
		}
	}
	if next == nil {
		return nil, mark{}, u.conn
	}
	return next, *next.gap, u.conn
}

// waiting tells whether events of a chat are held, though there may be no connection to read it on.
func (u *catchUp) waiting() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, t := range u.trails {
		if t.holding {
			return true
		}
	}
	return false
}

// cutShort tells whether the connection was lost since the reading of a chat began. Calls fail before the loss is told.
func (u *catchUp) cutShort(ctx context.Context, t *trail, conn uint64, err error) bool {
	if brokenOff(err) {
		u.awaitLoss(ctx, conn)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.conn == conn {
		return false
	}
	t.tries++
	if u.cuts++; u.cuts == 1 {
		u.cutAt = time.Now()
	}
	return true
}

// costly tells whether to leave a chat alone, since readings have been cut short again and again for longer than one may take.
func (u *catchUp) costly(t *trail) bool {
	often := u.cuts >= 2*catchUpCuts || u.cuts >= catchUpCuts && t.tries > 0
	return often && time.Since(u.cutAt) > u.opts.Timeout
}

// brokenOff tells whether a reading may have failed by a loss: neither has the server refused it, nor was its time over.
func brokenOff(err error) bool {
	var refusal *ActionError
	return err != nil && !errors.As(err, &refusal) && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, ErrUnsupported)
}

// awaitLoss waits, not for long, until the loss of a connection is told. Where it was waited for in vain it is not again: the server
// answers what cannot be read.
func (u *catchUp) awaitLoss(ctx context.Context, conn uint64) {
	u.mu.Lock()
	told := make(chan struct{})
	u.told = told
	stands := u.conn == conn
	u.mu.Unlock()
	if !stands || u.vain == conn {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, catchUpLoss)
	defer cancel()
	select {
	case <-told:
	case <-ctx.Done():
		u.vain = conn
	}
}

func (t *trail) chat() Chat {
	if t.key.Kind == 'g' {
		return GroupChat(GroupID(t.key.ID))
	}
	return PrivateChat(UserID(t.key.ID))
}

// read gives the messages that came after the gap began, newest first: those that were missed, and marks of heard ones between which
// they stand. It always begins at the newest page
// and never asks for an id from before the loss: NapCat forgets them when it restarts. It ends early where the connection is lost,
// and what it gives then is not all. A panic of an interceptor is an error: nobody else could catch it here.
func (u *catchUp) read(ctx context.Context, t *trail, gap mark, conn uint64) (_ []found, err error) {
	defer caught(&err)
	if _, err := u.c.Self(ctx); err != nil {
		return nil, err // without it own messages could not be told from others
	}
	p, err := u.c.newPager(ctx, t.chat(), HistoryQuery{})
	if err != nil {
		return nil, err
	}
	var history []found
	for n, before := 0, conn; ; {
		if !u.pace(ctx) {
			return nil, context.DeadlineExceeded
		}
		if !u.stands(conn) {
			return nil, ErrNotConnected
		}
		page, err := p.next(ctx)
		if err != nil {
			return nil, err
		}
		for _, m := range slices.Backward(page) {
			f := found{mark: markOf(m), event: m}
			if gap.reached(f.mark) {
				return history, nil
			}
			wanted := u.missed(t, &f, before)
			before = f.conn
			if wanted && n == u.opts.Messages {
				u.c.log.Warn("onebot: more was said than is caught up, older messages are missing", "chat", t.chat().String(), "messages", u.opts.Messages)
				return history, nil
			}
			if wanted {
				n++
			}
			if wanted || f.event == nil {
				history = appendFound(history, f)
			}
		}
		if len(page) == 0 {
			if !p.atStart() {
				u.c.log.Warn("onebot: the history ends before the catching up met what was heard, messages may be missing", "chat", t.chat().String())
			}
			return history, nil
		}
	}
}

// stands tells whether the connection is still the one on which a reading began.
func (u *catchUp) stands(conn uint64) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.conn == conn
}

// pace waits until the next page may be asked for, and reports false where ctx does not last until then.
func (u *catchUp) pace(ctx context.Context) bool {
	if wait := time.Until(u.next); wait > 0 && !patience(ctx, wait) {
		return false
	}
	u.next = time.Now().Add(catchUpPause)
	return true
}

// missed tells whether a message of the history is to be delivered, and finds the connection before whose events it belongs, which is
// that of the next message after it that has been heard. One that has been heard loses its event.
func (u *catchUp) missed(t *trail, f *found, before uint64) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	f.conn = before
	if i := t.index(f.mark); i >= 0 {
		f.conn, f.event = min(before, t.seen[i].conn), nil
		return false
	}
	return !f.event.deleted && !u.c.life.gone.in(t.key, f.id) && (u.own || !f.event.Own)
}

// giveUp lets the events of a chat go on and leaves its gap to the next reconnect.
func (u *catchUp) giveUp(t *trail, conn uint64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.conn == conn { // else the next connection has it already
		t.tries = 0
		u.release(t)
	}
}

// releaseAll lets all events go on. What a connection that came after start has to read is read in another round: it has a time of
// its own. It needs the lock.
func (u *catchUp) releaseAll(start uint64) {
	for _, t := range u.trails {
		if !t.holding {
			continue
		}
		again := t.due && u.conn != start
		u.release(t)
		if again {
			u.expect(t)
			u.signal()
		}
	}
}
