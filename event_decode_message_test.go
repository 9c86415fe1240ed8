package onebot

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/wire"
)

// TestReadMessageEvent reads the objects of get_msg, which are poorer than events: dialects.md, section 1.4.
func TestReadMessageEvent(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in   string
		want MessageEvent
	}{
		"go-cqhttp, group": {
			`{"group":true,"group_id":20001,"message_id":-655738588,"message_id_v2":"00","message_seq":1039,"message_type":"group","real_id":1039,"sender":{"nickname":"A","user_id":10086}}`,
			MessageEvent{Chat: GroupChat(20001), ID: "-655738588", Seq: 1039, Sender: Sender{UserID: 10086, Nickname: "A"}},
		},
		"go-cqhttp, private": {
			`{"group":false,"message_id":-6,"message_seq":0,"message_type":"private","real_id":40,"sender":{"nickname":"A","user_id":10086}}`,
			MessageEvent{Chat: PrivateChat(10086), ID: "-6", Seq: 40, Sender: Sender{UserID: 10086, Nickname: "A"}},
		},
		"NapCat, own": {
			`{"self_id":10001,"user_id":10001,"message_id":7,"message_seq":7,"real_id":7,"real_seq":"51","message_type":"group","group_id":20001,"post_type":"message_sent","emoji_likes_list":[]}`,
			MessageEvent{EventBase: EventBase{SelfID: 10001}, Chat: GroupChat(20001), ID: "7", Seq: 51, Sender: Sender{UserID: 10001}, Own: true},
		},
		"LLBot, withdrawn": {
			`{"self_id":10001,"user_id":10086,"message_id":-7,"message_seq":51,"real_id":51,"message_type":"group","group_id":20001,"post_type":"message","status":"deleted"}`,
			MessageEvent{EventBase: EventBase{SelfID: 10001}, Chat: GroupChat(20001), ID: "-7", Seq: 51, Sender: Sender{UserID: 10086}, deleted: true},
		},
		"LLBot, there": {
			`{"message_id":-7,"message_type":"group","group_id":20001,"status":"normal"}`, MessageEvent{Chat: GroupChat(20001), ID: "-7"},
		},
		"Lagrange, group, which is not told": {
			`{"message_type":"group","message_id":5,"real_id":5,"sender":{"user_id":10086,"nickname":"A","sex":"unknown"}}`,
			MessageEvent{ID: "5", Sender: Sender{UserID: 10086, Nickname: "A", Sex: "unknown"}},
		},
		"no object": {`"gone"`, MessageEvent{}},
		"null":      {`null`, MessageEvent{}},
	} {
		l := wire.NewLexer(tt.in)
		m := readMessageEvent(&l)
		require.NoError(t, l.End(), name)
		assert.Equal(t, &tt.want, m, name)
	}
}
