// Package httpapi carries OneBot over plain HTTP.
//
// [Caller] performs actions by POST, one request for each. Events come in by one of three sources: [Receiver] is an
// http.Handler that servers post events to (a webhook), [SSE] reads a stream of server-sent events, and [Polling] asks
// for events through a caller. Caller and source are joined into one transport by transport.Join.
//
// A call is never repeated. Redirects are not followed, because a 307 or 308 would repeat it, and the HTTP client
// repeats a request on a new connection only where not one byte of it had been written to the old one.
package httpapi
