package onebot_test

import (
	"context"
	"crypto/tls"
	"io"
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

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

func TestNewHub_invalid(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		setup func(onebot.UserID, *onebot.Client)
		opts  []onebot.Option
	}{
		{"no token", noSetup, nil},
		{"empty token", noSetup, []onebot.Option{onebot.WithToken("")}},
		{"no setup", nil, []onebot.Option{onebot.WithToken("x")}},
		{"no accounts", noSetup, []onebot.Option{onebot.WithToken("x"), onebot.WithAccountLimit(0)}},
		{"TLS", noSetup, []onebot.Option{onebot.WithToken("x"), onebot.WithTLS(&tls.Config{})}}, //nolint:gosec // it is refused
		{"event URL", noSetup, []onebot.Option{onebot.WithToken("x"), onebot.WithEventURL("ws://127.0.0.1/")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := onebot.NewHub(tt.setup, tt.opts...)
			assert.ErrorIs(t, err, onebot.ErrInvalidArgument)
		})
	}
	h, err := onebot.NewHub(noSetup, onebot.WithNoToken())
	require.NoError(t, err)
	assert.NoError(t, h.Close())

	_, err = onebot.New(answers(nil), onebot.WithOneAnswer())
	assert.ErrorContains(t, err, "WithOneAnswer")
	assert.ErrorIs(t, err, onebot.ErrInvalidArgument)
}

// The headers are those of dialects.md, sections 6.5 and 15.2; onebots sends its token in the URL.
func TestHub_handshakes(t *testing.T) {
	t.Parallel()
	_, url := newHub(t, noSetup)
	query := "?access_token=hub-t0ken%2F%2B"
	for _, tt := range []struct {
		name, query string
		header      http.Header
		method      string
		want        int
	}{
		{name: "Bearer", header: headers("10000", "Universal", "Bearer "+hubToken), want: 101},
		{name: "Token", header: headers("10000", "Universal", "Token "+hubToken), want: 101},
		{name: "bare", header: headers("10000", "Universal", hubToken), want: 101},
		{name: "query", query: query, header: headers("10000", "Universal", ""), want: 101},
		{name: "query beside an empty Bearer", query: query, header: headers("10000", "Universal", "Bearer "), want: 101},
		{name: "Api", header: headers("10000", "Api", "Bearer "+hubToken), want: 101},
		{name: "event in lower case", header: headers("10000", "event", "Bearer "+hubToken), want: 101},
		{name: "no role", header: headers("10000", "", "Bearer "+hubToken), want: 101},
		{name: "account told by an event", header: headers("", "Universal", "Bearer "+hubToken), want: 101},
		{name: "no token", header: headers("10000", "Universal", ""), want: 401},
		{name: "empty Bearer", header: headers("10000", "Universal", "Bearer "), want: 401},
		{name: "wrong token", header: headers("10000", "Universal", "Bearer x"), want: 403},
		{name: "start of the token", header: headers("10000", "Universal", "Bearer "+hubToken[:4]), want: 403},
		{name: "wrong query", query: "?access_token=x", header: headers("10000", "Universal", ""), want: 403},
		{name: "neither account nor role", header: headers("", "", "Bearer "+hubToken), want: 400},
		{name: "calls of no account", header: headers("", "API", "Bearer "+hubToken), want: 400},
		{name: "account that is no number", header: headers("bot", "API", "Bearer "+hubToken), want: 400},
		{name: "page of another site", header: func() http.Header {
			h := headers("10000", "Universal", "Bearer "+hubToken)
			h.Set("Origin", "https://example.org")
			return h
		}(), want: 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			conn, resp, err := websocket.DefaultDialer.DialContext(t.Context(), url+"/onebot/v11/ws"+tt.query, tt.header)
			require.NotNil(t, resp, "%v", err)
			defer func() { _ = resp.Body.Close() }()
			assert.Equal(t, tt.want, resp.StatusCode)
			assert.Less(t, time.Since(start), 2*time.Second)
			if err == nil {
				assert.NoError(t, conn.Close())
			}
		})
	}
}

