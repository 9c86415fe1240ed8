package onebot_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

const chatFrame = `{"type":"chat.message","status":"withdraw message","user_id":10086,"chat_id":77,"msg_id":5512,"update_time":1713844846.08072}`

func TestChatMessage_native(t *testing.T) {
	t.Parallel()
	ev, err := onebot.ParseEvent([]byte(chatFrame))
	require.NoError(t, err)
	m, ok := ev.(*onebot.ChatMessage)
	require.True(t, ok)
	when := time.Unix(1713844846, 80720000)
	assert.Equal(t, onebot.StatusWithdrawn, m.Status)
	assert.Equal(t, onebot.UserID(10086), m.User)
	assert.Equal(t, int64(77), m.ChatID)
	assert.Zero(t, m.Chat)
	assert.Equal(t, onebot.MessageID("5512"), m.ID)
	assert.Equal(t, when, m.UpdateTime)
	assert.Equal(t, when, m.Time)
	assert.Equal(t, chatFrame, string(m.Raw))
	assert.Nil(t, m.Last)
	assert.Nil(t, m.Source)
}

func TestChatMessage_roundTrip(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"send message", "withdraw message", "read message"} {
		for _, digits := range []string{
			"1713844846.08072", "1713844846", "1713844846.000", "1713844846.123456789012345", "1713844846.10", "1.713844846e9", "0", "1713844846080.72",
		} {
			frame := strings.NewReplacer("withdraw message", status, "1713844846.08072", digits).Replace(chatFrame)
			ev, err := onebot.ParseEvent([]byte(frame))
			require.NoError(t, err)
			require.IsType(t, (*onebot.ChatMessage)(nil), ev, frame)
			out, err := json.Marshal(ev)
			require.NoError(t, err)
			assert.Equal(t, frame, string(out), "the same digits out as in")
		}
	}
}

func TestChatMessage_incomplete(t *testing.T) {
	t.Parallel()
	whole := map[string]any{}
	require.NoError(t, json.Unmarshal([]byte(chatFrame), &whole))
	require.Len(t, whole, 6)
	var frames []string
	for key := range whole {
		part := map[string]any{}
		maps.Copy(part, whole)
		delete(part, key)
		absent, err := json.Marshal(part)
		require.NoError(t, err)
		part[key] = nil
		null, err := json.Marshal(part)
		require.NoError(t, err)
		frames = append(frames, string(absent), string(null))
	}
	frames = append(frames,
		strings.Replace(chatFrame, "withdraw message", "sparkle message", 1),
		strings.Replace(chatFrame, "1713844846.08072", `"yesterday"`, 1),
		strings.Replace(chatFrame, "1713844846.08072", `"Inf"`, 1),
		strings.Replace(chatFrame, "1713844846.08072", `1e400`, 1),
		strings.Replace(chatFrame, ":77", `:"seventy"`, 1),
		strings.Replace(chatFrame, "10086", `{}`, 1),
		strings.Replace(chatFrame, "chat.message", "chat.other", 1),
		strings.Replace(chatFrame, `{`, `{"post_type":"message",`, 1),
	)
	for _, frame := range frames {
		ev, err := onebot.ParseEvent([]byte(frame))
		require.NoError(t, err)
		require.IsType(t, (*onebot.UnknownEvent)(nil), ev, frame)
		assert.Equal(t, frame, string(ev.Base().Raw))
	}
}

func TestChatMessage_mapped(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]onebot.ChatMessage{
		`{"type":"chat.message","status":"send message","user_id":1,"chat_id":20001,"msg_id":-5,"update_time":1700000000}`: {
			Status: onebot.StatusSent, User: 1, Chat: onebot.GroupChat(20001), ID: "-5", UpdateTime: time.Unix(1700000000, 0),
		},
		`{"type":"chat.message","status":"read message","user_id":1,"chat_id":2,"msg_id":"a-b","update_time":1700000000.000000001}`: {
			Status: onebot.StatusRead, User: 1, Chat: onebot.PrivateChat(2), ID: "a-b", UpdateTime: time.Unix(1700000000, 1),
		},
		`{"type":"chat.message","status":"read message","user_id":1,"chat_id":3,"msg_id":"12345678901234567890","update_time":1700000000.5}`: {
			Status: onebot.StatusRead, User: 1, Chat: onebot.TempChat(3, 2), ID: "12345678901234567890", UpdateTime: time.Unix(1700000000, 5e8),
		},
		`{"type":"chat.message","status":"","user_id":0,"chat_id":0,"msg_id":"","update_time":0}`:            {},
		`{"type":"chat.message","status":"","user_id":0,"chat_id":0,"msg_id":"","update_time":-0.25}`:        {UpdateTime: time.Unix(-1, 75e7)},
		`{"type":"chat.message","status":"","user_id":0,"chat_id":0,"msg_id":"","update_time":-2.000000001}`: {UpdateTime: time.Unix(-3, 999999999)},
	} {
		got, err := json.Marshal(m)
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
	}
}
