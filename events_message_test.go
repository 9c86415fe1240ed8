package onebot_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

// TestParseEvent_messages has one frame for each way in which a server tells the same thing; the comment of a case names the
// section of dialects.md that the frame was written from. The account is 10001, the friend 10086, the group 20001.
func TestParseEvent_messages(t *testing.T) {
	t.Parallel()
	friend := onebot.Sender{UserID: 10086, Nickname: "A"}
	tests := []struct {
		name, frame string
		want        onebot.MessageEvent
	}{
		{ // 7.1, T20
			"go-cqhttp private",
			`"post_type":"message","message_type":"private","sub_type":"friend","message_id":-7,"user_id":10086,"target_id":10001,"sender":{"user_id":10086,"nickname":"A"}`,
			onebot.MessageEvent{Chat: onebot.PrivateChat(10086), ID: "-7", Sender: friend, SubType: "friend", Target: 10001},
		},
		{ // 7.1, T20: target_id is the chat's other side
			"NapCat private",
			`"user_id":10086,"message_id":7,"message_seq":7,"real_id":7,"real_seq":"51","message_type":"private","sender":{"user_id":10086,"nickname":"A","card":""},"font":14,"sub_type":"friend","post_type":"message","target_id":10086`,
			onebot.MessageEvent{Chat: onebot.PrivateChat(10086), ID: "7", Seq: 51, Sender: friend, SubType: "friend", Font: 14, Target: 10001},
		},
		{ // 7.1
			"LLBot private",
			`"post_type":"message","message_type":"private","sub_type":"friend","message_id":-9,"message_seq":51,"user_id":10086,"sender":{"user_id":10086,"nickname":"A"}`,
			onebot.MessageEvent{Chat: onebot.PrivateChat(10086), ID: "-9", Seq: 51, Sender: friend, SubType: "friend", Target: 10001},
		},
		{ // 7.1, T15
			"Lagrange own private",
			`"post_type":"message","message_type":"private","sub_type":"friend","message_id":3,"user_id":10001,"target_id":10086,"sender":{"user_id":10001,"nickname":"bot"}`,
			onebot.MessageEvent{Chat: onebot.PrivateChat(10086), ID: "3", Sender: onebot.Sender{UserID: 10001, Nickname: "bot"}, SubType: "friend", Own: true, Target: 10086},
		},
		{ // 7.1, 7.3
			"NapCat own private",
			`"post_type":"message_sent","message_sent_type":"self","message_type":"private","sub_type":"friend","message_id":3,"user_id":10001,"target_id":10086`,
			onebot.MessageEvent{Chat: onebot.PrivateChat(10086), ID: "3", Sender: onebot.Sender{UserID: 10001}, SubType: "friend", Own: true, Target: 10086},
		},
		{ // 7.1: to whom it went is not told
			"own private without a target",
			`"post_type":"message_sent","message_type":"private","sub_type":"friend","message_id":3,"user_id":10001`,
			onebot.MessageEvent{ID: "3", Sender: onebot.Sender{UserID: 10001}, SubType: "friend", Own: true},
		},
		{ // 7.1: the group stands at the top
			"NapCat temporary",
			`"post_type":"message","message_type":"private","sub_type":"group","message_id":3,"user_id":10086,"target_id":10086,"group_id":20001,"temp_source":0`,
			onebot.MessageEvent{Chat: onebot.TempChat(20001, 10086), ID: "3", Sender: onebot.Sender{UserID: 10086}, SubType: "group", Target: 10001},
		},
		{ // 7.1, 7.3: the group stands in the sender
			"go-cqhttp and LLBot temporary",
			`"post_type":"message","message_type":"private","sub_type":"group","message_id":3,"user_id":10086,"temp_source":0,"sender":{"user_id":10086,"nickname":"A","group_id":20001}`,
			onebot.MessageEvent{Chat: onebot.TempChat(20001, 10086), ID: "3", Sender: onebot.Sender{UserID: 10086, Nickname: "A", Group: 20001}, SubType: "group", Target: 10001},
		},
		{ // 7.1: no group is told, the recipient is 0
			"Lagrange temporary",
			`"post_type":"message","message_type":"private","sub_type":"group","message_id":3,"user_id":10086,"target_id":0`,
			onebot.MessageEvent{Chat: onebot.PrivateChat(10086), ID: "3", Sender: onebot.Sender{UserID: 10086}, SubType: "group", Target: 10001},
		},
		{ // 7.2
			"go-cqhttp group, anonymous",
			`"post_type":"message","message_type":"group","sub_type":"anonymous","group_id":20001,"user_id":80000000,"message_id":-2059187533,"message_seq":52,"anonymous":{"id":5,"name":"mask","flag":"f"},"raw_message":"x"`,
			onebot.MessageEvent{
				Chat: onebot.GroupChat(20001), ID: "-2059187533", Seq: 52, Sender: onebot.Sender{UserID: 80000000}, SubType: "anonymous", RawMessage: "x",
				Anonymous: &onebot.Anonymous{ID: 5, Name: "mask", Flag: "f"},
			},
		},
		{ // 7.2, T15: target_id is the group
			"NapCat own group",
			`"post_type":"message_sent","message_sent_type":"self","message_type":"group","sub_type":"normal","group_id":20001,"group_name":"G","user_id":10001,"target_id":20001,"message_id":9,"message_seq":9,"real_id":9,"real_seq":"53"`,
			onebot.MessageEvent{Chat: onebot.GroupChat(20001), ID: "9", Seq: 53, Sender: onebot.Sender{UserID: 10001}, SubType: "normal", Own: true, GroupName: "G"},
		},
		{ // 7.2, T15
			"Lagrange own group",
			`"post_type":"message","message_type":"group","sub_type":"normal","group_id":20001,"user_id":10001,"message_id":-9,"anonymous":null`,
			onebot.MessageEvent{Chat: onebot.GroupChat(20001), ID: "-9", Sender: onebot.Sender{UserID: 10001}, SubType: "normal", Own: true},
		},
		{ // 7.3
			"all of the sender",
			`"post_type":"message","message_type":"group","sub_type":"normal","group_id":20001,"user_id":10086,"message_id":1,"sender":{"user_id":10086,"nickname":"n","card":"c","sex":"male","age":5,"area":"a","level":"l","role":"owner","title":"t"}`,
			onebot.MessageEvent{
				Chat: onebot.GroupChat(20001), ID: "1", SubType: "normal",
				Sender: onebot.Sender{UserID: 10086, Nickname: "n", Card: "c", Sex: "male", Age: 5, Area: "a", Level: "l", Role: "owner", Title: "t"},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, ok := parse(t, tt.frame).(*onebot.MessageEvent)
			require.True(t, ok)
			assert.Equal(t, &tt.want, m)
			assert.Equal(t, onebot.MessageRef{ID: tt.want.ID, Seq: tt.want.Seq}, m.Ref())
		})
	}
}
