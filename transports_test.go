package onebot_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

// way is one way in which a bot and a server come together.
type way struct {
	name     string
	personas []onebottest.Persona // nil: all
	calls    bool                 // it carries calls
	token    bool                 // a wrong token shows on this side
	link     bool                 // it has a connection that can be lost
	// connect gives the bot's client, set up and running. An error is that of dialling, or of Run where that ends at once.
	connect func(t *testing.T, srv *onebottest.Server, token string, setup func(*onebot.Client)) (*onebot.Client, error)
}

const rightToken = "right-t0ken"

func ways() []way {
	return []way{
		{"ws", nil, true, true, true, byWS("", "")},
		{"ws split", nil, true, true, true, byWS("api", "event")},
		{"reverse ws", nil, true, false, true, byReverse},
		{"reverse ws split", nil, true, false, false, byReverseSplit},
		{"http and webhook", nil, true, true, false, byWebhook},
		{"http and sse", []onebottest.Persona{onebottest.NapCat, onebottest.LLBot}, true, true, true, bySSE},
		{"http and polling", []onebottest.Persona{onebottest.GoCQHTTP, onebottest.LLBot}, true, true, false, byPolling},
		// Lagrange reads no quick operation.
		{"webhook", []onebottest.Persona{onebottest.Standard, onebottest.NapCat, onebottest.LLBot, onebottest.GoCQHTTP}, false, false, false, byWebhookAlone},
	}
}

// dialled finishes a client that Dial has made.
func dialled(t *testing.T, c *onebot.Client, err error, setup func(*onebot.Client)) (*onebot.Client, error) {
	t.Helper()
	if err != nil {
		return nil, err
	}
	setup(c)
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ran; err != nil {
			assert.ErrorIs(t, err, onebot.ErrUnauthorized)
		}
		assert.NoError(t, c.Close())
	})
	// A server that looks at the token after the handshake says so now; any other has answered.
	if _, err := c.Server(t.Context()); err != nil {
		return nil, err
	}
	return c, nil
}

func byWS(api, event string) func(*testing.T, *onebottest.Server, string, func(*onebot.Client)) (*onebot.Client, error) {
	return func(t *testing.T, srv *onebottest.Server, token string, setup func(*onebot.Client)) (*onebot.Client, error) {
		t.Helper()
		opts := options(token)
		if event != "" {
			opts = append(opts, onebot.WithEventURL(srv.URL()+event))
		}
		c, err := onebot.Dial(t.Context(), srv.URL()+api, opts...)
		return dialled(t, c, err, setup)
	}
}

func options(token string) []onebot.Option {
	return []onebot.Option{
		onebot.WithToken(token), onebot.WithLogger(quiet()),
		onebot.WithReconnect(onebot.Backoff{Min: 5 * time.Millisecond, Max: 20 * time.Millisecond}),
	}
}

func hubFor(t *testing.T, token string, setup func(*onebot.Client)) (*onebot.Hub, string) {
	t.Helper()
	h, err := onebot.NewHub(func(_ onebot.UserID, c *onebot.Client) { setup(c) }, options(token)...)
	require.NoError(t, err)
	web := httptest.NewServer(h)
	t.Cleanup(web.Close)
	t.Cleanup(func() { assert.NoError(t, h.Close()) })
	return h, "ws" + strings.TrimPrefix(web.URL, "http")
}

func byReverse(t *testing.T, srv *onebottest.Server, token string, setup func(*onebot.Client)) (*onebot.Client, error) {
	t.Helper()
	h, url := hubFor(t, token, setup)
	srv.StayReverse(url)
	return clientOf(t, h, 10000), nil
}

func byReverseSplit(t *testing.T, srv *onebottest.Server, token string, setup func(*onebot.Client)) (*onebot.Client, error) {
	t.Helper()
	h, url := hubFor(t, token, setup)
	require.NoError(t, srv.DialReverseAs(url, "API"))
	require.NoError(t, srv.DialReverseAs(url, "Event"))
	c := clientOf(t, h, 10000)
	require.Eventually(t, func() bool { return c.Stats().Events > 0 }, 5*time.Second, time.Millisecond)
	return c, nil
}

