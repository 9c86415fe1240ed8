package onebot

import (
	"slices"
	"strings"
	"time"

	"github.com/onebot-go/onebot/internal/wire"
)

// marksKept is how many messages of a chat are remembered while the connection stands, marksMax after a loss.
const marksKept, marksMax = 32, 4096

// lateEvents is how long after a message was caught up its own event is waited for.
const lateEvents = time.Minute

// mark points at a message in its chat.
type mark struct {
	id   MessageID
	seq  int64
	time time.Time
	conn uint64 // the connection on which it came; of a missed one: the connection before whose events it belongs
	nth  uint64 // how many messages of the chat had come when it came
}

func markOf(m *MessageEvent) mark { return mark{id: m.ID.clone(), seq: m.Seq, time: m.Time} }

// same tells whether two marks mean one message. The sequence counts too: NapCat may give other ids after a restart.
func (k mark) same(o mark) bool { return k.id == o.id || k.seq != 0 && k.seq == o.seq }

// reached tells whether o, met on the way back, is k or older.
func (k mark) reached(o mark) bool {
	switch {
	case k.same(o):
		return true
	case k.seq != 0 && o.seq != 0:
		return o.seq < k.seq
	default:
		return !o.time.IsZero() && o.time.Before(k.time)
	}
}

// before tells whether k is known to be older than o.
func (k mark) before(o mark) bool {
	if k.seq != 0 && o.seq != 0 {
		return k.seq < o.seq
	}
	return !k.time.IsZero() && k.time.Before(o.time)
}

// repeats tells whether k is o once more. Ids are hashes on some servers and recur: the sequence counts before the id, and the time has
// to fit.
func (k mark) repeats(o mark) bool {
	if k.seq != 0 && o.seq != 0 {
		if k.seq != o.seq {
			return false
		}
	} else if k.id != o.id {
		return false
	}
	return k.time.IsZero() || o.time.IsZero() || k.time.Sub(o.time).Abs() <= lateEvents
}

// readMark reads what points at a message from its frame, in one pass and without decoding its content.
func readMark(l wire.Lexer) mark {
	var f fields
	for open := l.BeginObject(); open; {
		key, ok := l.NextKey()
		if !ok {
			break
		}
		switch key {
		case "message_id", "message_seq", "real_id", "real_seq", "time":
			f.readNumber(&l, key)
		default:
			l.Skip()
		}
	}
	t, _ := parseTime(f.time)
	return mark{id: MessageID(strings.Clone(f.messageID)), seq: f.sequence(), time: t}
}

func (t *trail) add(m mark) {
	t.heard++
	m.nth = t.heard
	t.last = m
	limit := marksKept
	if t.gap != nil {
		limit = marksMax
	}
	if len(t.seen) >= 2*limit {
		t.seen = slices.Clone(t.seen[len(t.seen)-limit:])
	}
	t.seen = append(t.seen, m)
}

// index finds a message among those that came, -1 where it is not known.
func (t *trail) index(m mark) int {
	for i, s := range slices.Backward(t.seen) {
		if m.same(s) {
			return i
		}
	}
	return -1
}

// isLate tells whether a message that has come is one that was caught up. It tells so once: the next one with this id is another.
func (t *trail) isLate(m mark) bool {
	if len(t.late) == 0 {
		return false
	}
	if time.Now().After(t.until) {
		t.late = nil
		return false
	}
	i := slices.IndexFunc(t.late, m.repeats)
	if i < 0 {
		return false
	}
	t.late = slices.Delete(t.late, i, i+1)
	return true
}
