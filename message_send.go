package onebot

import (
	"context"
	"errors"
	"fmt"

	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

// SendMsg sends a message to a chat and gives its id. The id is empty where the server could not tell a usable one (go-cqhttp
// after a poke, or when it could not store the message).
//
// Found before anything is sent, as ErrInvalidArgument: a chat without a target, an empty message, a nil segment, a node segment
// (use SendForwardMsg). A temporary session is ErrUnsupported where the server has none (Lagrange, the bare standard).
//
// OneBot actions: send_group_msg, send_private_msg (OneBot 11, api/public.md).
func (c *Client) SendMsg(ctx context.Context, to Chat, m ...Segment) (MessageID, error) {
	action, kind := sendAction(to)
	if err := c.checkTarget(ctx, action, to); err != nil {
		return "", err
	}
	if err := checkMessage(m); err != nil {
		return "", refused(action, err)
	}
	p := c.newParams()
	p.b = append(appendTo(p.b, kind, to), `,"message":`...)
	var err error
	if p.b, err = appendMessage(ctx, p.b, m); err != nil {
		return "", refused(action, err)
	}
	size, before := len(p.b), c.life.gone.entered.Load()
	id, err := c.sendMessage(ctx, action, p)
	if err == nil {
		c.sent(to, id, m, size, before)
	}
	return id, err
}

// SendPrivateMsg sends a message to a person; see SendMsg.
//
// OneBot action: send_private_msg (OneBot 11, api/public.md).
func (c *Client) SendPrivateMsg(ctx context.Context, user UserID, m ...Segment) (MessageID, error) {
	if user == 0 {
		return "", refused("send_private_msg", fmt.Errorf("no user: %w", ErrInvalidArgument))
	}
	return c.SendMsg(ctx, PrivateChat(user), m...)
}

// SendGroupMsg sends a message to a group; see SendMsg.
//
// OneBot action: send_group_msg (OneBot 11, api/public.md).
func (c *Client) SendGroupMsg(ctx context.Context, group GroupID, m ...Segment) (MessageID, error) {
	if group == 0 {
		return "", refused("send_group_msg", fmt.Errorf("no group: %w", ErrInvalidArgument))
	}
	return c.SendMsg(ctx, GroupChat(group), m...)
}

// SendCQ sends a message in its string form. With autoEscape the server takes s as plain text, CQ codes in it included;
// go-cqhttp, NapCat, LLBot and Lagrange honour it. Text that comes from users is sent more safely by SendMsg with Text, which no
// server can mistake for a code. An empty s is ErrInvalidArgument.
//
// OneBot action: send_msg (OneBot 11, api/public.md).
func (c *Client) SendCQ(ctx context.Context, to Chat, s string, autoEscape bool) (MessageID, error) {
	if err := c.checkTarget(ctx, "send_msg", to); err != nil {
		return "", err
	}
	if s == "" {
		return "", refused("send_msg", fmt.Errorf("empty message: %w", ErrInvalidArgument))
	}
	_, kind := sendAction(to)
	p := c.newParams()
	p.b = wire.AppendString(append(appendTo(p.b, kind, to), `,"message":`...), s)
	if autoEscape {
		p.b = append(p.b, `,"auto_escape":true`...)
	}
	size, before := len(p.b), c.life.gone.entered.Load()
	id, err := c.sendMessage(ctx, "send_msg", p)
	if err == nil {
		c.sent(to, id, sentCQ(s, autoEscape), size, before)
	}
	return id, err
}

// sentCQ is what the server makes of the string form.
func sentCQ(s string, autoEscape bool) Message {
	if autoEscape {
		return Message{Text(s)}
	}
	return ParseCQ(s)
}

// sendAction gives the action for a chat, and its message_type.
func sendAction(to Chat) (action, kind string) {
	if to.Group != 0 && !to.Temp {
		return "send_group_msg", "group"
	}
	return "send_private_msg", "private"
}

// checkTarget checks that there is one, and that this server can reach it.
func (c *Client) checkTarget(ctx context.Context, action string, to Chat) error {
	if err := to.validate(); err != nil {
		return refused(action, err)
	}
	if !to.Temp {
		return nil
	}
	d, err := c.dialectOf(ctx)
	if err != nil {
		return notSent(action, err)
	}
	if !d.traits().tempSession {
		return refused(action, fmt.Errorf("a temporary session on %s: %w", d, ErrUnsupported))
	}
	return nil
}

// appendTo appends the beginning of the parameters of a send.
func appendTo(dst []byte, kind string, to Chat) []byte {
	dst = append(append(dst, `{"message_type":"`...), kind...)
	return appendTarget(append(dst, `",`...), to)
}

func appendTarget(dst []byte, to Chat) []byte {
	if to.Group != 0 {
		dst = appendID(append(dst, `"group_id":`...), int64(to.Group))
		if to.User != 0 {
			dst = append(dst, ',')
		}
	}
	if to.User != 0 {
		dst = appendID(append(dst, `"user_id":`...), int64(to.User))
	}
	return dst
}

func checkMessage(m Message) error {
	switch {
	case m.empty():
		return fmt.Errorf("empty message: %w", ErrInvalidArgument)
	case m.hasNode():
		return fmt.Errorf("a node segment in a plain message, use SendForwardMsg: %w", ErrInvalidArgument)
	}
	return nil
}

// refused is the error of a call that was not made because it could not work. A source of a file may have made a call of its own, whose
// class says nothing about this one.
func refused(action string, err error) error {
	var other *ActionError
	if errors.Is(err, ErrOutcomeUnknown) || errors.As(err, &other) {
		return &unsent{err: err, text: fmt.Sprintf("onebot: %s: %v: %v", action, ErrNotSent, err)}
	}
	return fmt.Errorf("onebot: %s: %w: %w", action, ErrNotSent, err)
}

// sendMessage performs a send, whose parameters lack only their last brace, and reads the id.
func (c *Client) sendMessage(ctx context.Context, action string, p *params) (MessageID, error) {
	resp, err := c.do(ctx, request(action, append(p.b, '}')))
	if err != nil {
		return "", err
	}
	c.reuse(p, resp)
	id, ok := readMessageID(resp.Data)
	if !ok {
		return "", noData(action, resp)
	}
	return id, nil
}

func request(action string, params []byte) transport.Request {
	return transport.Request{Action: action, Params: params}
}

// readMessageID finds message_id in the data of a send. -1 and 0 are go-cqhttp's and SnowLuma's ways to say that there is none.
func readMessageID(data []byte) (id MessageID, ok bool) {
	if digits, ok := plainMessageID(data); ok {
		return MessageID(digits), true
	}
	l := wire.BytesLexer(data)
	if !l.BeginObject() {
		return "", false
	}
	for {
		key, more := l.NextKey()
		if !more {
			break
		}
		if key != "message_id" {
			l.Skip()
			continue
		}
		var text string
		if text, ok = l.Text(); ok {
			id = MessageID(text)
		}
	}
	if id == "-1" || id == "0" {
		id = ""
	}
	// A copy: the bytes belong to the answer.
	return id.clone(), ok && l.Err() == nil
}

// plainMessageID reads what nearly every answer to a send consists of: the id alone, a positive number.
func plainMessageID(data []byte) (digits []byte, ok bool) {
	const before, after = `{"message_id":`, '}'
	n := len(data) - 1
	if n <= len(before) || string(data[:len(before)]) != before || data[n] != after || data[len(before)] == '0' {
		return nil, false
	}
	digits = data[len(before):n]
	for _, c := range digits {
		if c < '0' || c > '9' {
			return nil, false
		}
	}
	return digits, true
}

// noData is the error where an answer says ok, or async, and lacks what the method promises.
func noData(action string, resp *Response) error {
	if resp.Status == "async" {
		return fmt.Errorf("onebot: %s: accepted, to be done later, no result: %w", action, ErrOutcomeUnknown)
	}
	return fmt.Errorf("onebot: %s: the answer lacks its result: %w", action, ErrOutcomeUnknown)
}

// DeleteMsg withdraws a message. What ok proves differs: LLBot answers ok also where QQ refused, and NapCat can report a failure
// (ErrOutcomeUnknown) for a message that is gone; where it matters wait for the recall event.
//
// Errors: ErrInvalidArgument for an empty id, ErrMessageWithdrawn for one known to be withdrawn.
//
// OneBot action: delete_msg (OneBot 11, api/public.md).
func (c *Client) DeleteMsg(ctx context.Context, id MessageID) error {
	params, err := c.messageParams("delete_msg", id)
	if err != nil {
		return err
	}
	if _, err = c.do(ctx, request("delete_msg", params)); err != nil {
		return err
	}
	c.deleted(ctx, id)
	return nil
}

// GetMsg reads a message. Servers leave things out: Lagrange gives neither user nor group, go-cqhttp no user. The sender is
// filled from the sender object; Chat is that of a private message where the sender tells it, else comes from the message
// cache, else is zero. Where neither the answer nor an event has told which account it is, get_login_info is asked until it has
// been answered, each time for at most 3 s: own messages are known by that.
//
// Errors: ErrInvalidArgument for an empty id, ErrMessageWithdrawn for one known to be withdrawn; an unknown id is an
// *ActionError on every server.
//
// OneBot action: get_msg (OneBot 11, api/public.md).
func (c *Client) GetMsg(ctx context.Context, id MessageID) (*MessageEvent, error) {
	params, err := c.messageParams("get_msg", id)
	if err != nil {
		return nil, err
	}
	resp, err := c.do(ctx, request("get_msg", params))
	if err != nil {
		return nil, err
	}
	m, err := c.readMessage(string(resp.Data))
	if err != nil {
		return nil, fmt.Errorf("onebot: get_msg: %w", errors.Join(noData("get_msg", resp), err))
	}
	if m.ID == "" {
		m.ID = id
	}
	c.findOwn(ctx, m)
	if m.Chat == (Chat{}) {
		if known := c.life.cache.find(id).message(); known != nil {
			m.Chat = known.Chat
		}
	}
	if m.deleted {
		c.life.gone.add(chatMessageID{m.Chat.key(), id}, false)
		return nil, fmt.Errorf("%w: %w", ErrMessageWithdrawn, &ActionError{
			Action: "get_msg", Status: resp.Status, Message: "deleted", Server: c.server.known().Name, HTTPStatus: resp.HTTPStatus,
		})
	}
	return m, nil
}

// readMessage reads one message object of an answer and makes it the client's.
func (c *Client) readMessage(data string) (*MessageEvent, error) {
	l := wire.NewLexer(data)
	if l.Peek() != wire.Object {
		return nil, fmt.Errorf("no message object: %w", wire.ErrSyntax)
	}
	m := readMessageEvent(&l)
	if err := l.End(); err != nil {
		return nil, err
	}
	m.Raw = bytesOf(data)
	c.adopt(m)
	return m, nil
}

// adopt binds a message that came in an answer, and fills what the server left out.
func (c *Client) adopt(m *MessageEvent) {
	m.client = c
	m.order = c.inbox.order.Load()
	if m.SelfID == 0 {
		m.SelfID = UserID(c.self.Load())
	}
	if m.SelfID != 0 && m.Sender.UserID == m.SelfID {
		m.Own = true
		if m.Chat == PrivateChat(m.SelfID) && m.Target == 0 {
			m.Chat = Chat{} // to whom the account wrote is not told
		}
	}
	if !m.Own && m.Target == 0 && m.Chat.User != 0 {
		m.Target = m.SelfID // as in an event, which tells the account
	}
}

// findOwn finds out whether the account itself wrote m, where neither the answer (go-cqhttp, Lagrange, the standard) nor an event has told
// which account it is: an own private message would look like one of a chat with oneself. What was answered is not asked again; without an
// answer m stays as it is.
func (c *Client) findOwn(ctx context.Context, m *MessageEvent) {
	if m.SelfID != 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, versionWait)
	defer cancel()
	if _, err := c.Self(ctx); err == nil {
		c.adopt(m)
	}
}

func (c *Client) messageParams(action string, id MessageID) ([]byte, error) {
	if id == "" {
		return nil, refused(action, fmt.Errorf("empty message id: %w", ErrInvalidArgument))
	}
	if c.life.gone.anywhere(id) {
		return nil, withdrawnError(action, id)
	}
	return append(appendMessageID([]byte(`{"message_id":`), id), '}'), nil
}
