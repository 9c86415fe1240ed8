package onebottest_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestServer_SSE: dialects 6.6; headers and statuses are those of captures/napcat/sse.jsonl.
func TestServer_SSE(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		persona onebottest.Persona
		want    []string
	}{
		{onebottest.NapCat, []string{"hello"}},
		{onebottest.LLBot, []string{"heartbeat", "hello"}},
	} {
		srv := onebottest.NewServer(t, tt.persona, onebottest.WithToken("tok"))
		refused := get(t, srv.SSEURL(), "")
		assert.Equal(t, http.StatusForbidden, refused.StatusCode)
		require.NoError(t, refused.Body.Close())

		stream := get(t, srv.SSEURL(), "Bearer tok")
		require.Equal(t, http.StatusOK, stream.StatusCode)
		assert.Equal(t, "text/event-stream", stream.Header.Get("Content-Type"))
		srv.Push(`{"post_type":"meta_event","meta_event_type":"heartbeat"}`)
		srv.Say(onebottest.Group1, onebottest.Friend1, "hello")
		lines := bufio.NewScanner(stream.Body)
		for _, want := range tt.want {
			require.True(t, lines.Scan())
			assert.True(t, strings.HasPrefix(lines.Text(), "data: {"), lines.Text())
			assert.Contains(t, lines.Text(), want)
			require.True(t, lines.Scan())
			assert.Empty(t, lines.Text())
		}
		require.NoError(t, stream.Body.Close())
		srv.Say(onebottest.Group1, onebottest.Friend1, "nobody hears this")
	}
	srv := onebottest.NewServer(t, onebottest.GoCQHTTP)
	none := get(t, srv.SSEURL(), "")
	assert.NotEqual(t, "text/event-stream", none.Header.Get("Content-Type"))
	require.NoError(t, none.Body.Close())
}

// TestServer_DropAll_stream: what is said after the drop comes on no stream that was dropped, however much was to be sent.
func TestServer_DropAll_stream(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat)
	for range 20 {
		stream := get(t, srv.SSEURL(), "")
		for range 20 {
			srv.Say(onebottest.Group1, onebottest.Friend1, "before")
		}
		srv.DropAll()
		srv.Say(onebottest.Group1, onebottest.Friend1, "after")
		all, _ := io.ReadAll(stream.Body) // it ends in the middle
		require.NotContains(t, string(all), "after")
		require.NoError(t, stream.Body.Close())
	}
}

func get(t *testing.T, url, authorization string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	return resp
}

// poll makes one call of a polling action and gives the texts of its events.
func poll(t *testing.T, client *http.Client, url, params string) []string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(params))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(r)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	var answer struct {
		Status string `json:"status"`
		Data   []struct {
			Raw string `json:"raw_message"`
		} `json:"data"`
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer))
	texts := []string{answer.Status}
	for _, ev := range answer.Data {
		texts = append(texts, ev.Raw)
	}
	return texts
}

// TestServer_polling: dialects 6.6.
func TestServer_polling(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		persona           onebottest.Persona
		action, wait, now string
	}{
		{onebottest.GoCQHTTP, "get_updates", `{"timeout":20}`, `{"timeout":0,"limit":1}`},
		{onebottest.LLBot, "get_event", `{"key":"k","timeout":20000}`, `{"key":"k","timeout":0}`},
	} {
		t.Run(tt.persona.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := onebottest.NewServer(t, tt.persona, onebottest.InMemory())
				tr := &http.Transport{DialContext: srv.DialContext}
				defer tr.CloseIdleConnections()
				client, url := &http.Client{Transport: tr}, srv.HTTPURL()+"/"+tt.action
				start := time.Now()
				assert.Equal(t, []string{"ok"}, poll(t, client, url, tt.now))
				assert.Zero(t, time.Since(start))
				assert.Equal(t, []string{"ok"}, poll(t, client, url, tt.wait))
				assert.Equal(t, 20*time.Second, time.Since(start))

				var group sync.WaitGroup
				group.Go(func() { assert.Equal(t, []string{"ok", "one"}, poll(t, client, url, tt.wait)) })
				synctest.Wait()
				srv.Say(onebottest.Group1, onebottest.Friend1, "one")
				group.Wait()
				for range 200 {
					srv.Say(onebottest.Group1, onebottest.Friend1, "many")
				}
				got := len(poll(t, client, url, tt.now)) - 1
				assert.Equal(t, map[onebottest.Persona]int{onebottest.GoCQHTTP: 1, onebottest.LLBot: 100}[tt.persona], got)
			})
		})
	}
}

// What was pushed is a copy: who pushed may use his buffer again at once, also while the event waits to be polled.
func TestServer_pushCopies(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.GoCQHTTP)
	buf := []byte(`{"raw_message":"one"}`)
	srv.Push(buf)
	copy(buf, `{"raw_message":"two"}`)
	srv.Push(json.RawMessage(buf))
	copy(buf, `{"raw_message":"six"}`)
	assert.Equal(t, []string{"ok", "one", "two"}, poll(t, http.DefaultClient, srv.HTTPURL()+"/get_updates", `{"timeout":0}`))
}

// TestServer_StayReverse: dialects 6.5 and 15.1.
func TestServer_StayReverse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		persona onebottest.Persona
		delay   time.Duration
		waits   bool // until it has an event
	}{
		{onebottest.Standard, 3 * time.Second, false},
		{onebottest.NapCat, 5 * time.Second, false},
		{onebottest.LLBot, 3 * time.Second, false},
		{onebottest.Lagrange, 5 * time.Second, false},
		{onebottest.GoCQHTTP, 3 * time.Second, true},
	} {
		t.Run(tt.persona.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := onebottest.NewNetwork()
				listener, err := network.Listen("bot:80")
				require.NoError(t, err)
				conns := make(chan *websocket.Conn, 1)
				refuse := true
				web := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if refuse {
						refuse = false
						w.WriteHeader(http.StatusUnauthorized)
						return
					}
					var up websocket.Upgrader
					if ws, err := up.Upgrade(w, r, nil); err == nil {
						conns <- ws
					}
				})}
				go func() { _ = web.Serve(listener) }()
				srv := onebottest.NewServer(t, tt.persona, onebottest.WithNetwork(network))
				start := time.Now()
				srv.StayReverse("ws://bot:80/")
				ws := <-conns
				assert.Equal(t, tt.delay, time.Since(start), "after a handshake that was refused")

				require.NoError(t, ws.Close())
				if tt.waits {
					<-time.After(time.Hour)
					assert.Empty(t, conns)
					srv.Say(onebottest.Group1, onebottest.Friend1, "lost")
				}
				start = time.Now()
				again := <-conns
				assert.Equal(t, tt.delay, time.Since(start))
				require.NoError(t, again.Close())
				require.NoError(t, srv.Close())
				require.NoError(t, web.Close())
			})
		})
	}
}

func TestWithReverseDelay(t *testing.T) {
	t.Parallel()
	_, err := onebottest.Start(onebottest.NapCat, onebottest.WithReverseDelay(0))
	require.Error(t, err)
	calls := make(chan time.Time, 8)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		select {
		case calls <- time.Now():
		default:
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	defer web.Close()
	srv := onebottest.NewServer(t, onebottest.NapCat, onebottest.WithReverseDelay(time.Millisecond))
	srv.StayReverse("ws" + strings.TrimPrefix(web.URL, "http"))
	for range 3 {
		<-calls
	}
	require.NoError(t, srv.Close())
}
