package onebottest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onebot-go/onebot/onebottest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDelete_refused: the bot is a plain member of Group2, where QQ refuses to withdraw what others said; LLBot does not notice
// (dialects 1.3, T10).
func TestDelete_refused(t *testing.T) {
	t.Parallel()
	for p, want := range map[onebottest.Persona]string{
		onebottest.NapCat:   `"message":"Timeout: NTEvent`,
		onebottest.LLBot:    `"status":"ok","retcode":0,"data":null`,
		onebottest.GoCQHTTP: `"msg":"RECALL_API_ERROR","retcode":100`,
		onebottest.Lagrange: `{"status":"failed","retcode":200,"data":null`,
		onebottest.Standard: `"status":"failed"`,
	} {
		srv := onebottest.NewServer(t, p)
		w := dial(t, srv, "/", nil)
		w.next()
		id := srv.Say(onebottest.Group2, onebottest.Friend2, "x")
		w.next()
		assert.Contains(t, w.call("delete_msg", fmt.Sprintf(`{"message_id":%d}`, id)), want, p.String())
		// The message is still there, and no notice came.
		assert.Contains(t, w.call("get_msg", fmt.Sprintf(`{"message_id":%d}`, id)), `"text":"x"`, p.String())
	}
}

// TestDelete_friend: go-cqhttp refuses by itself what a friend said (dialects 1.3).
func TestDelete_friend(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.GoCQHTTP)
	id := srv.SeedPrivate(onebottest.Friend1, 1)[0]
	w := dial(t, srv, "/api", nil)
	assert.Contains(t, w.call("delete_msg", fmt.Sprintf(`{"message_id":%d}`, id)), `CANNOT_RECALL_FRIEND_MSG`)
}

// TestDelete_notice: a withdrawal by the bot is reported, and get_msg then answers as dialects 1.4 says.
func TestDelete_notice(t *testing.T) {
	t.Parallel()
	for p, want := range map[onebottest.Persona]string{
		onebottest.NapCat:   `"status":"failed"`,
		onebottest.LLBot:    `"status":"deleted"`,
		onebottest.GoCQHTTP: `"text":"message 1"`,
		onebottest.Lagrange: `"text":"message 1"`,
	} {
		srv := onebottest.NewServer(t, p)
		id := srv.Seed(onebottest.Group1, 1)[0]
		w := dial(t, srv, "/", nil)
		w.next()
		w.send(fmt.Sprintf(`{"action":"delete_msg","params":{"message_id":%d},"echo":"d"}`, id))
		frames := w.next() + w.next()
		assert.Contains(t, frames, `"notice_type":"group_recall"`, p.String())
		assert.Contains(t, frames, `"ok"`, p.String())
		assert.Contains(t, w.call("get_msg", fmt.Sprintf(`{"message_id":%d}`, id)), want, p.String())
	}
}

// TestHandle_parts: several frames for one echo (dialects 5.7).
func TestHandle_parts(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat)
	srv.Handle("download_file_stream", func(onebottest.Call) onebottest.Reply {
		return onebottest.Reply{
			Parts: []any{map[string]string{"type": "stream"}, map[string]string{"type": "stream"}},
			Data:  map[string]string{"type": "response"},
		}
	})
	w := dial(t, srv, "/api", nil)
	w.send(`{"action":"download_file_stream","echo":"s"}`)
	for _, kind := range []string{"stream", "stream", "response"} {
		assert.Equal(t, `{"status":"ok","retcode":0,"data":{"type":"`+kind+`"},"message":"","wording":"","echo":"s","stream":"stream-action"}`,
			w.next())
	}
	_, body := post(t, srv, "POST", "/download_file_stream", "application/json", "{}", nil)
	assert.Len(t, strings.Split(body, "\r\n\r\n"), 3)
}

// TestServer_recordsAreBounded: a long run keeps the newest calls and sends only.
func TestServer_recordsAreBounded(t *testing.T) {
	t.Parallel()
	const many = 1<<17 + 10
	srv := onebottest.NewServer(t, onebottest.LLBot)
	ids := srv.Seed(onebottest.Group1, many)
	w := dial(t, srv, "/api", nil)
	assert.Contains(t, w.call("get_msg", fmt.Sprintf(`{"message_id":%d}`, ids[0])), `"failed"`)
	assert.Contains(t, w.call("get_msg", fmt.Sprintf(`{"message_id":%d}`, ids[many-1])), `"ok"`)
	require.Len(t, srv.Calls(), 2)
}

// TestTempSession: dialects 1.2. Lagrange has no temporary sessions, LLBot answers them only.
func TestTempSession(t *testing.T) {
	t.Parallel()
	const params = `{"user_id":10003,"group_id":100001,"message":"hi"}`
	for p, want := range map[onebottest.Persona][2]string{ // before and after the other side has spoken
		onebottest.NapCat:   {`"ok"`, `"ok"`},
		onebottest.GoCQHTTP: {`"ok"`, `"ok"`},
		onebottest.LLBot:    {`"failed"`, `"ok"`},
		onebottest.Lagrange: {`"failed"`, `"failed"`},
	} {
		srv := onebottest.NewServer(t, p)
		w := dial(t, srv, "/api", nil)
		assert.Contains(t, w.call("send_private_msg", params), want[0], p.String())
		srv.SayTemp(onebottest.Group1, onebottest.Stranger, "hello")
		assert.Contains(t, w.call("send_private_msg", params), want[1], p.String())
	}
}
