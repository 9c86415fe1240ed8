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
