package onebot

// A message is noted first, and waits or goes on a little later: the reader has other things to do with it in between. A chat that has been
// read is finished only when none of its messages is on that way, or what was missed after one of them would overtake it.

// pass is for a message that was noted and that nobody wants.
func (u *catchUp) pass(of *trail) {
	if of == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.came(of)
}

// came needs the lock.
func (u *catchUp) came(of *trail) {
	if of == nil {
		return
	}
	if of.coming--; of.coming == 0 {
		u.settled.Broadcast()
	}
}

// settle waits until no message of t is on its way. It needs the lock, and gives it back meanwhile.
func (u *catchUp) settle(t *trail) {
	for t.coming > 0 {
		u.settled.Wait()
	}
}
