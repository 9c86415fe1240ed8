package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/onebot-go/onebot"
)

// forward sends a forward with another one inside, and reads it back.
func (t *tour) forward(ctx context.Context) error {
	if t.to == (onebot.Chat{}) {
		t.line("forwarded", "skipped; -group or -user says where to")
		return nil
	}
	self, err := t.client.Self(ctx)
	if err != nil {
		return err
	}
	inner := onebot.NewForward(
		onebot.CustomNode(self, "Romeo", onebot.Text("What shall I swear by?")),
		onebot.CustomNode(self, "Juliet", onebot.Text("Do not swear at all.")),
	).WithSource("Act II")
	receipt, err := t.client.SendForwardMsg(ctx, t.to, onebot.NewForward(
		onebot.CustomNode(self, "Chorus", onebot.Text("Two households, both alike in dignity")),
		onebot.NestedNode(self, "Chorus", inner),
	).WithSource("Verona"))
	if errors.Is(err, onebot.ErrUnsupported) {
		t.line("forwarded", "not on this server: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	if receipt.ForwardID == "" {
		t.line("forwarded", "message %s, to which the server gave no id to read it by", receipt.MessageID)
		return nil
	}
	back, err := t.client.ReadForward(ctx, onebot.ForwardRef(receipt.ForwardID), 2)
	if err != nil {
		return err
	}
	t.line("forwarded", "message %s, read back:", receipt.MessageID)
	for line := range strings.Lines(back.String()) {
		t.line("", "%s", strings.TrimSuffix(line, "\n"))
	}
	return nil
}

// past reads the last 50 messages of the chat, twenty at a time.
func (t *tour) past(ctx context.Context) error {
	if t.to == (onebot.Chat{}) {
		t.line("history", "skipped; -group or -user says of which chat")
		return nil
	}
	var newest, oldest *onebot.MessageEvent
	n := 0
	for m, err := range t.client.History(ctx, t.to, onebot.HistoryQuery{Count: 20, Limit: 50}) {
		var refused *onebot.ActionError
		if errors.Is(err, onebot.ErrUnsupported) || errors.As(err, &refused) {
			t.line("history", "not of this chat: %v", err)
			return nil
		}
		if err != nil {
			return err
		}
		if n == 0 {
			newest = m
		}
		n, oldest = n+1, m
	}
	if n == 0 {
		t.line("history", "nothing was said yet")
		return nil
	}
	t.line("history", "%d messages, from %s %q to %s %q", n,
		newest.Time.Format(time.TimeOnly), newest.Message, oldest.Time.Format(time.TimeOnly), oldest.Message)
	return nil
}
