package onebot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/onebot-go/onebot/internal/wire"
)

// ask performs the call for a page and reads its messages. Where the server does not know the message it should begin with, though
// it was on the page before, a message beside it stands in: one can be withdrawn at any time.
func (p *pager) ask(ctx context.Context) ([]*MessageEvent, error) {
	var failure error
	for {
		resp, err := p.c.do(ctx, request(p.action, p.params()))
		var refusal *ActionError
		switch {
		case err == nil:
			p.done = p.whole
			return readHistory(p.c, p.action, p.chat, string(resp.Data))
		case !errors.As(err, &refusal):
			return nil, err
		case nothingFound(refusal):
			p.done = true
			return nil, nil
		case p.atFirst:
			p.done = true // wider windows would fail likewise
			return nil, nil
		case p.mayBeShort(err):
			only, err := p.startShort(ctx, p.judge(refusal, err))
			if err != nil || p.done {
				return only, err
			}
			continue
		case failure == nil:
			failure = p.judge(refusal, err)
		}
		if p.way.bySeq || len(p.spare) == 0 || errors.Is(err, ErrUnknownAction) {
			return nil, failure
		}
		p.start.ID, p.spare = p.spare[0].ID, p.spare[1:]
	}
}

// mayBeShort tells whether the newest page failed where it does if the chat has fewer messages than that: the window would begin before
// the first one.
func (p *pager) mayBeShort(err error) bool {
	return p.way.wraps && p.chat.Group != 0 && p.start == (MessageRef{}) && p.count > 1 && !errors.Is(err, ErrUnknownAction)
}

// startShort finds the message from which all of a short chat can be asked: the newest one alone tells by its id how many there are at
// most. It gives that message where no other is there, and failure where the chat is not short.
func (p *pager) startShort(ctx context.Context, failure error) ([]*MessageEvent, error) {
	resp, err := p.c.do(ctx, request(p.action, append(appendTarget([]byte{'{'}, p.chat), `,"count":1}`...)))
	var refusal *ActionError
	switch {
	case errors.As(err, &refusal):
		return nil, failure
	case err != nil:
		return nil, err
	}
	newest, err := readHistory(p.c, p.action, p.chat, string(resp.Data))
	if err != nil || len(newest) != 1 {
		return nil, failure
	}
	fitted, first := p.way.fit(newest[0].ID, p.count)
	if !first && fitted == p.count {
		return nil, failure
	}
	p.start.ID, p.whole, p.done = newest[0].ID, !first, first
	return newest, nil
}

func (p *pager) params() []byte {
	dst := appendTarget([]byte{'{'}, p.chat)
	count := p.width() * p.wider
	if p.start.ID != "" && !p.way.bySeq {
		count++ // the start is repeated
	}
	switch {
	case p.way.bySeq:
		if p.below > 1 {
			dst = appendID(append(dst, `,"message_seq":`...), p.below-1)
		}
	case p.way.seqIsID && p.start.ID != "":
		dst = appendMessageID(append(dst, `,"message_seq":`...), p.start.ID)
		dst = append(dst, `,"reverse_order":true,"reverseOrder":true`...)
	case p.start.ID != "":
		dst = appendMessageID(append(dst, `,"message_id":`...), p.start.ID)
	}
	if p.way.guess && p.start.Seq != 0 {
		dst = appendID(append(dst, `,"message_seq":`...), p.start.Seq)
	}
	p.atFirst, p.fitted = false, false
	if p.chat.Group != 0 {
		fitted, first := p.way.fit(p.start.ID, count)
		// Where the fitted window has brought nothing, one that goes on below it fails if the chat begins there, as most do.
		p.atFirst = first || fitted < count && p.wider > 1
		if p.fitted = fitted < count && !p.atFirst; p.fitted {
			count = fitted
		}
	}
	p.asked = count
	dst = wire.AppendInt(append(dst, `,"count":`...), int64(count))
	return append(dst, '}')
}

// nothingFound tells whether a failed answer means an empty page: NapCat then misses the message that it was not given.
func nothingFound(refusal *ActionError) bool {
	return strings.Contains(refusal.Message, "消息undefined不存在")
}

// judge says what a failed answer means for somebody who reads history.
func (p *pager) judge(refusal *ActionError, err error) error {
	if errors.Is(err, ErrUnknownAction) {
		return fmt.Errorf("%w: %w", err, ErrUnsupported)
	}
	if p.way.seqIsID && p.start.ID != "" && strings.Contains(refusal.Message, "不存在") {
		return fmt.Errorf("%w: message %s is not known any more, its id has expired; NapCat keeps the 5,000 newest and forgets them when it restarts",
			err, p.start.ID)
	}
	return err
}

// readHistory reads the messages of an answer; what is no message is passed over.
func readHistory(c *Client, action string, chat Chat, data string) ([]*MessageEvent, error) {
	l := wire.NewLexer(data)
	var out []*MessageEvent
	found := false
	for open := l.BeginObject(); open; {
		key, ok := l.NextKey()
		if !ok {
			break
		}
		if kind := l.Peek(); key != "messages" || kind != wire.Array && kind != wire.Null {
			l.Skip()
			continue
		}
		found = true
		out = readHistoryList(c, chat, &l)
	}
	switch err := l.End(); {
	case found && err != nil:
		return nil, fmt.Errorf("onebot: %s: unreadable answer: %w: %w", action, ErrOutcomeUnknown, err)
	case !found:
		return nil, fmt.Errorf("onebot: %s: the answer lacks its messages: %w", action, ErrOutcomeUnknown)
	}
	return out, nil
}

func readHistoryList(c *Client, chat Chat, l *wire.Lexer) []*MessageEvent {
	if !l.BeginArray() {
		l.Skip()
		return nil
	}
	var out []*MessageEvent
	for l.NextElem() {
		if l.Peek() != wire.Object {
			l.Skip()
			continue
		}
		// In place, and not from a raw span: the list is walked once. What is broken in it shows at its end.
		start := l.Pos()
		m := readMessageEvent(l)
		m.Raw = bytesOf(l.Since(start))
		c.adopt(m)
		if m.Chat == (Chat{}) || m.Chat.Temp {
			m.Chat = chat // it was asked for
		}
		out = append(out, m)
	}
	return out
}
