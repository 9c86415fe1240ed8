package onebot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

const (
	// clockSkew is how far the clocks of this machine and of QQ may be apart: a message that is at most so much older than the
	// call counts as newer.
	clockSkew = 5 * time.Second
	// goesOn is how long a server that has lost its client may go on with what it was asked. A server that was stopped begins only when
	// it goes on, and can have the request before it as long as it has not been heard of: so the time counts from its first answer, too.
	goesOn = 5 * time.Second
	// outcomeLooks is how many times the history is read while a check lasts, outcomePages how many pages each time.
	outcomeLooks = 8
	outcomePages = 5
	// receiptsMax bounds how many ids of sent messages are remembered; the oldest gives way.
	receiptsMax = 1024
)

// errAbsent: a send whose outcome was not known has been shown not to be in the chat.
var errAbsent = errors.New("the history of the chat shows that it did not go out")

// WithOutcomeCheck makes a send whose outcome is not known look for its message, for at most d: in the account's own messages that
// the server reports, and in the newest history of the chat. Found, the call succeeds with that id. Where the history proves that it
// did not go out the error becomes ErrNotSent, and repeating is safe. Else it stays ErrOutcomeUnknown. Nothing is sent again; the
// interceptor of RetryUnsent does so where it is wanted. 0, the default, does not look.
//
// A message is the one that was sent when the account itself wrote it, in that chat, not earlier than 5 s before the call (clocks
// differ), with the same content, and it is not the receipt of another call. The same content means the same text but for white
// space, the same people mentioned, the same faces, and media of the same kinds in the same order; quotes are not compared.
//
// The history proves absence only if the connection was lost and stands again, if the server's history is complete (NapCat, LLBot,
// groups on go-cqhttp), if it was read back to before the call (five pages at most, 100 messages) at least half of d and at least 5 s
// after the loss, and at least 5 s after the first page that came since, and if it holds no message of the account from that time that
// is not accounted for; what this client has the id of, merged forwards too, is. With a d of 5 s or less it therefore never does; 10 s
// leave time for both. A deadline, an HTTP status, an answer that names no message, or the server's word that it timed out never prove
// it: the server may still be at work.
//
// It concerns send_msg, send_group_msg and send_private_msg, by whichever method they are called. A call takes up to d longer, also
// past the deadline of its context; a context that is cancelled ends the look.
func WithOutcomeCheck(d time.Duration) Option {
	return atLeast("WithOutcomeCheck", 0, d, func(c *config) { c.outcome = d })
}

// outcomes knows which sends are on their way and which messages have been given out as receipts, so that one message is never
// taken for two sends.
type outcomes struct {
	mu     sync.Mutex
	flying map[wire.ChatKey]int
	given  map[chatMessageID]struct{}
	ring   []chatMessageID
	next   int
}

// begin counts a send that is on its way.
func (o *outcomes) begin(chat wire.ChatKey) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.flying == nil {
		o.flying = make(map[wire.ChatKey]int)
	}
	o.flying[chat]++
}

// end counts it out, with the id that it was answered with, if any.
func (o *outcomes) end(chat wire.ChatKey, id MessageID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.flying[chat]--; o.flying[chat] <= 0 {
		delete(o.flying, chat)
	}
	if id != "" {
		o.give(chatMessageID{chat, id})
	}
}

// claim gives a message out as the receipt of a send. It refuses one that was given out before, and all of them while another send
// to the chat has no answer yet: it may be that one's.
func (o *outcomes) claim(chat wire.ChatKey, id MessageID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := chatMessageID{chat, id}
	if _, taken := o.given[key]; taken || o.flying[chat] > 0 || id == "" {
		return false
	}
	o.give(key)
	return true
}

func (o *outcomes) taken(chat wire.ChatKey, id MessageID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, taken := o.given[chatMessageID{chat, id}]
	return taken
}

