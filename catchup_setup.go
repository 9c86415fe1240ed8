package onebot

import (
	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

// While setup of a hub's account runs its events wait in the account. They are noted as they come, since connections are lost
// meanwhile, too; but gaps are read only when they have gone on: their handlers are not there yet.

// noteHeld remembers a message that waits for setup to return.
func (u *catchUp) noteHeld(f *transport.Frame) {
	if u == nil {
		return
	}
	head := f.Head
	if head.SelfID == 0 {
		head.SelfID = f.SelfID
	}
	if kindOfHead(&head) == kindMessage {
		of, _ := u.note(&head, f.Data)
		u.pass(of)
	}
}

// replay says that events which have been noted go on.
func (u *catchUp) replay() {
	if u == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.replayed = true
}

// begin says that all of them have gone on: gaps can be read.
func (u *catchUp) begin() {
	if u == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.replayed = false
	close(u.begun)
}

// replayed finds how many messages had come when one came that has been noted before. One that is no longer remembered is older
// than the gap.
func (t *trail) replayed(w *waiting) (nth uint64) {
	if n := len(t.held); n > 0 {
		nth = t.held[n-1].nth
	}
	if w.message {
		if i := t.index(readMark(wire.NewLexer(w.frame))); i >= 0 {
			nth = max(nth, t.seen[i].nth)
		}
	}
	return nth
}
