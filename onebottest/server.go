package onebottest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// errServerClosed is what waiting methods return after Close.
var errServerClosed = errors.New("onebottest: server closed")

// Server is a running fake server. All methods are safe for concurrent use. Get one from [NewServer] or [Start].
type Server struct {
	persona  Persona
	dialect  dialect
	cfg      config
	listener net.Listener
	http     *http.Server
	done     chan struct{}
	running  sync.WaitGroup

	mu       sync.Mutex // guards what follows
	closed   bool
	token    string
	state    *state
	conns    map[*conn]struct{}
	made     int
	handlers map[string]func(Call) Reply
	calls    []Call
	sent     []Sent
	sentRead int
	wake     chan struct{}
	faults   []*armed
	hooks    []*hook
	polls    map[pollKey]*polled
	latest   []json.RawMessage // the last events, for a first poll
	// published counts the events pushed so far.
	published uint64
}

// NewServer starts a server that closes itself when the test ends. It fails the test when the server cannot start.
func NewServer(tb testing.TB, p Persona, opts ...Option) *Server {
	tb.Helper()
	s, err := Start(p, opts...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// Start starts a server outside of tests. The caller closes it. An option that cannot work, an address that cannot be listened on and a
// persona that there is not are errors.
func Start(p Persona, opts ...Option) (*Server, error) {
	cfg := defaultConfig()
	if !slices.Contains(Personas(), p) {
		return nil, fmt.Errorf("onebottest: there is no persona %d", int(p))
	}
	for _, o := range opts {
		if o == nil {
			return nil, errors.New("onebottest: nil option")
		}
		if err := o(&cfg); err != nil {
			return nil, err
		}
	}
	l, err := listen(cfg)
	if err != nil {
		return nil, err
	}
	d := newDialect(p)
	s := &Server{
		persona: p, dialect: d, cfg: cfg, listener: l, token: cfg.token,
		done: make(chan struct{}), wake: make(chan struct{}),
		state: newState(d, cfg.self, cfg.packets), conns: make(map[*conn]struct{}), handlers: make(map[string]func(Call) Reply),
	}
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: time.Minute}
	s.running.Go(func() {
		// Serve always returns an error; after Close it says only that.
		_ = s.http.Serve(l)
	})
	if cfg.heartbeat > 0 {
		s.running.Go(s.beat)
	}
	return s, nil
}

func listen(cfg config) (net.Listener, error) {
	if cfg.network != nil {
		return cfg.network.Listen(cfg.addr)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", cfg.addr)
	if err != nil {
		return nil, fmt.Errorf("onebottest: listen: %w", err)
	}
	return l, nil
}

// Close cuts all connections, stops the server and waits for its goroutines. The second Close does nothing.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		s.running.Wait()
		return nil
	}
	s.closed = true
	close(s.done)
	for c := range s.conns {
		c.cut()
	}
	s.mu.Unlock()
	err := s.http.Close()
	s.running.Wait()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("onebottest: close: %w", err)
	}
	return nil
}

// enter counts a goroutine of net/http in, so that Close waits for it; false means that the server is closing.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	return true
}

// Persona tells which server is played.
func (s *Server) Persona() Persona { return s.persona }

// Addr is the address, "host:port".
func (s *Server) Addr() string { return s.listener.Addr().String() }

// URL is the address of the universal WebSocket, "ws://127.0.0.1:port/".
func (s *Server) URL() string { return "ws://" + s.Addr() + "/" }

// HTTPURL is the address of the HTTP API, "http://127.0.0.1:port", without a slash at the end.
func (s *Server) HTTPURL() string { return "http://" + s.Addr() }

// DialContext connects to the server, over its network in memory or over sockets. It fits net/http.Transport and gorilla's
// Dialer; a server with a network in memory can be reached in no other way.
func (s *Server) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if s.cfg.network != nil {
		return s.cfg.network.DialContext(ctx, network, addr)
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, fmt.Errorf("onebottest: dial: %w", err)
	}
	return c, nil
}

// SetToken changes the access token for connections and HTTP calls made from now on; empty lets everybody in. Open WebSockets
// live on; see [Server.Revoke].
func (s *Server) SetToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = token
}

// serve answers everything: a WebSocket handshake, an HTTP call.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		return
	}
	defer s.running.Done()
	s.mu.Lock()
	token := s.token
	s.mu.Unlock()
	ws := isUpgrade(r)
	ok, present := s.dialect.authorize(readTokens(r), token, ws)
	if token == "" {
		ok = true
	}
	if ws {
		s.serveWS(w, r, ok, present)
		return
	}
	if s.streams(r) {
		s.serveSSE(w, r, ok, present)
		return
	}
	s.serveHTTP(w, r, ok, present)
}
