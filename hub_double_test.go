package onebot_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

const hubToken = "hub-t0ken/+"

// newHub makes a hub behind a listener, with its URL.
func newHub(tb testing.TB, setup func(onebot.UserID, *onebot.Client), opts ...onebot.Option) (*onebot.Hub, string) {
	tb.Helper()
	opts = append([]onebot.Option{onebot.WithLogger(quiet()), onebot.WithToken(hubToken)}, opts...)
	h, err := onebot.NewHub(setup, opts...)
	require.NoError(tb, err)
	srv := httptest.NewServer(h)
	tb.Cleanup(srv.Close)
	tb.Cleanup(func() { assert.NoError(tb, h.Close()) })
	return h, "ws" + strings.TrimPrefix(srv.URL, "http")
}

func noSetup(onebot.UserID, *onebot.Client) {}

// dialler is a server that dials out, by hand: it answers every call with the name of its connection.
type dialler struct {
	ws   *websocket.Conn
	name string
	mu   sync.Mutex
	done chan struct{}
	mute chan struct{} // closed: calls are no longer answered
	err  error         // why reading has ended
	got  []string
}

func headers(self, role, token string) http.Header {
	h := http.Header{}
	for key, value := range map[string]string{"X-Self-ID": self, "X-Client-Role": role, "Authorization": token} {
		if value != "" {
			h.Set(key, value)
		}
	}
	return h
}

// dialHub makes a handshake that has to succeed.
func dialHub(tb testing.TB, url, name string, h http.Header) *dialler {
	tb.Helper()
	conn, resp, err := websocket.DefaultDialer.DialContext(tb.Context(), url, h)
	require.NoError(tb, err)
	require.NoError(tb, resp.Body.Close())
	d := &dialler{ws: conn, name: name, done: make(chan struct{}), mute: make(chan struct{})}
	go d.read()
	tb.Cleanup(d.close)
	return d
}

// universal dials as NapCat does and greets.
func universal(tb testing.TB, url string, self int64, name string) *dialler {
	tb.Helper()
	d := dialHub(tb, url, name, headers(strconv.FormatInt(self, 10), "Universal", "Bearer "+hubToken))
	d.send(lifecycle(self))
	return d
}

func (d *dialler) read() {
	defer close(d.done)
	for {
		_, data, err := d.ws.ReadMessage()
		if err != nil {
			d.err = err
			return
		}
		var call struct {
			Action string `json:"action"`
			Echo   string `json:"echo"`
		}
		if json.Unmarshal(data, &call) != nil {
			continue
		}
		d.mu.Lock()
		d.got = append(d.got, call.Action)
		d.mu.Unlock()
		select {
		case <-d.mute:
		default:
			d.send(fmt.Sprintf(`{"status":"ok","retcode":0,"data":{"by":%q,"message_id":1},"echo":%q}`, d.name, call.Echo))
		}
	}
}

func (d *dialler) send(frame string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = d.ws.WriteMessage(websocket.TextMessage, []byte(frame))
}

func (d *dialler) calls() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.got...)
}

func (d *dialler) close() {
	_ = d.ws.Close()
	<-d.done
}

// cut ends the connection as a crash does.
func (d *dialler) cut() {
	if tcp, ok := d.ws.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	d.close()
}

func lifecycle(self int64) string {
	return fmt.Sprintf(`{"time":1795295450,"self_id":%d,"post_type":"meta_event","meta_event_type":"lifecycle","sub_type":"connect"}`, self)
}

func groupTextOf(self, group, user, id int64, text string) string {
	return fmt.Sprintf(`{"time":1795295450,"self_id":%d,"post_type":"message","message_type":"group","sub_type":"normal","message_id":%d,`+
		`"group_id":%d,"user_id":%d,"raw_message":%q,"message":[{"type":"text","data":{"text":%q}}],"sender":{"user_id":%d}}`,
		self, id, group, user, text, text, user)
}

// clientOf waits until the hub knows the account.
func clientOf(tb testing.TB, h *onebot.Hub, self onebot.UserID) *onebot.Client {
	tb.Helper()
	var c *onebot.Client
	require.Eventually(tb, func() (ok bool) {
		c, ok = h.Client(self)
		return ok
	}, 5*time.Second, time.Millisecond)
	return c
}

// answeredBy tells which connection answers a call now.
func answeredBy(tb testing.TB, c *onebot.Client) string {
	tb.Helper()
	data, err := onebot.Do[struct{ By string }](tb.Context(), c, "get_status", nil)
	require.NoError(tb, err)
	return data.By
}

func take[T any](tb testing.TB, ch <-chan T) (v T) {
	tb.Helper()
	select {
	case v = <-ch:
	case <-time.After(5 * time.Second):
		require.FailNow(tb, "nothing came")
	}
	return v
}
