package onebot

// FriendAddEvent reports that the account has a new friend. Lagrange reports it together with the request, before anybody agreed.
//
// OneBot event: notice friend_add (OneBot 11, event/notice.md).
type FriendAddEvent struct {
	EventBase
	// User is the friend.
	User UserID
}

// BotOnlineEvent reports that the account is connected to QQ.
//
// OneBot event: notice bot_online (extension: Lagrange).
type BotOnlineEvent struct {
	EventBase
	// Reason is the server's word for why.
	Reason string
}

// BotOfflineEvent reports that the account lost QQ. The connection to the server stands; sends will fail.
//
// OneBot event: notice bot_offline (extension: NapCat, Lagrange).
type BotOfflineEvent struct {
	EventBase
	// User is the account where it is told, by NapCat.
	User UserID
	// Tag is the server's short word for why, Message its text for people.
	Tag, Message string
}

// ClientStatusEvent reports that another client of the account came or went.
//
// OneBot event: notice client_status (extension: go-cqhttp).
type ClientStatusEvent struct {
	EventBase
	// AppID is the client's number, Device its name, Kind the kind of device.
	AppID        int64
	Device, Kind string
	// Online tells whether it came.
	Online bool
}

// ConnectionState is what a ConnectionEvent reports.
type ConnectionState int

// The states of a connection. ConnectionOffline comes from the server on a standing connection; the others are the library's own.
const (
	// ConnectionConnecting: a connection is being made.
	ConnectionConnecting ConnectionState = iota + 1
	// ConnectionReady: the connection stands.
	ConnectionReady
	// ConnectionLost: the connection ended.
	ConnectionLost
	// ConnectionOffline: the account is not connected to QQ: bot_offline, or a heartbeat that says online: false on a server
	// where that means something.
	ConnectionOffline
)

// String gives "connecting", "ready", "lost" or "account offline".
func (s ConnectionState) String() string {
	switch s {
	case ConnectionConnecting:
		return "connecting"
	case ConnectionReady:
		return "ready"
	case ConnectionLost:
		return "lost"
	case ConnectionOffline:
		return "account offline"
	default:
		return "unknown"
	}
}

// ConnectionEvent tells about the connection to the server. The library makes it: Raw is empty, Time is the local clock's.
type ConnectionEvent struct {
	EventBase
	// State is the new state.
	State ConnectionState
	// Err is why a connection was lost or could not be made, else nil.
	Err error
	// Final tells that no further connection will be made.
	Final bool
}