func byWebhook(t *testing.T, srv *onebottest.Server, token string, setup func(*onebot.Client)) (*onebot.Client, error) {
	t.Helper()
	receiver := httpapi.NewReceiver(httpapi.ReceiverOptions{Secret: hookSecret, Logger: quiet()})
	c, err := onebot.Dial(t.Context(), srv.HTTPURL(), append(options(token), onebot.WithEventSource(receiver))...)
	c, err = dialled(t, c, err, setup)
	if err == nil {
		hooked(t, srv, receiver)
	}
	return c, err
}

// hooked lets the server post to the receiver, once that receives.
func hooked(t *testing.T, srv *onebottest.Server, receiver *httpapi.Receiver) {
	t.Helper()
	web := httptest.NewServer(receiver)
	t.Cleanup(web.Close)
	_, _ = post(t, web.URL, `{"post_type":"meta_event"}`)
	srv.PostTo(web.URL, hookSecret)
}

func bySSE(t *testing.T, srv *onebottest.Server, token string, setup func(*onebot.Client)) (*onebot.Client, error) {
	t.Helper()
	stream, err := httpapi.NewSSE(srv.SSEURL(), httpapi.Options{
		Token: token, Logger: quiet(), Backoff: onebot.Backoff{Min: 5 * time.Millisecond, Max: 20 * time.Millisecond},
	})
	require.NoError(t, err)
	ready := make(chan struct{})
	var once sync.Once
	c, err := onebot.Dial(t.Context(), srv.HTTPURL(), append(options(token), onebot.WithEventSource(stream))...)
	c, err = dialled(t, c, err, func(c *onebot.Client) {
		setup(c)
		onebot.On(c, func(_ context.Context, ev *onebot.ConnectionEvent) error {
			if ev.State == onebot.ConnectionReady {
				once.Do(func() { close(ready) })
			}
			return nil
		})
	})
	if err == nil {
		<-ready
	}
	return c, err
}

func byPolling(t *testing.T, srv *onebottest.Server, token string, setup func(*onebot.Client)) (*onebot.Client, error) {
	t.Helper()
	caller, err := httpapi.NewCaller(srv.HTTPURL(), httpapi.Options{Token: token, Logger: quiet()})
	require.NoError(t, err)
	polling, err := httpapi.NewPolling(caller, httpapi.PollingOptions{Logger: quiet()})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, caller.Close()) })
	c, err := onebot.Dial(t.Context(), srv.HTTPURL(), append(options(token), onebot.WithEventSource(polling))...)
	return dialled(t, c, err, setup)
}

func byWebhookAlone(t *testing.T, srv *onebottest.Server, _ string, setup func(*onebot.Client)) (*onebot.Client, error) {
	t.Helper()
	receiver := httpapi.NewReceiver(httpapi.ReceiverOptions{Secret: hookSecret, Logger: quiet()})
	c := newClient(t, transport.Join(nil, receiver))
	setup(c)
	runClient(t, c)
	hooked(t, srv, receiver)
	return c, nil
}

// met is a bot that has come together with a server. It answers "ping" and counts every message that it gets.
type met struct {
	srv *onebottest.Server
	c   *onebot.Client
	got chan string
}

func (b *met) setup(c *onebot.Client) {
	c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
		b.got <- m.Message.PlainText()
		if m.Message.PlainText() == "ping" {
			return m.ReplyText(ctx, "pong")
		}
		return nil
	})
}

// TestTransports is one table of behaviour over every way and every persona that can carry the row.
func TestTransports(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		fits func(way) bool
		run  func(t *testing.T, b *met)
	}{
		{"send", func(w way) bool { return w.calls }, sendRow},
		{"receive", func(way) bool { return true }, receiveRow},
		{"answer", func(way) bool { return true }, answerRow},
		{"refused", func(w way) bool { return w.calls }, refusedRow},
		{"unknown outcome", func(w way) bool { return w.calls }, unknownRow},
		{"reconnect", func(w way) bool { return w.link }, reconnectRow},
	} {
		for _, w := range ways() {
			for _, p := range onebottest.Personas() {
				if !row.fits(w) || w.personas != nil && !slices.Contains(w.personas, p) {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%s", row.name, w.name, p), func(t *testing.T) {
					t.Parallel()
					srv := onebottest.NewServer(t, p, onebottest.WithToken(rightToken), onebottest.WithReverseDelay(10*time.Millisecond))
					b := &met{srv: srv, got: make(chan string, 256)}
					c, err := w.connect(t, srv, rightToken, b.setup)
					require.NoError(t, err)
					b.c = c
					row.run(t, b)
				})
			}
		}
	}
}

