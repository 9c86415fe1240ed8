package onebot

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/onebot-go/onebot/internal/wire"
)

// lifecycle follows messages from sent to withdrawn.
type lifecycle struct {
	gone  withdrawals
	cache messageCache
}

// OnChatMessage registers a handler for the life of messages: sent, withdrawn, read; with only, for these statuses. It gets the
// frames of a chat.message backend as they are, and OneBot events made into the same form: message and message_sent are sent,
// group_recall and friend_recall withdrawn (User is the operator), a successful MarkMsgAsRead of this client is read. No OneBot
// server reports that others have read a message.
//
// For a withdrawal Last holds the message where it is still in the cache (WithMessageCache); afterwards it is dropped from there,
// and GetMsg, DeleteMsg, Reply and MarkMsgAsRead refuse its id with ErrMessageWithdrawn. A withdrawal that is reported twice comes
// once; a successful DeleteMsg of this client counts as a report, except on LLBot, whose ok proves nothing.
// off removes the handler.
func (c *Client) OnChatMessage(h func(context.Context, *ChatMessage) error, only ...ChatStatus) (off func()) {
	only = slices.Clone(only)
	off = c.addHandler(&registration{
		kinds: kindMessage | kindNotice | kindChat,
		life:  true,
		matches: func(ev Event) bool {
			m, ok := ev.(*ChatMessage)
			return ok && (len(only) == 0 || slices.Contains(only, m.Status))
		},
		call: func(ctx context.Context, ev Event) error {
			m, ok := ev.(*ChatMessage)
			if !ok {
				return nil
			}
			return h(ctx, m)
		},
	})
	return func() {
		off()
		if !c.handlers.followed() {
			c.life.cache.clear()
		}
	}
}

// read notes, on the reader, what a frame says about ids: the ban of a withdrawn message begins before its handlers run. It gives
// the lane of the event.
func (l *lifecycle) read(h *wire.Head, frame []byte) wire.ChatKey {
	lane := h.Chat()
	if h.ID.Empty() {
		return lane
	}
	switch {
	case h.Kind == wire.FrameChat && h.Withdrawn,
		h.Post == wire.PostNotice && h.Notice == wire.NoticeGroupRecall:
		l.gone.add(chatMessageID{lane, headID(h, frame)})
	case h.Post == wire.PostNotice && h.Notice == wire.NoticeFriendRecall:
		id := headID(h, frame)
		lane = l.friendRecallChat(UserID(h.UserID), UserID(h.SelfID), id).key()
		l.gone.add(chatMessageID{lane, id})
	case h.Kind == wire.FrameChat && string(h.Status.Of(frame)) == `"send message"`,
		h.Post == wire.PostMessage, h.Post == wire.PostMessageSent:
		if l.gone.count.Load() > 0 {
			l.gone.revive(lane, headID(h, frame))
		}
	}
	return lane
}

// headID reads the id that the scan of the head has found.
func headID(h *wire.Head, frame []byte) MessageID {
	lexer := wire.NewLexer(string(h.ID.Of(frame)))
	id, _ := lexer.Text()
	return MessageID(id)
}

// friendRecallChat gives the chat of a friend_recall. NapCat and LLBot name the author there, who may be the account itself:
// then only the message tells whom it was sent to.
func (l *lifecycle) friendRecallChat(user, self UserID, id MessageID) Chat {
	if user == self && user != 0 {
		if m := l.cache.find(id); m != nil && (m.Chat.Group == 0 || m.Chat.Temp) {
			return PrivateChat(m.Chat.User)
		}
	}
	return PrivateChat(user)
}

// observe keeps a message that may be withdrawn later.
func (l *lifecycle) observe(ev Event) {
	if m, ok := ev.(*MessageEvent); ok {
		l.cache.put(m)
	}
}

// of makes the lifecycle event of ev, nil where it is none or has been told already.
func (l *lifecycle) of(ev Event) *ChatMessage {
	switch e := ev.(type) {
	case *ChatMessage:
		if e.Status == StatusWithdrawn {
			return l.withdrawal(e)
		}
		return e
	case *MessageEvent:
		return mapped(e, StatusSent, e.Chat, e.ID, e.Sender.UserID)
	case *GroupRecallEvent:
		return l.withdrawal(mapped(e, StatusWithdrawn, GroupChat(e.Group), e.ID, e.Operator))
	case *FriendRecallEvent:
		chat := l.friendRecallChat(e.User, e.SelfID, e.ID)
		return l.withdrawal(mapped(e, StatusWithdrawn, chat, e.ID, e.User))
	default:
		return nil
	}
}

// withdrawal adds what is known of the message, where it is news.
func (l *lifecycle) withdrawal(m *ChatMessage) *ChatMessage {
	chat := m.lane()
	if !l.gone.tell(chatMessageID{chat, m.ID}) {
		return nil
	}
	if last := l.cache.get(chat, m.ID); last != nil { // a native event is shared: it has none, and is left alone
		m.Last = last
	}
	return m
}

