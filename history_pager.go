package onebot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onebot-go/onebot/internal/wire"
)

const (
	emptyMax = 5       // windows in a row without a message before the start of the chat is believed to be reached
	widenMax = 2       // how often a window that brought nothing is made wider
	widenBy  = 8       // and by how much
	spareMax = 2       // messages of the last page that can stand in for one which the server does not know any more
	countMax = 1 << 20 // the largest page that is ever asked for
	seenMax  = 32768   // ids kept of what was given, twice
)

// pager walks a chat towards its start, page by page, the same on every server. It believes nothing about the order, the size
// or the overlap of what comes: it sorts each page, drops what is not older than where it stands, and ends when nothing is left.
type pager struct {
	c      *Client
	action string
	chat   Chat
	way    historyWay
	count  int

	start   MessageRef   // the message to ask from; zero: the newest
	spare   []MessageRef // slightly newer ones to ask from instead
	below   int64        // on a server that counts by sequence: everything from here on is read
	floor   int64        // only what has a smaller sequence is news; 0: not known
	time    time.Time    // only what is not newer is news; zero: not known
	seen    seenIDs
	wider   int
	asked   int  // how many the last call asked for
	short   bool // the last page had fewer than were asked for
	gaps    bool // sequences were missing between messages: an empty window need not be the last
	atFirst bool // the call under way ends with what may be the first message of all
	fitted  bool // it asked for less, as it may reach the first message of all
	whole   bool // the call under way is for all that the chat has
	done    bool
}

func (c *Client) newPager(ctx context.Context, chat Chat, q HistoryQuery) (*pager, error) {
	action := "get_friend_msg_history"
	if chat.Group != 0 && !chat.Temp {
		action = "get_group_msg_history"
	}
	if err := errors.Join(chat.validate(), q.validate()); err != nil {
		return nil, refused(action, err)
	}
	if chat.Temp {
		return nil, refused(action, fmt.Errorf("history of a temporary session: %w", ErrUnsupported))
	}
	d, err := c.dialectOf(ctx)
	if err != nil {
		return nil, notSent(action, err)
	}
	if d.traits().noFriendHistory && chat.Group == 0 {
		return nil, refused(action, fmt.Errorf("%s has no history of private chats: %w", d, ErrUnsupported))
	}
	p := &pager{c: c, action: action, chat: chat, way: d.historyWay(), count: min(q.count(), countMax), start: q.Before, wider: 1}
	if err := p.resolve(ctx); err != nil {
		return nil, err
	}
	p.below, p.floor = p.start.Seq, p.start.Seq
	if q.Before.ID != "" {
		p.seen.add(q.Before.ID.clone())
	}
	return p, nil
}

// resolve finds what this server needs of the starting point where the query did not tell it.
func (p *pager) resolve(ctx context.Context) error {
	switch {
	case p.start == (MessageRef{}), p.way.guess:
		return nil
	case !p.way.bySeq && p.start.ID == "":
		return refused(p.action, fmt.Errorf("this server pages by message id, and Before has only a sequence: %w", ErrInvalidArgument))
	case !p.way.bySeq || p.start.Seq != 0:
		return nil
	}
	m, err := p.c.GetMsg(ctx, p.start.ID)
	if err != nil {
		return fmt.Errorf("onebot: %s: finding the sequence of message %s: %w", p.action, p.start.ID, err)
	}
	p.findSeq(m)
	switch {
	case m.Chat != (Chat{}) && !m.Chat.Temp && m.Chat != p.chat:
		return refused(p.action, fmt.Errorf("message %s is in %s: %w", p.start.ID, m.Chat, ErrInvalidArgument))
	case m.Seq == 0:
		return refused(p.action, fmt.Errorf("message %s has no sequence: %w", p.start.ID, ErrInvalidArgument))
	}
	p.start.Seq = m.Seq
	return nil
}

