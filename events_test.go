package onebot_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/internal/wire"
)

// capturedEvents gives the recorded event frames, by the file's name without its suffix.
func capturedEvents(tb testing.TB) map[string][][]byte {
	tb.Helper()
	files, err := filepath.Glob("testdata/events/*.jsonl")
	require.NoError(tb, err)
	require.Len(tb, files, 3)
	frames := make(map[string][][]byte, len(files))
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(tb, err)
		frames[strings.TrimSuffix(filepath.Base(file), ".jsonl")] = bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	}
	return frames
}

// unknownOnPurpose are the recorded frames without a type of their own, with the reason.
//
//nolint:gochecknoglobals // a table of the test below
var unknownOnPurpose = map[string]string{
	"onebots-1.2.4 notice custom": "a name that the recording made up to see what comes",
}

func TestParseEvent_captures(t *testing.T) {
	t.Parallel()
	unknown := map[string]string{}
	for server, frames := range capturedEvents(t) {
		require.NotEmpty(t, frames)
		for _, frame := range frames {
			before := bytes.Clone(frame)
			ev, err := onebot.ParseEvent(frame)
			require.NoError(t, err, "%s", frame)
			assert.Equal(t, before, frame, "the argument is left alone")
			assert.Equal(t, string(frame), string(ev.Base().Raw), "the bytes as they came")
			var head map[string]any
			d := json.NewDecoder(bytes.NewReader(frame))
			d.UseNumber()
			require.NoError(t, d.Decode(&head))
			assert.Equal(t, fmt.Sprint(head["self_id"]), fmt.Sprint(ev.Base().SelfID))
			assert.Equal(t, fmt.Sprint(head["time"]), strconv.FormatInt(ev.Base().Time.Unix(), 10))
			switch e := ev.(type) {
			case *onebot.UnknownEvent:
				name := fmt.Sprint(server, " ", head["post_type"], " ", head["notice_type"])
				unknown[name] = unknownOnPurpose[name]
			case *onebot.MessageEvent:
				checkCapturedMessage(t, e, head)
			}
		}
	}
	assert.Equal(t, unknownOnPurpose, unknown)
}

func checkCapturedMessage(t *testing.T, m *onebot.MessageEvent, head map[string]any) {
	t.Helper()
	assert.Equal(t, fmt.Sprint(head["message_id"]), string(m.ID))
	assert.Equal(t, fmt.Sprint(head["user_id"]), fmt.Sprint(m.Sender.UserID))
	assert.Equal(t, head["raw_message"], m.RawMessage)
	assert.Equal(t, head["post_type"] == "message_sent", m.Own)
	if content, ok := head["message"].([]any); ok {
		assert.Len(t, m.Message, len(content))
	} else {
		assert.NotEmpty(t, m.Message)
	}
	if head["message_type"] == "group" {
		assert.Equal(t, "group "+fmt.Sprint(head["group_id"]), m.Chat.String())
	} else {
		assert.Equal(t, "private "+fmt.Sprint(head["user_id"]), m.Chat.String())
		assert.Equal(t, m.SelfID, m.Target)
	}
	switch {
	case head["real_seq"] != nil: // NapCat
		assert.Equal(t, head["real_seq"], strconv.FormatInt(m.Seq, 10))
	case head["message_seq"] != nil: // go-cqhttp
		assert.Equal(t, fmt.Sprint(head["message_seq"]), strconv.FormatInt(m.Seq, 10))
	default:
		assert.Zero(t, m.Seq)
	}
}

// parse gives the event of a frame with the fields of section 7 around it, and without the base, which it checks.
func parse(t *testing.T, body string) onebot.Event {
	t.Helper()
	frame := `{"time":1700000000,"self_id":10001,` + body + `}`
	ev, err := onebot.ParseEvent([]byte(frame))
	require.NoError(t, err, frame)
	base := ev.Base()
	assert.Equal(t, onebot.EventBase{Time: time.Unix(1700000000, 0), SelfID: 10001, Raw: json.RawMessage(frame)}, *base)
	*base = onebot.EventBase{}
	return ev
}

