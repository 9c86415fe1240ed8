package onebot

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onebot-go/onebot/transport/ws"
)

// Hub takes the connections of servers that dial out (reverse WebSocket), for one account or thousands: an http.Handler for an
// http.Server of your own. It is made by NewHub, is safe for concurrent use, and is to be closed.
//
// Every dialler is taken as it is: the token as "Bearer x", "Token x", bare "x" or ?access_token=x, the X-Client-Role in any
// case, with one universal connection or one for the API and one for events. The account is that of X-Self-ID; where the first
// event names another one, that counts. A newer connection of an account takes the place of the older one; what has arrived on that is
// handled first, unless more than 2,048 events or 4 MiB of the newer ones would have to wait for it.
//
// The bounds of WithEventQueue, WithLanes and WithMessageCache are totals of the hub. A connection costs one goroutine, its
// reader; an account costs none, with WithCatchUp one. One timer sends all pings. How long a client may take to send the head of its
// request is for the http.Server to say: set its ReadHeaderTimeout.
type Hub struct {
	cfg      config
	setup    func(UserID, *Client)
	lanes    *lanes
	messages *messageStore
	rounds   ws.Rounds     // the pings of all connections
	answers  *answers      // nil without WithOneAnswer
	turns    chan struct{} // handshakes under way

	refused    atomic.Uint64 // diallers that were, and stand in no log yet
	refusedLog throttle

	mu       sync.Mutex
	closed   bool
	quiet    chan struct{} // made by Shutdown: nobody is taken any more; closed after the last handler
	accounts map[UserID]*account
	sessions map[*session]struct{}
	early    map[UserID][]*session // those whose first event has not come, by X-Self-ID, 0 for none, in the order of their handshakes
	born     uint64                // how many sessions there were
	unplaced atomic.Int64          // how many early ones there are
	running  sync.WaitGroup        // sessions and their timers
}

const (
	// maxHandshakes is how many handshakes are answered at once; others wait for their turn.
	maxHandshakes = 256
	// handshakeWait is for how long: NapCat and LLBot give up after 2 s.
	handshakeWait = 1500 * time.Millisecond
	// maxPending bounds the connections whose account only the first event tells.
	maxPending = 256
	// eventWait is how long the first event may take to disagree with X-Self-ID. Every server sends one at once.
	eventWait = 500 * time.Millisecond
	// nameWait is how long it may take to name the account where there is no X-Self-ID.
	nameWait = 10 * time.Second
)

// NewHub makes a hub. setup is called once for each account, before its first event, to register handlers; it may make calls.
// Events wait until it has returned, at most 2,048 and 4 MiB of them. The hub runs its clients: their Run is ErrInvalidArgument.
// Closing a client ends its connection and makes the hub forget the account, so that setup is called again when it comes back.
//
// WithToken is what diallers must present. Errors: ErrInvalidArgument for a nil setup, an invalid option, for WithTLS, WithEventURL and
// WithEventSource, and for an empty token without WithNoToken. Other options about dialling have no effect.
func NewHub(setup func(self UserID, c *Client), opts ...Option) (*Hub, error) {
	if setup == nil {
		return nil, invalid("hub: nil setup")
	}
	cfg, err := newConfig(opts)
	switch {
	case err != nil:
		return nil, err
	case cfg.token == "" && !cfg.hub.noToken:
		return nil, invalid("hub: no token; give one by WithToken, or say by WithNoToken that everyone may connect")
	case cfg.eventURL != "" || cfg.source != nil:
		return nil, invalid("hub: WithEventURL and WithEventSource are for Dial")
	case cfg.tls != nil:
		return nil, invalid("hub: WithTLS is for Dial; the http.Server that has the hub as its handler speaks TLS")
	}
	h := &Hub{
		cfg: cfg, setup: setup,
		lanes:    newLanes(&cfg),
		messages: &messageStore{limit: cfg.cache},
		turns:    make(chan struct{}, maxHandshakes),
		accounts: make(map[UserID]*account),
		sessions: make(map[*session]struct{}),
		early:    make(map[UserID][]*session),
	}
	if cfg.hub.oneAnswer {
		h.answers = newAnswers()
	}
	// The run ends with Close: a hub has no Run whose context could end it.
	if err := h.lanes.Start(context.Background()); err != nil {
		return nil, fmt.Errorf("onebot: hub: %w", err)
	}
	return h, nil
}

// Client gives the client of an account that has connected before. It stays known while the account is away: calls then wait for
// its next connection until their deadline, or fail with ErrNotConnected, at once where WithFailFast is set.
func (h *Hub) Client(self UserID) (*Client, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if a := h.accounts[self]; a != nil {
		return a.client, true
	}
	return nil, false
}

// Clients yields every account that has connected before and its client, in no particular order, as they are when the loop begins.
func (h *Hub) Clients() iter.Seq2[UserID, *Client] {
	return func(yield func(UserID, *Client) bool) {
		h.mu.Lock()
		all := slices.Collect(maps.Values(h.accounts))
		h.mu.Unlock()
		for _, a := range all {
			if !yield(a.self, a.client) {
				return
			}
		}
	}
}

// String tells only what it is, for logs.
func (h *Hub) String() string { return "onebot.Hub" }

// GoString is String: the fields hold the token.
func (h *Hub) GoString() string { return h.String() }

