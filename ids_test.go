package onebot_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

func TestIDs_json(t *testing.T) {
	t.Parallel()
	type ids struct {
		User  onebot.UserID    `json:"user_id"`
		Group onebot.GroupID   `json:"group_id"`
		Msg   onebot.MessageID `json:"message_id"`
	}
	for _, tc := range []struct {
		in   string
		want ids
		out  string // empty: the same as in
	}{
		{`{"user_id":10001,"group_id":20001,"message_id":-2059187533}`, ids{10001, 20001, "-2059187533"}, ""},
		{`{"user_id":"10001","group_id":"20001","message_id":"7"}`, ids{10001, 20001, "7"}, `{"user_id":10001,"group_id":20001,"message_id":7}`},
		{`{"user_id":null,"message_id":null}`, ids{}, `{"user_id":0,"group_id":0,"message_id":""}`},
		{`{"user_id":"abc","group_id":1.5,"message_id":"abc"}`, ids{Msg: "abc"}, `{"user_id":0,"group_id":0,"message_id":"abc"}`},
		{`{"user_id":18446744073709551615,"group_id":{},"message_id":7491567521670112331}`, ids{Msg: "7491567521670112331"}, `{"user_id":0,"group_id":0,"message_id":"7491567521670112331"}`},
		{`{"user_id":9007199254740992,"group_id":9007199254740993,"message_id":9007199254740992}`, ids{1 << 53, 1<<53 + 1, "9007199254740992"}, `{"user_id":9007199254740992,"group_id":"9007199254740993","message_id":9007199254740992}`},
		{`{"message_id":"9007199254740993"}`, ids{Msg: "9007199254740993"}, `{"user_id":0,"group_id":0,"message_id":"9007199254740993"}`},
		{`{"message_id":"007"}`, ids{Msg: "007"}, `{"user_id":0,"group_id":0,"message_id":"007"}`},
		{`{"message_id":"-0"}`, ids{Msg: "-0"}, `{"user_id":0,"group_id":0,"message_id":"-0"}`},
	} {
		var got ids
		require.NoError(t, json.Unmarshal([]byte(tc.in), &got), tc.in)
		assert.Equal(t, tc.want, got, tc.in)
		out, err := json.Marshal(got)
		require.NoError(t, err)
		want := tc.out
		if want == "" {
			want = tc.in
		}
		assert.Equal(t, want, string(out))
	}
}

func TestMessageID_Int64(t *testing.T) {
	t.Parallel()
	assert.Equal(t, onebot.MessageID("-5"), onebot.NewMessageID(-5))
	for id, want := range map[onebot.MessageID]bool{"5": true, "-5": true, "9223372036854775807": true, "9223372036854775808": false, "": false, "05": false, "+5": false, "5 ": false, "x": false} {
		_, ok := id.Int64()
		assert.Equal(t, want, ok, id)
	}
}

func TestChat(t *testing.T) {
	t.Parallel()
	for chat, want := range map[onebot.Chat]string{
		onebot.GroupChat(1):              "group 1",
		onebot.PrivateChat(2):            "private 2",
		onebot.TempChat(1, 2):            "temp 2 via group 1",
		{}:                               "no chat",
		{Group: 1, User: 2}:              "no chat",
		{Group: 1, Temp: true}:           "no chat",
		{User: -2}:                       "no chat",
		{Group: 1, User: -1, Temp: true}: "no chat",
	} {
		assert.Equal(t, want, chat.String())
	}
}

func TestActionError(t *testing.T) {
	t.Parallel()
	err := error(&onebot.ActionError{Action: "send_msg", Status: "failed", Retcode: 100, Message: "EMPTY_MSG_ERROR", Wording: "消息为空", Server: "go-cqhttp"})
	assert.Equal(t, "onebot: send_msg: failed, retcode 100: EMPTY_MSG_ERROR: 消息为空 (go-cqhttp)", err.Error())
	assert.False(t, errors.Is(err, onebot.ErrUnknownAction))
	err = &onebot.ActionError{Action: "send_msg", HTTPStatus: 500, Message: "x", Wording: "x"}
	assert.Equal(t, "onebot: send_msg: no status, http status 500: x", err.Error())
	long := strings.Repeat("错", 50_000)
	err = &onebot.ActionError{Action: "send_msg", Status: "failed", Message: long, Wording: long + "x", Server: "NapCat.Onebot"}
	assert.Less(t, len(err.Error()), 2200, "a log line is no place for a whole page")
	assert.True(t, utf8.ValidString(err.Error()))
	assert.Contains(t, err.Error(), "错错…: 错错")
}