func (o *outcomes) give(key chatMessageID) {
	if o.given == nil {
		o.given = make(map[chatMessageID]struct{})
	}
	key.id = key.id.clone()
	if len(o.ring) < receiptsMax {
		o.ring = append(o.ring, key)
	} else {
		delete(o.given, o.ring[o.next])
		o.ring[o.next] = key
		o.next = (o.next + 1) % receiptsMax
	}
	o.given[key] = struct{}{}
}

// sendWatch follows one send.
type sendWatch struct {
	c         *Client
	req       transport.Request
	chat      Chat
	since     time.Time
	sub       *subscription
	content   string
	complete  bool // the server's history lacks nothing
	noHistory bool
	back      time.Time // when it gave its first page after the loss
}

// watchSend begins to follow a send, before it is written; nil where there is nothing to follow.
func (c *Client) watchSend(req transport.Request) *sendWatch {
	if c.cfg.outcome == 0 {
		return nil
	}
	switch req.Action {
	case "send_msg", "send_group_msg", "send_private_msg":
	default:
		return nil
	}
	chat := targetOf(req)
	if chat.validate() != nil {
		return nil
	}
	c.outcomes.begin(chat.key())
	return &sendWatch{c: c, req: req, chat: chat, since: time.Now().Add(-clockSkew), sub: c.inbox.subs.open(kindMessage)}
}

// noteForward keeps the receipt of a merged forward: its message is accounted for when the history is read for another send.
func (c *Client) noteForward(req transport.Request, resp *transport.Response, err error) {
	if c.cfg.outcome == 0 || err != nil || !strings.HasSuffix(req.Action, "_forward_msg") || !isSend(req.Action) {
		return
	}
	if id, _ := readMessageID(resp.Data); id != "" { // the answer to an upload has none
		c.outcomes.mu.Lock()
		defer c.outcomes.mu.Unlock()
		c.outcomes.give(chatMessageID{targetOf(req).key(), id})
	}
}

// end takes what the call came to, and looks for its message where that is not known. lost tells that the transport gave no answer.
func (w *sendWatch) end(ctx context.Context, resp *transport.Response, err error, lost bool) (*transport.Response, error) {
	defer w.c.inbox.subs.close(w.sub)
	id, cause := MessageID(""), err
	if err == nil {
		var told bool
		if id, told = readMessageID(resp.Data); !told {
			cause = noData(w.req.Action, resp)
		}
	}
	w.c.outcomes.end(w.chat.key(), id)
	if !errors.Is(cause, ErrOutcomeUnknown) || w.c.closed.Load() || errors.Is(ctx.Err(), context.Canceled) {
		return resp, err
	}
	w.content = contentOf(messageOf(w.req))
	receipt, cause := w.look(ctx, cause, lost && provable(err))
	if err == nil && cause != nil {
		return resp, nil // it is for the reader of the answer to say what is wrong with it
	}
	return receipt, cause
}

// provable tells whether a failure leaves the server with nothing to do: then what is absent stays absent.
func provable(err error) bool {
	var answer *transport.HTTPError
	return !errors.As(err, &answer) && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, ErrClosed)
}

// look searches until the message is found, its absence is proved or the time is over. The deadline of the call may have passed
// already; only its cancellation ends the search.
func (w *sendWatch) look(caller context.Context, cause error, provable bool) (*transport.Response, error) {
	d := w.c.cfg.outcome
	ctx, cancel := context.WithTimeout(context.WithoutCancel(caller), d)
	defer cancel()
	defer context.AfterFunc(w.c.base, cancel)() //nolint:contextcheck // Close ends the look, too
	defer context.AfterFunc(caller, func() {
		if errors.Is(caller.Err(), context.Canceled) {
			cancel()
		}
	})()
	settled := max(d/2, goesOn) // before that the server may still be at it
	provable = provable && settled < d
	for began := time.Now(); ; {
		early := w.early(began, settled)
		id, absent := w.inHistory(ctx)
		switch {
		case id != "":
			return w.found(id), nil
		case absent && provable && early <= 0:
			w.c.log.Debug("onebot: the history shows that a message was not sent", "action", w.req.Action, "error", cause)
			return nil, fmt.Errorf("onebot: %s: %w: %w", w.req.Action, errAbsent, ErrNotSent)
		}
		pause := d / outcomeLooks
		if early > 0 {
			pause = min(pause, max(0, w.early(began, settled)))
		}
		if id := w.inEvents(ctx, pause); id != "" {
			return w.found(id), nil
		}
		if ctx.Err() != nil {
			return nil, cause
		}
	}
}

