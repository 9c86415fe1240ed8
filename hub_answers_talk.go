package onebot

import "sync/atomic"

// person is somebody in a group.
type person struct {
	group GroupID
	user  UserID
}

// talk is what somebody in a group says to one account, by the Nexts of its handlers.
type talk struct {
	by   *account
	open atomic.Int32 // Nexts that wait, and handlers that have a message by Next
}

// talksMax is how many talks there may be before those that have ended are swept out.
const talksMax = 1024

// listen notes that a waits for what the author of m says next, until the talk is left again. Another account that already talks with
// that person has the first right; then, and outside of shared groups, it gives nil.
func (a *account) listen(m *MessageEvent) *talk {
	if a == nil || a.hub.answers == nil || m.Chat.Group == 0 || m.Chat.Temp {
		return nil
	}
	x := a.hub.answers
	x.mu.Lock()
	defer x.mu.Unlock()
	key := person{m.Chat.Group, m.Sender.UserID}
	t := x.talks[key]
	switch {
	case t == nil || t.by != a && t.open.Load() == 0:
		if len(x.talks) >= talksMax {
			x.sweepTalks()
		}
		t = &talk{by: a}
		x.talks[key] = t
	case t.by != a:
		return nil
	}
	t.open.Add(1)
	return t
}

// leave takes no lock, as it is called with that of the lanes.
func (t *talk) leave() {
	if t != nil {
		t.open.Add(-1)
	}
}

func (x *answers) sweepTalks() {
	for key, t := range x.talks {
		if t.open.Load() == 0 {
			delete(x.talks, key)
		}
	}
}

// asked gives the account that m is for: the one that waits for what its author says, else one that it mentions; nil for none. It
// needs the lock.
func (x *answers) asked(h *Hub, m *MessageEvent) *account {
	key := person{m.Chat.Group, m.Sender.UserID}
	if t := x.talks[key]; t != nil {
		if t.open.Load() == 0 {
			delete(x.talks, key)
		} else if t.by.present() {
			return t.by
		}
	}
	return asked(h, m)
}
