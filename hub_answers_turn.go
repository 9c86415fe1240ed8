package onebot

// asked gives the account of the hub that a message mentions, the first of those that are connected; nil where it mentions none.
func asked(h *Hub, m *MessageEvent) *account {
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

// turn gives the account that is to take k, nil where none is at it.
func (x *answers) turn(k *kept) *account {
	if k.asked != nil {
		return k.asked
	}
	return x.at[k.group]
}
