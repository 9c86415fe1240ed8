package onebottest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// accepted is a handshake that a bot took.
type accepted struct {
	header http.Header
	ws     *websocket.Conn
}

// bot accepts reverse WebSockets.
func bot(t *testing.T) (url string, conns <-chan accepted) {
	t.Helper()
	ch := make(chan accepted, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/refuse") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		var up websocket.Upgrader
		ws, err := up.Upgrade(w, r, nil)
		if err == nil {
			ch <- accepted{r.Header, ws}
		}
	}))
	t.Cleanup(srv.Close)
	return "ws" + strings.TrimPrefix(srv.URL, "http"), ch
}

// TestServer_DialReverse: dialects 6.5, 15.2; NapCat's and go-cqhttp's headers are those of the recorded handshakes.
func TestServer_DialReverse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		persona                     onebottest.Persona
		token, authorization, agent string
	}{
		{onebottest.NapCat, "napcat-token", "Bearer napcat-token", "OneBot/11"},
		{onebottest.NapCat, "", "Bearer", "OneBot/11"},
		{onebottest.GoCQHTTP, "gocq-token", "Token gocq-token", "CQHttp/4.15.0"},
		{onebottest.GoCQHTTP, "", "", "CQHttp/4.15.0"},
		{onebottest.LLBot, "x", "Bearer x", "LLOneBot/8.1.7"},
		{onebottest.Lagrange, "x", "Bearer x", "Lagrange.OneBot"},
		{onebottest.Standard, "", "", ""},
	}
	for _, tt := range tests {
		url, conns := bot(t)
		srv := onebottest.NewServer(t, tt.persona, onebottest.WithToken(tt.token))
		require.NoError(t, srv.DialReverse(url+"/onebot/v11/ws"))
		c := <-conns
		assert.Equal(t, tt.authorization, c.header.Get("Authorization"), tt.persona.String())
		assert.Equal(t, "Universal", c.header.Get("X-Client-Role"))
		assert.Equal(t, "10000", c.header.Get("X-Self-ID"))
		if tt.agent != "" {
			assert.Equal(t, tt.agent, c.header.Get("User-Agent"))
		}
		w := &wire{tb: t, ws: c.ws}
		assert.Contains(t, w.next(), "lifecycle")
		srv.Say(onebottest.Group1, onebottest.Friend1, "hello")
		assert.Contains(t, w.next(), "hello")
		assert.Contains(t, w.call("get_login_info", "{}"), `"ok"`)
		require.NoError(t, c.ws.Close())
	}
}

// TestServer_DialReverse_greeting: as recorded, go-cqhttp tells the time of the connection, and not how it posts.
func TestServer_DialReverse_greeting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := onebottest.NewNetwork()
		l, err := n.Listen("127.0.0.1:0")
		require.NoError(t, err)
		greeting := make(chan string, 1)
		bot := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			up := websocket.Upgrader{}
			if c, err := up.Upgrade(w, r, nil); err == nil {
				_, data, _ := c.ReadMessage()
				greeting <- string(data)
				_ = c.Close()
			}
		})}
		go func() { _ = bot.Serve(l) }()
		srv := onebottest.NewServer(t, onebottest.GoCQHTTP, onebottest.WithNetwork(n))
		start := time.Now()
		<-time.After(time.Hour) // of the bubble
		assert.Contains(t, dial(t, srv, "/event", nil).next(), fmt.Sprintf(`{"_post_method":2,"meta_event_type":"lifecycle","post_type":"meta_event","self_id":10000,"sub_type":"connect","time":%d}`, start.Unix()))
		require.NoError(t, srv.DialReverse("ws://"+l.Addr().String()+"/"))
		assert.Equal(t, fmt.Sprintf(`{"meta_event_type":"lifecycle","post_type":"meta_event","self_id":10000,"sub_type":"connect","time":%d}`, start.Add(time.Hour).Unix()), <-greeting)
		require.NoError(t, srv.Close())
		require.NoError(t, bot.Close())
	})
}

