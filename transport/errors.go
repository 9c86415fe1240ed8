package transport

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The sentinels a transport returns, for errors.Is. A failed call matches exactly one of ErrNotSent and
// ErrOutcomeUnknown; the others tell the cause and come on top of it.
var (
	// ErrNotSent: nothing reached the server.
	ErrNotSent = errors.New("not sent")
	// ErrOutcomeUnknown: the request was written, and what became of it is not known.
	ErrOutcomeUnknown = errors.New("outcome unknown")
	// ErrNotConnected: there was no connection when the call was made, and none came before its deadline.
	ErrNotConnected = errors.New("not connected")
	// ErrClosed: the transport was closed on this side.
	ErrClosed = errors.New("closed")
	// ErrUnauthorized: the server rejected the token. It is final: a transport does not connect again.
	ErrUnauthorized = errors.New("token rejected")
	// ErrOverflow: an event was dropped because a bound was reached.
	ErrOverflow = errors.New("event queue full")
	// ErrUnsupported: this transport cannot do that, or this server does not offer it.
	ErrUnsupported = errors.New("not supported")
	// ErrInvalidArgument: an address, option or request that cannot work.
	ErrInvalidArgument = errors.New("invalid argument")
)

// HTTPError is an HTTP answer that is no OneBot answer.
type HTTPError struct {
	// Status is the code of the status line, 100 to 599.
	Status int
	// RetryAfter is how long the server asked to be left alone, 0 when it did not.
	RetryAfter time.Duration
	// Body is the first 200 bytes of the body.
	Body []byte
}

// Error tells the status and the beginning of the body.
func (e *HTTPError) Error() string {
	text := fmt.Sprintf("http status %d %s", e.Status, http.StatusText(e.Status))
	if body := strings.TrimSpace(strings.ToValidUTF8(string(e.Body), "?")); body != "" {
		text += fmt.Sprintf(": %q", body)
	}
	if e.RetryAfter > 0 {
		text += fmt.Sprintf(" (retry after %s)", e.RetryAfter)
	}
	return text
}