func TestHub_requestsThatAreNoHandshake(t *testing.T) {
	t.Parallel()
	h, url := newHub(t, noSetup)
	url = "http" + strings.TrimPrefix(url, "ws")
	for method, want := range map[string]int{http.MethodGet: 400, http.MethodPost: 405, http.MethodDelete: 405} {
		r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("{}"))
		require.NoError(t, err)
		r.Header = headers("10000", "Universal", "Bearer "+hubToken)
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, want, resp.StatusCode, method)
		assert.NotContains(t, string(body), hubToken)
	}
	_, known := h.Client(10000)
	assert.False(t, known)
}

// onebots names its configured account in X-Self-ID and another one in every event (captures/onebots/reverse-ws.jsonl).
func TestHub_firstEventDecides(t *testing.T) {
	t.Parallel()
	var setups sync.Map
	h, url := newHub(t, func(self onebot.UserID, _ *onebot.Client) { setups.Store(self, true) })
	d := dialHub(t, url+"/?access_token=hub-t0ken%2F%2B", "onebots", headers("10000", "Universal", ""))
	d.send(lifecycle(52902457122))
	c := clientOf(t, h, 52902457122)
	assert.Equal(t, "onebots", answeredBy(t, c))
	_, known := h.Client(10000)
	assert.False(t, known)
	_, called := setups.Load(onebot.UserID(10000))
	assert.False(t, called)
	id, err := c.Self(t.Context())
	require.NoError(t, err)
	assert.Equal(t, onebot.UserID(52902457122), id)
}

func TestHub_eventAfterTheHeaderDecided(t *testing.T) {
	t.Parallel()
	h, url := newHub(t, noSetup)
	d := dialHub(t, url, "late", headers("10000", "Universal", "Bearer "+hubToken))
	first := clientOf(t, h, 10000)
	assert.Equal(t, "late", answeredBy(t, first))
	d.send(lifecycle(20000))
	assert.Equal(t, "late", answeredBy(t, clientOf(t, h, 20000)))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := first.Call(ctx, "get_status", nil)
	assert.ErrorIs(t, err, onebot.ErrNotConnected)
}

func TestHub_nobodyNamesTheAccount(t *testing.T) {
	t.Parallel()
	h, url := newHub(t, noSetup)
	d := dialHub(t, url, "", headers("", "Universal", "Bearer "+hubToken))
	d.send(`{"type":"chat.message"}`)
	d.send(lifecycle(30000))
	assert.Equal(t, "", answeredBy(t, clientOf(t, h, 30000)))
}

func TestHub_newerConnectionReplacesTheOlder(t *testing.T) {
	t.Parallel()
	var setups, handled atomic.Int64
	h, url := newHub(t, func(_ onebot.UserID, c *onebot.Client) {
		setups.Add(1)
		c.OnMessage(func(context.Context, *onebot.MessageEvent) error {
			handled.Add(1)
			return nil
		})
	})
	older := universal(t, url, 10000, "older")
	c := clientOf(t, h, 10000)
	assert.Equal(t, "older", answeredBy(t, c))

	close(older.mute)
	failed := make(chan error, 1)
	go func() {
		_, err := c.Call(t.Context(), "get_status", nil)
		failed <- err
	}()
	require.Eventually(t, func() bool { return len(older.calls()) == 2 }, 5*time.Second, time.Millisecond)

	newer := universal(t, url, 10000, "newer")
	err := take(t, failed)
	assert.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
	assert.NotErrorIs(t, err, onebot.ErrClosed)
	<-older.done
	// The clean-up of the older one is over now, and has not touched the newer.
	assert.Equal(t, "newer", answeredBy(t, c))
	newer.send(groupTextOf(10000, 1, 2, 3, "hi"))
	require.Eventually(t, func() bool { return handled.Load() == 1 }, 5*time.Second, time.Millisecond)
	assert.EqualValues(t, 1, setups.Load())
	assert.EqualValues(t, 1, c.Stats().Reconnects)
	same, _ := h.Client(10000)
	assert.Same(t, c, same)
}