// forget drops a withdrawn message once the handlers have seen it.
func (l *lifecycle) forget(m *ChatMessage) {
	if m.Status == StatusWithdrawn {
		l.cache.drop(m.lane(), m.ID)
	}
}

// mapped makes a lifecycle event of a OneBot event. A chat that is not known leaves ChatID 0.
func mapped(source Event, status ChatStatus, chat Chat, id MessageID, user UserID) *ChatMessage {
	m := &ChatMessage{Status: status, User: user, Chat: chat, ID: id, Source: source}
	if source != nil {
		m.EventBase = *source.Base()
		m.UpdateTime = m.Time
	} else {
		m.Time = time.Now()
		m.UpdateTime = m.Time
	}
	if m.ChatID = int64(chat.Group); m.ChatID == 0 {
		m.ChatID = int64(chat.User)
	}
	return m
}

// lane gives the lane of a lifecycle event: that of the OneBot chat, or of the chat.message backend's.
func (m *ChatMessage) lane() wire.ChatKey {
	if m.Chat != (Chat{}) {
		return m.Chat.key()
	}
	return wire.ChatKey{Kind: 'c', ID: m.ChatID}
}

// ours sends on a lifecycle event that came about by a call of this client.
func (c *Client) ours(status ChatStatus, chat Chat, id MessageID) {
	if !c.handlers.followed() {
		return
	}
	m := mapped(nil, status, chat, id, UserID(c.self.Load()))
	m.SelfID = m.User
	in := &incoming{c: c, order: c.inbox.order.Add(1), ev: m, ours: true, lane: chat.key()}
	c.inbox.lanes.Push(laneKey{c, in.lane}, in)
}

// sent keeps a message of the account itself, which most servers do not report. Its id may be one that was withdrawn before.
func (c *Client) sent(to Chat, id MessageID, m Message) {
	if id == "" {
		return
	}
	if c.life.gone.count.Load() > 0 {
		c.life.gone.revive(to.key(), id)
	}
	if !c.handlers.followed() {
		return
	}
	self := UserID(c.self.Load())
	ev := &MessageEvent{
		EventBase: EventBase{Time: time.Now(), SelfID: self}, Chat: to, ID: id,
		Sender: Sender{UserID: self}, Message: slices.Clone(m), Own: true,
	}
	ev.client, ev.order = c, c.inbox.order.Load()
	if c.life.cache.get(to.key(), id) == nil {
		c.life.cache.put(ev)
	}
}

// deleted counts a successful DeleteMsg as a withdrawal, where this server's ok proves one.
func (c *Client) deleted(ctx context.Context, id MessageID) {
	d, err := c.dialectOf(ctx)
	if err != nil || !d.traits().okProvesDelete {
		return // the report of the server will tell
	}
	m := c.life.cache.find(id)
	if m == nil {
		c.life.gone.add(chatMessageID{id: id})
		return
	}
	c.life.gone.add(chatMessageID{m.Chat.key(), id})
	c.ours(StatusWithdrawn, m.Chat, id)
}

// withdrawnError refuses an id without asking the server.
func withdrawnError(action string, id MessageID) error {
	return fmt.Errorf("onebot: %s: message %s: %w: %w", action, id, ErrNotSent, ErrMessageWithdrawn)
}

// MarkMsgAsRead marks a message as read, and with it, on most servers, everything before it in the chat. NapCat can mark a chat
// without a message; elsewhere an empty m.ID is ErrInvalidArgument. OnChatMessage handlers hear of it as StatusRead.
//
// Errors: ErrInvalidArgument for a chat without a target, ErrMessageWithdrawn, ErrUnknownAction where the server has no such action.
//
// OneBot action: mark_msg_as_read (extension: go-cqhttp, NapCat, LLBot, Lagrange).
func (c *Client) MarkMsgAsRead(ctx context.Context, chat Chat, m MessageRef) error {
	const action = "mark_msg_as_read"
	if err := chat.validate(); err != nil {
		return refused(action, err)
	}
	if m.ID != "" && c.life.gone.in(chat.key(), m.ID) {
		return withdrawnError(action, m.ID)
	}
	params, err := c.markParams(ctx, chat, m)
	if err != nil {
		return err
	}
	if _, err := c.do(ctx, request(action, params)); err != nil {
		return err
	}
	c.ours(StatusRead, chat, m.ID)
	return nil
}

func (c *Client) markParams(ctx context.Context, chat Chat, m MessageRef) ([]byte, error) {
	const action = "mark_msg_as_read"
	if m.ID != "" {
		return append(appendMessageID([]byte(`{"message_id":`), m.ID), '}'), nil
	}
	d, err := c.dialectOf(ctx)
	if err != nil {
		return nil, err
	}
	if d != NapCat || chat.Temp {
		return nil, refused(action, fmt.Errorf("%s marks messages, not chats, and the id is empty: %w", d, ErrInvalidArgument))
	}
	return append(appendTarget([]byte{'{'}, chat), '}'), nil
}
