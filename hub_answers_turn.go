package onebot

// mentioned gives the account of the hub that a message mentions, the first of those that are connected; nil where it mentions none.
func mentioned(h *Hub, m *MessageEvent) *account {
	for at := range Segments[AtSegment](m.Message) {
		if at.All || at.User == 0 {
			continue
		}
		if c, ours := h.Client(at.User); ours && c.account.present() {
			return c.account
		}
	}
	return nil
}

// isFor tells whether k is for a, or for nobody in particular.
func (k *kept) isFor(a *account) bool { return k.asked == nil || k.asked == a }

// mayFollow tells whether the account that has k may handle it when the one that it is for has gone: who is at it comes first.
func (x *answers) mayFollow(k *kept) bool {
	at := x.at[k.group]
	return k.asked == nil || at == nil || at == k.by || !at.present()
}

// turn gives the account that is to take k, nil where none is at it.
func (x *answers) turn(k *kept) *account {
	if k.asked != nil {
		return k.asked
	}
	return x.at[k.group]
}
