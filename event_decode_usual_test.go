package onebot_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/internal/corpus"
)

// spaced writes a space behind each bracket that opens an object, so that nothing stands where a server is known to write it.
func spaced(frame []byte) []byte {
	out := make([]byte, 0, len(frame)+len(frame)/8)
	inside := false
	for i := 0; i < len(frame); i++ {
		out = append(out, frame[i])
		switch c := frame[i]; {
		case c == '\\' && i+1 < len(frame):
			i++
			out = append(out, frame[i])
		case c == '"':
			inside = !inside
		case c == '{' && !inside:
			out = append(out, ' ')
		}
	}
	return out
}

// plainOf makes events comparable whose frames differ in white space: the segments as they would be sent, without that.
func plainOf(t *testing.T, ev onebot.Event) (event any, segments []string) {
	t.Helper()
	m, ok := ev.(*onebot.MessageEvent)
	if !ok {
		return nil, nil
	}
	plain := *m.Detach()
	for _, s := range plain.Message {
		raw, err := json.Marshal(s)
		if err != nil {
			raw = nil
		}
		var b bytes.Buffer
		if json.Compact(&b, raw) == nil {
			segments = append(segments, s.Type()+b.String())
		}
	}
	plain.Raw, plain.Message = nil, nil
	return plain, segments
}

// requireSameEvent parses a frame as it stands and with white space.
func requireSameEvent(t *testing.T, frame []byte) {
	t.Helper()
	got, err := onebot.ParseEvent(frame)
	other, otherErr := onebot.ParseEvent(spaced(frame))
	require.Equal(t, otherErr == nil, err == nil, "%s", frame)
	if err != nil {
		return
	}
	event, segments := plainOf(t, got)
	wantEvent, wantSegments := plainOf(t, other)
	require.Equal(t, wantEvent, event, "%s", frame)
	require.Equal(t, wantSegments, segments, "%s", frame)
}

// TestParseEvent_usualOrder holds the short way for what stands in NapCat's order against the long one.
func TestParseEvent_usualOrder(t *testing.T) {
	t.Parallel()
	for _, frame := range slices.Concat(corpus.Array(), corpus.CQ()) {
		requireSameEvent(t, frame)
	}
	captured := 0
	for _, frames := range capturedEvents(t) {
		for _, frame := range frames {
			requireSameEvent(t, frame)
			captured++
		}
	}
	assert.NotZero(t, captured)
}

// TestParseEvent_usualOrderOdd puts every kind of value in each place of that order, leaves each member out, and ends there.
func TestParseEvent_usualOrderOdd(t *testing.T) {
	t.Parallel()
	members := []struct{ key, value string }{
		{"self_id", "10000"},
		{"user_id", "598862208"},
		{"time", "1725884956"},
		{"message_id", "262976353"},
		{"message_seq", "262976353"},
		{"real_id", "262976353"},
		{"real_seq", `"14009"`},
		{"message_type", `"group"`},
		{"sender", `{"user_id":598862208,"nickname":"着就。","card":"c","role":"member"}`},
		{"raw_message", `"说"`},
		{"font", "14"},
		{"sub_type", `"normal"`},
		{"message", `[{"type":"at","data":{"qq":"1"}},{"type":"text","data":{"text":"说"}}]`},
		{"message_format", `"array"`},
		{"post_type", `"message"`},
		{"group_id", "258381"},
		{"group_name", `"以"`},
	}
	frame := func(odd int, value string) []byte {
		b := []byte("{")
		for i, m := range members {
			if i == odd {
				if value == "" {
					continue
				}
				m.value = value
			}
			if len(b) > 1 {
				b = append(b, ',')
			}
			b = append(b, `"`+m.key+`":`+m.value...)
		}
		return append(b, '}')
	}
	odd := []string{
		"", "null", "true", "0", "-7", "007", "1.5", "1e3", "12345678901234567890", `""`, `"12"`, `"x\u0041"`, "\"\xff\"", "[]", "{}", `{"a":[1]}`, "x", `"`, " 5",
		`[{"type":"at","data":{"qq":"all"}},{"type":"at","data":{"qq":""}},{"type":"at","data":{"qq":"0"}},{"type":"at","data":{"qq":7}}]`,
		`[{"type":"at","data":{"qq":"1","name":"n"}},{"type":"reply","data":{"id":""}},{"type":"reply","data":{"id":"5","seq":"6"}}]`,
		`[{"type":"reply","data":{"id":"-5"}},{"type":"reply","data":{"id":5}},{"type":"text","data":{"text":"a","x":1}},{"type":"text","data":{"text":1}}]`,
		`[{"type":"text","data":{"text":"a"},"x":1},{"type":"text","data":{"text":"a"}]`, `[{"type":"text","data":{"text":"a"`,
		`{"user_id":null,"nickname":3,"card":null,"role":[],"card":"later"}`, `{"nickname":"n","user_id":"5"}`, `{"user_id":1,"role":"owner"`,
	}
	for i := range members {
		for _, value := range odd {
			requireSameEvent(t, frame(i, value))
		}
	}
	whole := frame(-1, "")
	for n := range whole {
		requireSameEvent(t, whole[:n])
	}
	ev, err := onebot.ParseEvent(whole)
	require.NoError(t, err)
	m, ok := ev.(*onebot.MessageEvent)
	require.True(t, ok)
	assert.Equal(t, onebot.Message{onebot.At(1), onebot.Text("说")}, m.Message)
	assert.Equal(t, onebot.Sender{UserID: 598862208, Nickname: "着就。", Card: "c", Role: "member"}, m.Sender)
}
