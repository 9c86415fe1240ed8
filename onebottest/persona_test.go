package onebottest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/onebot-go/onebot/onebottest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// written is an answer written out from dialects.md, in the section beside it, or from the server's source; it was not recorded. The
// frames sent have the echo "e".
type written struct {
	section        string
	persona        onebottest.Persona
	action, params string
	want           string // a part of the answer
}

func TestPersona_written(t *testing.T) {
	t.Parallel()
	const text = `[{"type":"text","data":{"text":"hi"}}]`
	tests := []written{
		{"5.1", onebottest.Lagrange, "get_login_info", `{}`, `{"status":"ok","retcode":0,"data":{"user_id":10000,"nickname":"bot"},"echo":"e"}`},
		{"5.1", onebottest.LLBot, "get_login_info", `{}`, `{"status":"ok","retcode":0,"data":{"user_id":10000,"nickname":"bot"},"message":"","wording":"","echo":"e"}`},
		{"5.1", onebottest.Standard, "get_login_info", `{}`, `{"status":"ok","retcode":0,"data":{"user_id":10000,"nickname":"bot"},"echo":"e"}`},
		{"5.3", onebottest.Lagrange, "nope", `{}`, `{"status":"failed","retcode":404,"data":null,"echo":"e"}`},
		{"5.3", onebottest.LLBot, "nope", `{}`, `"status":"failed","retcode":1404`},
		{"5.3", onebottest.Standard, "nope", `{}`, `"status":"failed","retcode":1404`},
		{"5.6", onebottest.Lagrange, "get_status_async", `{}`, `"retcode":404`},
		{"5.6", onebottest.LLBot, "get_status_rate_limited", `{}`, `"status":"ok"`},
		{"9.1", onebottest.LLBot, "get_version_info", `{}`, `"app_name":"LLOneBot","protocol_version":"v11","app_version":"8.1.7"`},
		{"9.1", onebottest.Lagrange, "get_version_info", `{}`, `"app_name":"Lagrange.OneBot","app_version":"0.0.3"`},
		{"9.2", onebottest.LLBot, "get_status", `{}`, `"stat":{"message_received":0`},
		{"9.2", onebottest.Lagrange, "get_status", `{}`, `"plugins_good":true`},
		{"source", onebottest.Standard, "get_stranger_info", `{"user_id":10003}`, `"data":{"user_id":10003,"nickname":"群友三","sex":"unknown","age":0}`},
		{"source", onebottest.LLBot, "get_stranger_info", `{"user_id":10003}`, `"data":{"user_id":10003,"nickname":"群友三","sex":"unknown","age":0,"qid":""`},
		{"source", onebottest.LLBot, "get_friend_list", `{}`, `"data":[{"user_id":10001,"nickname":"好友一","remark":"","sex":"unknown"`},
		{"source", onebottest.LLBot, "get_group_info", `{"group_id":100001}`, `"avatar_url":"https://p.qlogo.cn/gh/100001/100001/0","owner_id":10001`},
		{"source", onebottest.LLBot, "get_group_member_list", `{"group_id":100001}`, `"card":"群主名片","card_or_nickname":"群主名片"`},
		{"source", onebottest.LLBot, "get_group_member_info", `{"group_id":100001,"user_id":10002}`, `"card":"","card_or_nickname":"Friend Two"`},
		{"source", onebottest.Lagrange, "get_stranger_info", `{"user_id":777}`, `"q_id":null,"nickname":"777","sign":""`},
		{"1.1", onebottest.LLBot, "get_stranger_info", `{}`, `"message":"$.user_id missing required value"`},
		{"5.3", onebottest.GoCQHTTP, "get_stranger_info", `{"user_id":0}`, `"retcode":100`},
		{"source", onebottest.LLBot, "upload_group_file", `{"group_id":100001,"file":"a"}`, `"data":{"file_id":"/`},
		{"source", onebottest.NapCat, "upload_private_file", `{"user_id":10001,"file":"a"}`, `"data":{"file_id":"/`},
		{"source", onebottest.NapCat, "upload_private_file", `{"user_id":10003,"file":"a"}`, `"retcode":1200`},
		{"source", onebottest.Lagrange, "upload_group_file", `{"group_id":100001,"file":"a"}`, `"retcode":0,"data":null`},
		{"source", onebottest.GoCQHTTP, "get_group_file_url", `{"group_id":100001,"file_id":"a"}`, `"data":{"url":"https://`},
		{"source", onebottest.LLBot, "get_group_file_url", `{"group_id":7,"file_id":"a"}`, `"retcode":1200`},
		// T7: a number in a text field, or a null, fails the whole call on Lagrange.
		{"11 T7", onebottest.Lagrange, "send_group_msg", `{"group_id":100001,"message":[{"type":"at","data":{"qq":10001}}]}`, `{"status":"failed","retcode":200,"data":null,"echo":"e"}`},
		{"11 T7", onebottest.Lagrange, "send_group_msg", `{"group_id":100001,"message":[{"type":"at","data":{"qq":"10001"}}]}`, `"status":"ok"`},
		{"11 T7", onebottest.Lagrange, "send_group_msg", `{"group_id":100001,"message":"hi","auto_escape":null}`, `"retcode":200`},
		// A field of another server is not looked at.
		{"1.1", onebottest.Lagrange, "send_group_msg", `{"group_id":100001,"message":[{"type":"image","data":{"file":"base64://eA==","sub_type":1,"subType":1}}]}`, `"status":"ok"`},
		{"1.1", onebottest.Lagrange, "send_group_msg", `{"group_id":100001,"message":[{"type":"face","data":{"id":"1","sub_type":3,"large":true}}]}`, `"status":"ok"`},
		{"11 T7", onebottest.Lagrange, "send_group_msg", `{"group_id":100001,"message":[{"type":"face","data":{"id":1}}]}`, `"retcode":200`},
		{"11 T7", onebottest.Lagrange, "send_group_msg", `{"group_id":100001,"message":[{"type":"markdown","data":{"content":1}}]}`, `"retcode":200`},
		{"1.1", onebottest.Lagrange, "send_group_msg", `{"group_id":"100001","message":` + text + `}`, `"status":"ok"`},
		{"1.1", onebottest.Lagrange, "send_group_msg", `{"group_id":100001}`, `"retcode":200`},
		{"3", onebottest.Lagrange, "send_group_msg", `{"group_id":5000000000,"message":"hi"}`, `"retcode":200`},
		{"1.1", onebottest.LLBot, "send_group_msg", `{"group_id":100001}`, `"retcode":1400,"data":null,"message":"$.message missing required value"`},
		{"1.2", onebottest.LLBot, "send_msg", `{"message_type":"channel","group_id":100001,"message":"hi"}`, `"retcode":1400`},
		{"1.2", onebottest.LLBot, "send_msg", `{"group_id":100001,"user_id":10001,"message":"hi"}`, `"status":"ok"`},
		{"1.2", onebottest.LLBot, "send_group_msg", `{"group_id":100001,"message":[{"type":"node","data":{}}]}`, `"retcode":1200`},
		{"1.2", onebottest.LLBot, "send_msg", `{"message":"hi"}`, `"retcode":1200`},
		// T12: an unknown segment is dropped; with nothing left LLBot refuses, Lagrange does not look.
		{"11 T12", onebottest.LLBot, "send_group_msg", `{"group_id":100001,"message":[{"type":"sparkle","data":{}},{"type":"text","data":{"text":"x"}}]}`, `"status":"ok"`},
		{"1.2", onebottest.LLBot, "send_group_msg", `{"group_id":100001,"message":[]}`, `"status":"failed"`},
		{"1.2", onebottest.Lagrange, "send_group_msg", `{"group_id":100001,"message":[]}`, `"status":"ok"`},
		{"4", onebottest.Lagrange, "send_group_msg", `{"group_id":100001,"message":[{"type":"reply","data":{"id":"7"}}]}`, `"retcode":200`},
		{"4", onebottest.LLBot, "send_group_msg", `{"group_id":100001,"message":[{"type":"reply","data":{"id":"7"}},{"type":"text","data":{"text":"x"}}]}`, `"status":"ok"`},
		{"4", onebottest.Lagrange, "send_group_msg", `{"group_id":100001,"message":[{"type":"image","data":{"file":"/tmp/a.png"}}]}`, `"retcode":200`},
		{"4", onebottest.Lagrange, "send_group_msg", `{"group_id":100001,"message":[{"type":"image","data":{"file":"base64://eA=="}}]}`, `"status":"ok"`},
		{"4", onebottest.Lagrange, "send_group_msg", `{"group_id":100001,"message":[{"type":"text"}]}`, `"retcode":200`},
		{"4", onebottest.Standard, "send_group_msg", `{"group_id":100001,"message":[{"type":"sparkle","data":{}}]}`, `"status":"ok"`},
		{"5.3", onebottest.Standard, "send_group_msg", `{"group_id":100001}`, `"retcode":1400`},
		{"1.3", onebottest.Lagrange, "delete_msg", `{"message_id":7}`, `{"status":"failed","retcode":200,"data":null,"echo":"e"}`},
		{"1.3", onebottest.LLBot, "delete_msg", `{"message_id":7}`, `"retcode":1200`},
		{"1.6", onebottest.Lagrange, "get_forward_msg", `{"id":"nope"}`, `"retcode":-9999`},
		{"1.5", onebottest.Lagrange, "get_forward_msg", `{"id":5}`, `"retcode":200`},
		{"1.1", onebottest.LLBot, "get_forward_msg", `{"id":5}`, `"retcode":1400`},
		{"1.7", onebottest.LLBot, "send_group_forward_msg", `{"group_id":100001,"messages":"x"}`, `"retcode":1400`},
		{"1.7", onebottest.Standard, "send_group_forward_msg", `{"group_id":100001,"messages":[]}`, `"retcode":1404`},
		{"7.9", onebottest.Standard, "mark_msg_as_read", `{"message_id":1}`, `"retcode":1404`},
		{"7.9", onebottest.NapCat, "mark_msg_as_read", `{"group_id":100001}`, `"status":"ok"`},
		// T9: with both ids go-cqhttp sends to the person.
		{"11 T9", onebottest.GoCQHTTP, "send_msg", `{"user_id":10001,"group_id":100001,"message":"hi"}`, `"status":"ok"`},
	}
	for _, tt := range tests {
		srv := onebottest.NewServer(t, tt.persona)
		w := dial(t, srv, "/api", nil)
		assert.Contains(t, w.call(tt.action, tt.params), tt.want, "dialects %s: %s %s %s", tt.section, tt.persona, tt.action, tt.params)
	}
}