func TestHub_joinsCallsAndEvents(t *testing.T) {
	t.Parallel()
	got := make(chan string, 4)
	h, url := newHub(t, func(_ onebot.UserID, c *onebot.Client) {
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error {
			got <- m.Message.PlainText()
			return nil
		})
	})
	for _, self := range []int64{10000, 20000} {
		name := map[int64]string{10000: "10000", 20000: "20000"}[self]
		events := dialHub(t, url, "events", headers(name, "Event", "Bearer "+hubToken))
		events.send(lifecycle(self))
		c := clientOf(t, h, onebot.UserID(self))
		api := dialHub(t, url, "api "+name, headers(name, "Api", "Bearer "+hubToken))
		assert.Equal(t, "api "+name, answeredBy(t, c))
		events.send(groupTextOf(self, 1, 2, 3, name))
		assert.Equal(t, name, take(t, got))

		// What comes on the socket for calls is no event, and the loss of one leaves the other alone.
		api.send(groupTextOf(self, 1, 2, 4, "not an event"))
		api.cut()
		events.send(groupTextOf(self, 1, 2, 5, "still here"))
		assert.Equal(t, "still here", take(t, got))
		dialHub(t, url, "second", headers(name, "API", "Bearer "+hubToken))
		assert.Equal(t, "second", answeredBy(t, c))
		assert.Empty(t, events.calls())
	}
}

func TestHub_callsBetweenTwoConnections(t *testing.T) {
	t.Parallel()
	h, url := newHub(t, noSetup)
	first := universal(t, url, 10000, "first")
	c := clientOf(t, h, 10000)
	assert.Equal(t, "first", answeredBy(t, c))
	first.cut()

	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := c.Call(ctx, "get_status", nil)
	assert.ErrorIs(t, err, onebot.ErrNotConnected)
	assert.ErrorIs(t, err, onebot.ErrNotSent)
	assert.ErrorIs(t, err, context.DeadlineExceeded)

	answered := make(chan string, 1)
	go func() { answered <- answeredBy(t, c) }()
	universal(t, url, 10000, "second")
	assert.Equal(t, "second", take(t, answered))
}

func TestHub_failFast(t *testing.T) {
	t.Parallel()
	h, url := newHub(t, noSetup, onebot.WithFailFast())
	d := universal(t, url, 10000, "first")
	c := clientOf(t, h, 10000)
	assert.Equal(t, "first", answeredBy(t, c))
	d.cut()
	require.Eventually(t, func() bool {
		_, err := c.Call(t.Context(), "get_status", nil)
		return err != nil && classes(err) == 1 && assert.ErrorIs(t, err, onebot.ErrNotConnected)
	}, 5*time.Second, time.Millisecond)
}

func TestHub_accountLimit(t *testing.T) {
	t.Parallel()
	h, url := newHub(t, noSetup, onebot.WithAccountLimit(1))
	universal(t, url, 10000, "it")
	c := clientOf(t, h, 10000)
	_, resp, err := websocket.DefaultDialer.DialContext(t.Context(), url, headers("20000", "Universal", "Bearer "+hubToken))
	require.Error(t, err)
	assert.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	assert.NotEmpty(t, resp.Header.Get("Retry-After"))
	require.NoError(t, resp.Body.Close())

	unnamed := dialHub(t, url, "", headers("", "Universal", "Bearer "+hubToken))
	unnamed.send(lifecycle(20000))
	<-unnamed.done
	assert.True(t, websocket.IsCloseError(unnamed.err, websocket.CloseTryAgainLater), "%v", unnamed.err)

	// Who closes a client makes room.
	require.NoError(t, c.Close())
	_, known := h.Client(10000)
	assert.False(t, known)
	universal(t, url, 20000, "other")
	assert.Equal(t, "other", answeredBy(t, clientOf(t, h, 20000)))
}

func TestHub_closedClientBeginsAnew(t *testing.T) {
	t.Parallel()
	var setups atomic.Int64
	h, url := newHub(t, func(onebot.UserID, *onebot.Client) { setups.Add(1) })
	d := universal(t, url, 10000, "it")
	c := clientOf(t, h, 10000)
	assert.Equal(t, "it", answeredBy(t, c))
	require.NoError(t, c.Close())
	<-d.done
	_, err := c.Call(t.Context(), "get_status", nil)
	assert.ErrorIs(t, err, onebot.ErrClosed)
	assert.NoError(t, c.Run(t.Context()))
	universal(t, url, 10000, "again")
	assert.Equal(t, "again", answeredBy(t, clientOf(t, h, 10000)))
	require.Eventually(t, func() bool { return setups.Load() == 2 }, 5*time.Second, time.Millisecond)
}

