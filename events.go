package onebot

import (
	"encoding/json"
	"time"
)

// Event is one thing that a server, or this library, reports. The types of this package whose names end in Event, and
// ChatMessage, are all there are; they come as pointers. What has no type of its own is an *UnknownEvent.
//
// An event is shared between all handlers and must not be changed. Its strings are parts of one copy of the frame, so keeping
// one of them keeps the frame: use strings.Clone for what is kept long, and Detach for a whole message.
type Event interface {
	// Base gives what every event has.
	Base() *EventBase
	event()
}

// EventBase is what every event has.
type EventBase struct {
	// Time is when it happened, as the server says; zero where it does not. A server's time above 10^11 is taken for
	// milliseconds (NapCat falls back to them), everything else for seconds. The lifecycle event of go-cqhttp carries the time
	// at which the server started.
	Time time.Time
	// SelfID is the account that the event is for: the one of the events before it where this one does not tell, 0 where none did.
	SelfID UserID
	// Raw is the frame as it came, whatever could be understood of it: fields without a place in the types of this package are
	// read from here. It is nil for events that the library makes itself. It must not be changed.
	Raw json.RawMessage
}

// Base gives b itself, so that everything that embeds it is an Event.
func (b *EventBase) Base() *EventBase { return b }

func (b *EventBase) event() {}

// UnknownEvent is a frame of a kind that has no type here, a guild message for example, or a chat.message frame that lacks
// one of its fields. Nothing is lost: Raw holds it.
type UnknownEvent struct{ EventBase }

// ParseEvent reads one frame, an event of OneBot 11 or a chat.message frame. It copies frame.
//
// Every well-formed JSON object gives an event, at worst an *UnknownEvent; a field that is broken or unknown is the zero value
// and stands in Raw. Of two equal keys of the frame the last counts; inside a segment no server writes one twice, and which counts is
// not said. The error says that frame is no JSON object.
func ParseEvent(frame []byte) (Event, error) { return decodeEvent(string(frame)) }