// TestPersona_bothTargets: dialects T9.
func TestPersona_bothTargets(t *testing.T) {
	t.Parallel()
	for _, p := range onebottest.Personas() {
		srv := onebottest.NewServer(t, p)
		w := dial(t, srv, "/api", nil)
		w.data("send_msg", `{"user_id":10001,"group_id":100001,"message":"hi"}`)
		sent, err := srv.NextSent(t.Context())
		require.NoError(t, err)
		if p == onebottest.GoCQHTTP {
			assert.Equal(t, [2]int64{0, 10001}, [2]int64{sent.Group, sent.User})
		} else {
			assert.Equal(t, [2]int64{100001, 0}, [2]int64{sent.Group, sent.User}, p.String())
		}
	}
}

// TestPersona_echo: dialects 5.2.
func TestPersona_echo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		persona    onebottest.Persona
		echo, want string // "" is no echo
	}{
		{onebottest.Standard, `{"b":1,"a":2}`, `{"b":1,"a":2}`},
		{onebottest.Standard, `9007199254740993`, `9007199254740993`},
		{onebottest.Standard, "", ""},
		{onebottest.GoCQHTTP, `{"b":1,"a":2}`, `{"a":2,"b":1}`},
		{onebottest.GoCQHTTP, `9007199254740993`, `9007199254740992`},
		{onebottest.NapCat, `9007199254740993`, `9007199254740992`},
		{onebottest.NapCat, "", `""`},
		{onebottest.LLBot, `9007199254740993`, `9007199254740992`},
		{onebottest.LLBot, `null`, ""},
		{onebottest.LLBot, "", ""},
		{onebottest.Lagrange, `9007199254740993`, `9007199254740993`},
		{onebottest.Lagrange, `1.50e2`, `1.50e2`},
		{onebottest.Lagrange, "", `null`},
	}
	for _, tt := range tests {
		srv := onebottest.NewServer(t, tt.persona)
		w := dial(t, srv, "/api", nil)
		frame := `{"action":"get_login_info"}`
		if tt.echo != "" {
			frame = `{"action":"get_login_info","echo":` + tt.echo + `}`
		}
		w.send(frame)
		var got map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(w.next()), &got))
		assert.Equal(t, tt.want, string(got["echo"]), "%s %s", tt.persona, tt.echo)
	}
}

