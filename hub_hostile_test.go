package onebot_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

// A client that sends the head of its request byte by byte is the http.Server's to end, as the doc of Hub says.
func TestHub_slowHandshake(t *testing.T) {
	t.Parallel()
	h, err := onebot.NewHub(noSetup, onebot.WithToken(hubToken), onebot.WithLogger(quiet()))
	require.NoError(t, err)
	defer func() { assert.NoError(t, h.Close()) }()
	web := httptest.NewUnstartedServer(h)
	web.Config.ReadHeaderTimeout = 50 * time.Millisecond
	web.Start()
	defer web.Close()
	var d net.Dialer
	c, err := d.DialContext(t.Context(), "tcp", web.Listener.Addr().String())
	require.NoError(t, err)
	defer func() { assert.NoError(t, c.Close()) }()
	_, err = io.WriteString(c, "GET / HTTP/1.1\r\nHost: hub\r\nX-Self-ID: 1")
	require.NoError(t, err)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(5*time.Second)))
	_, err = io.ReadAll(c)
	require.NoError(t, err, "the server ends it")
	_, known := h.Client(1)
	assert.False(t, known)
}

func TestHub_oversizedFrame(t *testing.T) {
	t.Parallel()
	h, url := newHub(t, noSetup, onebot.WithReadLimit(1<<10))
	other := universal(t, url, 20000, "other")
	d := universal(t, url, 10000, "it")
	c := clientOf(t, h, 10000)
	assert.Equal(t, "it", answeredBy(t, c))
	d.send(groupTextOf(10000, 1, 2, 3, strings.Repeat("x", 2<<10)))
	<-d.done
	assert.True(t, websocket.IsCloseError(d.err, websocket.CloseMessageTooBig), "%v", d.err)
	assert.LessOrEqual(t, c.Stats().Events, uint64(1))
	assert.Equal(t, "other", answeredBy(t, clientOf(t, h, 20000)))
	assert.NotNil(t, other)
}

func TestHub_malformedFrames(t *testing.T) {
	t.Parallel()
	got := make(chan string, 8)
	h, url := newHub(t, func(_ onebot.UserID, c *onebot.Client) {
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error {
			got <- m.Message.PlainText()
			return nil
		})
	})
	d := dialHub(t, url, "it", headers("10000", "Universal", "Bearer "+hubToken))
	for _, frame := range []string{
		"", "{bad json", "[]", "null", `"post_type"`, `{"post_type":"message","self_id":"no number"}`, `{"post_type":"message","self_id":-5}`,
		`{"post_type":"message","self_id":1e400}`, strings.Repeat("[", 100_000), `{"status":"ok","echo":"not ours"}`, "\xff\xfe",
	} {
		d.send(frame)
	}
	d.send(groupTextOf(10000, 1, 2, 3, "sound"))
	assert.Equal(t, "sound", take(t, got))
	assert.Equal(t, "it", answeredBy(t, clientOf(t, h, 10000)))
	accounts := 0
	for range h.Clients() {
		accounts++
	}
	assert.Equal(t, 1, accounts)
}

// dialUnnamed makes a handshake without an account.
func (s *shared) dialUnnamed(t *testing.T) (*dialler, int) {
	t.Helper()
	conn, resp, err := s.dial.DialContext(t.Context(), "ws://hub:80/", headers("", "Universal", "Bearer "+hubToken))
	require.NotNil(t, resp)
	require.NoError(t, resp.Body.Close())
	if err != nil {
		return nil, resp.StatusCode
	}
	d := &dialler{ws: conn, done: make(chan struct{}), mute: make(chan struct{})}
	go d.read()
	t.Cleanup(d.close)
	return d, resp.StatusCode
}

func TestHub_nobodyNamesTheAccountInTime(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		start := time.Now()
		d, _ := s.dialUnnamed(t)
		<-d.done
		assert.Equal(t, 10*time.Second, time.Since(start))
		assert.True(t, websocket.IsCloseError(d.err, websocket.ClosePolicyViolation), "%v", d.err)
	})
}

func TestHub_manyWithoutAnAccount(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		var last *dialler
		for range 256 {
			d, status := s.dialUnnamed(t)
			require.Equal(t, http.StatusSwitchingProtocols, status)
			last = d
		}
		_, status := s.dialUnnamed(t)
		assert.Equal(t, http.StatusServiceUnavailable, status)
		s.join(t, 1) // who says who he is comes in

		tell(last, lifecycle(2)) // one place is free again
		_, status = s.dialUnnamed(t)
		assert.Equal(t, http.StatusSwitchingProtocols, status)
	})
}

// A server that says nothing is the account of its header after half a second.
func TestHub_silentServer(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		conn, resp, err := s.dial.DialContext(t.Context(), "ws://hub:80/", headers("7", "Universal", "Bearer "+hubToken))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		defer func() { _ = conn.Close() }()
		sleep(499 * time.Millisecond)
		_, known := s.hub.Client(7)
		assert.False(t, known)
		sleep(2 * time.Millisecond)
		synctest.Wait()
		_, known = s.hub.Client(7)
		assert.True(t, known)
	})
}
