package transport

import (
	"context"
	"time"

	"github.com/onebot-go/onebot/internal/wire"
)

// Request is one action call.
type Request struct {
	// Action is the name of the action, for example "send_group_msg".
	Action string
	// Params is a JSON object, never empty: an action without parameters has "{}".
	// It belongs to the caller again once Call has returned.
	Params []byte
}

// Response is the answer of a server to one action call, whatever its status.
type Response struct {
	// Status is "ok", "async" or "failed"; empty where the server told none.
	Status string
	// Retcode is 0 for ok and 1 for async; every other value depends on the server and on the transport.
	Retcode int64
	// Data is the JSON of the data field, "null" when absent. A transport need not look further into it than to its end: the
	// client checks it where it reads it.
	Data []byte
	// Message is the server's short text, on go-cqhttp its code word such as "MSG_NOT_FOUND". Often empty.
	Message string
	// Wording is the text for people. Often empty.
	Wording string

	// HTTPStatus is the status line's code where the answer came over HTTP, else 0.
	HTTPStatus int
	// RetryAfter is the server's wish to be left alone, where the answer came over HTTP with a Retry-After header.
	RetryAfter time.Duration
	// Partial tells that further frames of the same answer follow (NapCat's download_*_stream actions).
	Partial bool
}

// Frame is one event as it came.
type Frame struct {
	// Data is the frame's bytes. They belong to the transport again when the sink returns.
	Data []byte
	// SelfID is the account the transport knows the frame to be for; 0 when it was not told.
	SelfID int64
	// Quick hands a quick operation (a JSON object) to a source that can carry one in its reply.
	// It is nil where the source takes none, and reports false when it is too late or one was given before. It must not block, and may be
	// called in any goroutine.
	Quick func(op []byte) bool
	// Done is nil, or called exactly once: after the last handler, or with an error once it is certain that nobody gets the frame.
	// The error matches ErrOverflow when a bound was reached, and ErrClosed when the client was closed or had stopped running. What is no
	// event, or one that nobody has asked for, is done at once, without an error.
	//
	// It may be called before the sink has returned, and in any goroutine. It must neither block nor call the sink: who hands on the next
	// frame when this one is done does so in a goroutine of its own.
	Done func(error)

	// Head is what a transport of this module already found in Data. Others leave it zero.
	Head wire.Head
}

// Caller performs actions.
type Caller interface {
	// Call sends one request and waits for its answer. It returns a Response for every answer a server gave, failed
	// ones too; it returns an error when there was none. The error matches ErrNotSent when nothing reached the server;
	// every other error counts as ErrOutcomeUnknown, also one that matches both, and so does neither a Response nor an error. Call returns
	// when ctx ends, and is safe for concurrent use. The Data of the Response stays as it is when Call has returned.
	Call(ctx context.Context, req Request) (*Response, error)
}

// StreamCaller is a Caller that can hand on answers that come in parts.
type StreamCaller interface {
	Caller
	// CallStream is Call for an answer of several frames: part gets each of them in order, the last one too.
	// It stops early, with a nil error, when part returns false. It calls part once at a time, and not after it has returned.
	CallStream(ctx context.Context, req Request, part func(*Response) bool) error
}

// EventsOnly is a Transport that can tell that it performs no calls at all. Who gets its events answers them by Frame.Quick.
type EventsOnly interface {
	// EventsOnly is true where every Call is ErrUnsupported, now and later.
	EventsOnly() bool
}

// EventSource delivers events.
type EventSource interface {
	// Receive hands every event to sink, which never blocks, until ctx ends (nil) or the source has failed for good.
	// It is called once.
	//
	// It calls sink for one event after the other, in their order, and not after it has returned. A source that comes to its end, such as
	// the replay of a log, returns an error that says so (io.EOF, for example): the client's Run handles what has come and returns it.
	// With nil before ctx has ended Run goes on waiting.
	Receive(ctx context.Context, sink func(Frame)) error
}

// Transport carries actions one way and events the other.
type Transport interface {
	Caller
	EventSource
	// Close ends the connection, fails the calls in flight with ErrClosed, and waits for the transport's goroutines.
	// The second Close returns nil. The client calls it after ctx of Receive has ended, and then waits for Receive: whichever of the two
	// comes first has to make Receive return.
	Close() error
}
