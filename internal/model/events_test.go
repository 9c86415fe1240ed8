package model_test

import (
	"context"
	"fmt"
	"time"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// pushed is one event that the server was told to send.
type pushed struct {
	chat    int64
	number  int // in its chat
	act     int // what its handler does
	certain bool
	handled int
}

// chats is how many chats have events.
const chats = 5

// push makes a member say something.
func (w *world) push() *pushed {
	chat := int64(100001 + w.rng.IntN(chats))
	w.mu.Lock()
	e := &pushed{chat: chat, number: len(w.events[chat]), act: w.rng.IntN(20)}
	text := fmt.Sprintf("event-%d-%d", chat, e.number)
	w.events[chat] = append(w.events[chat], e)
	w.byText[text] = e
	w.mu.Unlock()
	w.srv.Say(chat, onebottest.Friend1, text)
	return e
}

// handle is the client's only handler. What it does was decided when the event was pushed.
func (w *world) handle(ctx context.Context, m *onebot.MessageEvent) error {
	text := m.Message.PlainText()
	e := w.begin(text)
	if e == nil {
		return nil
	}
	switch {
	case e.act < 10:
	case e.act < 12:
		wait(ctx, 300*time.Millisecond)
	case e.act == 12:
		wait(ctx, 3*time.Second)
	case e.act < 16:
		w.answer(ctx, m)
	case e.act < 18:
		w.giveUp(e.chat, text)
		onebot.Release(ctx)
		wait(ctx, 2*time.Second)
		return nil
	default:
		w.giveUp(e.chat, text)
		// It gives up the turn; what it waits for does not come.
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, _ = onebot.Await(short, w.c, func(*onebot.FriendRecallEvent) bool { return true })
		return nil
	}
	w.giveUp(e.chat, text)
	return nil
}

// begin notes that a handler has started, and checks the order.
func (w *world) begin(text string) *pushed {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.byText[text]
	if e == nil {
		w.faults = append(w.faults, fmt.Sprintf("an event that nobody pushed: %q", text))
		return nil
	}
	if other := w.holding[e.chat]; other != "" {
		w.faults = append(w.faults, fmt.Sprintf("%s starts while %s runs", text, other))
	}
	w.holding[e.chat] = text
	e.handled++
	if e.handled > 1 {
		w.faults = append(w.faults, text+" is handled twice")
	}
	for _, later := range w.events[e.chat][e.number+1:] {
		if later.handled > 0 {
			w.faults = append(w.faults, fmt.Sprintf("%s is handled after number %d", text, later.number))
		}
	}
	return e
}

// giveUp notes that the handler of text has no turn any more, from just before it gives it up.
func (w *world) giveUp(chat int64, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.holding[chat] == text {
		w.holding[chat] = ""
	}
}

// answer calls from within a handler.
func (w *world) answer(ctx context.Context, m *onebot.MessageEvent) {
	a := w.newAttempt()
	w.perform(ctx, "reply", limits{deadline: 5 * time.Second}, func(ctx context.Context) error {
		_, err := w.c.SendMsg(ctx, m.Chat, onebot.Text(a.text))
		w.finish(a, err)
		return err
	})
}

// checkEvents checks, when all is at rest, that what had to arrive has been handled.
func (w *world) checkEvents() {
	stats := w.c.Stats()
	if stats.Overflowed > 0 {
		w.errorf("%d events overflowed far below the bounds", stats.Overflowed)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for chat, list := range w.events {
		for _, e := range list {
			if e.certain && e.handled == 0 {
				w.faults = append(w.faults, fmt.Sprintf("event-%d-%d was never handled", chat, e.number))
			}
		}
	}
}

// wait ends with ctx or after a time.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