// next gives the next older messages, oldest first; none at the start of the chat.
func (p *pager) next(ctx context.Context) ([]*MessageEvent, error) {
	for empty := 1; !p.done; empty++ {
		if p.way.bySeq && p.below != 0 && p.below <= 1 {
			break // nothing is older than the first sequence
		}
		raw, err := p.ask(ctx)
		if err != nil {
			return nil, err
		}
		if page := p.news(raw); len(page) > 0 {
			p.advance(page, len(raw) < p.asked)
			return page, nil
		}
		if p.misunderstood(len(raw)) {
			return nil, fmt.Errorf("onebot: %s: the server does not page by message_id: %w: %w", p.action, ErrUnsupported, ErrNotSent)
		}
		if !p.further(len(raw), empty) {
			break
		}
	}
	p.done = true
	return nil, nil
}

// findSeq reads the sequence where it was taken for a repeated id: on other servers message_seq is that.
func (p *pager) findSeq(m *MessageEvent) {
	if !p.way.bySeq || m.Seq != 0 {
		return
	}
	l := wire.NewLexer(string(m.Raw))
	for open := l.BeginObject(); open; {
		key, ok := l.NextKey()
		if !ok {
			return
		}
		if key == "message_seq" {
			m.Seq, _ = l.Int()
		} else {
			l.Skip()
		}
	}
}

// news sorts a page and keeps what is older than where the pager stands and has not been given.
func (p *pager) news(raw []*MessageEvent) []*MessageEvent {
	for _, m := range raw {
		p.findSeq(m)
	}
	arrange(raw)
	for i, m := range raw {
		if m.ID != "" && m.ID == p.start.ID && p.floor == 0 && p.time.IsZero() {
			p.floor, p.time = m.Seq, m.Time // the query told the id only
			if !m.Time.IsZero() {           // what stands behind it is newer, also in its second: Lagrange pages private chats by time stamp
				p.seen.addPage(raw[i+1:])
			}
			break
		}
	}
	given := make(map[MessageID]struct{}, len(raw))
	return slices.DeleteFunc(raw, func(m *MessageEvent) bool {
		if m.ID == "" || !p.older(m) || p.seen.has(m.ID) {
			return true
		}
		_, twice := given[m.ID]
		given[m.ID] = struct{}{}
		return twice
	})
}

// arrange puts the oldest first: by sequence where all have one, else by time. Of one second the server's order is kept, and so is that
// of a page in which a message tells neither: only its neighbours tell its place.
func arrange(raw []*MessageEvent) {
	untimed := func(m *MessageEvent) bool { return m.Time.IsZero() }
	timed := slices.DeleteFunc(slices.Clone(raw), untimed)
	if n := len(timed); n > 1 && timed[0].Time.After(timed[n-1].Time) {
		slices.Reverse(raw)
	}
	switch {
	case !slices.ContainsFunc(raw, func(m *MessageEvent) bool { return m.Seq == 0 }):
		slices.SortStableFunc(raw, func(a, b *MessageEvent) int { return cmp.Compare(a.Seq, b.Seq) })
	case len(timed) == len(raw):
		slices.SortStableFunc(raw, func(a, b *MessageEvent) int { return a.Time.Compare(b.Time) })
	}
}

func (p *pager) older(m *MessageEvent) bool {
	if p.floor != 0 && m.Seq != 0 {
		return m.Seq < p.floor
	}
	return p.time.IsZero() || m.Time.IsZero() || !m.Time.After(p.time)
}

// advance moves to the oldest message of the page. short tells that the server gave fewer than were asked for.
func (p *pager) advance(page []*MessageEvent, short bool) {
	p.gaps = p.gaps || p.short || p.missing(page)
	p.short = p.way.windows && p.way.fixed == 0 && short
	p.wider = 1
	oldest := page[0]
	p.start, p.time = oldest.Ref(), oldest.Time
	p.below, p.floor = oldest.Seq, oldest.Seq
	p.spare = nil
	for _, m := range page[1:min(len(page), 1+spareMax)] {
		p.spare = append(p.spare, m.Ref())
	}
	p.seen.addPage(page)
	if p.way.bySeq && oldest.Seq == 0 {
		p.done = true // nothing to go on with
	}
}