func TestParseEvent_broken(t *testing.T) {
	t.Parallel()
	for _, frame := range []string{
		``, ` `, `{`, `[]`, `[{}]`, `null`, `true`, `1`, `"x"`, `{}x`, `{"post_type":"message",}`, `{'type': 'chat.message'}`,
		`{"post_type":"notice","x":01}`, `{"message":[1,]}`, `{"a":1}{"b":2}`, `{"time":1` + "\x00}",
		`{"sender":{"nickname":"` + "\n" + `"}}`, `{"x":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `}`,
	} {
		ev, err := onebot.ParseEvent([]byte(frame))
		assert.Nil(t, ev, "%.60s", frame)
		require.ErrorIs(t, err, wire.ErrSyntax, "%.60s", frame)
		assert.ErrorContains(t, err, "onebot: event: ")
	}
}

func TestParseEvent_unknown(t *testing.T) {
	t.Parallel()
	for name, frame := range map[string]string{
		"empty":             `{}`,
		"no kind":           ` {"x":[1,{}]} `,
		"post_type":         `{"post_type":"sparkle"}`,
		"post_type null":    `{"post_type":null,"type":"chat.message"}`,
		"notice":            `{"post_type":"notice","notice_type":"sparkle"}`,
		"notify":            `{"post_type":"notice","notice_type":"notify","sub_type":"sparkle"}`,
		"request":           `{"post_type":"request","request_type":"sparkle"}`,
		"meta":              `{"post_type":"meta_event","meta_event_type":"sparkle"}`,
		"no message_type":   `{"post_type":"message","message":"x"}`,
		"guild, 7.2 quirks": `{"post_type":"message","message_type":"guild","guild_id":"1","channel_id":"2","message_id":"a-b","message":"x"}`,
		"deep":              `{"x":` + strings.Repeat("[", 9999) + strings.Repeat("]", 9999) + `}`,
	} {
		ev, err := onebot.ParseEvent([]byte(frame))
		require.NoError(t, err, name)
		require.IsType(t, (*onebot.UnknownEvent)(nil), ev, name)
		assert.Equal(t, frame, string(ev.Base().Raw), name)
	}
}

func TestParseEvent_lenient(t *testing.T) {
	t.Parallel()
	get := func(frame string) *onebot.MessageEvent {
		ev, err := onebot.ParseEvent([]byte(frame))
		require.NoError(t, err, frame)
		m, ok := ev.(*onebot.MessageEvent)
		require.True(t, ok, frame)
		return m
	}
	const post = `{"post_type":"message","message_type":"group",`

	m := get(post + `"self_id":"10001","user_id":"10086","group_id":"20001","message_id":"-5","time":"1700000000","font":"14"}`)
	assert.Equal(t, onebot.GroupChat(20001), m.Chat, "ids in strings")
	assert.Equal(t, onebot.UserID(10001), m.SelfID)
	assert.Equal(t, onebot.UserID(10086), m.Sender.UserID)
	assert.Equal(t, onebot.MessageID("-5"), m.ID)
	assert.Equal(t, time.Unix(1700000000, 0), m.Time)
	assert.Equal(t, int64(14), m.Font)

	m = get(post + `"self_id":{},"user_id":[1],"group_id":1.5,"message_id":{"a":1},"time":"soon","font":true,"sender":[],"anonymous":7,` +
		`"message":5,"raw_message":{"x":[]},"sub_type":null,"group_name":null}`)
	m.Raw = nil
	m.Message = nil
	assert.Equal(t, &onebot.MessageEvent{}, m, "broken fields are zero")

	m = get(post + `"user_id":99999999999999999999,"message_id":12345678901234567890}`)
	assert.Zero(t, m.Sender.UserID, "no int64")
	assert.Equal(t, onebot.MessageID("12345678901234567890"), m.ID, "every digit of an id")

	m = get(post + `"user_id":1,"message":[{"type":"text","data":{"text":"no"}}],"sender":{"card":"no","nickname":"no"},` +
		`"user_id":2,"message":"[CQ:at,qq=3]yes","sender":{"nickname":"yes"},"post_type":"message"}`)
	assert.Equal(t, onebot.Sender{UserID: 2, Nickname: "yes"}, m.Sender, "the last of two equal keys, whole")
	assert.Equal(t, "yes", m.Message.PlainText())
	m = get(post + `"message":"no","message":[{"type":"text","data":{"text":"yes"}}]}`)
	assert.Equal(t, "yes", m.Message.PlainText())
	m = get(post + `"message":"no","message":null}`)
	assert.Empty(t, m.Message)

	m = get(post + `"raw_message":"\ud83d \ude00 ` + "\xff" + ` \ud83d\ude00","sender":{"level":7,"age":"30"}}`)
	assert.Equal(t, "\uFFFD \uFFFD \uFFFD 😀", m.RawMessage)
	assert.Contains(t, string(m.Raw), "\xff", "Raw stays as it came")
	assert.Equal(t, "7", m.Sender.Level)
	assert.Equal(t, 30, m.Sender.Age)
}

func TestParseEvent_time(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]time.Time{
		`1700000000`:            time.Unix(1700000000, 0),
		`"1700000000"`:          time.Unix(1700000000, 0),
		`1700000000123`:         time.UnixMilli(1700000000123), // 7.3 quirks: NapCat falls back to milliseconds
		`1700000000123.5`:       time.Unix(1700000000, 123500000),
		`1713844846.08072`:      time.Unix(1713844846, 80720000),
		`1713844846.0807212345`: time.Unix(1713844846, 80721234),
		`1.5e3`:                 time.Unix(1500, 0),
		`-1.25`:                 time.Unix(-1, -250000000),
		`100000000000`:          time.Unix(100000000000, 0),
		`0`:                     {},
		`null`:                  {},
		`""`:                    {},
		`"noon"`:                {},
		`1e300`:                 {},
		`"Inf"`:                 {},
		`"NaN"`:                 {},
		`9223372036854775807`:   {},
		`{}`:                    {},
	} {
		ev, err := onebot.ParseEvent([]byte(`{"time":` + in + `}`))
		require.NoError(t, err, in)
		assert.True(t, want.Equal(ev.Base().Time), "%s: %v", in, ev.Base().Time)
		assert.Equal(t, want.IsZero(), ev.Base().Time.IsZero(), in)
	}
}

func TestSender_DisplayName(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "card", onebot.Sender{UserID: 1, Nickname: "nick", Card: "card"}.DisplayName())
	assert.Equal(t, "nick", onebot.Sender{UserID: 1, Nickname: "nick"}.DisplayName())
	assert.Equal(t, "1", onebot.Sender{UserID: 1}.DisplayName())
}
