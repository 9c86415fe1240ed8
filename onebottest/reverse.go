package onebottest

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// reverseHandshake is how long the server waits for the answer to its handshake (dialects 6.5).
const reverseHandshake = 2 * time.Second

// DialReverse connects to a bot as a universal reverse WebSocket, with the headers of the persona, and serves it until either
// side ends it. The server does not connect again by itself: call DialReverse again, or use [Server.StayReverse]. It fails when the handshake does, and says
// with which HTTP status. A server with a network in memory dials inside that network.
func (s *Server) DialReverse(url string) error { return s.DialReverseAs(url, "Universal") }

// DialReverseAs is DialReverse in another role: "API" for calls only or "Event" for events only. Lagrange spells the first "Api",
// and NapCat and LLBot know the universal role only, which this method does not enforce.
func (s *Server) DialReverseAs(url, role string) error {
	if !s.enter() {
		return errServerClosed
	}
	c, err := s.reverse(url, role)
	if err != nil {
		s.running.Done()
		return err
	}
	go func() {
		defer s.running.Done()
		defer s.remove(c)
		c.serve(true)
	}()
	return nil
}

// reverse makes a connection in the given role, ready to be served.
func (s *Server) reverse(url, role string) (*conn, error) {
	path := "/"
	if s.persona == Lagrange && strings.EqualFold(role, "api") {
		role = "Api"
	}
	if !strings.EqualFold(role, "universal") {
		path += strings.ToLower(role)
	}
	c := s.newConn(path, true, true)
	c.reads = true // What is said of /event concerns connections that others made.
	ws, err := s.dialOut(url, role)
	if err != nil {
		s.remove(c)
		return nil, err
	}
	c.attach(ws)
	return c, nil
}

// dialOut makes the handshake.
func (s *Server) dialOut(url, role string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), reverseHandshake)
	defer cancel()
	d := websocket.Dialer{NetDialContext: s.DialContext}
	ws, resp, err := d.DialContext(ctx, url, s.reverseHeader(role))
	if resp != nil {
		_ = resp.Body.Close()
	}
	if err != nil && resp != nil {
		return nil, fmt.Errorf("onebottest: reverse dial: HTTP status %d: %w", resp.StatusCode, err)
	}
	if err != nil {
		return nil, fmt.Errorf("onebottest: reverse dial: %w", err)
	}
	return ws, nil
}

// reverseHeader presents the server as dialects 6.5 says.
func (s *Server) reverseHeader(role string) http.Header {
	s.mu.Lock()
	token := s.token
	s.mu.Unlock()
	h := http.Header{"X-Self-Id": {strconv.FormatInt(s.cfg.self, 10)}, "X-Client-Role": {role}}
	scheme, always := "Bearer ", true
	switch s.persona {
	case NapCat:
		h.Set("User-Agent", "OneBot/11")
	case LLBot:
		h.Set("User-Agent", "LLOneBot/8.1.7")
	case Lagrange:
		h.Set("User-Agent", "Lagrange.OneBot")
	case GoCQHTTP:
		h.Set("User-Agent", "CQHttp/4.15.0")
		scheme, always = "Token ", false
	case Standard:
		always = false
	}
	if token != "" || always {
		h.Set("Authorization", scheme+token)
	}
	return h
}