// TestPersona_tokens: dialects 5.5 and 6.2. The status is that of the handshake; a close code follows a 101.
func TestPersona_tokens(t *testing.T) {
	t.Parallel()
	tests := []struct {
		persona       onebottest.Persona
		path, header  string
		status, close int
	}{
		{onebottest.LLBot, "/", "", 101, 1008},
		{onebottest.LLBot, "/", "Bearer wrong", 101, 1008},
		{onebottest.LLBot, "/", "Bearer secret", 101, 0},
		{onebottest.LLBot, "/", "secret", 101, 0},
		{onebottest.LLBot, "/", "Token secret", 101, 1008},
		{onebottest.LLBot, "/?access_token=secret", "Bearer wrong", 101, 1008},
		{onebottest.Lagrange, "/", "", 403, 0},
		{onebottest.Lagrange, "/", "Bearer wrong", 403, 0},
		{onebottest.Lagrange, "/", "secret", 403, 0},
		{onebottest.Lagrange, "/", "Bearer secret", 101, 0},
		{onebottest.Lagrange, "/?access_token=secret", "", 101, 0},
		{onebottest.Standard, "/", "", 401, 0},
		{onebottest.Standard, "/", "Bearer wrong", 403, 0},
		{onebottest.Standard, "/?access_token=secret", "", 101, 0},
	}
	for _, tt := range tests {
		srv := onebottest.NewServer(t, tt.persona, onebottest.WithToken("secret"))
		header := http.Header{}
		if tt.header != "" {
			header.Set("Authorization", tt.header)
		}
		w, status, _ := tryDial(srv, tt.path, header)
		assert.Equal(t, tt.status, status, "%+v", tt)
		if status != 101 {
			continue
		}
		w.tb = t
		if tt.close == 0 {
			assert.Contains(t, w.next(), "lifecycle", "%+v", tt)
		} else {
			assert.Contains(t, w.next(), `"retcode":1403`, "%+v", tt)
			_, err := w.read(5 * time.Second)
			assert.ErrorContains(t, err, "close 1008", "%+v", tt)
		}
		require.NoError(t, w.ws.Close())
	}
}

