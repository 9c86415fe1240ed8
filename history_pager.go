package onebot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onebot-go/onebot/internal/wire"
)

// pager walks a chat towards its start, page by page, the same on every server. It believes nothing about the order, the size
// or the overlap of what comes: it sorts each page, drops what is not older than where it stands, and ends when nothing is left.
type pager struct {
	c      *Client
	action string
	chat   Chat
	way    historyWay
	count  int

	before MessageRef // where it stands; zero: at the newest
	time   time.Time  // of the message it stands at
	below  int64      // on a server that counts by sequence: everything from here on is read
	seen   map[MessageID]struct{}
	done   bool
}

// historyWay is how a dialect addresses a page.
type historyWay struct {
	bySeq    bool // message_seq is the real sequence, and the page is older than or equal to it
	byID     bool // message_id is the short id
	seqIsID  bool // message_seq is the short id, and older has to be asked for (NapCat)
	window   int  // the server's own page size; 0: it honours count
	guess    bool // an unknown server: a full page without news is a misunderstanding, not the end
	lagrange bool
}

func (d Dialect) historyWay() historyWay {
	switch d {
	case NapCat:
		return historyWay{seqIsID: true}
	case LLBot:
		return historyWay{bySeq: true}
	case GoCQHTTP:
		return historyWay{bySeq: true, window: 20}
	case Lagrange:
		return historyWay{byID: true, lagrange: true}
	default:
		return historyWay{byID: true, guess: true}
	}
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
		return nil, err
	}
	if d.traits().noFriendHistory && chat.Group == 0 {
		return nil, refused(action, fmt.Errorf("%s has no history of private chats: %w", d, ErrUnsupported))
	}
	p := &pager{c: c, action: action, chat: chat, way: d.historyWay(), count: q.count(), before: q.Before, seen: map[MessageID]struct{}{}}
	if q.Before.ID != "" {
		p.seen[q.Before.ID] = struct{}{}
	}
	return p, p.resolve(ctx)
}

// resolve finds what this server needs of the starting point where the query did not tell it.
func (p *pager) resolve(ctx context.Context) error {
	if p.before == (MessageRef{}) {
		return nil
	}
	switch {
	case p.way.bySeq && p.before.Seq == 0:
		m, err := p.c.GetMsg(ctx, p.before.ID)
		if err != nil {
			return fmt.Errorf("onebot: %s: finding the sequence of message %s: %w", p.action, p.before.ID, err)
		}
		if m.Seq == 0 {
			return refused(p.action, fmt.Errorf("message %s has no sequence: %w", p.before.ID, ErrInvalidArgument))
		}
		p.before.Seq = m.Seq
	case !p.way.bySeq && p.before.ID == "":
		return refused(p.action, fmt.Errorf("this server pages by message id, and Before has none: %w", ErrInvalidArgument))
	}
	p.below = p.before.Seq
	return nil
}

// next gives the next older messages, oldest first; none at the start of the chat.
func (p *pager) next(ctx context.Context) ([]*MessageEvent, error) {
	for empty := 0; !p.done; empty++ {
		if p.way.bySeq && p.below == 1 || empty == emptyMax {
			break // nothing is older than the first sequence
		}
		raw, err := p.ask(ctx)
		if err != nil {
			return nil, err
		}
		page := p.news(raw)
		if len(page) > 0 {
			p.advance(page)
			return page, nil
		}
		full := len(raw) > p.count || len(raw) == p.count && p.count > 1
		if p.way.guess && full && p.before != (MessageRef{}) {
			return nil, fmt.Errorf("onebot: %s: the server does not page by message_id: %w: %w", p.action, ErrUnsupported, ErrNotSent)
		}
		// A window of a server that counts by sequence can be empty because all of it was withdrawn.
		if !p.way.bySeq || p.way.window == 0 || p.below <= int64(p.way.window) {
			break
		}
		p.below -= int64(p.way.window)
	}
	p.done = true
	return nil, nil
}

// news sorts a page and keeps what is older than where the pager stands and has not been given.
func (p *pager) news(raw []*MessageEvent) []*MessageEvent {
	slices.SortStableFunc(raw, func(a, b *MessageEvent) int {
		if a.Seq != 0 && b.Seq != 0 && a.Seq != b.Seq {
			return compare(a.Seq, b.Seq)
		}
		return a.Time.Compare(b.Time)
	})
	given := make(map[MessageID]struct{}, len(raw))
	return slices.DeleteFunc(raw, func(m *MessageEvent) bool {
		if m.ID == "" || !p.older(m) {
			return true
		}
		if _, twice := p.seen[m.ID]; twice {
			return true
		}
		_, twice := given[m.ID]
		given[m.ID] = struct{}{}
		return twice
	})
}

