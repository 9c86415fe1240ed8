package onebot

import (
	"sync/atomic"
	"time"

	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

// connectionChanged hears from the transport. It must not block: the event goes the way of all others.
func (c *Client) connectionChanged(ch transport.Change) {
	c.watched.Store(true)
	ev := &ConnectionEvent{EventBase: EventBase{Time: time.Now(), SelfID: UserID(c.self.Load())}, Err: ch.Err, Final: ch.Final}
	switch ch.State {
	case transport.StateConnecting:
		ev.State = ConnectionConnecting
	case transport.StateReady:
		ev.State = ConnectionReady
		c.server.forget()
		c.inbox.account.offline.Store(false)
		c.catchUp.ready()
	case transport.StateLost:
		c.catchUp.lost()
		ev.State = ConnectionLost
	}
	if c.account == nil || !c.account.early(ev) {
		c.inbox.emit(ev)
	}
}

// emit sends an event of our own to whoever wants it, on the lane of events without a chat.
func (b *inbox) emit(ev *ConnectionEvent) {
	subs := b.subs.wanting(kindConnection)
	lane := b.c.handlers.wants(kindConnection) || !b.ran.Load()
	if len(subs) == 0 && !lane {
		return
	}
	in := &incoming{c: b.c, head: wire.Head{Kind: wire.FrameOther}, order: b.order.Add(1), ev: ev}
	for _, s := range subs {
		s.offer(in)
	}
	b.push(in, lane)
}

// watched tells whether somebody wants to know about the connection.
func (b *inbox) watched() bool {
	return b.c.handlers.wants(kindConnection) || len(b.subs.wanting(kindConnection)) > 0
}

// accountState follows whether the account itself is connected to QQ, as far as the server tells.
type accountState struct{ offline atomic.Bool }

// watch looks at a notice or meta event. A heartbeat that says online: false means it on every server: Lagrange, whose status
// says nothing, always claims true.
func (a *accountState) watch(b *inbox, h *wire.Head, frame []byte) {
	offline := false
	switch {
	case h.Notice == wire.NoticeBotOffline:
		offline = true
	case h.Notice == wire.NoticeBotOnline:
	case h.Heartbeat:
		online, told := readOnline(h.Status.Of(frame))
		if !told {
			return
		}
		offline = !online
	default:
		return
	}
	if a.offline.Swap(offline) == offline || !offline {
		return
	}
	b.emit(&ConnectionEvent{
		EventBase: EventBase{Time: time.Now(), SelfID: UserID(b.c.self.Load())}, State: ConnectionOffline,
	})
}

// readOnline reads what the status of a heartbeat says about the account.
func readOnline(status []byte) (online, told bool) {
	l := wire.BytesLexer(status)
	for key := range members(&l) {
		if key != "online" || l.Peek() != wire.Bool {
			l.Skip()
			continue
		}
		online, told = l.Bool()
	}
	return online, told && l.Err() == nil
}
