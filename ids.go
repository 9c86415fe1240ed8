package onebot

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/onebot-go/onebot/internal/wire"
)

// maxExact is 2^53: a JSON number beyond it does not survive a server written in JavaScript.
const maxExact = 1 << 53

// UserID is a QQ number. It is decoded from a JSON number or string; absent, null and what is no int64 give 0, which is no user.
type UserID int64

// GroupID is the number of a group. It is decoded from a JSON number or string; absent, null and what is no int64 give 0,
// which is no group.
type GroupID int64

// MessageID names one message on one server. It is opaque: signed, negative on most servers, sometimes 64 bits wide, and not
// always a number. The empty MessageID names no message.
//
// A MessageID is valid for the account and server that gave it. NapCat forgets its ids when it restarts and keeps the 5,000
// newest; ids are hashes, so an old one can come back for another message.
type MessageID string

// NewMessageID makes the id of a message from its number.
func NewMessageID(n int64) MessageID { return MessageID(strconv.FormatInt(n, 10)) }

// clone gives id without what it is a part of: an id that was received keeps its whole frame, or page, in memory, and one
// that was lent changes with it.
func (id MessageID) clone() MessageID { return MessageID(strings.Clone(string(id))) }

// Int64 gives the number of id, and false where id is not a decimal integer that fits.
func (id MessageID) Int64() (int64, bool) {
	n, err := strconv.ParseInt(string(id), 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == string(id)
}

// MarshalJSON writes a number within ±2^53, a string beyond.
func (id UserID) MarshalJSON() ([]byte, error) { return appendID(nil, int64(id)), nil }

// MarshalJSON writes a number within ±2^53, a string beyond.
func (id GroupID) MarshalJSON() ([]byte, error) { return appendID(nil, int64(id)), nil }

// MarshalJSON writes a number where id is a canonical decimal integer within ±2^53, a string otherwise.
func (id MessageID) MarshalJSON() ([]byte, error) { return appendMessageID(nil, id), nil }

// UnmarshalJSON reads a number, a string or null.
func (id *UserID) UnmarshalJSON(data []byte) error {
	n, err := unmarshalID(data)
	*id = UserID(n)
	return err
}

// UnmarshalJSON reads a number, a string or null.
func (id *GroupID) UnmarshalJSON(data []byte) error {
	n, err := unmarshalID(data)
	*id = GroupID(n)
	return err
}

// UnmarshalJSON reads a number, a string or null.
func (id *MessageID) UnmarshalJSON(data []byte) error {
	l := wire.NewLexer(string(data))
	text, _ := l.Text()
	*id = MessageID(text)
	return l.End()
}

func unmarshalID(data []byte) (int64, error) {
	l := wire.BytesLexer(data)
	n, _ := l.Int()
	return n, l.End()
}

// appendID writes a user or group id as the rules for outgoing ids demand.
func appendID(dst []byte, n int64) []byte {
	if n > maxExact || n < -maxExact {
		return wire.AppendIntString(dst, n)
	}
	return wire.AppendInt(dst, n)
}

func appendMessageID(dst []byte, id MessageID) []byte {
	if n, ok := id.Int64(); ok && n <= maxExact && n >= -maxExact {
		return wire.AppendInt(dst, n)
	}
	return wire.AppendString(dst, string(id))
}

// Chat is where messages go: a group, a person, or a person reached through a group (a temporary session).
// Exactly one id is set, or both together with Temp; everything else, the zero value too, is ErrInvalidArgument when used.
type Chat struct {
	Group GroupID
	User  UserID
	// Temp marks a temporary session: a private chat with User by way of Group, without being friends.
	Temp bool
}

// GroupChat is the chat of a group.
func GroupChat(g GroupID) Chat { return Chat{Group: g} }

// PrivateChat is the chat with one person.
func PrivateChat(u UserID) Chat { return Chat{User: u} }

// TempChat is the private session with u through group g. Sending to it is send_private_msg with both ids; where a server has
// no such sessions (Lagrange, the bare standard) it is ErrUnsupported.
func TempChat(g GroupID, u UserID) Chat { return Chat{Group: g, User: u, Temp: true} }

// String gives "group 20001", "private 10001", "temp 10001 via group 20001" or "no chat".
func (c Chat) String() string {
	switch {
	case c.validate() != nil:
		return "no chat"
	case c.Temp:
		return fmt.Sprintf("temp %d via group %d", c.User, c.Group)
	case c.Group != 0:
		return fmt.Sprintf("group %d", c.Group)
	default:
		return fmt.Sprintf("private %d", c.User)
	}
}

// validate checks that c names exactly one target.
func (c Chat) validate() error {
	group, user := c.Group > 0, c.User > 0
	switch {
	case c.Group < 0 || c.User < 0:
		return fmt.Errorf("chat: negative id: %w", ErrInvalidArgument)
	case c.Temp && group && user, !c.Temp && group != user:
		return nil
	case c.Temp:
		return fmt.Errorf("chat: a temporary session needs a group and a user: %w", ErrInvalidArgument)
	case group:
		return fmt.Errorf("chat: both a group and a user: %w", ErrInvalidArgument)
	default:
		return fmt.Errorf("chat: neither a group nor a user: %w", ErrInvalidArgument)
	}
}
