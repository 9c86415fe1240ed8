package onebot

import (
	"slices"
	"sync/atomic"
)

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

// dialogsMax is how many persons there may be dialogs with before those that have ended are swept out.
const dialogsMax = 1024

// listen notes that a waits for what the author of m says next, until the dialog is left again. Another account that already talks with
// that person has the first right while it is there. Outside of shared groups it gives nil.
func (a *account) listen(m *MessageEvent) *dialog {
	if a == nil || a.hub.answers == nil || m.Chat.Group == 0 || m.Chat.Temp {
		return nil
	}
	x := a.hub.answers
	x.mu.Lock()
	defer x.mu.Unlock()
	key := person{m.Chat.Group, m.Sender.UserID}
	all := x.openDialogs(key)
	if len(all) == 0 && len(x.dialogs) >= dialogsMax {
		x.sweepDialogs()
	}
	i := slices.IndexFunc(all, func(d *dialog) bool { return d.by == a })
	if i < 0 {
		i = len(all)
		all = append(all, &dialog{by: a})
		x.dialogs[key] = all
	}
	all[i].open.Add(1)
	return all[i]
}

// openDialogs gives those with a person, the first of them first, and forgets those that have ended. It needs the lock.
func (x *answers) openDialogs(key person) []*dialog {
	all := x.dialogs[key]
	if len(all) == 0 { // as a rule: every message asks
		return nil
	}
	all = slices.DeleteFunc(all, func(d *dialog) bool { return d.open.Load() == 0 })
	if len(all) == 0 {
		delete(x.dialogs, key)
		return nil
	}
	x.dialogs[key] = all
	return all
}

// leave takes no lock, as it is called with that of the lanes.
func (d *dialog) leave() {
	if d != nil {
		d.open.Add(-1)
	}
}

// sweepDialogs needs the lock.
func (x *answers) sweepDialogs() {
	for key := range x.dialogs {
		x.openDialogs(key)
	}
}

// addressee gives the account that m is for: the first of those that wait for what its author says, else one that it mentions; nil for
// none. It needs the lock.
func (x *answers) addressee(h *Hub, m *MessageEvent) *account {
	for _, d := range x.openDialogs(person{m.Chat.Group, m.Sender.UserID}) {
		if d.by.present() {
			return d.by
		}
	}
	return mentioned(h, m)
}