func sendRow(t *testing.T, b *met) {
	t.Helper()
	id, err := b.c.SendGroupMsg(t.Context(), 100001, onebot.Text("hello"))
	require.NoError(t, err)
	assert.NotEmpty(t, id)
	sent, err := b.srv.NextSent(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "hello", sent.CQ)
}

func receiveRow(t *testing.T, b *met) {
	t.Helper()
	for i := range 20 {
		b.srv.Say(onebottest.Group1, onebottest.Friend1, fmt.Sprint("message ", i))
	}
	for i := range 20 {
		assert.Equal(t, fmt.Sprint("message ", i), take(t, b.got), "in order, and once")
	}
}

func answerRow(t *testing.T, b *met) {
	t.Helper()
	b.srv.Say(onebottest.Group1, onebottest.Friend1, "ping")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	sent, err := b.srv.NextSent(ctx)
	require.NoError(t, err)
	assert.Contains(t, sent.CQ, "pong")
	assert.Equal(t, onebottest.Group1, sent.Group)
}

func refusedRow(t *testing.T, b *met) {
	t.Helper()
	_, err := b.c.Call(t.Context(), "no_such_action", nil)
	require.ErrorIs(t, err, onebot.ErrUnknownAction)
	assert.Equal(t, 1, classes(err))
	b.srv.Fault(onebottest.Fail(0, "refused on purpose").On("send_group_msg"))
	_, err = b.c.SendGroupMsg(t.Context(), 100001, onebot.Text("x"))
	var refused *onebot.ActionError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, 1, classes(err))
	assert.Empty(t, b.srv.Sent())
}

func unknownRow(t *testing.T, b *met) {
	t.Helper()
	b.srv.Fault(onebottest.NoReply().On("send_group_msg"))
	ctx, giveUp := context.WithCancel(t.Context())
	go func() {
		_, _ = b.srv.NextSent(ctx)
		giveUp()
	}()
	_, err := b.c.SendGroupMsg(ctx, 100001, onebot.Text("x"))
	require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
	require.ErrorIs(t, err, context.Canceled)
	b.srv.Fault(onebottest.DropBeforeReply().On("send_group_msg"))
	_, err = b.c.SendGroupMsg(t.Context(), 100001, onebot.Text("y"))
	require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
	assert.Equal(t, 1, classes(err))
	assert.Len(t, b.srv.Sent(), 2, "each was sent once: nothing is repeated")
}

func reconnectRow(t *testing.T, b *met) {
	t.Helper()
	b.srv.Say(onebottest.Group1, onebottest.Friend1, "before")
	assert.Equal(t, "before", take(t, b.got))
	b.srv.DropAll()
	// Nobody keeps what is said meanwhile, and go-cqhttp connects only when something is said.
	require.Eventually(t, func() bool {
		b.srv.Say(onebottest.Group1, onebottest.Friend1, "after")
		select {
		case text := <-b.got:
			return text == "after"
		default:
			return false
		}
	}, 10*time.Second, 10*time.Millisecond)
	_, err := b.c.SendGroupMsg(t.Context(), 100001, onebot.Text("still here"))
	require.NoError(t, err)
	assert.NotZero(t, b.c.Stats().Reconnects)
}

func TestTransports_wrongToken(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		for _, p := range onebottest.Personas() {
			if !w.token || w.personas != nil && !slices.Contains(w.personas, p) {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s", w.name, p), func(t *testing.T) {
				t.Parallel()
				srv := onebottest.NewServer(t, p, onebottest.WithToken(rightToken))
				b := &met{srv: srv, got: make(chan string, 1)}
				_, err := w.connect(t, srv, "wr0ng-token", b.setup)
				require.ErrorIs(t, err, onebot.ErrUnauthorized)
				assert.NotContains(t, err.Error(), "wr0ng-token")
				assert.Empty(t, srv.Calls())
			})
		}
	}
}
