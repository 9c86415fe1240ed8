package onebottest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// The values of [Call].Transport.
const (
	// OverWebSocket marks a call that came over a WebSocket.
	OverWebSocket = "ws"
	// OverHTTP marks a call that came over HTTP.
	OverHTTP = "http"
)

// Call is one received action call.
type Call struct {
	// Action as received, with its suffix.
	Action string
	// Params as received; over HTTP put together from the body and the query. "{}" when there were none.
	Params json.RawMessage
	// Echo as received; nil when there was none.
	Echo json.RawMessage
	// Transport is [OverWebSocket] or [OverHTTP].
	Transport string
	// Connection counts WebSocket connections from 1; 0 over HTTP.
	Connection int
	// Done ends when the server closes. A function given to Handle that waits for anything must watch it.
	Done <-chan struct{}

	params  params
	echo    any
	hasEcho bool
}

// Reply is the answer to a call. The zero value is a success with null data.
type Reply struct {
	// Status is "ok", "failed" or "async". Empty means "ok" when Retcode is 0 and Message is empty, else "failed".
	Status string
	// Retcode is sent as it is; 0 in a failed answer means what the persona says for a failed action on that transport.
	Retcode int64
	// Data is marshalled; nil is null.
	Data any
	// Message is the error text, in the persona's fields; Lagrange has none.
	Message string
	// Parts are the data of frames that come before the last one, all with the same echo, as the answers of NapCat's *_stream
	// actions do; over HTTP they stand in one body, separated by CR LF CR LF (dialects 5.7).
	Parts []any
	// Frame, when not nil, is sent as it is in place of everything else.
	Frame []byte
	// Silent sends no answer at all.
	Silent bool

	kind  failKind
	code  string
	empty bool // go-cqhttp's answer without a status
	// noMessage is a send without a message, which NapCat never answers over WebSocket.
	noMessage bool
	stream    bool // one of several frames
	bare      bool // without a key for data, as NapCat answers some actions (dialects 5.1)
	ours      bool // not the server's failure but this package's, which says so on every persona
}

type failKind int

const (
	failAction failKind = iota
	failParams
	failUnknown
	failFrame
)

func (r Reply) failed() bool {
	if r.Status != "" {
		return r.Status == "failed"
	}
	return r.Retcode != 0 || r.Message != "" || r.kind != failAction || r.code != ""
}

func (r Reply) status() string {
	switch {
	case r.Status != "":
		return r.Status
	case r.failed():
		return "failed"
	}
	return "ok"
}

// retcode gives the code to send: the one set, or the one that the table has for this kind of failure. A table lists action
// failed, bad parameters, unknown action, broken frame.
func (r Reply) retcode(table [4]int64) int64 {
	if r.Retcode != 0 || !r.failed() {
		return r.Retcode
	}
	return table[r.kind]
}

// Handle lets f answer the calls of action from now on, whatever the persona does with it; nil gives the action back to the
// persona. f runs in a goroutine of its own and may be called several times at once; the server's Close waits for it.
func (s *Server) Handle(action string, f func(Call) Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f == nil {
		delete(s.handlers, action)
		return
	}
	s.handlers[action] = f
}

// recordLimit is how many calls, sent messages, and messages of one chat are kept at least; at twice as many the older half goes.
const recordLimit = 1 << 16

// trim drops the older part of a list that has grown to twice the limit and tells how many entries went.
func trim[T any](list []T) ([]T, int) {
	if len(list) < 2*recordLimit {
		return list, 0
	}
	return slices.Clone(list[recordLimit:]), recordLimit
}

// Calls lists the calls received so far, in order, at least the last 65,536. Calls that were refused for their token or could not be read are not in it.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// CallsOf lists the calls of one action received so far.
func (s *Server) CallsOf(action string) []Call {
	return slices.DeleteFunc(s.Calls(), func(c Call) bool { return c.Action != action })
}

// Sent is one message that a client has sent.
type Sent struct {
	// Action is the action that sent it.
	Action string
	// Group and User are the target: one of them, or both for a temporary session.
	Group, User int64
	// MessageID is the id that the server gave to the message.
	MessageID int64
	// Message is the value of `message`, or of `messages` for a merged forward, as received.
	Message json.RawMessage
	// CQ is what was stored, as a CQ string.
	CQ string
	// ForwardID is the id of a merged forward; empty for others.
	ForwardID string
}

// Sent lists the messages that clients have sent so far, in order, at least the last 65,536. An upload of a merged forward alone is not a message.
func (s *Server) Sent() []Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// NextSent waits for the next sent message and returns each one once, in order. It fails with ctx's error, or when the server
// has closed.
func (s *Server) NextSent(ctx context.Context) (Sent, error) {
	for {
		s.mu.Lock()
		if s.sentRead < len(s.sent) {
			next := s.sent[s.sentRead]
			s.sentRead++
			s.mu.Unlock()
			return next, nil
		}
		wake := s.wake
		s.mu.Unlock()
		select {
		case <-wake:
		case <-ctx.Done():
			return Sent{}, fmt.Errorf("onebottest: next sent: %w", ctx.Err())
		case <-s.done:
			return Sent{}, errServerClosed
		}
	}
}

// changed wakes everybody who waits for something to happen. The lock is held.
func (s *Server) changed() {
	close(s.wake)
	s.wake = make(chan struct{})
}

// record keeps the call. The lock is not held.
func (s *Server) record(c *Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, *c)
	s.calls, _ = trim(s.calls)
	s.changed()
}

// handler finds a function given to Handle, or one of ours that waits.
func (s *Server) handler(action string) func(Call) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.handlers[action]; h != nil {
		return h
	}
	return s.polling(action)
}

// run carries out an action of the persona.
func (s *Server) run(c *Call) Reply {
	name := c.Action
	for _, suffix := range s.dialect.about().aliases {
		name = strings.TrimSuffix(name, suffix)
	}
	if s.persona.offers(name) == offersNone {
		return Reply{kind: failUnknown, Message: c.Action}
	}
	if refused := s.dialect.check(name, c.params); refused != nil {
		return *refused
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if act := actionByName(name); act != nil {
		return act(s, c, name)
	}
	return plain(s, c, name)
}
