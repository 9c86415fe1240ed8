package onebot

import (
	"cmp"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"github.com/onebot-go/onebot/internal/wire"
)

// answers decides, for accounts of one hub that share groups, which of them handles a message. In each group one account is at it
// while it is connected. The others keep what they get for a while: when the one goes away, or never gets the message, the first
// of them takes over.
type answers struct {
	seed maphash.Seed

	mu      sync.Mutex
	closed  bool
	at      map[GroupID]*account
	byText  map[textKey][]*taken
	bySeq   map[seqKey]*taken
	ring    []*taken // in the order of their taking
	next    int
	waiting []kept // in the order of their deadlines
	bytes   int    // how large they are together
	handing handing
	dialogs map[person][]*dialog
	timer   *time.Timer
	running sync.WaitGroup // the timer's function
}

// taken is a message that an account has handled, or is handling.
type taken struct {
	by   *account
	id   MessageID
	seq  seqKey // without Seq where it is not known
	text textKey
}

type seqKey struct {
	group GroupID
	seq   int64
}

// textKey tells messages apart where no sequence number does.
type textKey struct {
	group GroupID
	user  UserID
	time  int64
	text  uint64
}

// kept is a message that waits for another account to take it.
type kept struct {
	by    *account
	in    *incoming
	group GroupID
	asked *account // the account that it is for, nil for none
	mark  taken
	until time.Time
}

const (
	takenMax = 8192
	// keptMax and keptBytes are what one chat may have in the queue, to which they may all go at once.
	keptMax   = 2048
	keptBytes = queueBytes / 4
	groupsMax = 65536
	// keptFor is how long the account that is at it may take to get a message that another account has got.
	keptFor = 3 * time.Second
)

func newAnswers() *answers {
	return &answers{
		seed: maphash.MakeSeed(),
		at:   make(map[GroupID]*account), byText: make(map[textKey][]*taken), bySeq: make(map[seqKey]*taken),
		handing: handing{onWay: make(map[accountChat]int)}, dialogs: make(map[person][]*dialog),
	}
}

// take tells whether the handlers of a get the message. It is called in the lane of the chat.
func (x *answers) take(a *account, m *MessageEvent, in *incoming) bool {
	if _, ours := a.hub.Client(m.Sender.UserID); ours {
		return false // accounts of one bot do not answer each other
	}
	mark := taken{
		by: a, id: m.ID, seq: seqKey{m.Chat.Group, m.Seq},
		text: textKey{m.Chat.Group, m.Sender.UserID, m.Time.Unix(), maphash.String(x.seed, m.Message.String())},
	}
	ours := x.decide(a, m, in, &mark)
	x.bring()
	return ours
}

// decide tells whether a handles the message. For its sake others may have to be handed on.
func (x *answers) decide(a *account, m *MessageEvent, in *incoming, mark *taken) (ours bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if known := x.find(mark); known != nil {
		if known.by != a || known.id == m.ID {
			return known.by == a
		}
		// The same words twice within a second: another message, as this account tells.
	}
	k := kept{by: a, in: in, group: m.Chat.Group, asked: x.addressee(a.hub, m), mark: *mark, until: time.Now().Add(keptFor)}
	switch at := x.at[k.group]; {
	case in.turned == notTurned && !in.claimed && k.isFor(a) && x.handing.coming(in): // earlier ones of its chat stand behind it in the lane
		x.handing.add([]kept{k})
		return false
	case k.asked == a, in.turned == turnedOnce, k.asked != nil && in.turned == turnedOver: // who is at it stays so
	case k.asked == nil && (at == a || in.turned == turnedOver || (at == nil || !at.present()) && !x.handing.toAnother(in)):
		if at != a && in.turned == notTurned && !in.claimed && x.behindKept(k) { // kept while another account was at it
			return false
		}
		x.own(k.group, a)
	case in.claimed: // somebody waits for just this message, here
	default:
		x.handing.add(x.keep(k))
		return false
	}
	x.enter(mark)
	return true
}

// find gives the entry of a message. Two sequence numbers decide; where one is missing, author, time and content do.
func (x *answers) find(mark *taken) *taken {
	if mark.seq.seq != 0 {
		if known := x.bySeq[mark.seq]; known != nil {
			return known
		}
	}
	var own *taken
	for _, known := range x.byText[mark.text] {
		switch {
		case known.seq.seq != 0 && mark.seq.seq != 0:
		case known.by != mark.by:
			return known
		case own == nil || known.id == mark.id:
			own = known
		}
	}
	return own
}

func (x *answers) enter(mark *taken) {
	mark.id = mark.id.clone()
	if len(x.ring) < takenMax {
		x.ring = append(x.ring, mark)
	} else {
		x.drop(x.ring[x.next])
		x.ring[x.next] = mark
		x.next = (x.next + 1) % takenMax
	}
	x.byText[mark.text] = append(x.byText[mark.text], mark)
	if mark.seq.seq != 0 {
		x.bySeq[mark.seq] = mark
	}
}

func (x *answers) drop(old *taken) {
	rest := x.byText[old.text][:0]
	for _, t := range x.byText[old.text] {
		if t != old {
			rest = append(rest, t)
		}
	}
	if len(rest) == 0 {
		delete(x.byText, old.text)
	} else {
		x.byText[old.text] = rest
	}
	if x.bySeq[old.seq] == old {
		delete(x.bySeq, old.seq)
	}
}

