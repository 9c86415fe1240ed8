package model_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/onebot-go/onebot"
)

// attempt is one message that was given to the client, once.
type attempt struct {
	text string
	done bool
	err  error
}

// limits tells when a call has to be over: its deadline, or the moment its context was cancelled.
type limits struct {
	started   time.Time
	deadline  time.Duration
	cancelled time.Duration // 0: never
}

// send begins a send in a goroutine, with a deadline, a cancellation, or neither.
func (w *world) send() {
	l := limits{deadline: w.deadline()}
	if w.chance(20) {
		l.cancelled = time.Duration(1+w.rng.IntN(3000)) * time.Millisecond
	}
	a := w.newAttempt()
	group := onebot.GroupID(100001 + w.rng.IntN(2))
	w.work.Go(func() {
		w.perform(w.outer, "send", l, func(ctx context.Context) error {
			_, err := w.c.SendGroupMsg(ctx, group, onebot.Text(a.text))
			w.finish(a, err)
			return err
		})
	})
}

// call begins any other action.
func (w *world) call(action string, deadline time.Duration, cancel bool) {
	l := limits{deadline: deadline}
	if cancel {
		l.cancelled = 500 * time.Millisecond
	}
	w.work.Go(func() {
		w.perform(w.outer, action, l, func(ctx context.Context) error {
			_, err := w.c.Call(ctx, action, nil)
			return err
		})
	})
}

func (w *world) newAttempt() *attempt {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tags++
	a := &attempt{text: fmt.Sprintf("send-%d.", w.tags)}
	w.sends = append(w.sends, a)
	return a
}

func (w *world) finish(a *attempt, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a.done, a.err = true, err
}

// perform makes a call and checks how it ends: in time, and with one class of error, for a reason that there was.
func (w *world) perform(parent context.Context, what string, l limits, f func(context.Context) error) {
	l.started = time.Now()
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	limit := callTimeout
	if l.deadline > 0 {
		limit = l.deadline
		ctx, cancel = context.WithTimeout(ctx, l.deadline)
		defer cancel()
	}
	if l.cancelled > 0 {
		stop := time.AfterFunc(l.cancelled, cancel)
		defer stop.Stop()
		limit = min(limit, l.cancelled)
	}
	// A call that is never told how it ended would keep the whole run from ending; this names it.
	alarm := time.AfterFunc(limit+time.Minute, func() { w.errorf("%s has not ended a minute after its deadline", what) })
	defer alarm.Stop()
	err := f(ctx)
	if took := time.Since(l.started); took > limit+slack {
		w.errorf("%s ended after %s, its limit was %s: %v", what, took, limit, err)
	}
	if err != nil {
		w.checkClass(what, err, ctx, time.Since(l.started) >= limit-slack)
	}
}

// checkClass checks that an error is of one class and that its causes are true.
func (w *world) checkClass(what string, err error, ctx context.Context, late bool) { //nolint:revive // the context is a witness here
	var refused *onebot.ActionError
	classes := 0
	for _, is := range []bool{errors.Is(err, onebot.ErrNotSent), errors.Is(err, onebot.ErrOutcomeUnknown), errors.As(err, &refused)} {
		if is {
			classes++
		}
	}
	switch {
	case classes != 1:
		w.errorf("%s: %d classes of error: %v", what, classes, err)
	case errors.Is(err, context.Canceled) && ctx.Err() == nil:
		w.errorf("%s: says cancelled and was not: %v", what, err)
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil && !late:
		w.errorf("%s: says deadline and had time left: %v", what, err)
	case errors.Is(err, onebot.ErrClosed) && !w.closed:
		w.errorf("%s: says closed and is not: %v", what, err)
	case errors.Is(err, onebot.ErrUnauthorized) && !w.revoked:
		w.errorf("%s: says unauthorized: %v", what, err)
	case errors.Is(err, onebot.ErrInvalidArgument), errors.Is(err, onebot.ErrUnsupported):
		w.errorf("%s: %v", what, err)
	}
}

// await waits for an event that may or may not come.
func (w *world) await() {
	limit := time.Duration(1+w.rng.IntN(10)) * time.Second
	w.work.Go(func() {
		ctx, cancel := context.WithTimeout(w.outer, limit)
		defer cancel()
		start := time.Now()
		_, err := onebot.Await(ctx, w.c, func(m *onebot.MessageEvent) bool { return strings.HasSuffix(string(m.ID), "7") })
		if took := time.Since(start); took > limit+slack {
			w.errorf("Await ended after %s, its limit was %s", took, limit)
		}
		if err != nil && ctx.Err() == nil && !w.closed {
			w.errorf("Await: %v", err)
		}
	})
}

// checkSends compares what the client was given with what came over the wire.
func (w *world) checkSends() {
	wire := map[string]int{}
	for _, srv := range append(w.past, w.srv) {
		for _, call := range srv.CallsOf("send_group_msg") {
			wire[textOf(call.Params)]++
		}
	}
	w.mu.Lock()
	sends := append([]*attempt(nil), w.sends...)
	w.mu.Unlock()
	for _, a := range sends {
		var refused *onebot.ActionError
		switch n := wire[a.text]; {
		case n > 1:
			w.errorf("%s is on the wire %d times", a.text, n)
		case !a.done:
		case a.err == nil && n == 0:
			w.errorf("%s succeeded and is not on the wire", a.text)
		case errors.Is(a.err, onebot.ErrNotSent) && n > 0:
			w.errorf("%s is on the wire and counts as not sent: %v", a.text, a.err)
		case errors.As(a.err, &refused) && n == 0:
			w.errorf("%s was refused and is not on the wire: %v", a.text, a.err)
		}
	}
}

// textOf finds the text of a send among its parameters.
func textOf(params []byte) string {
	_, rest, _ := strings.Cut(string(params), "send-")
	number, _, _ := strings.Cut(rest, ".")
	return "send-" + number + "."
}