// ServeHTTP answers one handshake, within 2 s, and returns; the connection goes on without it.
//
// Answers other than 101: 401 without a token and 403 for a wrong one; 400 where neither X-Self-ID nor a first event can tell the
// account, and for what is no WebSocket handshake; 405 for a method that is not GET; 403 for a browser whose page is of another
// origin; 503 when the hub is closed or WithAccountLimit, or the bound of connections or handshakes, is reached.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := ws.CheckToken(w, r, h.cfg.token); err != nil {
		h.logRefused(r, "error", err)
		return
	}
	s, bad := h.admit(r)
	if bad != nil {
		bad.answer(w)
		h.logRefused(r, "status", bad.status, "reason", bad.reason)
		return
	}
	defer func() { <-h.turns }()
	conn, err := ws.Accept(w, r, ws.AcceptOptions{
		SelfID: int64(s.header), CallsOnly: !s.role.events(), ReadLimit: h.cfg.readLimit, Logger: h.cfg.logger,
		Sink: s.receive, Ended: s.ended, Rounds: &h.rounds,
	})
	if err != nil {
		s.ready.Done()
		h.leave(s)
		h.logRefused(r, "error", err)
		return
	}
	s.start(conn)
}

// logRefused tells who was not taken, at most once in a second: strangers may dial as often as they like.
func (h *Hub) logRefused(r *http.Request, why ...any) {
	h.refused.Add(1)
	if h.refusedLog.allow() {
		h.cfg.logger.Warn("onebot: hub: dialler refused", append([]any{"remote", r.RemoteAddr, "diallers", h.refused.Swap(0)}, why...)...)
	}
}

// refusal is an answer to a dialler that is not taken.
type refusal struct {
	status int
	reason string
}

func (bad *refusal) answer(w http.ResponseWriter) {
	if bad.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	if bad.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodGet)
	}
	http.Error(w, bad.reason, bad.status)
}

// admit decides whether there is a place for a dialler, and takes it: leave gives it back, and who has been admitted gives back
// his turn.
func (h *Hub) admit(r *http.Request) (*session, *refusal) {
	if r.Method != http.MethodGet {
		return nil, &refusal{http.StatusMethodNotAllowed, "only GET"}
	}
	s := newSession(h, r)
	if s.header == 0 && !s.canTell(r) {
		reason := "no X-Self-ID"
		switch {
		case !strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
			reason = "no WebSocket handshake"
		case r.Header.Get("X-Self-ID") != "":
			reason = "X-Self-ID is no account"
		}
		return nil, &refusal{http.StatusBadRequest, reason}
	}
	if !h.takeTurn(r.Context()) {
		return nil, &refusal{http.StatusServiceUnavailable, "too many handshakes"}
	}
	bad := h.enter(s)
	if bad != nil {
		<-h.turns
	}
	return s, bad
}

func (h *Hub) takeTurn(ctx context.Context) bool {
	select {
	case h.turns <- struct{}{}:
		return true
	default:
	}
	timer := time.NewTimer(handshakeWait)
	defer timer.Stop()
	select {
	case h.turns <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

func (h *Hub) enter(s *session) *refusal {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed, h.quiet != nil:
		return &refusal{http.StatusServiceUnavailable, "closed"}
	case s.header != 0 && h.accounts[s.header] == nil && len(h.accounts) >= h.cfg.hub.accounts:
		return &refusal{http.StatusServiceUnavailable, "too many accounts"}
	case s.header == 0 && len(h.early[0]) >= maxPending,
		// Two for each account, and one that takes the place of another; a limit may be as large as an int.
		(len(h.sessions)-maxPending)/3 >= h.cfg.hub.accounts:
		return &refusal{http.StatusServiceUnavailable, "too many connections"}
	}
	h.sessions[s] = struct{}{}
	h.born++
	s.born = h.born
	h.running.Add(1)
	h.early[s.header] = append(h.early[s.header], s)
	h.unplaced.Add(1)
	return nil
}

// leave is the end of a session.
func (h *Hub) leave(s *session) {
	h.mu.Lock()
	delete(h.sessions, s)
	h.notEarly(s)
	h.mu.Unlock()
	h.running.Done()
}

// notEarly takes s out of those that have not been placed. It needs the lock.
func (h *Hub) notEarly(s *session) {
	list := h.early[s.header]
	rest := slices.DeleteFunc(list, func(x *session) bool { return x == s })
	h.unplaced.Add(int64(len(rest) - len(list)))
	if len(rest) == 0 {
		delete(h.early, s.header)
	} else {
		h.early[s.header] = rest
	}
}

// dialled tells whether there are connections that have not been placed, and are an account's or may be.
func (h *Hub) dialled(self UserID) bool {
	if h.unplaced.Load() == 0 { // as a rule: every event asks
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.early[self]) > 0 || len(h.early[0]) > 0
}

// older gives the connections of an account that have been there longer than s, and have not been placed.
func (h *Hub) older(s *session, self UserID) []*session {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []*session
	for _, x := range h.early[self] {
		if x.born < s.born {
			list = append(list, x)
		}
	}
	return list
}

// placed says that s has its place.
func (h *Hub) placed(s *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.notEarly(s)
}

// account gives the account, made with its client when it comes for the first time; nil when there is no place for it.
func (h *Hub) account(self UserID) (*account, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if a := h.accounts[self]; a != nil {
		return a, nil
	}
	switch {
	case h.closed, h.quiet != nil:
		return nil, errHubClosed
	case len(h.accounts) >= h.cfg.hub.accounts:
		return nil, errTooMany
	}
	a := newAccount(h, self)
	h.accounts[self] = a
	return a, nil
}

var errTooMany = errors.New("onebot: hub: too many accounts")

// forget takes out an account whose client was closed.
func (h *Hub) forget(a *account) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.accounts[a.self] == a {
		delete(h.accounts, a.self)
	}
}
