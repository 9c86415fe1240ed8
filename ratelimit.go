package onebot

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/tidwall/gjson"
	"golang.org/x/time/rate"

	"github.com/onebot-go/onebot/transport"
)

// limitedChats bounds how many chats have a limiter of their own. A limiter that is full again forgets nothing when dropped.
const limitedChats = 4096

// limiter makes sends wait for their turn. Nil does not.
type limiter struct {
	account *rate.Limiter // nil: no limit
	chat    Rate

	mu    sync.Mutex
	chats map[string]*rate.Limiter
}

func newLimiter(account, chat Rate) *limiter {
	if account.Every <= 0 && chat.Every <= 0 {
		return nil
	}
	l := &limiter{account: account.limiter(), chat: chat}
	if chat.Every > 0 {
		l.chats = make(map[string]*rate.Limiter)
	}
	return l
}

func (r Rate) limiter() *rate.Limiter {
	if r.Every <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Every(r.Every), max(r.Burst, 1))
}

// wait returns when req may go out, or why it will not. base ends when the client is closed.
func (l *limiter) wait(ctx, base context.Context, req transport.Request) error {
	if l == nil || !strings.HasPrefix(req.Action, "send_") || uploads(req) {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(base, cancel)()
	for _, turn := range [...]*rate.Limiter{l.of(req), l.account} {
		if turn == nil {
			continue
		}
		if err := turn.Wait(ctx); err != nil {
			return l.refusal(ctx, base, req, err)
		}
	}
	return nil
}

// uploads tells whether req only uploads a forward: it goes to no chat.
func uploads(req transport.Request) bool {
	if req.Action != "send_forward_msg" {
		return false
	}
	ids := gjson.GetManyBytes(req.Params, "group_id", "user_id")
	return !ids[0].Exists() && !ids[1].Exists()
}

func (l *limiter) refusal(ctx, base context.Context, req transport.Request, err error) error {
	switch {
	case base.Err() != nil:
		err = ErrClosed
	case ctx.Err() != nil:
		err = ctx.Err()
	default:
		// The limiter refuses at once where the deadline is too near: that is the deadline's doing.
		err = fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return fmt.Errorf("onebot: %s: waiting for the rate limit: %w: %w", req.Action, ErrNotSent, err)
}

// of gives the limiter of the chat that req goes to.
func (l *limiter) of(req transport.Request) *rate.Limiter {
	if l.chats == nil {
		return nil
	}
	ids := gjson.GetManyBytes(req.Params, "group_id", "user_id")
	key := "u" + ids[1].String()
	if group := ids[0].String(); group != "" && group != "0" {
		key = "g" + group
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	lim, ok := l.chats[key]
	if !ok {
		if len(l.chats) >= limitedChats {
			l.forget()
		}
		lim = l.chat.limiter()
		l.chats[key] = lim
	}
	return lim
}

// forget drops the limiters that are full again, and any one where none is.
func (l *limiter) forget() {
	for key, lim := range l.chats {
		if lim.Tokens() >= float64(lim.Burst()) {
			delete(l.chats, key)
		}
	}
	for key := range l.chats {
		if len(l.chats) < limitedChats {
			return
		}
		delete(l.chats, key)
	}
}