// TestPersona_paths: dialects 6.4, T17. LLBot is mute on other paths.
func TestPersona_paths(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.LLBot)
	w := dial(t, srv, "/onebot/v11/ws", nil)
	w.send(`{"action":"get_status","echo":1}`)
	srv.Say(onebottest.Group1, onebottest.Friend1, "x")
	_, err := w.read(50 * time.Millisecond)
	require.ErrorContains(t, err, "timeout")
	events := dial(t, srv, "/event/", nil)
	assert.Contains(t, events.next(), "lifecycle")
	events.send(`{"action":"get_status","echo":1}`)
	_, err = events.read(50 * time.Millisecond)
	require.ErrorContains(t, err, "timeout")
}

// TestPersona_brokenFrames: dialects 5.2, 5.3, 11 T1.
func TestPersona_brokenFrames(t *testing.T) {
	t.Parallel()
	for p, want := range map[onebottest.Persona]string{
		onebottest.LLBot: `"retcode":1400`, onebottest.Standard: `"retcode":1400`, onebottest.Lagrange: "",
	} {
		srv := onebottest.NewServer(t, p)
		w := dial(t, srv, "/api", nil)
		w.send(`{"action":`)
		if want != "" {
			assert.Contains(t, w.next(), want, p.String())
		}
		assert.Contains(t, w.call("get_login_info", "{}"), `"echo":"e"`, p.String())
	}
}

