package onebottest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onebot-go/onebot/onebottest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFault_timeoutTexts: what NapCat's SendMsg.ts and LLBot's SendForwardMsg.ts make of a time-out.
func TestFault_timeoutTexts(t *testing.T) {
	t.Parallel()
	const (
		send    = `{"action":"send_group_msg","params":{"group_id":100001,"message":"hi"},"echo":"1"}`
		forward = `{"action":"send_group_forward_msg","params":{"group_id":100001,"messages":[{"type":"node","data":{"user_id":"10001","nickname":"n","content":"x"}}]},"echo":"1"}`
	)
	tests := []struct {
		persona onebottest.Persona
		frame   string
		want    string // %s is the id of the forward
	}{
		{onebottest.NapCat, send, "Timeout: NTEvent serviceAndMethod:NodeIKernelMsgService/sendMsg"},
		{onebottest.NapCat, forward, "发送转发消息（res_id：%s 失败"},
		{onebottest.LLBot, send, "waitForSelfEcho timeout"},
		{onebottest.LLBot, forward, "发送伪造合并转发消息失败 (res_id: %s)"},
	}
	for _, tt := range tests {
		bubble(t, tt.persona, func(t *testing.T, srv *onebottest.Server, w *wire) {
			t.Helper()
			srv.Fault(onebottest.TimeoutAfterAction())
			w.send(tt.frame)
			answer := fields(t, w.next())
			sent := srv.Sent()
			require.Len(t, sent, 1)
			assert.Equal(t, "failed", answer["status"])
			assert.Contains(t, answer["message"], strings.ReplaceAll(tt.want, "%s", sent[0].ForwardID))
		})
	}
	bubble(t, onebottest.NapCat, func(t *testing.T, srv *onebottest.Server, w *wire) {
		t.Helper()
		srv.Fault(onebottest.TimeoutAfterAction())
		id := srv.Seed(onebottest.Group1, 1)[0]
		w.send(fmt.Sprintf(`{"action":"delete_msg","params":{"message_id":%d},"echo":"1"}`, id))
		assert.Contains(t, w.next(), "group_recall")
		assert.Contains(t, w.next(), `"message":"Timeout: NTEvent serviceAndMethod:NodeIKernelMsgService/recallMsg`)
	})
}

// TestForward_noUsableNode: the texts of NapCat's SendMsg.ts and LLBot's SendForwardMsg.ts.
func TestForward_noUsableNode(t *testing.T) {
	t.Parallel()
	const (
		unknown = `[{"type":"node","data":{"id":"1"}}]`
		empty   = `[{"type":"node","data":{"user_id":"1","nickname":"n"}}]`
		strange = `[{"type":"node","data":{"user_id":"1","nickname":"n","content":[{"type":"sparkle","data":{}}]}}]`
	)
	tests := []struct {
		persona onebottest.Persona
		nodes   string
		want    string
		opts    []onebottest.Option
	}{
		{onebottest.NapCat, unknown, `"message":"发送伪造合并转发消息失败: Error: 转发消息失败，生成节点为空\n    at `, nil},
		{
			onebottest.NapCat, unknown, `"message":"发送合并转发消息失败: Error: 转发消息失败，生成节点为空\n    at `,
			[]onebottest.Option{onebottest.WithoutPackets()},
		},
		{onebottest.NapCat, empty, `"message":"发送伪造合并转发消息失败: TypeError: Cannot read properties of undefined (reading 'type')\n    at `, nil},
		{onebottest.NapCat, strange, `"message":"发送伪造合并转发消息失败: Error: 未知的消息类型：sparkle\n    at `, nil},
		{onebottest.LLBot, unknown, `"message":"转发消息失败，节点为空"`, nil},
		{onebottest.LLBot, `[]`, `"message":"未指定消息内容"`, nil},
	}
	for _, tt := range tests {
		srv := onebottest.NewServer(t, tt.persona, tt.opts...)
		answer := dial(t, srv, "/api", nil).call("send_group_forward_msg", `{"group_id":100001,"messages":`+tt.nodes+`}`)
		assert.Contains(t, answer, `"retcode":1200`, "%s %s", tt.persona, tt.nodes)
		assert.Contains(t, answer, tt.want, "%s %s", tt.persona, tt.nodes)
		assert.Empty(t, srv.Sent(), "%s %s", tt.persona, tt.nodes)
	}
}

// TestLLBot_refusals: dialects 15.1, the texts of LLBot's connect/ws.ts and connect/http.ts. Of a broken frame it looks for the echo.
func TestLLBot_refusals(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.LLBot)
	w := dial(t, srv, "/api", nil)
	for _, tt := range []struct{ frame, want string }{
		{`{"action":"nope","echo":"1"}`, `"retcode":1404,"data":null,"message":"nope API 不存在","wording":"nope API 不存在","echo":"1"}`},
		{`{"echo":"2"}`, `"message":"undefined API 不存在"`},
		{`[1]`, `"retcode":1404,"data":null,"message":"undefined API 不存在"`},
		{`{"action":"get_status","echo":"a\"b",`, `"retcode":1400,"data":null,"message":"JSON 解析失败: Unexpected token","wording":"JSON 解析失败: Unexpected token","echo":"a\"b"}`},
		{`{bad "echo" : {"a":[1,"}"]} }`, `"retcode":1400,"data":null,"message":"JSON 解析失败: Unexpected token","wording":"JSON 解析失败: Unexpected token","echo":{"a":[1,"}"]}}`},
		{`{"echo":7,`, `"echo":7}`},
		{`{"echo":`, `"wording":"JSON 解析失败: Unexpected token"}`},
		{`{"echo" "x"}`, `"wording":"JSON 解析失败: Unexpected token"}`},
		{`no json`, `"wording":"JSON 解析失败: Unexpected token"}`},
	} {
		w.send(tt.frame)
		assert.Contains(t, w.next(), tt.want, tt.frame)
	}
	w.send("null") // never answered: the next answer is that of the next call
	assert.Contains(t, w.call("get_status", "{}"), `"status":"ok"`)
	resp, body := post(t, srv, "POST", "/nope", "application/json", "{}", nil)
	assert.Equal(t, 404, resp.StatusCode)
	assert.Contains(t, body, `"retcode":404,"data":null,"message":"nope API 不存在"`)
}