func TestHub_close(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 2)
	entered := make(chan struct{})
	h, url := newHub(t, func(_ onebot.UserID, c *onebot.Client) {
		c.OnMessage(func(ctx context.Context, _ *onebot.MessageEvent) error {
			close(entered)
			<-ctx.Done()
			ended <- ctx.Err()
			return nil
		})
	})
	d := universal(t, url, 10000, "it")
	c := clientOf(t, h, 10000)
	d.send(groupTextOf(10000, 1, 2, 3, "hi"))
	take(t, entered)
	close(d.mute)
	go func() {
		_, err := c.Call(t.Context(), "get_status", nil)
		ended <- err
	}()
	require.Eventually(t, func() bool { return len(d.calls()) == 1 }, 5*time.Second, time.Millisecond)
	require.NoError(t, h.Close())
	require.NoError(t, h.Close())
	var errs []error
	errs = append(errs, take(t, ended), take(t, ended))
	for _, err := range errs {
		if err == context.Canceled { //nolint:errorlint // the handler's own
			continue
		}
		assert.ErrorIs(t, err, onebot.ErrClosed)
		assert.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
	}
	<-d.done
	rec := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Header = headers("10000", "Universal", "Bearer "+hubToken)
	h.ServeHTTP(rec, r)
	assert.Equal(t, http.StatusServiceUnavailable, rec.Code)
}

func TestHub_closeInHandler(t *testing.T) {
	t.Parallel()
	closed := make(chan error, 1)
	var h *onebot.Hub
	ready := make(chan struct{})
	h, url := newHub(t, func(_ onebot.UserID, c *onebot.Client) {
		c.OnMessage(func(context.Context, *onebot.MessageEvent) error {
			<-ready
			closed <- h.Close()
			return nil
		})
	})
	close(ready)
	universal(t, url, 10000, "it").send(groupTextOf(10000, 1, 2, 3, "hi"))
	require.NoError(t, take(t, closed))
}

func TestHub_tellsAboutItsConnections(t *testing.T) {
	t.Parallel()
	states := make(chan onebot.ConnectionState, 16)
	h, url := newHub(t, func(_ onebot.UserID, c *onebot.Client) {
		onebot.On(c, func(_ context.Context, ev *onebot.ConnectionEvent) error {
			states <- ev.State
			return nil
		})
	})
	d := universal(t, url, 10000, "it")
	c := clientOf(t, h, 10000)
	assert.Equal(t, "it", answeredBy(t, c))
	assert.Equal(t, onebot.ConnectionReady, take(t, states), "though setup came after it")
	d.cut()
	assert.Equal(t, onebot.ConnectionLost, take(t, states))
	universal(t, url, 10000, "again")
	assert.Equal(t, onebot.ConnectionReady, take(t, states))
}

func TestHub_personas(t *testing.T) {
	t.Parallel()
	for _, persona := range onebottest.Personas() {
		t.Run(persona.String(), func(t *testing.T) {
			t.Parallel()
			srv := onebottest.NewServer(t, persona, onebottest.WithToken(hubToken))
			h, url := newHub(t, func(_ onebot.UserID, c *onebot.Client) {
				c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
					return m.ReplyText(ctx, "pong")
				}, onebot.Command("ping"))
			})
			require.NoError(t, srv.DialReverse(url))
			c := clientOf(t, h, onebot.UserID(onebottest.Account))
			info, err := c.Server(t.Context())
			require.NoError(t, err)
			assert.Equal(t, map[onebottest.Persona]onebot.Dialect{
				onebottest.NapCat: onebot.NapCat, onebottest.LLBot: onebot.LLBot, onebottest.Lagrange: onebot.Lagrange,
				onebottest.GoCQHTTP: onebot.GoCQHTTP,
			}[persona], info.Dialect)
			srv.Say(100001, 10001, "ping")
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			_, err = srv.NextSent(ctx)
			require.NoError(t, err)

			srv.SetToken("other")
			assert.ErrorContains(t, srv.DialReverse(url), "403")
		})
	}
}
