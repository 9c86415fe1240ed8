package onebot

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

// role is what a connection carries.
type role uint8

const (
	roleUniversal role = iota
	roleAPI
	roleEvent
)

func (r role) calls() bool  { return r != roleEvent }
func (r role) events() bool { return r != roleAPI }

// roleOf reads X-Client-Role, which Lagrange writes "Api". What is no role of the standard counts as universal.
func roleOf(value string) role {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "api":
		return roleAPI
	case "event":
		return roleEvent
	default:
		return roleUniversal
	}
}

// accepted is what a session needs of its WebSocket.
type accepted interface {
	transport.Transport
	transport.StreamCaller
	transport.Meter
	// Abort ends it for a reason; the peer gets the close code.
	Abort(code int, why error)
	// Retire ends it for a reason once what has arrived was read.
	Retire(within time.Duration, why error)
	// Err is nil until it has ended.
	Err() error
}

// session is one connection of a server, from its handshake to its end.
type session struct {
	hub    *Hub
	role   role
	header UserID  // from X-Self-ID, 0 for none
	agent  Dialect // what the User-Agent says, Standard for nothing
	remote string
	ready  sync.WaitGroup // until conn is set, or the handshake has failed
	conn   accepted       // nil when it has
	born   uint64         // numbers them in the order of their handshakes

	mu      sync.Mutex
	late    bool     // a newer one stood when it was placed; this and retired are guarded by the lock of the account
	retired bool     // it is read to its end
	account *account // where it was placed
	told    bool     // an event has named the account
	over    bool
	timer   *time.Timer
}

// newerThan tells whether there is s, and its handshake came later.
func (s *session) newerThan(other *session) bool { return s != nil && s.born > other.born }

func newSession(h *Hub, r *http.Request) *session {
	s := &session{
		hub: h, role: roleOf(r.Header.Get("X-Client-Role")), agent: agentOf(r.UserAgent()), remote: r.RemoteAddr,
	}
	s.ready.Add(1)
	if id, err := strconv.ParseInt(strings.TrimSpace(r.Header.Get("X-Self-ID")), 10, 64); err == nil && id > 0 {
		s.header = UserID(id)
	}
	return s
}

// agentOf takes the word of those that nobody else imitates: many servers call themselves CQHttp, NapCat and onebots OneBot.
func agentOf(userAgent string) Dialect {
	if d := DialectOf(userAgent); d == LLBot || d == Lagrange {
		return d
	}
	return Standard
}

// canTell reports whether an event may name the account: a connection for calls brings none, and who names neither account nor
// role is no OneBot server.
func (s *session) canTell(r *http.Request) bool {
	return s.role.events() && r.Header.Get("X-Client-Role") != ""
}

// start is called when the handshake has been answered.
func (s *session) start(conn accepted) {
	s.conn = conn
	s.ready.Done()
	if s.role == roleAPI {
		s.place(s.header, false)
		return
	}
	wait := eventWait
	if s.header == 0 {
		wait = nameWait
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.account != nil {
		return
	}
	s.hub.running.Add(1)
	s.timer = time.AfterFunc(wait, s.waited)
}

// waited places a connection whose first event has not come.
func (s *session) waited() {
	defer s.hub.running.Done()
	s.mu.Lock()
	late := s.account == nil && !s.over
	s.mu.Unlock()
	switch {
	case !late:
	case s.header != 0:
		s.place(s.header, false)
	default:
		s.abort(websocket.ClosePolicyViolation, errNoAccount)
	}
}

var (
	errNoAccount = errors.New("onebot: hub: neither X-Self-ID nor an event names the account")
	errReplaced  = errors.New("onebot: hub: a newer connection of the account took the place of this one")
)

// receive takes every frame on the connection's reader.
func (s *session) receive(f transport.Frame) {
	s.ready.Wait() // ServeHTTP is about to return from the handshake
	a := s.placed(f)
	if a == nil {
		s.hub.cfg.logger.Debug("onebot: hub: event of no account dropped", "remote", s.remote, "bytes", len(f.Data))
		return
	}
	a.deliver(s, f)
}

// placed gives the account of the connection. The first event that names one decides: onebots writes its configured name into
// X-Self-ID, and a number of its own into every event.
func (s *session) placed(f transport.Frame) *account {
	self := UserID(0)
	if f.Head.Kind == wire.FrameEvent && f.Head.SelfID > 0 {
		self = UserID(f.Head.SelfID)
	}
	s.mu.Lock()
	a, told := s.account, s.told
	s.told = told || self != 0
	s.mu.Unlock()
	switch {
	case !told && self != 0 && (a == nil || a.self != self):
		return s.place(self, true)
	case a == nil && s.header != 0:
		return s.place(s.header, false)
	default:
		return a
	}
}

// place joins the connection to the account, away from the one it was joined to where an event has told better. It gives the
// account that the connection is joined to then, nil where that cannot be.
func (s *session) place(self UserID, byEvent bool) *account {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.over && (s.account == nil || byEvent && s.account.self != self) {
		a, err := s.hub.account(self)
		if err != nil {
			s.over = true
			s.stopTimer()
			s.conn.Abort(websocket.CloseTryAgainLater, err)
			return nil
		}
		for _, older := range s.hub.older(s, self) { // what they bring is older, too
			if older.ready.Wait(); older.conn != nil { // it has its answer already, or is about to get it
				older.place(self, false)
			}
		}
		if s.account != nil {
			s.account.detach(s, errReplaced)
			s.account = nil
		}
		if !a.attach(s) {
			s.hub.forget(a) // its client was closed just now: the account begins anew
			continue
		}
		s.account = a
		s.stopTimer()
		s.hub.placed(s)
	}
	return s.account
}

// stopTimer needs the lock.
func (s *session) stopTimer() {
	if s.timer != nil && s.timer.Stop() {
		s.hub.running.Done()
	}
	s.timer = nil
}

// abort ends the connection. The reason is told to the calls in flight and not to the peer, which gets the code.
func (s *session) abort(code int, why error) {
	if s.ready.Wait(); s.conn != nil {
		s.conn.Abort(code, why)
	}
}

// ended is the last act of the connection.
func (s *session) ended(why error) {
	s.ready.Wait()
	s.mu.Lock()
	a := s.account
	s.over, s.account = true, nil
	s.stopTimer()
	s.mu.Unlock()
	if a != nil {
		a.detach(s, why)
	}
	s.hub.cfg.logger.Info("onebot: hub: connection ended", "remote", s.remote, "reason", why)
	s.hub.leave(s)
}
