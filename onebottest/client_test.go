package onebottest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/stretchr/testify/require"
)

// wire is a bare WebSocket client: frames out, frames in.
type wire struct {
	tb testing.TB
	ws *websocket.Conn
}

// dial connects to a path of the server ("" is "/") with a header and fails the test if the handshake does.
func dial(tb testing.TB, srv *onebottest.Server, path string, header http.Header) *wire {
	tb.Helper()
	w, status, err := tryDial(srv, path, header)
	require.NoError(tb, err, "status %d", status)
	w.tb = tb
	tb.Cleanup(func() { _ = w.ws.Close() })
	return w
}

func tryDial(srv *onebottest.Server, path string, header http.Header) (*wire, int, error) {
	d := websocket.Dialer{NetDialContext: srv.DialContext}
	ws, resp, err := d.DialContext(context.Background(), strings.TrimSuffix(srv.URL(), "/")+path, header)
	status := 0
	if resp != nil {
		status = resp.StatusCode
		_ = resp.Body.Close()
	}
	return &wire{ws: ws}, status, err
}

func (w *wire) send(frame string) {
	w.tb.Helper()
	require.NoError(w.tb, w.ws.WriteMessage(websocket.TextMessage, []byte(frame)))
}

// next reads one frame within five seconds.
func (w *wire) next() string {
	w.tb.Helper()
	data, err := w.read(5 * time.Second)
	require.NoError(w.tb, err)
	return data
}

func (w *wire) read(wait time.Duration) (string, error) {
	if err := w.ws.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return "", err
	}
	_, data, err := w.ws.ReadMessage()
	return string(data), err
}

// call sends a frame with the echo "e" and reads up to its answer, past events.
func (w *wire) call(action, params string) string {
	w.tb.Helper()
	w.send(`{"action":"` + action + `","params":` + params + `,"echo":"e"}`)
	for {
		frame := w.next()
		var head struct {
			PostType *string `json:"post_type"`
		}
		require.NoError(w.tb, json.Unmarshal([]byte(frame), &head))
		if head.PostType == nil {
			return frame
		}
	}
}

// data calls and gives the data of the answer, which must be ok.
func (w *wire) data(action, params string) any {
	w.tb.Helper()
	frame := w.call(action, params)
	var r struct {
		Status string `json:"status"`
		Data   any    `json:"data"`
	}
	require.NoError(w.tb, json.Unmarshal([]byte(frame), &r))
	require.Equal(w.tb, "ok", r.Status, frame)
	return r.Data
}

// answer is the head of an HTTP answer.
type answer struct {
	StatusCode int
	Header     http.Header
}

// post makes one HTTP request and gives the answer's head and body.
func post(tb testing.TB, srv *onebottest.Server, method, path, contentType, body string, header http.Header) (answer, string) {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), method, srv.HTTPURL()+path, strings.NewReader(body))
	require.NoError(tb, err)
	if header != nil {
		req.Header = header.Clone()
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	tr := &http.Transport{DialContext: srv.DialContext, DisableKeepAlives: true}
	resp, err := tr.RoundTrip(req)
	require.NoError(tb, err)
	b, err := io.ReadAll(resp.Body)
	require.NoError(tb, err)
	require.NoError(tb, resp.Body.Close())
	return answer{resp.StatusCode, resp.Header}, string(b)
}
