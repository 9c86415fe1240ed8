package onebottest

import (
	"bytes"
	"slices"
	"time"
)

// Fault is one thing that goes wrong. Make one with a function of this package, narrow it with On, Skip and Times, and arm it
// with [Server.Fault]:
//
//	srv.Fault(onebottest.Late(2 * time.Second).On("send_group_msg").Times(3))
//
// The zero value does nothing.
type Fault struct {
	kind    faultKind
	action  string
	skip    int
	times   int
	delay   time.Duration
	code    int
	retcode int64
	text    string
	frame   []byte
	rewrite func(answer []byte) []byte
	binary  bool
}

type faultKind int

const (
	noFault faultKind = iota
	dropBeforeAction
	dropBeforeReply
	dropAfterReply
	ignore
	noReply
	late
	reversed
	double
	foreignEcho
	failCall
	failAfter
	timeoutAfter
	garble
	rewritten
	closeWith
	revokeToken
	httpStatus
	// Those that concern a connection follow.
	dropConn
	stallReads
	stallWrites
	noPong
	refuseConn
)

// DropBeforeAction cuts the connection when a call has been received and does not run it.
func DropBeforeAction() Fault { return Fault{kind: dropBeforeAction} }

// DropBeforeReply runs the action and cuts the connection in place of the answer.
func DropBeforeReply() Fault { return Fault{kind: dropBeforeReply} }

// DropAfterReply answers and cuts the connection.
func DropAfterReply() Fault { return Fault{kind: dropAfterReply} }

// Ignore neither runs the action nor answers.
func Ignore() Fault { return Fault{kind: ignore} }

// NoReply runs the action and does not answer.
func NoReply() Fault { return Fault{kind: noReply} }

// Late runs the action at once and answers after d; later calls overtake it.
func Late(d time.Duration) Fault { return Fault{kind: late, delay: d} }

// Reverse runs the next n calls and sends their answers when the last of them has been run, in the opposite order. Until then
// nobody is answered. It goes by connection; over HTTP it does nothing.
func Reverse(n int) Fault { return Fault{kind: reversed, code: n, times: n} }

// Double answers twice with the same frame. Over HTTP it does nothing.
func Double() Fault { return Fault{kind: double} }

// ForeignEcho sends a copy of the answer with an echo that nobody used before the true one. Over HTTP it does nothing.
func ForeignEcho() Fault { return Fault{kind: foreignEcho} }

// Fail answers with a failure and does not run the action. Retcode 0 is what the persona says for a failed action.
func Fail(retcode int64, text string) Fault {
	return Fault{kind: failCall, retcode: retcode, text: text}
}

// FailAfterAction runs the action and answers with a failure all the same.
func FailAfterAction(retcode int64, text string) Fault {
	return Fault{kind: failAfter, retcode: retcode, text: text}
}

// TimeoutAfterAction runs the action and answers with the persona's own "timed out waiting" failure: NapCat's "Timeout: NTEvent
// ..." and LLBot's "waitForSelfEcho timeout". Of a forward that was uploaded both say only that sending it failed, and name its
// id. The others have no such answer and give none.
func TimeoutAfterAction() Fault { return Fault{kind: timeoutAfter} }

// Garble runs the action and sends frame in place of the answer, byte for byte: truncated JSON, deep nesting, invalid UTF-8.
func Garble(frame []byte) Fault { return Fault{kind: garble, frame: slices.Clone(frame)} }

// Rewrite runs the action and sends what f makes of the answer, for frames that are broken in some way and still carry the echo:
// cut off, followed by more, with a key twice. f gets a copy; nil sends nothing.
func Rewrite(f func(answer []byte) []byte) Fault { return Fault{kind: rewritten, rewrite: f} }

// Padded runs the action and sends the answer with white space before its closing brace, so that the frame is size bytes long.
// An answer that is longer already is sent as it is.
func Padded(size int) Fault {
	return Rewrite(func(answer []byte) []byte {
		body := bytes.TrimSpace(answer)
		if len(body) >= size || body[len(body)-1] != '}' {
			return answer
		}
		padded := append(make([]byte, 0, size), body[:len(body)-1]...)
		padded = append(padded, bytes.Repeat([]byte{' '}, size-len(body))...)
		return append(padded, '}')
	})
}

// Binary runs the action and sends frame in place of the answer as a binary message; nil sends the answer itself so.
func Binary(frame []byte) Fault { return Fault{kind: garble, frame: slices.Clone(frame), binary: true} }

// CloseWith does not run the action and ends the WebSocket with this close code; 1005 sends a close frame without a code. Over
// HTTP the connection is cut.
func CloseWith(code int, reason string) Fault {
	return Fault{kind: closeWith, code: code, text: reason}
}

// RevokeToken does not run the action and rejects the connection's token as [Server.Revoke] does. Over HTTP the call is refused
// as one with a wrong token.
func RevokeToken() Fault { return Fault{kind: revokeToken} }

// HTTPStatus does not run the action and gives this HTTP answer, with a Retry-After header if retryAfter is at least a second.
// Over WebSocket it does nothing.
func HTTPStatus(code int, body string, retryAfter time.Duration) Fault {
	return Fault{kind: httpStatus, code: code, text: body, delay: retryAfter}
}

// DropConn accepts a WebSocket and cuts it at once, before the first frame or just after it.
func DropConn() Fault { return Fault{kind: dropConn} }

// StallReads accepts a WebSocket and never reads from it: calls pile up in the buffers, pings and close frames stay unanswered.
// go-cqhttp's /event is like that always.
func StallReads() Fault { return Fault{kind: stallReads} }

// StallWrites accepts a WebSocket, reads and runs what comes, and never writes a byte: no greeting, no answer, no event, no pong.
func StallWrites() Fault { return Fault{kind: stallWrites} }

// NoPong accepts a WebSocket that never answers a ping and is sound in everything else.
func NoPong() Fault { return Fault{kind: noPong} }

// RefuseConn answers the WebSocket handshake with this HTTP status.
func RefuseConn(status int) Fault { return Fault{kind: refuseConn, code: status} }

// On narrows the fault to one action. It does nothing to faults of a connection.
func (f Fault) On(action string) Fault {
	f.action = action
	return f
}

// Skip lets n calls or connections pass before the fault begins.
func (f Fault) Skip(n int) Fault {
	f.skip = n
	return f
}

// Times sets how often the fault happens: once if not set, without end if n is negative.
func (f Fault) Times(n int) Fault {
	f.times = n
	return f
}

// armed is a fault that waits for its call.
type armed struct {
	fault Fault
	skip  int
	left  int
}

// Fault arms faults. Each call meets the first armed fault that fits it, in the order of arming, each connection likewise.
func (s *Server) Fault(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		times := f.times
		if times == 0 {
			times = 1
		}
		s.faults = append(s.faults, &armed{fault: f, skip: f.skip, left: times})
	}
}

// ClearFaults disarms everything.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// nextCallFault takes the fault for a call of action; the zero value if there is none.
func (s *Server) nextCallFault(action string) Fault {
	return s.take(func(f Fault) bool {
		return f.kind < dropConn && (f.action == "" || f.action == action)
	})
}

// nextConnFault takes the fault for a new connection.
func (s *Server) nextConnFault() Fault {
	return s.take(func(f Fault) bool { return f.kind >= dropConn })
}

func (s *Server) take(fits func(Fault) bool) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, a := range s.faults {
		if !fits(a.fault) {
			continue
		}
		if a.skip > 0 {
			a.skip--
			continue
		}
		if a.left > 0 {
			a.left--
		}
		if a.left == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return a.fault
	}
	return Fault{}
}
