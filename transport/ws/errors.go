package ws

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/gorilla/websocket"

	"github.com/onebot-go/onebot/internal/header"
	"github.com/onebot-go/onebot/internal/secret"
	"github.com/onebot-go/onebot/transport"
)

var (
	// errRejected is how a server says after the handshake that the token is wrong.
	errRejected = fmt.Errorf("after the handshake: %w", transport.ErrUnauthorized)
	errClosed   = fmt.Errorf("ws: %w", transport.ErrClosed)
	errSilent   = errors.New("the peer answers no ping and sends nothing")
	// errExtension: gorilla would unpack what comes, without a bound, though nothing was offered (RFC 6455, section 4.1).
	errExtension     = errors.New("the server uses an extension that it was not offered")
	errLongHandshake = fmt.Errorf("a handshake of more than %d bytes", maxHandshake)
	// errHidden says what can be done about it: "feature not supported", which net/http says, does not.
	errHidden = errors.New("the connection cannot be taken over: a handler around this one hides it, such as http.TimeoutHandler or one " +
		"that compresses; take this path out of it")
	errNoReason = errors.New("ended without a reason given")
	errNoBeat   = errors.New("the peer's heartbeats have stopped and it sends nothing")
)

// refusal makes an error of a handshake that was answered with something else than a WebSocket.
func refusal(resp *http.Response, mask secret.Mask) error {
	const enough = 200
	body, _ := io.ReadAll(resp.Body) // gorilla has read it already, at most 1 KiB
	answer := &transport.HTTPError{
		Status: resp.StatusCode, RetryAfter: header.RetryAfter(resp.Header), Body: []byte(mask.Start(string(body), enough)),
	}
	if resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden {
		return fmt.Errorf("%w: %w", transport.ErrUnauthorized, answer)
	}
	return answer
}

// lossOf tells why a connection ended, from what its reader got.
func lossOf(err error) error {
	if websocket.IsCloseError(err, websocket.ClosePolicyViolation) {
		return fmt.Errorf("%w: %w", errRejected, err)
	}
	if isUnauthorized(err) {
		return err
	}
	return fmt.Errorf("connection lost: %w", err)
}

// saysGoodbye tells whether gorilla has appended a close frame when its reader failed with err.
func saysGoodbye(err error) bool {
	var closed *websocket.CloseError
	if errors.As(err, &closed) {
		return closed.Code != websocket.CloseAbnormalClosure
	}
	return errors.Is(err, websocket.ErrReadLimit)
}

// isTimeout tells whether a deadline of the connection has passed. gorilla hides which error it was.
func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// isFinal tells whether no further connection is to be made after err.
func isFinal(err error) bool {
	return errors.Is(err, transport.ErrUnauthorized) || errors.Is(err, transport.ErrClosed)
}

// notSent is an error of a call of which nothing was written, and why.
func notSent(action string, why error) error {
	return fmt.Errorf("ws: %s: %w: %w", action, transport.ErrNotSent, why)
}

// unknown is an error of a call that may have reached the server.
func unknown(action string, why error) error {
	return fmt.Errorf("ws: %s: %w: %w", action, transport.ErrOutcomeUnknown, why)
}

// notConnected is an error of a call that found no connection.
func notConnected(action string, why error) error {
	if why == nil {
		return notSent(action, transport.ErrNotConnected)
	}
	return fmt.Errorf("ws: %s: %w: %w: %w", action, transport.ErrNotSent, transport.ErrNotConnected, why)
}

func isUnauthorized(err error) bool { return errors.Is(err, transport.ErrUnauthorized) }
