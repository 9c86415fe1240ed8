package onebot

import (
	"context"
	"fmt"

	"github.com/tidwall/gjson"
)

// A quick operation is the answer to an event that travels in the reply to the POST which brought it. It is the only one where
// there is no caller.

// quickly sends an answer as the quick operation.
func (m *MessageEvent) quickly(ctx context.Context, c *Client, answer Message) error {
	const action = "quick operation"
	if err := checkMessage(answer); err != nil {
		return refused(action, err)
	}
	target := append(appendTarget([]byte{'{'}, m.Chat), '}')
	if err := c.limiter.wait(ctx, c.base, request("send_msg", target)); err != nil {
		return err
	}
	op, err := appendMessage(ctx, []byte(`{"reply":`), answer)
	if err != nil {
		return refused(action, err)
	}
	// The standard puts an at before a reply unless told not to; the servers do not.
	return c.operate(ctx, m.quick, append(op, `,"at_sender":false}`...))
}

// quotedAnyway tells whether the server puts a quote before every quick reply: LLBot does, NapCat in groups. Both tell the format
// of a message, and NapCat its real_seq (dialects.md, sections 6.3 and 6.7).
func (m *MessageEvent) quotedAnyway() bool {
	found := gjson.GetManyBytes(m.Raw, "message_format", "real_seq")
	return found[0].Exists() && (m.Chat.Group != 0 && !m.Chat.Temp || !found[1].Exists())
}

// operate hands over a quick operation.
func (c *Client) operate(ctx context.Context, quick func([]byte) bool, op []byte) error {
	const action = "quick operation"
	if err := c.ready(ctx, action); err != nil {
		return err
	}
	if quick == nil {
		return refused(action, fmt.Errorf("no caller, and the event takes no answer: %w", ErrUnsupported))
	}
	c.calls.Add(1)
	if !quick(op) {
		return refused(action, fmt.Errorf("no caller, and the event was answered before or is too old: %w", ErrUnsupported))
	}
	return nil
}

// decision is what a request needs to be decided upon.
type decision struct {
	client *Client
	quick  func([]byte) bool
}

// decide sends params, or op where there is no caller.
func (d decision) decide(ctx context.Context, action, flag string, params, op []byte) error {
	c := d.client
	switch {
	case c == nil:
		return refused(action, fmt.Errorf("the event was not made by a client: %w", ErrInvalidArgument))
	case c.mute:
		return c.operate(ctx, d.quick, op)
	case flag == "":
		return refused(action, fmt.Errorf("the request has no flag: %w", ErrInvalidArgument))
	}
	_, err := c.do(ctx, request(action, params))
	return err
}
