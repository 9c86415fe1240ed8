package onebot

import (
	"time"

	"github.com/onebot-go/onebot/internal/wire"
)

// ChatStatus is what happened to a message.
type ChatStatus string

// The statuses of a ChatMessage, spelled as on the wire.
const (
	// StatusSent: the message was sent.
	StatusSent ChatStatus = "send message"
	// StatusWithdrawn: the message was withdrawn. It is destroyed and its id is not valid any more.
	StatusWithdrawn ChatStatus = "withdraw message"
	// StatusRead: the message was read.
	StatusRead ChatStatus = "read message"
)

// ChatMessage is a step in the life of a message: sent, withdrawn or read. It comes from a chat backend as a chat.message
// frame, or is made from a OneBot event or from a call of this client.
type ChatMessage struct {
	EventBase
	// Status is what happened.
	Status ChatStatus
	// User sent, withdrew or read the message.
	User UserID
	// ChatID is the conversation as the backend numbers it; for a message from OneBot the group's number, else the other
	// person's, and 0 where the chat is not known.
	ChatID int64
	// Chat is the conversation of a message from OneBot; the zero Chat for a backend's, and where it is not known.
	Chat Chat
	// ID is the message.
	ID MessageID
	// UpdateTime is when it happened, to the nanosecond. MarshalJSON writes every digit that came.
	UpdateTime time.Time
	// Last is the last known content of a withdrawn message, nil where it is not known.
	Last *MessageEvent
	// Source is the OneBot event that this was made from; nil for a backend's frame and for a call of this client.
	Source Event

	updateText string // the digits received
}

// chatMessage makes the message of a native frame, nil where one of the six fields is missing or cannot be.
func (f *fields) chatMessage() *ChatMessage {
	status := ChatStatus(textOf(f.status))
	switch status {
	case StatusSent, StatusWithdrawn, StatusRead:
	default:
		return nil
	}
	if !f.hasUser || !f.hasChat || f.msgID == "" || !isNumber(f.updateTime) {
		return nil
	}
	updated, ok := parseTime(f.updateTime)
	if !ok {
		return nil
	}
	base := f.base()
	base.Time = updated
	return &ChatMessage{
		EventBase: base, Status: status, User: f.user(), ChatID: f.chatID, ID: MessageID(f.msgID),
		UpdateTime: updated, updateText: f.updateTime,
	}
}

func isNumber(text string) bool {
	l := wire.NewLexer(text)
	return l.Peek() == wire.Number && l.Raw() == text
}

// MarshalJSON writes the six fields of a chat.message frame: type, status, user_id, chat_id, msg_id and update_time. A message
// from OneBot has the group's id as chat_id, else the user's; msg_id is a number where the id is one, else a string;
// update_time has the digits received, else seconds with at most nine decimals.
func (m ChatMessage) MarshalJSON() ([]byte, error) {
	chat := m.ChatID
	switch {
	case chat != 0:
	case m.Chat.Group != 0:
		chat = int64(m.Chat.Group)
	case m.Chat.User != 0:
		chat = int64(m.Chat.User)
	}
	dst := append(make([]byte, 0, 160), `{"type":"chat.message","status":`...)
	dst = wire.AppendString(dst, string(m.Status))
	dst = appendID(append(dst, `,"user_id":`...), int64(m.User))
	dst = appendID(append(dst, `,"chat_id":`...), chat)
	dst = appendMessageID(append(dst, `,"msg_id":`...), m.ID)
	dst = append(dst, `,"update_time":`...)
	if m.updateText != "" {
		dst = append(dst, m.updateText...)
	} else {
		dst = appendTime(dst, m.UpdateTime)
	}
	return append(dst, '}'), nil
}
