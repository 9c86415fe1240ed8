package onebot

import (
	"container/list"
	"sync"
	"time"

	"github.com/onebot-go/onebot/internal/dispatch"
	"github.com/onebot-go/onebot/internal/wire"
)

// CatchUp bounds what WithCatchUp does. The zero value of a field means its default.
type CatchUp struct {
	// Chats is how many chats are remembered, default 100. Beyond that the one that was silent longest is forgotten.
	Chats int
	// Messages is how many messages are read in one chat after one loss, default 200, at most 1,048,576: the newest. That older
	// ones are missing is logged.
	Messages int
	// Timeout bounds the reading of all chats after one loss, default 30 s. Events of these chats wait meanwhile, no longer, also
	// where the connection is lost again. What was not read by then is tried again after the next loss.
	Timeout time.Duration
}

const (
	defaultCatchUpChats    = 100
	defaultCatchUpMessages = 200
	mostCatchUpMessages    = 1 << 20 // so many places are kept in the order of events
	defaultCatchUpTimeout  = 30 * time.Second
	// catchUpPause is the least time between two pages: the server has others to serve.
	catchUpPause = 50 * time.Millisecond
	// catchUpLoss is how long after the calls of a connection have failed its loss may be told: in a hub the one for events is read to its
	// end first.
	catchUpLoss = retireMost + retireWait
	// catchUpCuts is how many readings in a row a loss may cut short, when the time for reading is over, before those chats are left to
	// the next loss: it may be the reading that costs the connection. After twice as many all chats are.
	catchUpCuts = 5
)

// WithCatchUp delivers what was said while the connection was down: servers do not repeat it. After a reconnect it reads the history
// of the chats in which a message has been heard since the client was made, back to the last message that came in, and delivers what
// was missed: once, in order, to handlers, Await, Next and Events alike, with CaughtUp set. A chat whose history was read and in
// which no message has come as an event yet has not been heard. It is off by default.
//
// Events of such a chat that arrive meanwhile wait until the chat has been read, so that the order stays; chats in which somebody
// waits are read first. The event of a message that the history has told of before is dropped, if it comes within a minute. Messages
// that were withdrawn are not delivered. The account's own messages are delivered where the server has reported own messages before.
// Notices and requests are in no history and stay missed, and so do the messages of chats first heard of while the connection was
// down, and of temporary sessions.
//
// It works where the server has a history: NapCat, LLBot, Lagrange, groups on go-cqhttp; others are left alone. It reads one page
// after the other, with a small pause, through the interceptors. Errors are logged and stop nothing; a chat whose reading failed is
// read after the next loss, from where the gap began. A reading during which the connection is lost again starts over on the next
// one, and what was missed then is part of it; after five in a row, and the Timeout, it has failed, so that a server that does not
// survive the reading is left alone. In a hub it begins when setup has returned. It needs a transport that tells about its connection
// (both WebSockets do).
//
// A negative field is ErrInvalidArgument.
func WithCatchUp(bounds CatchUp) Option {
	return func(c *config) error {
		if bounds.Chats < 0 || bounds.Messages < 0 || bounds.Timeout < 0 {
			return invalid("WithCatchUp: negative bound")
		}
		c.catchUp = &CatchUp{
			Chats:    orDefault(bounds.Chats, defaultCatchUpChats),
			Messages: min(orDefault(bounds.Messages, defaultCatchUpMessages), mostCatchUpMessages),
			Timeout:  orDefault(bounds.Timeout, defaultCatchUpTimeout),
		}
		return nil
	}
}

func orDefault[T int | time.Duration](v, def T) T {
	if v == 0 {
		return def
	}
	return v
}

