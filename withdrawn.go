package onebot

import (
	"sync"
	"sync/atomic"

	"github.com/onebot-go/onebot/internal/wire"
)

// withdrawnMax bounds how many withdrawn ids are remembered; the oldest gives way.
const withdrawnMax = 4096

// withdrawals remembers which messages are gone, so that their ids are refused without asking the server. Ids are hashes and
// recur: a new message with the same id in the same chat takes its ban away.
type withdrawals struct {
	count atomic.Int64 // len(seen), for a look without the lock

	mu   sync.Mutex
	seen map[chatMessageID]*withdrawal
	ids  map[MessageID]int // in how many chats
	ring []chatMessageID   // in the order of their coming; an entry may have been revived since
	next int
}

// chatMessageID names a message within its chat. The zero chat stands for one that is not known.
type chatMessageID struct {
	chat wire.ChatKey
	id   MessageID
}

type withdrawal struct {
	told bool // OnChatMessage handlers have had it
	slot int
}

// add enters a withdrawal as soon as it is read. The same one reported again changes nothing.
func (w *withdrawals) add(key chatMessageID) {
	if key.id == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen == nil {
		w.seen = make(map[chatMessageID]*withdrawal)
		w.ids = make(map[MessageID]int)
	}
	if w.seen[key] != nil {
		return
	}
	if len(w.ring) < withdrawnMax {
		w.ring = append(w.ring, key)
		w.next = len(w.ring) - 1
	} else {
		w.next = (w.next + 1) % withdrawnMax
		if old := w.ring[w.next]; w.seen[old] != nil && w.seen[old].slot == w.next {
			w.drop(old)
		}
		w.ring[w.next] = key
	}
	w.seen[key] = &withdrawal{slot: w.next}
	w.ids[key.id]++
	w.count.Store(int64(len(w.seen)))
}

func (w *withdrawals) drop(key chatMessageID) {
	delete(w.seen, key)
	if w.ids[key.id]--; w.ids[key.id] <= 0 {
		delete(w.ids, key.id)
	}
	w.count.Store(int64(len(w.seen)))
}

// revive takes the ban away: a message with this id has come.
func (w *withdrawals) revive(chat wire.ChatKey, id MessageID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, key := range [...]chatMessageID{{chat, id}, {id: id}} {
		if w.seen[key] != nil {
			w.drop(key)
		}
	}
}

// tell reports whether the withdrawal is news to the handlers, and makes it known.
func (w *withdrawals) tell(key chatMessageID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	entry := w.seen[key]
	if entry == nil {
		return true // revived or forgotten since it was read
	}
	news := !entry.told
	entry.told = true
	return news
}

// anywhere tells whether the id was withdrawn in any chat.
func (w *withdrawals) anywhere(id MessageID) bool {
	if w.count.Load() == 0 {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ids[id] > 0
}

// in tells whether the id was withdrawn in this chat, or in one that is not known.
func (w *withdrawals) in(chat wire.ChatKey, id MessageID) bool {
	if w.count.Load() == 0 {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen[chatMessageID{chat, id}] != nil || w.seen[chatMessageID{id: id}] != nil
}
