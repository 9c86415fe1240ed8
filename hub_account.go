package onebot

import (
	"bytes"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

// account is the transport of one client of a hub. It outlives its connections: these come and go, calls and events take the ones
// that stand.
type account struct {
	hub    *Hub
	self   UserID
	client *Client

	// calls is the session that carries calls, nil while there is none.
	calls atomic.Pointer[session]

	mu      sync.Mutex
	closed  bool
	begun   bool
	open    bool          // setup has returned
	stood   [3]bool       // there was a connection of that role before
	events  *session      // the one that brings events
	coming  *succession   // those that will, once that has been read to its end; nil for none
	echoes  *echoes       // what may come again on those; nil for nothing
	changed chan struct{} // closed when calls has changed or closed was set; nil while nobody waits

	before *beforeSetup // nil where nothing is held

	watch func(transport.Change)
	state transport.State

	// counting guards count, and calls where it is taken away. It is apart from mu, as a logger that asks for Stats may be called under that.
	counting sync.Mutex
	count    transport.Counters // of connections that have ended
}

// beforeSetup holds what comes before setup has returned, the oldest giving way.
type beforeSetup struct {
	frames  []transport.Frame
	bytes   int
	changes []*ConnectionEvent
}

const (
	setupEvents  = 2048
	setupBytes   = 4 << 20
	setupChanges = 64
)

var (
	_ transport.Transport    = (*account)(nil)
	_ transport.StreamCaller = (*account)(nil)
	_ transport.Watcher      = (*account)(nil)
	_ transport.Meter        = (*account)(nil)
)

func newAccount(h *Hub, self UserID) *account {
	a := &account{hub: h, self: self, state: transport.StateConnecting}
	a.client = makeClient(a, &h.cfg, a)
	a.client.self.Store(int64(self))
	return a
}

// report tells the client how the connection stands, where that has changed. Calls and events count as one connection: it is
// ready when both stand. A connection that takes the place of another is told as a loss and a new one. It needs the lock.
func (a *account) report(replaced bool, why error) {
	state := transport.StateLost
	switch {
	case a.calls.Load() != nil && a.events != nil:
		state = transport.StateReady
	case a.state == transport.StateConnecting:
		return
	}
	if state == transport.StateReady && a.state == state && replaced {
		a.change(transport.Change{State: transport.StateLost, Err: errReplaced})
	}
	if a.state != state {
		a.change(transport.Change{State: state, Err: why})
	}
}

func (a *account) change(c transport.Change) {
	a.state = c.State
	if a.watch != nil {
		a.watch(c)
	}
}

// begin sets the account up and then lets the events through. setup runs in a goroutine of its own, as it may make calls.
func (a *account) begin() {
	a.setUp()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open = true
	held := a.held()
	a.before = nil
	for _, ev := range held.changes {
		a.client.inbox.emit(ev)
	}
	a.client.catchUp.replay()
	for _, f := range held.frames {
		a.client.inbox.sink(f)
	}
	a.client.catchUp.begin()
}

func (a *account) setUp() {
	defer func() {
		if p := recover(); p != nil {
			a.hub.cfg.logger.Error("onebot: hub: setup failed", "account", int64(a.self),
				"error", fmt.Sprintf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	a.hub.setup(a.self, a.client)
}

// early holds what the client says of its connection until setup has registered somebody to hear it. It needs the lock, under which all
// changes are told.
func (a *account) early(ev *ConnectionEvent) bool {
	if a.open {
		return false
	}
	if ev.State != ConnectionConnecting { // before the first connection there is nothing to tell
		held := a.held()
		if len(held.changes) == setupChanges {
			held.changes = slices.Delete(held.changes, 0, 1)
		}
		held.changes = append(held.changes, ev)
	}
	return true
}

// hold needs the lock.
func (a *account) hold(f transport.Frame) {
	f.Data = bytes.Clone(f.Data)
	a.client.catchUp.noteHeld(&f)
	held := a.held()
	held.frames = append(held.frames, f)
	held.bytes += len(f.Data)
	for len(held.frames) > setupEvents || held.bytes > setupBytes {
		held.bytes -= len(held.frames[0].Data)
		held.frames[0] = transport.Frame{}
		held.frames = held.frames[1:]
		a.discard()
	}
}

// held needs the lock.
func (a *account) held() *beforeSetup {
	if a.before == nil {
		a.before = new(beforeSetup)
	}
	return a.before
}

// present tells whether the account gets events.
func (a *account) present() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.events != nil
}

// tell wakes who waits for a connection; it needs the lock.
func (a *account) tell() {
	if a.changed != nil {
		close(a.changed)
		a.changed = nil
	}
}

// Watch makes fn hear of every later change, and of the present state at once.
func (a *account) Watch(fn func(transport.Change)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.watch = fn
	fn(transport.Change{State: a.state})
}

// Counters adds up what all connections of the account have counted.
func (a *account) Counters() transport.Counters {
	a.counting.Lock()
	defer a.counting.Unlock()
	sum := a.count
	if s := a.calls.Load(); s != nil { // replies come where calls went
		n := s.conn.Counters()
		sum.LateReplies += n.LateReplies
		sum.UnknownEchoes += n.UnknownEchoes
	}
	return sum
}

// Receive is not used: the hub hands the events to the client itself, which saves a goroutine an account.
func (a *account) Receive(ctx context.Context, _ func(transport.Frame)) error {
	<-ctx.Done()
	return nil
}

// Close ends the connections and makes the hub forget the account.
func (a *account) Close() error {
	a.mu.Lock()
	a.closed = true
	a.before = nil
	standing := []*session{a.calls.Load(), a.events}
	if a.coming != nil {
		for _, n := range a.coming.line {
			standing = append(standing, n.by)
		}
	}
	a.coming, a.echoes = nil, nil
	a.tell()
	a.mu.Unlock()
	a.hub.forget(a)
	var err error
	for _, s := range standing {
		if s != nil {
			err = s.conn.Close() // the second time, where it is the same, does nothing
		}
	}
	a.client.life.cache.clear()
	if a.hub.answers != nil {
		a.hub.answers.left(a)
	}
	return err
}

// answers tells whether this account's handlers get the event, where accounts share their groups.
func (a *account) answers(ev Event, in *incoming) bool {
	m, ok := ev.(*MessageEvent)
	if !ok || a.hub.answers == nil || in.ours || m.Own || m.Chat.Group == 0 || m.Chat.Temp || in.head.Post != wire.PostMessage {
		return true
	}
	return a.hub.answers.take(a, m, in)
}

// accountContext is the context of a handler: it ends with its client, though the lanes are the hub's, and holds the turn.
type accountContext struct {
	context.Context //nolint:containedctx // the life of the client

	turn context.Context //nolint:containedctx // the values of the lane
}

// Value gives what the lane holds.
func (c accountContext) Value(key any) any { return c.turn.Value(key) }
