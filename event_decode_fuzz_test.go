package onebot_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/internal/wire"
)

// asMap reads one object as encoding/json does, keeping numbers as they stand.
func asMap(frame []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(frame))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the value")
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("no object")
	}
	return m, nil
}

// textIn and idIn say what a field has to be, from what encoding/json read.
func textIn(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	default:
		return ""
	}
}

func idIn(v any) int64 {
	if _, ok := v.(bool); ok {
		return 0
	}
	n, _ := wire.ParseInt(textIn(v))
	return n
}

func messageIDIn(v any) onebot.MessageID {
	if _, ok := v.(bool); ok {
		return ""
	}
	return onebot.MessageID(textIn(v))
}

func FuzzParseEvent(f *testing.F) {
	for _, frames := range capturedEvents(f) {
		for _, frame := range frames {
			f.Add(frame)
		}
	}
	for _, seed := range []string{
		chatFrame, `{}`, ` {"a":[]} `, `null`, `[]`, `{"post_type":"message"`, `{"self_id":1,"self_id":"2","self_id":null}`,
		`{"post_type":"message","message_type":"group","group_id":1,"raw_message":"\ud83d\ude00\ud83d` + "\xff" + `","sender":{"user_id":3}}`,
		`{"post_type":"message","message_type":"private","user_id":1e3,"message":[{"type":"text","data":{"text":"a"}}],"message":"b"}`,
		`{"post_type":"notice","notice_type":"bot_offline","message":"[CQ:face,id=1]"}`,
		`{"post_type":"notice","notice_type":"reaction","code":7,"likes":[{"emoji_id":1},2,[]]}`,
		`{"post\u005ftype":"request","request_type":"friend","flag":true,"comment":1.50}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		want, wantErr := asMap(frame)
		ev, err := onebot.ParseEvent(frame)
		if wantErr != nil {
			require.ErrorIs(t, err, wire.ErrSyntax)
			require.Nil(t, ev)
			return
		}
		require.NoError(t, err)
		base := ev.Base()
		require.Equal(t, string(frame), string(base.Raw))
		require.Equal(t, idIn(want["self_id"]), int64(base.SelfID))
		sameFields(t, want, ev)
	})
}

// sameFields compares the fields that need no knowledge of servers.
func sameFields(t *testing.T, want map[string]any, ev onebot.Event) {
	t.Helper()
	user, group := onebot.UserID(idIn(want["user_id"])), onebot.GroupID(idIn(want["group_id"]))
	id := messageIDIn(want["message_id"])
	switch e := ev.(type) {
	case *onebot.MessageEvent:
		require.Contains(t, []string{"message", "message_sent"}, textIn(want["post_type"]))
		require.Equal(t, id, e.ID)
		require.Equal(t, textIn(want["raw_message"]), e.RawMessage)
		require.Equal(t, textIn(want["sub_type"]), e.SubType)
		require.Equal(t, textIn(want["group_name"]), e.GroupName)
		require.Equal(t, idIn(want["font"]), e.Font)
		if textIn(want["message_type"]) == "group" {
			require.Equal(t, onebot.GroupChat(group), e.Chat)
		}
		sender, _ := want["sender"].(map[string]any)
		require.Equal(t, textIn(sender["nickname"]), e.Sender.Nickname)
		require.Equal(t, textIn(sender["card"]), e.Sender.Card)
		require.Equal(t, textIn(sender["role"]), e.Sender.Role)
		if author := onebot.UserID(idIn(sender["user_id"])); author != 0 {
			user = author
		}
		require.Equal(t, user, e.Sender.UserID)
	case *onebot.GroupRecallEvent:
		require.Equal(t, group, e.Group)
		require.Equal(t, user, e.User)
		require.Equal(t, onebot.UserID(idIn(want["operator_id"])), e.Operator)
		require.Equal(t, id, e.ID)
	case *onebot.FriendRecallEvent:
		require.Equal(t, user, e.User)
		require.Equal(t, id, e.ID)
	case *onebot.BotOfflineEvent:
		text, _ := want["message"].(string)
		require.Equal(t, text, e.Message)
		require.Equal(t, textIn(want["tag"]), e.Tag)
	case *onebot.FriendRequestEvent:
		require.Equal(t, user, e.User)
		require.Equal(t, textIn(want["comment"]), e.Comment)
		require.Equal(t, textIn(want["flag"]), e.Flag)
	case *onebot.GroupUploadEvent:
		file, _ := want["file"].(map[string]any)
		require.Equal(t, textIn(file["name"]), e.File.Name)
		require.Equal(t, idIn(file["size"]), e.File.Size)
	case *onebot.ChatMessage:
		require.Equal(t, textIn(want["status"]), string(e.Status))
		require.Equal(t, user, e.User)
		require.Equal(t, idIn(want["chat_id"]), e.ChatID)
		require.Equal(t, messageIDIn(want["msg_id"]), e.ID)
		out, err := json.Marshal(e)
		require.NoError(t, err)
		require.True(t, json.Valid(out))
	case *onebot.UnknownEvent:
		require.Equal(t, string(e.Raw), string(ev.Base().Raw))
	}
}
