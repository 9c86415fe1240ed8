package onebot

import "sync/atomic"

// person is somebody in a group.
type person struct {
	group GroupID
	user  UserID
}

// dialog is what somebody in a group says to one account, by the Nexts of its handlers.
type dialog struct {
	by   *account
	open atomic.Int32 // Nexts that wait, and handlers that have a message by Next
}

// dialogsMax is how many dialogs there may be before those that have ended are swept out.
const dialogsMax = 1024

// listen notes that a waits for what the author of m says next, until the dialog is left again. Another account that already talks with
// that person has the first right; then, and outside of shared groups, it gives nil.
func (a *account) listen(m *MessageEvent) *dialog {
	if a == nil || a.hub.answers == nil || m.Chat.Group == 0 || m.Chat.Temp {
		return nil
	}
	x := a.hub.answers
	x.mu.Lock()
	defer x.mu.Unlock()
	key := person{m.Chat.Group, m.Sender.UserID}
	d := x.dialogs[key]
	switch {
	case d == nil || d.by != a && d.open.Load() == 0:
		if len(x.dialogs) >= dialogsMax {
			x.sweepDialogs()
		}
		d = &dialog{by: a}
		x.dialogs[key] = d
	case d.by != a:
		return nil
	}
	d.open.Add(1)
	return d
}

// leave takes no lock, as it is called with that of the lanes.
func (d *dialog) leave() {
	if d != nil {
		d.open.Add(-1)
	}
}

func (x *answers) sweepDialogs() {
	for key, d := range x.dialogs {
		if d.open.Load() == 0 {
			delete(x.dialogs, key)
		}
	}
}

// addressee gives the account that m is for: the one that waits for what its author says, else one that it mentions; nil for none. It
// needs the lock.
func (x *answers) addressee(h *Hub, m *MessageEvent) *account {
	key := person{m.Chat.Group, m.Sender.UserID}
	if d := x.dialogs[key]; d != nil {
		if d.open.Load() == 0 {
			delete(x.dialogs, key)
		} else if d.by.present() {
			return d.by
		}
	}
	return mentioned(h, m)
}
