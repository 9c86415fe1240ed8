package onebot

import "github.com/onebot-go/onebot/internal/wire"

// handing are the messages that go to the lanes once more, this time to be handled. As long as one of them has not been decided, what
// stands in its lane before it has come later, and goes behind it in the same way. It is guarded by the lock of answers.
type handing struct {
	next     []kept
	bringing bool                // somebody brings them to the lanes
	onWay    map[accountChat]int // how many have not been decided
}

// heirs are the accounts that take groups over: one in each, so that no two of them handle its messages at the same time.
type heirs map[wire.ChatKey]*account

// heirs gives those whose messages are on their way.
func (h *handing) heirs() heirs {
	all := make(heirs, len(h.onWay))
	for key := range h.onWay {
		all[key.chat] = key.by
	}
	return all
}

// choose makes the account of k the heir in its group, or reports false where another one is.
func (h heirs) choose(k *kept) bool {
	if by, ok := h[k.in.lane]; ok {
		return by == k.by
	}
	h[k.in.lane] = k.by
	return true
}

// turning says that a message comes to the handlers although another account of the hub had the first right to it.
type turning uint8

const (
	notTurned  turning = iota
	turnedOver         // and the group with it
	turnedOnce         // it is for another account, and the group stays whose it is
)

type accountChat struct {
	by   *account
	chat wire.ChatKey
}

func (h *handing) add(over []kept) {
	for _, k := range over {
		h.onWay[accountChat{k.by, k.in.lane}]++
	}
	h.next = append(h.next, over...)
}

// behindKept hands on what the account has kept in that chat, and k behind it. It reports false where it has kept nothing there.
func (x *answers) behindKept(k kept) bool {
	over := x.withTheirFollowers([]kept{k})
	if len(over) == 1 {
		return false
	}
	x.handing.add(over)
	return true
}

// coming tells whether messages of the same account and chat are on their way.
func (h *handing) coming(in *incoming) bool { return h.onWay[accountChat{in.c.account, in.lane}] > 0 }

// toAnother tells whether another account is about to take the chat over.
func (h *handing) toAnother(in *incoming) bool {
	for key := range h.onWay {
		if key.chat == in.lane && key.by != in.c.account {
			return true
		}
	}
	return false
}

// arrived is called once for each that was added.
func (h *handing) arrived(in *incoming) {
	key := accountChat{in.c.account, in.lane}
	if h.onWay[key]--; h.onWay[key] == 0 {
		delete(h.onWay, key)
	}
}

// bring takes what was added to the lanes, without the lock. One goroutine does it for all, so that the order stays.
func (x *answers) bring() {
	x.mu.Lock()
	defer x.mu.Unlock()
	h := &x.handing
	if h.bringing {
		return
	}
	h.bringing = true
	for len(h.next) > 0 {
		over := h.next
		h.next = nil
		x.mu.Unlock()
		for _, k := range over {
			x.again(&k)
		}
		x.mu.Lock()
	}
	h.bringing = false
}

func (x *answers) again(k *kept) {
	in := k.in
	turned := &incoming{
		c: in.c, frame: in.frame, head: in.head, order: in.order, quick: in.quick, trace: in.trace, turned: turnedOver,
		ev: in.ev, err: in.err, // it has been decoded
	}
	if k.asked != nil {
		turned.turned = turnedOnce
	}
	if in.c.handlers.wants(kindMessage) {
		in.c.inbox.push(turned, true)
	} else {
		x.arrived(turned)
	}
}

// arrived is called for every event once it has come to its lane, or will not: those that were handed on are counted.
func (in *incoming) arrived() {
	if in.turned != notTurned {
		in.c.account.hub.answers.arrived(in)
	}
}

func (x *answers) arrived(in *incoming) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.handing.arrived(in)
}
