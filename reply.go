package onebot

import (
	"context"
	"fmt"
	"strings"
	"unicode"
)

// bind makes the event the client's, so that it can be answered.
func (m *MessageEvent) bind(in *incoming) {
	m.client, m.order, m.quick = in.c, in.order, in.quick
}

// owner gives the client that brought the event, where it can be answered.
func (m *MessageEvent) owner(what string) (*Client, error) {
	if m.client == nil {
		return nil, fmt.Errorf("onebot: %s: the event was not made by a client: %w: %w", what, ErrNotSent, ErrInvalidArgument)
	}
	if err := m.Chat.validate(); err != nil {
		return nil, fmt.Errorf("onebot: %s: %w: %w", what, ErrNotSent, err)
	}
	return m.client, nil
}

// Reply answers in the same chat, quoting the message. Where the message has no usable id it does not quote, as in a temporary session
// of go-cqhttp.
//
// Where the client has no caller (a webhook alone) the first Reply or Send travels as the quick operation, within 2.5 s of the
// event: it gives no id, and what comes after it, or later, is ErrUnsupported. NapCat and LLBot then quote whether asked to or
// not; Lagrange takes no quick operation and does not say so.
//
// Errors are those of SendMsg, and ErrInvalidArgument for an event that did not come from a client or has no chat.
func (m *MessageEvent) Reply(ctx context.Context, segments ...Segment) (MessageID, error) {
	c, err := m.owner("reply")
	if err != nil {
		return "", err
	}
	if len(segments) == 0 {
		return "", refused("reply", fmt.Errorf("empty message: %w", ErrInvalidArgument))
	}
	if m.ID == "" {
		return m.answer(ctx, c, segments)
	}
	if c.life.gone.in(m.Chat.key(), m.ID) {
		return "", withdrawnError("reply", m.ID)
	}
	if m.Chat.Temp {
		// Where the server cannot be asked the send fails too, and says why.
		if d, err := c.dialectOf(ctx); err == nil && d.traits().noTempIDs {
			return m.answer(ctx, c, segments)
		}
	}
	if c.mute && m.quotedAnyway() {
		return m.answer(ctx, c, segments)
	}
	return m.answer(ctx, c, append([]Segment{Reply(m.ID)}, segments...))
}

// Send answers in the same chat without quoting. Errors are those of Reply.
func (m *MessageEvent) Send(ctx context.Context, segments ...Segment) (MessageID, error) {
	c, err := m.owner("send")
	if err != nil {
		return "", err
	}
	return m.answer(ctx, c, segments)
}

// answer sends to the chat of the message.
func (m *MessageEvent) answer(ctx context.Context, c *Client, segments Message) (MessageID, error) {
	if c.mute {
		return "", m.quickly(ctx, c, segments)
	}
	return c.SendMsg(ctx, m.Chat, segments...)
}

// ReplyText is Reply with one text segment, for handlers that care for nothing but the error.
func (m *MessageEvent) ReplyText(ctx context.Context, text string) error {
	_, err := m.Reply(ctx, Text(text))
	return err
}

// Command splits a message into its first word and the rest, both without surrounding white space (the ideographic space U+3000
// counts). Leading reply and at segments are passed over; the rest runs on to the end of the text and leaves out what is no text.
// A message that begins with something else, an image say, has no command.
func (m *MessageEvent) Command() (name, args string) {
	text := m.lead()
	end := strings.IndexFunc(text, unicode.IsSpace)
	if end < 0 {
		return text, ""
	}
	return text[:end], strings.TrimFunc(text[end:], unicode.IsSpace)
}

// lead is the text of the message behind leading reply and at segments and white space.
func (m *MessageEvent) lead() string {
	for i, s := range m.Message {
		switch s := direct(s).(type) {
		case ReplySegment, AtSegment:
			continue
		case TextSegment:
			if i+1 < len(m.Message) && strings.TrimFunc(s.Text, unicode.IsSpace) == "" {
				continue
			}
			return strings.TrimFunc(m.Message[i:].PlainText(), unicode.IsSpace)
		default:
			return ""
		}
	}
	return ""
}
