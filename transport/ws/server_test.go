package ws_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

// request is a call as the server sees it.
type request struct {
	Action string          `json:"action"`
	Params json.RawMessage `json:"params"`
	Echo   string          `json:"echo"`
}

// peer is the server's end of one connection.
type peer struct {
	*websocket.Conn
	header http.Header
	path   string
	mu     sync.Mutex
}

func (p *peer) send(frame string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.WriteMessage(websocket.TextMessage, []byte(frame))
}

func (p *peer) ok(r request, data string) {
	p.send(fmt.Sprintf(`{"status":"ok","retcode":0,"data":%s,"message":"","wording":"","echo":%q}`, data, r.Echo))
}

// read gives the next request, false when the connection has ended.
func (p *peer) read() (request, bool) {
	_, data, err := p.ReadMessage()
	if err != nil {
		return request{}, false
	}
	var r request
	if json.Unmarshal(data, &r) != nil {
		return request{}, false
	}
	return r, true
}

// echoes answers every call with its own parameters until the connection ends.
func (p *peer) echoes() {
	for {
		r, ok := p.read()
		if !ok {
			return
		}
		p.ok(r, string(r.Params))
	}
}

// server is a WebSocket server whose connections are served by a function, one goroutine each.
type server struct {
	*httptest.Server
	conns atomic.Int64
}

func newServer(tb testing.TB, serve func(p *peer)) *server {
	tb.Helper()
	return startServer(tb, serve, httptest.NewServer)
}

func newTLSServer(tb testing.TB, serve func(p *peer)) *server {
	tb.Helper()
	return startServer(tb, serve, func(h http.Handler) *httptest.Server {
		s := httptest.NewUnstartedServer(h)
		s.Config.ErrorLog = log.New(io.Discard, "", 0) // a client that does not trust us is part of a test
		s.StartTLS()
		return s
	})
}

func startServer(tb testing.TB, serve func(p *peer), start func(http.Handler) *httptest.Server) *server {
	tb.Helper()
	s := &server{}
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	var running sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	s.Server = start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.conns.Add(1)
		running.Add(1) // before the upgrade: until then Close waits for the handler
		defer running.Done()
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		defer stop()
		defer func() { _ = conn.Close() }()
		serve(&peer{Conn: conn, header: r.Header, path: r.URL.RequestURI()})
	}))
	tb.Cleanup(func() {
		cancel()
		s.Close()
		running.Wait()
	})
	return s
}

func (s *server) url(path string) string { return "ws" + strings.TrimPrefix(s.URL, "http") + path }

func quick() transport.Backoff {
	return transport.Backoff{Min: 5 * time.Millisecond, Max: 20 * time.Millisecond, Jitter: 0.5}
}

func quiet(o ws.Options) ws.Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Backoff == (transport.Backoff{}) {
		o.Backoff = quick()
	}
	return o
}

func mustDial(tb testing.TB, url string, o ws.Options) *ws.Conn {
	tb.Helper()
	c, err := ws.Dial(tb.Context(), url, quiet(o))
	require.NoError(tb, err)
	tb.Cleanup(func() { assert.NoError(tb, c.Close()) })
	return c
}

func within(tb testing.TB, d time.Duration) context.Context {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	tb.Cleanup(cancel)
	return ctx
}

func call(params string) transport.Request {
	return transport.Request{Action: "echo", Params: []byte(params)}
}

// one asserts that exactly one class of error matches, and that the given causes do.
func one(tb testing.TB, err, class error, causes ...error) {
	tb.Helper()
	require.Error(tb, err)
	assert.ErrorIs(tb, err, class)
	other := transport.ErrNotSent
	if class == other { //nolint:errorlint // the sentinel itself
		other = transport.ErrOutcomeUnknown
	}
	assert.NotErrorIs(tb, err, other)
	for _, cause := range causes {
		assert.ErrorIs(tb, err, cause)
	}
}

// syncBuffer is a log that can be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// quietDefaults keeps the default backoff.
func quietDefaults(o ws.Options) ws.Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