// catchUp remembers how far each chat was heard, holds events back while a gap is read, and owns the goroutine that reads. Its lock
// is taken by the transport's reader: nobody waits for the server while holding it.
type catchUp struct {
	c     *Client
	opts  CatchUp
	wake  chan struct{} // capacity one: there are gaps to read
	next  time.Time     // when the next page may be asked for; it belongs to the goroutine that reads
	vain  uint64        // the connection whose loss was awaited in vain, likewise
	cuts  int           // readings that losses have cut short since a round has come to its end, likewise
	cutAt time.Time     // when the first of them was, likewise

	mu     sync.Mutex
	trails map[wire.ChatKey]*trail
	recent *list.List // of *trail, the most recently heard first
	held   int        // events that wait, all chats together
	bytes  int        // and their size
	own    bool       // the server reports the account's own messages
	// conn numbers the connections: it grows with each loss and each new connection.
	conn uint64
	told chan struct{} // closed with the next loss; nil while nobody waits for that
	// settled is told when no message of a chat is on its way from note to hold.
	settled sync.Cond

	begun    chan struct{} // closed when setup has returned and what it held has gone on; nil where there is no setup
	replayed bool          // what goes on now has been noted
}

// trail is what is known of one chat.
type trail struct {
	key  wire.ChatKey
	elem *list.Element
	last mark
	seen []mark // the newest messages that came, oldest first; since the gap began all of them, within marksMax
	gap  *mark  // the last message before the connection was lost; nil: there is no gap

	heard uint64    // how many messages came
	late  []mark    // messages that were caught up and whose own events may still come
	until time.Time // and until when

	held []waiting
	cuts []cut // where among those that wait something is missing, oldest first; the last is that of the present connection
	// holding: the gap is about to be read, and events wait for that.
	holding bool
	due     bool // the gap is to be read on the present connection
	tries   int  // readings in a row that a loss has cut short
	coming  int  // messages that were noted, and do not wait yet
}

// waiting is an event that waits.
type waiting struct {
	*incoming
	message bool
	nth     uint64 // as that of a mark
	first   uint64 // the first of the places that were kept, in the order of the client's events, for what was missed behind it
}

// cut is a place among the events that wait, before the first of a connection: there goes what was missed until then.
type cut struct {
	conn  uint64
	at    int    // its place in held
	first uint64 // the first of the places that were kept, in the order of the client's events, for what was missed
}

func newCatchUp(c *Client, opts CatchUp) *catchUp {
	u := &catchUp{
		c: c, opts: opts, wake: make(chan struct{}, 1), trails: make(map[wire.ChatKey]*trail), recent: list.New(),
	}
	u.settled.L = &u.mu
	if c.account != nil {
		u.begun = make(chan struct{})
	}
	return u
}

// noted tells whether a message is one that a history may have.
func noted(h *wire.Head, key wire.ChatKey) bool {
	return !(h.Temp && h.Scope == wire.ScopePrivate) && key.ID != 0 && !h.ID.Empty()
}

// note remembers a message that has come in, and tells whether it was caught up before: then it is over. Else hold or pass has to follow
// with the trail that it gives. It runs on the transport's reader.
func (u *catchUp) note(h *wire.Head, frame []byte) (t *trail, caughtUp bool) {
	if u == nil {
		return nil, false
	}
	key := h.Chat()
	if !noted(h, key) {
		return nil, false
	}
	m := readMark(wire.BytesLexer(frame))
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.replayed {
		return nil, false
	}
	if h.Post == wire.PostMessageSent || h.UserID == h.SelfID {
		u.own = true
	}
	t = u.trails[key]
	if t == nil {
		if len(u.trails) >= u.opts.Chats && !u.forget() {
			return nil, false
		}
		t = &trail{key: key}
		t.elem = u.recent.PushFront(t)
		u.trails[key] = t
	}
	u.recent.MoveToFront(t.elem)
	if t.isLate(m) {
		return nil, true
	}
	m.conn = u.conn
	t.add(m)
	t.coming++
	return t, false
}

