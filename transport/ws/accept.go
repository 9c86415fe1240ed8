package ws

import (
	"bufio"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/onebot-go/onebot/internal/secret"
	"github.com/onebot-go/onebot/transport"
)

// Accept takes the connection of a server that dials out (reverse WebSocket). It answers the request in every case, apart from one
// whose sender speaks on before it is answered, where it closes the connection; the handler may return when Accept has. The Conn does
// not connect again: when the socket ends, Done is closed, Receive returns the reason, and calls fail with it and with ErrNotSent.
//
// The token is taken as "Bearer x", "Token x" or bare "x" from the Authorization header, or from the access_token parameter:
// servers differ in what they send. Where there is none the answer is 401, for a wrong one 403, and the error matches
// ErrUnauthorized. A request that is no WebSocket handshake, and a browser of another origin, are ErrInvalidArgument.
func Accept(w http.ResponseWriter, r *http.Request, o AcceptOptions) (*Conn, error) {
	opts := o.settings()
	if err := opts.validate(); err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return nil, err
	}
	opts = opts.withDefaults()
	if err := CheckToken(w, r, o.Token); err != nil {
		return nil, err
	}
	h := &hijacker{ResponseWriter: w, timeout: opts.WriteTimeout}
	upgrader := websocket.Upgrader{
		HandshakeTimeout: defaultHandshake,
		WriteBufferPool:  &writeBuffers,
		CheckOrigin:      o.CheckOrigin,
	}
	conn, err := upgrader.Upgrade(h, r, nil)
	if err != nil {
		return nil, fmt.Errorf("ws: accept: %w: %w", transport.ErrInvalidArgument, err)
	}
	h.straighten()
	var mask secret.Mask
	if secrets := append(presented(r), o.Token); len(secrets) > 1 || o.Token != "" {
		mask = secret.NewMask(secrets...)
	}
	c := newConn(&opts, mask, r.RemoteAddr)
	c.calls = c.addLink(nil, !o.CallsOnly)
	c.events = c.calls
	s := newSocket(c, conn, h.box, opts.ReadLimit, false)
	s.pings.rounds = o.Rounds
	s.selfID = o.SelfID
	if s.selfID == 0 {
		s.selfID = selfID(r)
	}
	if o.Sink != nil {
		c.inbox.open(o.Sink)
	}
	c.ended = o.Ended
	c.calls.put(s)
	c.cancel = func() {} // there is nothing to cancel
	s.startPings()
	c.running.Add(1)
	go c.calls.runAccepted(s)
	return c, nil
}

// hijacker puts an outbox under the connection that gorilla takes over.
type hijacker struct {
	http.ResponseWriter
	timeout time.Duration // of writes
	box     *outbox
	reader  *bufio.Reader
}

// Hijack takes the connection from the server.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if errors.Is(err, http.ErrNotSupported) {
		err = errHidden
	}
	if err != nil {
		return nil, nil, err
	}
	h.box = newOutbox(conn, h.timeout, false)
	if rw.Reader.Buffered() > 0 {
		return h.box, rw, nil // the upgrader refuses who speaks before he is answered
	}
	h.reader = bufio.NewReaderSize(conn, acceptReadBuffer) // of more than 256 bytes, so that the upgrader takes it
	return h.box, bufio.NewReadWriter(h.reader, rw.Writer), nil
}

// straighten lets the connection be read without the way through the outbox, which would cost each reader some of its stack.
func (h *hijacker) straighten() { h.reader.Reset(h.box.Conn) }

// CheckToken does what Accept does about the token, and nothing else: it answers a request without the right one and gives
// an error that matches ErrUnauthorized. It is for a handler that decides more before it accepts. An empty token lets everyone
// pass.
func CheckToken(w http.ResponseWriter, r *http.Request, token string) error {
	if token == "" {
		return nil
	}
	given := presented(r)
	want := sha256.Sum256([]byte(token))
	for _, t := range given {
		// Of the sums, as the time of a comparison tells the length.
		if sum := sha256.Sum256([]byte(t)); subtle.ConstantTimeCompare(sum[:], want[:]) == 1 {
			return nil
		}
	}
	status := http.StatusForbidden
	if len(given) == 0 {
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	http.Error(w, http.StatusText(status), status)
	return fmt.Errorf("ws: accept: answered with status %d: %w", status, transport.ErrUnauthorized)
}

// presented gives the tokens of a request, without empty ones.
func presented(r *http.Request) []string {
	var tokens []string
	for _, value := range r.Header.Values("Authorization") {
		scheme, rest, ok := strings.Cut(strings.TrimSpace(value), " ")
		switch {
		case !ok && !isScheme(scheme):
			rest = scheme
		case ok && !isScheme(scheme):
			rest = strings.TrimSpace(value)
		}
		if rest = strings.TrimSpace(rest); rest != "" {
			tokens = append(tokens, rest)
		}
	}
	for _, value := range r.URL.Query()["access_token"] {
		if value != "" {
			tokens = append(tokens, value)
		}
	}
	return tokens
}

func isScheme(word string) bool {
	return strings.EqualFold(word, "Bearer") || strings.EqualFold(word, "Token")
}

// selfID reads the account that a server names, 0 for none.
func selfID(r *http.Request) int64 {
	id, err := strconv.ParseInt(r.Header.Get("X-Self-ID"), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}