// missing tells whether sequences are missing among the messages of a page and the one before it.
func (p *pager) missing(page []*MessageEvent) bool {
	if above := page[len(page)-1].Seq; p.floor != 0 && above != 0 && p.floor-above > 1 {
		return true
	}
	for i, m := range page[1:] {
		if last := page[i].Seq; last != 0 && m.Seq-last > 1 {
			return true
		}
	}
	return false
}

// width gives how many messages to ask for. Where a page is a range of sequences, or holds less than was asked for, one of a few is too
// narrow to tell a few messages that are missing from the start of the chat; so only the newest page is as narrow as was wished.
func (p *pager) width() int {
	if (p.way.windows || p.way.omits) && p.way.fixed == 0 && p.start.ID != "" {
		return max(p.count, defaultPage)
	}
	return p.count
}

// misunderstood tells whether an unknown server answers as if it had not been told where to begin.
func (p *pager) misunderstood(got int) bool {
	full := got > p.count || got == p.count && p.count > 1
	return p.way.guess && full && p.start != (MessageRef{})
}

// further looks further back after a page that brought nothing, and reports false where that is the end of the chat: a window can be
// empty because all of it was withdrawn, and on NapCat because nothing in it can be shown: of an empty chat it says that it failed. Chats in
// which nothing is missing end at once, and cost no call for that.
func (p *pager) further(got, empty int) bool {
	switch {
	case p.way.omits && got == 0 && !p.done && empty <= widenMax:
		p.wider *= widenBy
		return true
	case !p.way.windows:
		return false
	}
	if width := int64(p.way.fixed); width > 0 {
		if !p.gaps || empty >= emptyMax || p.below <= width {
			return false
		}
		p.below -= width
		return true
	}
	// A page that is full of what is known already is one second with more messages than that: Lagrange pages private chats by
	// time stamp. An empty page is no empty chat there, for of that it says that it failed.
	gaps := p.gaps || p.fitted && got < p.asked
	if !gaps && got > 0 && got <= p.width() || empty > widenMax {
		return false
	}
	p.wider *= widenBy
	return true
}

// atStart tells, after the last page, whether the chat is certain to begin there, and does not only look like it: in a window everything
// can have been withdrawn, and behind a message everything can be of a kind that NapCat leaves out.
func (p *pager) atStart() bool {
	switch {
	case p.way.fixed > 0:
		return p.below != 0 && p.below <= int64(p.way.fixed)
	case p.way.omits:
		return p.start.ID == "" // an empty newest page was looked behind
	default:
		return !p.way.windows
	}
}

// seenIDs remembers ids, the newest ones of very many.
type seenIDs struct {
	now, before map[MessageID]struct{}
}

func (s *seenIDs) add(id MessageID) {
	if s.now == nil || len(s.now) >= seenMax {
		s.now, s.before = make(map[MessageID]struct{}), s.now
	}
	s.now[id] = struct{}{}
}

// addPage adds the ids of a page in one copy: they are parts of the page, which would live as long as one of them.
func (s *seenIDs) addPage(page []*MessageEvent) {
	size := 0
	for _, m := range page {
		size += len(m.ID)
	}
	var ids strings.Builder
	ids.Grow(size)
	for _, m := range page {
		ids.WriteString(string(m.ID))
	}
	for all := ids.String(); len(page) > 0; page = page[1:] {
		n := len(page[0].ID)
		s.add(MessageID(all[:n]))
		all = all[n:]
	}
}

func (s *seenIDs) has(id MessageID) bool {
	_, now := s.now[id]
	_, before := s.before[id]
	return now || before
}