func compare(a, b int64) int {
	if a < b {
		return -1
	}
	return 1
}

func (p *pager) older(m *MessageEvent) bool {
	if p.before.Seq != 0 && m.Seq != 0 {
		return m.Seq < p.before.Seq
	}
	return p.time.IsZero() || m.Time.IsZero() || !m.Time.After(p.time)
}

// advance moves to the oldest message of the page.
func (p *pager) advance(page []*MessageEvent) {
	oldest := page[0]
	p.before, p.time = oldest.Ref(), oldest.Time
	p.below = oldest.Seq
	if len(p.seen)+len(page) > seenMax {
		clear(p.seen)
	}
	for _, m := range page {
		p.seen[m.ID] = struct{}{}
	}
	if p.way.bySeq && oldest.Seq == 0 {
		p.done = true // nothing to go on with
	}
}

// ask performs one call and reads its messages.
func (p *pager) ask(ctx context.Context) ([]*MessageEvent, error) {
	resp, err := p.c.do(ctx, request(p.action, p.params()))
	switch {
	case err == nil:
		return p.read(string(resp.Data))
	case p.before == (MessageRef{}) && noMessages(err):
		return nil, nil
	default:
		return nil, p.judge(err)
	}
}

func (p *pager) params() []byte {
	dst := appendTarget([]byte{'{'}, p.chat)
	count := p.count
	if p.before.ID != "" && !p.way.bySeq {
		count++ // the start is repeated
	}
	switch started := p.before != (MessageRef{}); {
	case p.way.bySeq:
		if p.below > 1 {
			dst = wire.AppendInt(append(dst, `,"message_seq":`...), p.below-1)
		}
	case !started:
	case p.way.seqIsID:
		dst = appendMessageID(append(dst, `,"message_seq":`...), p.before.ID)
		dst = append(dst, `,"reverse_order":true,"reverseOrder":true`...)
	default:
		dst = appendMessageID(append(dst, `,"message_id":`...), p.before.ID)
		if p.way.guess && p.before.Seq != 0 {
			dst = wire.AppendInt(append(dst, `,"message_seq":`...), p.before.Seq)
		}
		if p.way.lagrange {
			count = lagrangeCount(p.before.ID, count)
		}
	}
	dst = wire.AppendInt(append(dst, `,"count":`...), int64(count))
	return append(dst, '}')
}

// lagrangeCount keeps Lagrange from reaching below the first message, where its window wraps around: the upper half of its ids is
// the lower half of the sequence, and a group of fewer than 65,536 messages has its whole sequence there.
func lagrangeCount(id MessageID, count int) int {
	n, ok := id.Int64()
	if !ok {
		return count
	}
	if seq := int(uint32(n) >> 16); seq > 0 && seq < count { //nolint:gosec // the bits of a signed id
		return seq
	}
	return count
}

// noMessages tells whether a failed answer to a question without a start means an empty chat: NapCat then misses the message that
// it was not given.
func noMessages(err error) bool {
	var refusal *ActionError
	return errors.As(err, &refusal) && strings.Contains(refusal.Message, "消息undefined不存在")
}

// judge says what a failed answer means for somebody who reads history.
func (p *pager) judge(err error) error {
	var refusal *ActionError
	if errors.Is(err, ErrUnknownAction) {
		return fmt.Errorf("onebot: %s: %w: %w", p.action, ErrUnsupported, err)
	}
	if !errors.As(err, &refusal) {
		return err
	}
	if p.way.seqIsID && p.before.ID != "" {
		return fmt.Errorf("onebot: %s: message %s is not known any more; NapCat keeps the 5,000 newest ids and forgets them when it restarts: %w",
			p.action, p.before.ID, err)
	}
	return err
}

// read reads the messages of an answer; what is no message is passed over.
func (p *pager) read(data string) ([]*MessageEvent, error) {
	l := wire.NewLexer(data)
	var out []*MessageEvent
	if !l.BeginObject() {
		return nil, fmt.Errorf("onebot: %s: the answer lacks its messages: %w", p.action, ErrOutcomeUnknown)
	}
	for {
		key, ok := l.NextKey()
		if !ok {
			break
		}
		if key != "messages" || l.Peek() != wire.Array {
			l.Skip()
			continue
		}
		out = out[:0]
		l.BeginArray()
		for l.NextElem() {
			raw := l.Raw()
			if m, err := p.c.readMessage(raw); err == nil {
				if m.Chat == (Chat{}) || m.Chat.Temp {
					m.Chat = p.chat // it was asked for
				}
				out = append(out, m)
			}
		}
	}
	if err := l.Err(); err != nil {
		return nil, fmt.Errorf("onebot: %s: unreadable answer: %w: %w", p.action, ErrOutcomeUnknown, err)
	}
	return out, nil
}
