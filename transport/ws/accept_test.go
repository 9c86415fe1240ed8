package ws_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

// accepted is what Accept returned.
type accepted struct {
	conn *ws.Conn
	err  error
}

// listen accepts every connection and closes what it has accepted at the end.
func listen(t *testing.T, o ws.AcceptOptions) (url string, conns <-chan accepted) {
	t.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	list := make(chan accepted, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := ws.Accept(w, r, o)
		if err == nil {
			t.Cleanup(func() { assert.NoError(t, c.Close()) })
		}
		list <- accepted{c, err}
	}))
	t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http"), list
}

func dialReverse(t *testing.T, url string, header http.Header) (*peer, int) {
	t.Helper()
	conn, resp, err := websocket.DefaultDialer.DialContext(t.Context(), url, header)
	require.NotNil(t, resp, "%v", err)
	defer func() { _ = resp.Body.Close() }()
	if err != nil {
		return nil, resp.StatusCode
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &peer{Conn: conn}, resp.StatusCode
}

func TestAccept(t *testing.T) {
	t.Parallel()
	url, conns := listen(t, ws.AcceptOptions{})
	p, _ := dialReverse(t, url, http.Header{"X-Self-Id": {"10000"}})
	c := (<-conns).conn
	require.NotNil(t, c)

	// Events, with the account of the handshake.
	p.send(`{"post_type":"meta_event"}`)
	got := make(chan transport.Frame, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- c.Receive(context.Background(), func(f transport.Frame) {
			f.Data = nil
			got <- f
		})
	}()
	assert.Equal(t, int64(10000), (<-got).SelfID)

	// Calls, small and larger than every buffer.
	go p.echoes()
	for _, params := range []string{`{}`, `{"x":"` + strings.Repeat("y", 300<<10) + `"}`} {
		resp, err := c.Call(within(t, 5*time.Second), call(params))
		require.NoError(t, err)
		assert.Equal(t, params, string(resp.Data))
	}

	// The end, without another connection.
	require.NoError(t, p.NetConn().Close())
	<-c.Done()
	err := <-ended
	require.Error(t, err)
	require.NotErrorIs(t, err, transport.ErrClosed)
	require.Equal(t, err, c.Err())
	_, err = c.Call(within(t, 5*time.Second), call(`{}`))
	one(t, err, transport.ErrNotSent, transport.ErrNotConnected)
	require.NoError(t, c.Close())
}

func TestAccept_callInFlightWhenThePeerGoes(t *testing.T) {
	t.Parallel()
	url, conns := listen(t, ws.AcceptOptions{})
	p, _ := dialReverse(t, url, nil)
	c := (<-conns).conn
	go func() {
		p.read()
		_ = p.NetConn().Close()
	}()
	_, err := c.Call(within(t, 5*time.Second), call(`{}`))
	one(t, err, transport.ErrOutcomeUnknown)
}

func TestAccept_Close(t *testing.T) {
	t.Parallel()
	url, conns := listen(t, ws.AcceptOptions{})
	p, _ := dialReverse(t, url, nil)
	c := (<-conns).conn
	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
	_, _, err := p.ReadMessage()
	assert.True(t, websocket.IsCloseError(err, websocket.CloseNormalClosure), "the peer is told: %v", err)
	require.ErrorIs(t, c.Err(), transport.ErrClosed)
}

func TestAccept_token(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, authorization, query string
		want                       int
	}{
		// dialects.md, sections 6.5 and 15.2
		{"NapCat, LLBot, Lagrange: Bearer", "Bearer t0ken", "", 101},
		{"go-cqhttp: Token", "Token t0ken", "", 101},
		{"lower case", "bearer t0ken", "", 101},
		{"bare", "t0ken", "", 101},
		{"onebots: query", "", "?access_token=t0ken", 101},
		{"right one in the query", "Bearer other", "?access_token=t0ken", 101},
		{"none", "", "", 401},
		{"empty Bearer", "Bearer ", "", 401},
		{"empty query", "", "?access_token=", 401},
		{"wrong", "Bearer other", "", 403},
		{"wrong query", "", "?access_token=t0ke", 403},
		{"other scheme", "Basic t0ken", "", 403},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			url, conns := listen(t, ws.AcceptOptions{Token: "t0ken"})
			header := http.Header{}
			if tc.authorization != "" {
				header.Set("Authorization", tc.authorization)
			}
			_, status := dialReverse(t, url+tc.query, header)
			assert.Equal(t, tc.want, status)
			if got := <-conns; tc.want != 101 {
				require.ErrorIs(t, got.err, transport.ErrUnauthorized)
				assert.NotContains(t, got.err.Error(), "t0ken")
			}
		})
	}
}

func TestAccept_refuses(t *testing.T) {
	t.Parallel()
	url, conns := listen(t, ws.AcceptOptions{})
	_, status := dialReverse(t, url, http.Header{"Origin": {"https://evil.example"}})
	assert.Equal(t, http.StatusForbidden, status)
	require.ErrorIs(t, (<-conns).err, transport.ErrInvalidArgument)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http"+strings.TrimPrefix(url, "ws"), nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	http.DefaultClient.CloseIdleConnections()
	assert.Equal(t, http.StatusBadRequest, resp.StatusCode)
	require.ErrorIs(t, (<-conns).err, transport.ErrInvalidArgument)

	allowing, conns := listen(t, ws.AcceptOptions{CheckOrigin: func(*http.Request) bool { return true }})
	_, status = dialReverse(t, allowing, http.Header{"Origin": {"https://friend.example"}})
	assert.Equal(t, http.StatusSwitchingProtocols, status)
	require.NoError(t, (<-conns).err)
}

// A handler around this one may hide the connection: the error says what to do about it.
func TestAccept_hiddenConnection(t *testing.T) {
	t.Parallel()
	conns := make(chan accepted, 1)
	s := httptest.NewServer(http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := ws.Accept(w, r, ws.AcceptOptions{})
		conns <- accepted{c, err}
	}), time.Minute, "late"))
	defer s.Close()
	_, status := dialReverse(t, "ws"+strings.TrimPrefix(s.URL, "http"), nil)
	assert.Equal(t, http.StatusInternalServerError, status)
	err := (<-conns).err
	require.ErrorIs(t, err, transport.ErrInvalidArgument)
	assert.ErrorContains(t, err, "http.TimeoutHandler")
}

func TestAccept_readLimit(t *testing.T) {
	t.Parallel()
	url, conns := listen(t, ws.AcceptOptions{ReadLimit: 1000})
	p, _ := dialReverse(t, url, nil)
	c := (<-conns).conn
	p.send(`{"x":"` + strings.Repeat("y", 1000) + `"}`)
	<-c.Done()
	require.ErrorIs(t, c.Err(), websocket.ErrReadLimit)
}

func TestAccept_callsOnly(t *testing.T) {
	t.Parallel()
	frames := make(chan transport.Frame, 1)
	url, conns := listen(t, ws.AcceptOptions{CallsOnly: true, Sink: func(f transport.Frame) { frames <- f }})
	p, _ := dialReverse(t, url, nil)
	c := (<-conns).conn
	p.send(`{"post_type":"message"}`)
	go p.echoes()
	_, err := c.Call(within(t, 5*time.Second), call(`{}`))
	require.NoError(t, err)
	assert.Empty(t, frames, "what came before the answer has been read")
}
