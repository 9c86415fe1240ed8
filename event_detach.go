package onebot

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/onebot-go/onebot/internal/wire"
)

// Detach gives a copy of m that is fit to be kept for long. The strings of an event are parts of the frame that it came in, or of
// the whole page where it came from a history, so that whoever keeps m, or one string of it, keeps all of that: 1 KB for a usual
// message, and some hundred times as much for a large forward or a page. What Detach gives keeps a copy of the content alone, has
// nil for Raw, and can still be answered, but no more by the quick operation of a webhook. m stays as it is. Where Message is another one
// than came in the frame, as in a changed copy of an event, its segments are taken over, and what their strings are parts of.
//
// For a single string strings.Clone does the same.
func (m *MessageEvent) Detach() *MessageEvent {
	d := *m
	d.Raw, d.quick = nil, nil
	d.Message = detachMessage(m.Message, m.Raw)
	d.ID = m.ID.clone()
	for _, s := range []*string{
		&d.SubType, &d.RawMessage, &d.GroupName, &d.Sender.Nickname, &d.Sender.Card, &d.Sender.Sex, &d.Sender.Area, &d.Sender.Level,
		&d.Sender.Role, &d.Sender.Title,
	} {
		*s = strings.Clone(*s)
	}
	if a := m.Anonymous; a != nil {
		d.Anonymous = &Anonymous{ID: a.ID, Name: strings.Clone(a.Name), Flag: strings.Clone(a.Flag)}
	}
	return &d
}

// detachMessage reads the content once more, from a copy of it: the strings of segments lie many levels deep. A message that was
// not read from the frame, or was changed since, is taken over.
func detachMessage(m Message, raw json.RawMessage) Message {
	content := ""
	l := wire.BytesLexer(raw)
	for key := range members(&l) {
		if key == "message" {
			content = l.Raw()
		} else {
			l.Skip()
		}
	}
	if content == "" {
		return slices.Clone(m)
	}
	l = wire.NewLexer(strings.Clone(content))
	if again := readMessage(&l); reflect.DeepEqual(again, m) {
		return again
	}
	return slices.Clone(m)
}
