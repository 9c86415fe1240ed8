package onebot

import (
	"slices"
	"strings"
)

// Filter chooses messages for a handler. It runs before middleware, must not block, and must not keep or change the event.
// One that panics, or is nil, accepts nothing; that is logged.
type Filter func(*MessageEvent) bool

// Prefix accepts messages whose text begins with s, after leading reply and at segments and white space.
func Prefix(s string) Filter {
	return func(m *MessageEvent) bool { return strings.HasPrefix(m.lead(), s) }
}

// Command accepts messages whose first word is name, as MessageEvent.Command finds it; "/help" and "help" differ.
func Command(name string) Filter {
	return func(m *MessageEvent) bool {
		got, _ := m.Command()
		return got == name
	}
}

// FromUser accepts messages of these people. Without any it accepts none.
func FromUser(users ...UserID) Filter {
	users = slices.Clone(users)
	return func(m *MessageEvent) bool { return slices.Contains(users, m.Sender.UserID) }
}

// InGroup accepts messages in these groups. Without any it accepts none.
func InGroup(groups ...GroupID) Filter {
	groups = slices.Clone(groups)
	return func(m *MessageEvent) bool { return inAnyGroup(m) && slices.Contains(groups, m.Chat.Group) }
}

// Mentioned accepts messages that name the account by an at segment; a message to all members does not count.
func Mentioned(m *MessageEvent) bool {
	for at := range Segments[AtSegment](m.Message) {
		if !at.All && at.User != 0 && at.User == m.SelfID {
			return true
		}
	}
	return false
}

// Not accepts what f does not.
func Not(f Filter) Filter {
	return func(m *MessageEvent) bool { return !f(m) }
}

// Any accepts what one of the filters accepts; without any it accepts nothing.
func Any(filters ...Filter) Filter {
	filters = slices.Clone(filters)
	return func(m *MessageEvent) bool {
		return slices.ContainsFunc(filters, func(f Filter) bool { return f(m) })
	}
}

// All accepts what every filter accepts; without any it accepts everything.
func All(filters ...Filter) Filter {
	filters = slices.Clone(filters)
	return func(m *MessageEvent) bool {
		for _, f := range filters {
			if !f(m) {
				return false
			}
		}
		return true
	}
}
