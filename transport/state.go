package transport

// State is where a connection stands.
type State int

// The states in the order a connection goes through them; a transport that reconnects starts over with StateConnecting.
const (
	// StateConnecting: a connection is being made.
	StateConnecting State = iota + 1
	// StateReady: the connection stands, calls go out and events come in.
	StateReady
	// StateLost: the connection ended; unless the failure is final, StateConnecting follows.
	StateLost
)

// String gives "connecting", "ready" or "lost".
func (s State) String() string {
	switch s {
	case StateConnecting:
		return "connecting"
	case StateReady:
		return "ready"
	case StateLost:
		return "lost"
	default:
		return "unknown"
	}
}

// Change is one change of state.
type Change struct {
	// State is the new state.
	State State
	// Err is why a connection was lost or could not be made; nil otherwise.
	Err error
	// Final tells that no further connection will be made.
	Final bool
}

// Watcher is a transport that can tell about its connection.
type Watcher interface {
	// Watch makes fn hear of every later change, and of the present state at once. fn must not block.
	// A later Watch replaces the earlier one. A change that is Final does not end the events: that Receive returns does.
	Watch(fn func(Change))
}

// Counters are the figures a transport keeps.
type Counters struct {
	// Reconnects counts connections made after the first.
	Reconnects uint64
	// LateReplies counts answers whose call had ended before they came.
	LateReplies uint64
	// UnknownEchoes counts answers that belong to no call.
	UnknownEchoes uint64
	// Dropped counts events that came before Receive was called and gave way to later ones.
	Dropped uint64
}

func (c Counters) plus(d Counters) Counters {
	return Counters{
		Reconnects:    c.Reconnects + d.Reconnects,
		LateReplies:   c.LateReplies + d.LateReplies,
		UnknownEchoes: c.UnknownEchoes + d.UnknownEchoes,
		Dropped:       c.Dropped + d.Dropped,
	}
}

// Meter is a transport that counts.
type Meter interface {
	// Counters gives the figures since the transport was made.
	Counters() Counters
}
