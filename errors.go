package onebot

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/onebot-go/onebot/internal/secret"
	"github.com/onebot-go/onebot/transport"
)

// Every failed call matches exactly one of ErrNotSent, *ActionError and ErrOutcomeUnknown, so that a program knows whether
// repeating it is safe. The other sentinels tell the cause and come on top; the context's error matches too where it was
// the cause. Test with errors.Is and errors.As.
var (
	// ErrNotSent: nothing reached the server, so the call may be repeated. Not connected, an invalid argument, something the
	// server does not offer, a withdrawn message, a token that was rejected before anything else was said, a context that ended before
	// the write, HTTP 401, 403, 429, a page with 404. With WithOutcomeCheck also: the history shows that the message did not go out.
	ErrNotSent = transport.ErrNotSent
	// ErrOutcomeUnknown: the request was written and its effect is not known. A deadline, a lost connection, Close, HTTP 5xx, an
	// unreadable answer, or the server's own word that it timed out waiting for QQ. A message may have been sent: look first.
	ErrOutcomeUnknown = transport.ErrOutcomeUnknown
	// ErrUnauthorized: the server rejected the token. It is final; Run returns it and nothing connects again.
	ErrUnauthorized = transport.ErrUnauthorized
	// ErrNotConnected: there was no connection, and none came before the deadline (WithFailFast: at the time of the call).
	ErrNotConnected = transport.ErrNotConnected
	// ErrClosed: the client was closed.
	ErrClosed = transport.ErrClosed
	// ErrUnsupported: this server or this transport cannot do that.
	ErrUnsupported = transport.ErrUnsupported
	// ErrInvalidArgument: an argument, option or address that cannot work; found before anything was sent.
	ErrInvalidArgument = transport.ErrInvalidArgument
	// ErrOverflow: a bounded buffer of events was full and events are missing.
	ErrOverflow = transport.ErrOverflow
	// ErrUnknownAction: the server does not know the action. It matches the *ActionError of every server's way to say so.
	ErrUnknownAction = errors.New("unknown action")
	// ErrMessageWithdrawn: the message was withdrawn, and its id is not valid any more.
	ErrMessageWithdrawn = errors.New("message withdrawn")
	// SkipRest is returned by a handler so that handlers registered later do not get the event. It is not a failure and
	// not logged.
	SkipRest = errors.New("skip the rest of the handlers") //nolint:errname,gochecknoglobals,staticcheck // named by the contract
)

// ActionError is the answer of a server that says the action failed: it was received, and not done.
type ActionError struct {
	// Action is the name of the action, for example "send_group_msg".
	Action string
	// Status is "failed", or empty where the server answered with an empty object (go-cqhttp).
	Status string
	// Retcode is the server's code. The same failure has another code on another server, and on another transport.
	Retcode int64
	// Message is the server's short text or code word ("MSG_NOT_FOUND"), Wording its text for people. Lagrange gives neither.
	Message, Wording string
	// Server is the name of the server ("NapCat.Onebot") where it is known by then, else empty.
	Server string
	// HTTPStatus is the status code where the answer came over HTTP, else 0.
	HTTPStatus int
	// RetryAfter is how long the server asked to be left alone, 0 when it did not.
	RetryAfter time.Duration

	unknownAction bool
}

// Error gives one line: the action, the retcode and the server's texts, of each 1 KiB at most: one may be a whole stack trace. The
// fields have all of it.
func (e *ActionError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "onebot: %s: ", e.Action)
	if e.Status == "" {
		b.WriteString("no status")
	} else {
		fmt.Fprintf(&b, "%s, retcode %d", e.Status, e.Retcode)
	}
	if e.HTTPStatus != 0 && e.HTTPStatus != 200 {
		fmt.Fprintf(&b, ", http status %d", e.HTTPStatus)
	}
	if e.Message != "" {
		b.WriteString(": " + secret.Short(e.Message))
	}
	if e.Wording != "" && e.Wording != e.Message {
		b.WriteString(": " + secret.Short(e.Wording))
	}
	if e.Server != "" {
		b.WriteString(" (" + e.Server + ")")
	}
	return b.String()
}

// Is makes errors.Is(err, ErrUnknownAction) true where the server said that it does not know the action.
func (e *ActionError) Is(target error) bool {
	return target == ErrUnknownAction && e.unknownAction
}

// classless is an error of a transport that matches several classes, as one of several attempts may, without any of them: it counts as
// ErrOutcomeUnknown, since who believed another one might send twice.
type classless struct{ err error }

// Error gives the text as it came.
func (e classless) Error() string { return e.err.Error() }

// Is knows everything but a class.
func (e classless) Is(target error) bool {
	return target != ErrNotSent && target != ErrOutcomeUnknown && errors.Is(e.err, target)
}

// As does too.
func (e classless) As(target any) bool {
	_, class := target.(**ActionError)
	return !class && errors.As(e.err, target)
}
