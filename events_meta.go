package onebot

import "time"

// LifecycleEvent reports that the server greets a new connection. Servers with SSE or HTTP POST mostly do not send it.
//
// OneBot event: meta_event lifecycle (OneBot 11, event/meta.md).
type LifecycleEvent struct {
	EventBase
	// SubType is "connect", on HTTP POST also "enable" or "disable".
	SubType string
}

// HeartbeatEvent reports that the server is alive. Not every server and transport has heartbeats, so silence proves nothing.
//
// OneBot event: meta_event heartbeat (OneBot 11, event/meta.md).
type HeartbeatEvent struct {
	EventBase
	// Interval is the time until the next one.
	Interval time.Duration
	// Online tells that the account is connected to QQ. It means nothing unless OnlineKnown, and on Lagrange it is always true.
	Online bool
	// OnlineKnown is false where the server says null or nothing.
	OnlineKnown bool
	// Good is the server's word that all is well.
	Good bool
}