// forget drops the chat that was silent longest, and reports false where each one has a gap to be read.
func (u *catchUp) forget() bool {
	for e := u.recent.Back(); e != nil; e = e.Prev() {
		if t, ok := e.Value.(*trail); ok && t.gap == nil {
			u.recent.Remove(e)
			delete(u.trails, t.key)
			return true
		}
	}
	return false
}

// lost opens a gap in every chat that has none yet. Where one is being read, this reading does not count: the messages that are
// missed from now on are in none of its pages. What waits goes on waiting.
func (u *catchUp) lost() {
	if u == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.conn++
	if u.told != nil {
		close(u.told)
		u.told = nil
	}
	for _, t := range u.trails {
		if t.gap == nil {
			gap := t.last
			t.gap = &gap
		}
		t.due = false
		if t.holding {
			u.cut(t)
		}
	}
}

// ready begins to hold the events of the chats with a gap, before the first of the new connection comes, and wakes the reading.
func (u *catchUp) ready() {
	if u == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.conn++
	for _, t := range u.trails {
		if t.gap != nil {
			u.expect(t)
		}
	}
	u.signal()
}

// expect makes a gap one to read, and holds the events of its chat. It needs the lock.
func (u *catchUp) expect(t *trail) {
	t.holding, t.due = true, true
	u.cut(t)
}

// cut keeps a place behind the events that wait for what was missed until now. It needs the lock.
func (u *catchUp) cut(t *trail) {
	if n := len(t.cuts); n > 0 && t.cuts[n-1].at == len(t.held) {
		t.cuts = t.cuts[:n-1] // nothing has come in between
	}
	t.cuts = append(t.cuts, cut{conn: u.conn, at: len(t.held), first: u.places()})
}

// places keeps as many places in the order of the client's events as messages may be missed, and gives the first of them.
func (u *catchUp) places() uint64 {
	n := uint64(u.opts.Messages) //nolint:gosec // not negative
	return u.c.inbox.order.Add(n) - n + 1
}

func (u *catchUp) signal() {
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// hold keeps an event back whose chat is about to be read, and reports false for all others. of is what note gave.
func (u *catchUp) hold(in *incoming, of *trail) bool {
	if u == nil {
		return false
	}
	u.mu.Lock()
	u.came(of)
	t := u.trails[in.lane]
	if t == nil || !t.holding {
		u.mu.Unlock()
		return false
	}
	if u.held >= heldEvents || u.bytes+in.size() > heldBytes {
		u.mu.Unlock()
		u.c.inbox.dropped(in, dispatch.Overflow)
		return true
	}
	w := waiting{incoming: in, message: kindOfHead(&in.head) == kindMessage && noted(&in.head, in.lane), nth: t.heard, first: u.places()}
	if u.replayed {
		w.nth = t.replayed(&w)
	}
	t.held = append(t.held, w)
	u.held++
	u.bytes += in.size()
	u.mu.Unlock()
	return true
}

// release lets the events of a chat go on. It needs the lock, so that none overtakes them.
func (u *catchUp) release(t *trail) {
	u.letGo(t.held)
	t.held, t.cuts, t.holding, t.due = nil, nil, false, false
}

func (u *catchUp) letGo(held []waiting) {
	for _, w := range held {
		u.held--
		u.bytes -= w.size()
		u.c.inbox.forward(w.incoming)
	}
}

// run reads gaps until the client is closed. What waits then is let go.
func (u *catchUp) run() {
	defer func() {
		if u.c.base.Err() == nil { // an interceptor has ended the goroutine
			u.c.wg.Go(u.run)
		}
	}()
	if u.begun != nil {
		select {
		case <-u.begun:
		case <-u.c.base.Done():
		}
	}
	for {
		select {
		case <-u.wake:
			u.round(u.c.base)
		case <-u.c.base.Done():
			u.mu.Lock()
			u.releaseAll(u.conn)
			u.mu.Unlock()
			return
		}
	}
}