func TestServer_DialReverse_rolesAndFailures(t *testing.T) {
	t.Parallel()
	url, conns := bot(t)
	srv := onebottest.NewServer(t, onebottest.Lagrange)
	require.NoError(t, srv.DialReverseAs(url, "API"))
	api := <-conns
	assert.Equal(t, "Api", api.header.Get("X-Client-Role"))
	w := &wire{tb: t, ws: api.ws}
	assert.Contains(t, w.call("get_login_info", "{}"), `"ok"`)
	require.NoError(t, srv.DialReverseAs(url, "Event"))
	event := <-conns
	assert.Contains(t, (&wire{tb: t, ws: event.ws}).next(), "lifecycle")
	require.NoError(t, api.ws.Close())
	require.NoError(t, event.ws.Close())

	require.ErrorContains(t, srv.DialReverse(url+"/refuse"), "HTTP status 401")
	require.Error(t, srv.DialReverse("ws://127.0.0.1:1/"))
	require.NoError(t, srv.Close())
	require.Error(t, srv.DialReverse(url))
}

// hookRequest is one POST that a bot got.
type hookRequest struct {
	header http.Header
	body   string
}

// TestServer_PostTo: dialects 6.3. The whole exchange runs in memory.
func TestServer_PostTo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		persona onebottest.Persona
		sent    string // what a quick reply becomes; empty: ignored
		deleted bool
		agent   string
	}{
		{onebottest.NapCat, "[CQ:reply,id=%]pong", false, ""},
		{onebottest.LLBot, "[CQ:reply,id=%]pong", true, ""},
		{onebottest.GoCQHTTP, "pong", true, "CQHttp/4.15.0"},
		{onebottest.Lagrange, "", false, ""},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			n := onebottest.NewNetwork()
			l, err := n.Listen("127.0.0.1:0")
			require.NoError(t, err)
			got := make(chan hookRequest, 8)
			hook := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				got <- hookRequest{r.Header, string(b)}
				_, _ = io.WriteString(w, `{"reply":"pong","delete":true}`)
			})}
			go func() { _ = hook.Serve(l) }()
			srv := onebottest.NewServer(t, tt.persona, onebottest.WithNetwork(n))
			srv.PostTo("http://"+l.Addr().String()+"/hook", "secret")
			id := srv.Say(onebottest.Group1, onebottest.Friend2, "ping")
			r := <-got
			assert.Contains(t, r.body, "ping")
			assert.Equal(t, "10000", r.header.Get("X-Self-ID"))
			assert.Equal(t, tt.agent, r.header.Get("User-Agent"))
			assert.Equal(t, "sha1="+onebottest.Sign("secret", []byte(r.body)), r.header.Get("X-Signature"))
			synctest.Wait()
			if tt.sent == "" {
				assert.Empty(t, srv.Sent())
			} else {
				sent, err := srv.NextSent(t.Context())
				require.NoError(t, err)
				assert.Regexp(t, "^"+strings.NewReplacer("[", `\[`, "]", `\]`, "%", `-?\d+`).Replace(tt.sent)+"$", sent.CQ)
			}
			recalled := false
			srv.PushNotice(onebottest.Heartbeat{})
			synctest.Wait()
			beaten := false
			for len(got) > 0 {
				body := (<-got).body
				recalled = recalled || strings.Contains(body, "group_recall")
				beaten = beaten || strings.Contains(body, "heartbeat")
			}
			assert.Equal(t, tt.persona != onebottest.NapCat, beaten, tt.persona.String())
			assert.Equal(t, tt.deleted, recalled, tt.persona.String())
			assert.NotZero(t, id)
			require.NoError(t, srv.Close())
			require.NoError(t, hook.Close())
		})
	}
}

// A well-known value of HMAC-SHA1.
func TestSign(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9",
		onebottest.Sign("key", []byte("The quick brown fox jumps over the lazy dog")))
}
