package onebot

import (
	"slices"
	"strings"
	"time"

	"github.com/onebot-go/onebot/internal/wire"
)

// marksKept is how many messages of a chat are remembered while the connection stands, marksMax after a loss.
const marksKept, marksMax = 32, 4096

// mark points at a message in its chat.
type mark struct {
	id   MessageID
	seq  int64
	time time.Time
	conn uint64 // the connection on which it came; of a missed one: the connection before whose events it belongs
}

func markOf(m *MessageEvent) mark { return mark{id: m.ID, seq: m.Seq, time: m.Time} }

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

// readMark reads what points at a message from its frame, in one pass and without decoding its content.
func readMark(frame []byte) mark {
	var f fields
	l := wire.BytesLexer(frame)
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

func (t *trail) knows(m mark) bool { return slices.ContainsFunc(t.seen, m.same) }

// heardOn gives the connection on which a message came.
func (t *trail) heardOn(m mark) (conn uint64, known bool) {
	for _, s := range slices.Backward(t.seen) {
		if m.same(s) {
			return s.conn, true
		}
	}
	return 0, false
}
