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
// server reports that others have read a message. What is made of an event comes before the event's other handlers, so that steps
// stay in order also where one of these gives up its turn; a backend's frame comes to all handlers in the order of registration.
//
// For a withdrawal Last holds the message where it is still in the cache (WithMessageCache); afterwards it is dropped from there,
// and GetMsg, DeleteMsg, Reply and MarkMsgAsRead refuse its id with ErrMessageWithdrawn. A withdrawal that is reported twice comes
// once; a successful DeleteMsg of this client counts as a report, except on LLBot, whose ok proves nothing. Of a message that is not
// in the cache DeleteMsg does not know the chat: Chat is zero then.
//
// off removes the handler.
func (c *Client) OnChatMessage(h func(context.Context, *ChatMessage) error, only ...ChatStatus) (off func()) {
	only = slices.Clone(only)
	remove := c.addHandler(&registration{
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
		remove()
		if !c.handlers.followed() {
			c.life.cache.clear()
		}
	}
}

// trace is what the reader finds out about an event before anybody decodes it. Whether a withdrawal is news has to be settled
// in the order of the frames: by the time its lane comes to it, the id may belong to a new message.
type trace struct {
	lane wire.ChatKey
	news bool      // the first report of a withdrawal
	last *incoming // the message that was withdrawn, where the cache had it
}

// read notes what a frame says about ids: the ban of a withdrawn message begins before its handlers run. telling says that there
// are handlers to tell of a withdrawal.
func (l *lifecycle) read(h *wire.Head, frame []byte, telling bool) trace {
	t := trace{lane: h.Chat()}
	switch {
	case h.Kind == wire.FrameChat:
		l.readNative(&t, h, frame, telling)
	case h.Post == wire.PostNotice && h.Notice == wire.NoticeGroupRecall:
		l.withdraw(&t, headID(h, frame), telling)
	case h.Post == wire.PostNotice && h.Notice == wire.NoticeFriendRecall:
		id := headID(h, frame)
		t.lane = l.friendRecallChat(h, id)
		l.withdraw(&t, id, telling)
	case h.Post == wire.PostMessage, h.Post == wire.PostMessageSent:
		if l.gone.count.Load() > 0 && l.gone.anywhere(lentID(h, frame)) {
			l.gone.revive(t.lane, headID(h, frame))
		}
	}
	return t
}

// readNative is read for a chat.message frame. One that lacks a field says nothing about its id, so it is decoded here: it is
// short, and few say more than that somebody has written or read.
func (l *lifecycle) readNative(t *trace, h *wire.Head, frame []byte, telling bool) {
	sent := string(h.Status.Of(frame)) == `"send message"` && l.gone.count.Load() > 0
	if !sent && !h.Withdrawn {
		return
	}
	ev, err := decodeEvent(string(frame))
	m, ok := ev.(*ChatMessage)
	switch {
	case err != nil || !ok:
	case sent:
		l.gone.revive(t.lane, m.ID)
	default:
		l.withdraw(t, m.ID, telling)
	}
}

// withdraw bans the id and takes the message out of the cache, for the handlers of the withdrawal and nobody else.
func (l *lifecycle) withdraw(t *trace, id MessageID, telling bool) {
	key := chatMessageID{t.lane, id}
	if t.news = l.gone.add(key, telling); t.news {
		t.last = l.cache.take(key)
	}
}

// headID reads the id that the scan of the head has found.
func headID(h *wire.Head, frame []byte) MessageID {
	return lentID(h, frame).clone()
}

// lentID is headID for a look: the text lies in the frame, whose memory is used again.
func lentID(h *wire.Head, frame []byte) MessageID {
	if h.ID.Empty() {
		return ""
	}
	lexer := wire.BytesLexer(h.ID.Of(frame))
	return MessageID(readMessageIDText(&lexer))
}

// friendRecallChat gives the chat of a friend_recall. NapCat and LLBot name the author there, who may be the account itself:
// then only the message tells whom it was sent to.
func (l *lifecycle) friendRecallChat(h *wire.Head, id MessageID) wire.ChatKey {
	if h.UserID == h.SelfID && h.UserID != 0 {
		if in := l.cache.find(id); in != nil && in.lane.Kind == 'p' {
			return in.lane
		}
		if chat, known := l.gone.private(id); known { // the same withdrawal again, or after our own DeleteMsg
			return chat
		}
	}
	return wire.ChatKey{Kind: 'p', ID: h.UserID}
}

// lifecycleEvent gives what OnChatMessage handlers get of an event: nil where it is no step in the life of a message, or a
// withdrawal that they have been told of.
func lifecycleEvent(in *incoming, ev Event) *ChatMessage {
	switch e := ev.(type) {
	case *ChatMessage:
		if e.Status == StatusWithdrawn && !in.news {
			return nil
		}
		return e
	case *MessageEvent:
		return mapped(e, StatusSent, e.Chat, e.ID, e.Sender.UserID)
	case *GroupRecallEvent:
		return in.withdrawal(e, GroupChat(e.Group), e.ID, e.Operator)
	case *FriendRecallEvent:
		m := in.withdrawal(e, PrivateChat(UserID(in.lane.ID)), e.ID, e.User)
		if m != nil && m.Last != nil && m.Last.Sender.UserID != 0 {
			m.User = m.Last.Sender.UserID // go-cqhttp names the friend, also for what the account took back
		}
		return m
	default:
		return nil
	}
}

// withdrawal maps a recall, where it is news. The message knows best which chat it stood in.
func (in *incoming) withdrawal(source Event, chat Chat, id MessageID, operator UserID) *ChatMessage {
	if !in.news {
		return nil
	}
	last := in.last.message()
	if last != nil && last.Chat != (Chat{}) {
		chat = last.Chat
	}
	m := mapped(source, StatusWithdrawn, chat, id, operator)
	m.Last = last
	return m
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
func (c *Client) ours(status ChatStatus, chat Chat, id MessageID, last *MessageEvent) {
	if !c.handlers.followed() {
		return
	}
	m := mapped(nil, status, chat, id, UserID(c.self.Load()))
	m.SelfID, m.Last = m.User, last
	in := &incoming{c: c, order: c.inbox.order.Add(1), ev: m, ours: true, trace: trace{lane: m.lane(), news: true}}
	c.inbox.lanes.Push(laneKey{c, in.lane}, in)
}

// sent keeps a message of the account itself, which most servers do not report. Its id may be one that was withdrawn before.
// size is that of the message on the wire: what the segments hold in memory, files above all, is no more. before is how many
// withdrawals there had been when it was sent.
func (c *Client) sent(to Chat, id MessageID, m Message, size int, before uint32) {
	if id == "" {
		return
	}
	if c.life.gone.count.Load() > 0 && c.life.gone.reviveOld(to.key(), id, before) {
		return // it was withdrawn before we were told its id
	}
	if !c.handlers.followed() || c.life.cache.has(chatMessageID{to.key(), id}) {
		return
	}
	self := UserID(c.self.Load())
	ev := &MessageEvent{
		EventBase: EventBase{Time: time.Now(), SelfID: self}, Chat: to, ID: id,
		Sender: Sender{UserID: self}, Message: slices.Clone(m), Own: true,
	}
	ev.client, ev.order = c, c.inbox.order.Load()
	c.life.cache.put(id, &incoming{c: c, ev: ev, trace: trace{lane: to.key()}}, size)
}

// deleted counts a successful DeleteMsg as a withdrawal, where this server's ok proves one. The chat is that of the message in the
// cache; of one that is not there it is not known.
func (c *Client) deleted(ctx context.Context, id MessageID) {
	d, err := c.dialectSoon(ctx)
	if err != nil || !d.traits().okProvesDelete {
		return // the report of the server will tell
	}
	t, chat := trace{}, Chat{}
	if known := c.life.cache.find(id); known != nil {
		t.lane = known.lane
		if m := known.message(); m != nil {
			chat = m.Chat
		}
	} else if c.life.gone.anywhere(id) {
		return // the report of the server was faster
	}
	if c.life.withdraw(&t, id, c.handlers.followed()); t.news {
		c.ours(StatusWithdrawn, chat, id, t.last.message())
	}
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
	c.ours(StatusRead, chat, m.ID, nil)
	return nil
}

func (c *Client) markParams(ctx context.Context, chat Chat, m MessageRef) ([]byte, error) {
	const action = "mark_msg_as_read"
	if m.ID != "" {
		return append(appendMessageID([]byte(`{"message_id":`), m.ID), '}'), nil
	}
	d, err := c.dialectOf(ctx)
	if err != nil {
		return nil, notSent(action, err)
	}
	if d != NapCat || chat.Temp {
		return nil, refused(action, fmt.Errorf("%s marks messages, not chats, and the id is empty: %w", d, ErrInvalidArgument))
	}
	return append(appendTarget([]byte{'{'}, chat), '}'), nil
}
