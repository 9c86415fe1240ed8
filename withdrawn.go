package onebot

import (
	"math"
	"sync"
	"sync/atomic"

	"github.com/onebot-go/onebot/internal/wire"
)

// withdrawnMax bounds how many withdrawn ids are remembered; the oldest gives way. withdrawnIDMax bounds each of them, in bytes:
// no server has ids of that length, and one that sends them must not fill the memory.
const (
	withdrawnMax   = 4096
	withdrawnIDMax = 256
)

// withdrawals remembers which messages are gone, so that their ids are refused without asking the server. Ids are hashes and
// recur: a new message with the same id in the same chat takes its ban away.
type withdrawals struct {
	count   atomic.Int32  // len(seen), for a look without the lock
	entered atomic.Uint32 // how many there were in all

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

// spellings gives the names under which a withdrawal of the message can stand: its own, that of a chat.message backend, which
// numbers its chats and does not say what they are, and that of a chat that is not known.
func (k chatMessageID) spellings() [3]chatMessageID {
	return [...]chatMessageID{k, {wire.ChatKey{Kind: 'c', ID: k.chat.ID}, k.id}, {id: k.id}}
}

type withdrawal struct {
	told bool // OnChatMessage handlers have it, or will
	slot int
	nth  uint32 // how many were entered with it
}

// add enters a withdrawal as soon as it is read and tells whether it is news. telling says that handlers will be told: then the
// same one reported again is none. What was withdrawn in a chat that is not known is known in every chat.
func (w *withdrawals) add(key chatMessageID, telling bool) (news bool) {
	if key.id == "" || len(key.id) > withdrawnIDMax {
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	news = true
	for _, known := range [...]*withdrawal{w.seen[key], w.seen[chatMessageID{id: key.id}]} {
		if known != nil && known.told {
			news = false
		}
	}
	if entry := w.seen[key]; entry != nil {
		entry.told = entry.told || telling
		return news
	}
	w.enter(key, telling || !news)
	return news
}

// enter adds an entry, in the place of the oldest where all are taken.
func (w *withdrawals) enter(key chatMessageID, told bool) {
	if w.seen == nil {
		w.seen = make(map[chatMessageID]*withdrawal)
		w.ids = make(map[MessageID]int)
	}
	key.id = key.id.clone() // who deletes a message names it by a part of its frame
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
	w.seen[key] = &withdrawal{slot: w.next, told: told, nth: w.entered.Add(1)}
	w.ids[key.id]++
	w.count.Store(int32(len(w.seen)))
}

func (w *withdrawals) drop(key chatMessageID) {
	delete(w.seen, key)
	if w.ids[key.id]--; w.ids[key.id] <= 0 {
		delete(w.ids, key.id)
	}
	w.count.Store(int32(len(w.seen)))
}

// revive takes the ban away: a message with this id has come.
func (w *withdrawals) revive(chat wire.ChatKey, id MessageID) { w.reviveOld(chat, id, math.MaxUint32) }

// reviveOld is revive for a message that was sent when so many had been entered. Where the id was withdrawn later, it was this
// message, and the answer to its send comes late: then it tells that the message is gone.
func (w *withdrawals) reviveOld(chat wire.ChatKey, id MessageID, entered uint32) (gone bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, key := range (chatMessageID{chat, id}).spellings() {
		switch known := w.seen[key]; {
		case known == nil:
		case known.nth > entered:
			gone = true
		default:
			w.drop(key)
		}
	}
	return gone
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

// in tells whether the id was withdrawn in this chat, in one of this number of a chat.message backend, or in one that is not known.
func (w *withdrawals) in(chat wire.ChatKey, id MessageID) bool {
	if w.count.Load() == 0 {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, key := range (chatMessageID{chat, id}).spellings() {
		if w.seen[key] != nil {
			return true
		}
	}
	return false
}

// private finds a private chat in which the id was withdrawn. It looks at every entry, for a case that is rare.
func (w *withdrawals) private(id MessageID) (chat wire.ChatKey, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ids[id] == 0 {
		return chat, false
	}
	for key := range w.seen {
		if key.id == id && key.chat.Kind == 'p' {
			return key.chat, true
		}
	}
	return chat, false
}