func (x *answers) own(group GroupID, a *account) {
	if _, ok := x.at[group]; !ok && len(x.at) >= groupsMax {
		for other := range x.at {
			delete(x.at, other) // whoever is heard there next will be at it
			break
		}
	}
	x.at[group] = a
}

// keep lets a message wait. Where too many do, or too large ones, the first of them are handed on before their time: a message that is
// handled by another account than it should be is better than one that is lost.
func (x *answers) keep(k kept) (over []kept) {
	if x.closed {
		return nil
	}
	for len(x.waiting) > 0 && (len(x.waiting) >= keptMax || x.bytes+k.in.size() > keptBytes) {
		if first := x.first(); x.find(&first.mark) == nil {
			over = append(over, first)
		}
	}
	x.wait(k)
	over = x.withTheirFollowers(over)
	x.arm(time.Now())
	return over
}

func (x *answers) wait(k kept) {
	x.waiting = append(x.waiting, k)
	x.bytes += k.in.size()
}

// sift lets only those go on waiting that stays reports true for, in place.
func (x *answers) sift(stays func(*kept) bool) {
	all := x.waiting
	x.waiting, x.bytes = all[:0], 0
	for _, k := range all {
		if stays(&k) {
			x.wait(k)
		}
	}
	clear(all[len(x.waiting):])
}

// withTheirFollowers adds to messages that are handed on the others of their chats: the account is at it there from now on, and what
// comes next would be handled before these.
func (x *answers) withTheirFollowers(over []kept) []kept {
	if len(over) == 0 {
		return nil
	}
	type chat struct {
		by    *account
		group GroupID
	}
	goes := make(map[chat]bool, len(over))
	for _, k := range over {
		goes[chat{k.by, k.group}] = true
	}
	x.sift(func(k *kept) bool {
		if !goes[chat{k.by, k.group}] || !k.isFor(k.by) {
			return true
		}
		if x.find(&k.mark) == nil {
			over = append(over, *k)
		}
		return false
	})
	slices.SortStableFunc(over, byOrder)
	return over
}

// first takes the first of those that wait out.
func (x *answers) first() kept {
	k := x.waiting[0]
	x.waiting[0] = kept{}
	x.waiting = x.waiting[1:]
	x.bytes -= k.in.size()
	return k
}

// arm sets the timer to the first deadline, unless it is set. It needs the lock.
func (x *answers) arm(now time.Time) {
	if x.timer != nil || len(x.waiting) == 0 || x.closed {
		return
	}
	x.running.Add(1)
	x.timer = time.AfterFunc(max(x.waiting[0].until.Sub(now), time.Millisecond), x.expire)
}

// expire hands on what nobody has taken in time.
func (x *answers) expire() {
	defer x.running.Done()
	x.mu.Lock()
	x.timer = nil
	now := time.Now()
	var over []kept
	heirs := x.handing.heirs()
	for len(x.waiting) > 0 && !x.waiting[0].until.After(now) {
		k := x.first()
		switch turn := x.turn(&k); {
		case x.find(&k.mark) != nil, k.by.client.closed.Load(), !k.by.present() && x.keptElsewhere(&k):
		case turn != nil && turn != k.by && turn.busy(k.in.lane), // it may stand in its queue behind a slow handler
			!heirs.choose(&k):
			k.until = now.Add(keptFor)
			x.wait(k)
		default:
			over = append(over, k)
		}
	}
	x.handing.add(x.withTheirFollowers(over))
	x.arm(now)
	x.mu.Unlock()
	x.bring()
}

// keptElsewhere tells whether an account that is connected has the same message.
func (x *answers) keptElsewhere(k *kept) bool {
	return slices.ContainsFunc(x.waiting, func(other kept) bool {
		same := other.mark.text == k.mark.text
		if other.mark.seq.seq != 0 && k.mark.seq.seq != 0 {
			same = other.mark.seq == k.mark.seq
		}
		return same && other.by != k.by && other.by.present()
	})
}

// left hands on what an account that has gone away has not taken. What it alone has waits on: its own handlers get that, where no other
// account takes it.
func (x *answers) left(a *account) {
	x.mu.Lock()
	var over []kept
	heirs := x.handing.heirs()
	x.sift(func(k *kept) bool {
		switch {
		case x.find(&k.mark) != nil:
			return false
		case k.by == a || x.turn(k) != a || !k.by.present() || !x.mayFollow(k) || !heirs.choose(k):
			return !k.by.client.closed.Load()
		}
		over = append(over, *k)
		return false
	})
	for group, at := range x.at {
		if at == a {
			delete(x.at, group)
		}
	}
	slices.SortStableFunc(over, byOrder) // one that waited for a busy account stands behind later ones
	x.handing.add(over)
	x.mu.Unlock()
	x.bring()
}

func byOrder(a, b kept) int { return cmp.Compare(a.in.order, b.in.order) }

func (x *answers) close() {
	x.mu.Lock()
	x.closed = true
	x.waiting, x.bytes = nil, 0
	if x.timer != nil && x.timer.Stop() {
		x.running.Done()
	}
	x.timer = nil
	x.mu.Unlock()
	x.running.Wait()
}

// busy tells whether events of that chat are being handled or wait.
func (a *account) busy(chat wire.ChatKey) bool { return a.hub.lanes.Busy(laneKey{a.client, chat}) }