// TestPersona_http: dialects 5.4, 6.1 for the servers whose HTTP was not recorded.
func TestPersona_http(t *testing.T) {
	t.Parallel()
	const js = "application/json"
	tests := []struct {
		persona                   onebottest.Persona
		method, path, ctype, body string
		token                     string
		status                    int
		want                      string
	}{
		{onebottest.LLBot, "POST", "/get_login_info", js, `{}`, "", 403, `{"message":"token verify failed"}`},
		{onebottest.LLBot, "POST", "/get_login_info", js, `{}`, "secret", 200, `"wording":""}`},
		{onebottest.LLBot, "POST", "/get_login_info", "text/plain", `{"a":1}`, "secret", 200, `"ok"`},
		{onebottest.LLBot, "GET", "/send_group_msg?group_id=100001&message=hi", "", "", "secret", 200, `"ok"`},
		{onebottest.LLBot, "POST", "/send_group_msg?group_id=100001&message=hi", js, `{}`, "secret", 200, `"retcode":400`},
		{onebottest.LLBot, "POST", "/nope", js, `{}`, "secret", 404, `"retcode":404`},
		{onebottest.LLBot, "POST", "/get_status/", js, `{}`, "secret", 404, `"retcode":404`},
		{onebottest.LLBot, "POST", "/get_status", js, `{`, "secret", 200, `"retcode":400`},
		{onebottest.Lagrange, "POST", "/get_login_info", js, `{}`, "", 401, ""},
		{onebottest.Lagrange, "POST", "/get_login_info", js, `{}`, "wrong", 403, ""},
		{onebottest.Lagrange, "POST", "/get_login_info", js, `{}`, "secret", 200, `"nickname":"bot"},"echo":null}`},
		{onebottest.Lagrange, "POST", "/get_login_info", "text/plain", `{}`, "secret", 406, ""},
		{onebottest.Lagrange, "PUT", "/get_login_info", js, `{}`, "secret", 405, ""},
		{onebottest.Lagrange, "POST", "/nope", js, `{}`, "secret", 200, `"retcode":404`},
		{onebottest.Lagrange, "POST", "/get_status/", js, `{}`, "secret", 200, `"retcode":404`},
		{onebottest.Standard, "POST", "/get_login_info", js, `{}`, "", 401, ""},
		{onebottest.Standard, "POST", "/nope", js, `{}`, "secret", 404, ""},
		{onebottest.Standard, "POST", "/get_status/", js, `{}`, "secret", 200, `"ok"`},
		{onebottest.Standard, "POST", "/get_status", js, `{`, "secret", 400, ""},
		{onebottest.Standard, "POST", "/get_status", "text/plain", `{}`, "secret", 406, ""},
	}
	for _, tt := range tests {
		srv := onebottest.NewServer(t, tt.persona, onebottest.WithToken("secret"))
		header := http.Header{}
		if tt.token != "" {
			header.Set("Authorization", "Bearer "+tt.token)
		}
		resp, body := post(t, srv, tt.method, tt.path, tt.ctype, tt.body, header)
		assert.Equal(t, tt.status, resp.StatusCode, "%+v", tt)
		assert.Contains(t, body, tt.want, "%+v", tt)
		if tt.persona == onebottest.Lagrange && tt.status == 401 {
			assert.Equal(t, "Bearer", resp.Header.Get("WWW-Authenticate"))
		}
	}
}

// TestPersona_ids: dialects 3, T5. NapCat's are positive, Standard's small, the others use the sign bit.
func TestPersona_ids(t *testing.T) {
	t.Parallel()
	for _, p := range onebottest.Personas() {
		srv := onebottest.NewServer(t, p)
		ids := srv.Seed(onebottest.Group1, 200)
		negative := 0
		for _, id := range ids {
			assert.Equal(t, id, int64(int32(id)))
			if id < 0 {
				negative++
			}
		}
		assert.Equal(t, p != onebottest.NapCat && p != onebottest.Standard && p != onebottest.Lagrange, negative > 0, p.String())
		if p == onebottest.Lagrange {
			assert.Equal(t, int64(1001), ids[0]>>16, "the low half of the sequence")
		}
	}
	assert.Equal(t, "NapCat LLBot Lagrange go-cqhttp Standard", strings.Join([]string{
		onebottest.NapCat.String(), onebottest.LLBot.String(), onebottest.Lagrange.String(), onebottest.GoCQHTTP.String(),
		onebottest.Standard.String(),
	}, " "))
}

// TestLagrange_media: the file of a medium is its URL (dialects 4), so that what was said can be sent again.
func TestLagrange_media(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.Lagrange)
	w := dial(t, srv, "/", nil)
	w.next()
	for _, kind := range []string{"image", "record", "video"} {
		srv.Say(onebottest.Group1, onebottest.Friend1, "[CQ:"+kind+",file=a.bin]")
		segments, ok := fields(t, w.next())["message"].([]any)
		require.True(t, ok && len(segments) == 1, kind)
		data, ok := segments[0].(map[string]any)["data"].(map[string]any)
		require.True(t, ok, kind)
		url, ok := data["url"].(string)
		require.True(t, ok, kind)
		assert.True(t, strings.HasPrefix(url, "https://"), kind)
		assert.Equal(t, url, data["file"], kind)
	}
}

// TestGoCQHTTP_poke: a poke in a message pokes, and of the rest nothing is sent (dialects 1.2, 4).
func TestGoCQHTTP_poke(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.GoCQHTTP)
	w := dial(t, srv, "/", nil)
	w.next()
	got := w.data("send_group_msg", `{"group_id":100001,"message":[{"type":"text","data":{"text":"x"}},{"type":"poke","data":{"qq":"10001"}}]}`)
	assert.Equal(t, map[string]any{"message_id": 0.0}, got)
	assert.Empty(t, srv.Sent())
}