// early is how long it takes until what is absent stays absent; 0 or less when it does.
func (w *sendWatch) early(began time.Time, settled time.Duration) time.Duration {
	alive := time.Duration(0)
	if !w.back.IsZero() {
		alive = time.Since(w.back)
	}
	return max(settled-time.Since(began), goesOn-alive)
}

func (w *sendWatch) found(id MessageID) *transport.Response {
	w.c.log.Debug("onebot: a message whose outcome was unknown has been found", "action", w.req.Action, "id", id)
	return &transport.Response{Status: "ok", Data: append(appendMessageID([]byte(`{"message_id":`), id), '}')}
}

// inEvents waits, for at most d, for the message among what the server reports.
func (w *sendWatch) inEvents(ctx context.Context, d time.Duration) MessageID {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		in, _ := w.sub.take() // at a gap, or at the end of all events, there is nothing to see
		if in == nil {
			select {
			case <-w.sub.signal:
				continue
			case <-timer.C:
			case <-ctx.Done():
			}
			return ""
		}
		if in.head.Chat() != w.chat.key() {
			continue
		}
		ev, err := in.event()
		if err != nil {
			continue
		}
		if m, ok := ev.(*MessageEvent); ok && m.Own && w.is(m) {
			return m.ID
		}
	}
}

// is tells whether m is the message, and takes it.
func (w *sendWatch) is(m *MessageEvent) bool {
	return contentOf(m.Message) == w.content && w.c.outcomes.claim(w.chat.key(), m.ID)
}

// inHistory reads the newest messages of the chat back to the call. absent tells that all of them were seen and none can be it.
func (w *sendWatch) inHistory(ctx context.Context) (id MessageID, absent bool) {
	if w.noHistory {
		return "", false
	}
	p, err := w.pager(ctx)
	if err != nil {
		w.noHistory = errors.Is(err, ErrUnsupported)
		return "", false
	}
	doubt := false
	for range outcomePages {
		page, err := p.next(ctx)
		if err != nil {
			w.noHistory = errors.Is(err, ErrUnsupported)
			return "", false
		}
		if w.back.IsZero() {
			w.back = time.Now()
		}
		if len(page) == 0 && !p.atStart() {
			return "", false
		}
		before := len(page) == 0
		for _, m := range slices.Backward(page) {
			timed := !m.Time.IsZero() // else it may be from any time, and proves nothing
			older := timed && m.Time.Before(w.since)
			before = before || older
			if !m.Own || w.c.outcomes.taken(w.chat.key(), m.ID) {
				continue
			}
			if timed && !older && w.is(m) {
				return m.ID, false
			}
			// The server may have changed the content, or its clock may be far off.
			doubt = doubt || !older || contentOf(m.Message) == w.content
		}
		if before {
			return "", w.complete && !doubt
		}
	}
	return "", false
}

// pager begins at the newest message. Who the account is has to be known first: its own messages are told by that.
func (w *sendWatch) pager(ctx context.Context) (*pager, error) {
	if _, err := w.c.Self(ctx); err != nil {
		return nil, err
	}
	d, err := w.c.dialectOf(ctx)
	if err != nil {
		return nil, err
	}
	w.complete = d.traits().completeHistory
	return w.c.newPager(ctx, w.chat, HistoryQuery{})
}
