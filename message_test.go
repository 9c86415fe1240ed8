package onebot_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

func TestMessage_UnmarshalJSON(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   string
		want onebot.Message
	}{
		"array":           {`[{"type":"text","data":{"text":"a"}}]`, onebot.Message{onebot.Text("a")}},
		"empty array":     {`[]`, onebot.Message{}},
		"one segment":     {` {"type":"text","data":{"text":"a"}} `, onebot.Message{onebot.Text("a")}},
		"CQ string":       {`"a[CQ:at,qq=1]\u0026#91;"`, onebot.Message{onebot.Text("a"), onebot.At(1), onebot.Text("[")}},
		"empty string":    {`""`, nil},
		"number":          {`12`, onebot.Message{onebot.Text("12")}},
		"null":            {`null`, nil},
		"null in between": {`[null,{"type":"text","data":{"text":"a"}},null]`, onebot.Message{onebot.Text("a")}},
		"second data":     {`[{"type":"text","data":{"text":"a"},"data":{"text":"b"}}]`, onebot.Message{onebot.Text("a")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := onebot.Message{onebot.Text("old")}
			require.NoError(t, json.Unmarshal([]byte(c.in), &m))
			assert.Equal(t, c.want, m)
		})
	}
	for _, in := range []string{``, `[`, `[{"type":"text","data":{"text":"a"}]`, `[] x`, `{"type":"text","data":{"text":"\x"}}`} {
		m := onebot.Message{onebot.Text("old")}
		require.Error(t, m.UnmarshalJSON([]byte(in)), in)
		assert.Equal(t, onebot.Message{onebot.Text("old")}, m)
	}
}

// A decoded message does not change with the bytes it came from.
func TestMessage_UnmarshalJSON_copies(t *testing.T) {
	t.Parallel()
	in := []byte(`[{"type":"text","data":{"text":"abc","x":"def"}},{"type":"odd","data":{"ghi":1}}]`)
	want := string(in)
	var m onebot.Message
	require.NoError(t, m.UnmarshalJSON(in))
	clear(in)
	assert.Equal(t, want, encode(t, m...))
}

func TestMessage_MarshalJSON_empty(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(onebot.Message(nil))
	require.NoError(t, err)
	assert.Equal(t, "[]", string(b))
}

func TestMessage_String(t *testing.T) {
	t.Parallel()
	at := onebot.At(10001)
	m := onebot.Message{onebot.Text("hi\r\nthere "), onebot.Image(onebot.FileBytes([]byte("secret"))), &at, onebot.AtAll(), onebot.Raw("x\ny", nil)}
	assert.Equal(t, "hi there [image] @10001 @all [x y]", m.String())
	assert.Empty(t, onebot.Message(nil).String())
}

func TestMessage_PlainText(t *testing.T) {
	t.Parallel()
	text := onebot.Text("b ")
	assert.Equal(t, "a b c", onebot.Message{onebot.Text("a "), onebot.At(1), &text, nil, onebot.Text("c")}.PlainText())
	assert.Equal(t, "a", onebot.Message{onebot.Text("a")}.PlainText())
}

func TestSegments(t *testing.T) {
	t.Parallel()
	text := onebot.Text("b")
	m := onebot.Message{onebot.Text("a"), onebot.At(1), &text, onebot.Text("c")}
	assert.Equal(t, []onebot.TextSegment{onebot.Text("a"), text, onebot.Text("c")}, slices.Collect(onebot.Segments[onebot.TextSegment](m)))
	assert.Len(t, slices.Collect(onebot.Segments[onebot.Segment](m)), 4)
	for s := range onebot.Segments[onebot.TextSegment](m) {
		assert.Equal(t, "a", s.Text)
		break
	}
}

// A message that get_msg gives without self_id (go-cqhttp, Lagrange, the standard) is known for the account's own without an event and
// without a question before: who answers to it must not write to the account itself.
func TestClient_GetMsg_own(t *testing.T) {
	t.Parallel()
	for _, p := range onebottest.Personas() {
		srv := onebottest.NewServer(t, p)
		c := dial(t, srv.HTTPURL())
		id, err := c.SendPrivateMsg(t.Context(), onebot.UserID(onebottest.Friend1), onebot.Text("x"))
		require.NoError(t, err, p)
		for range 2 {
			m, err := c.GetMsg(t.Context(), id)
			require.NoError(t, err, p)
			assert.True(t, m.Own, p)
			assert.Equal(t, onebot.UserID(10000), m.SelfID, p)
			assert.NotEqual(t, onebot.PrivateChat(10000), m.Chat, p)
		}
		asked := 0
		for _, call := range srv.Calls() {
			if call.Action == "get_login_info" {
				asked++
			}
		}
		assert.LessOrEqual(t, asked, 1, p)
	}
}

// Whatever is read can be written, and what was written reads and writes the same.
func FuzzMessage(f *testing.F) {
	files, err := filepath.Glob("testdata/segments/*.jsonl")
	require.NoError(f, err)
	for _, name := range files {
		b, err := os.ReadFile(name)
		require.NoError(f, err)
		for line := range bytes.Lines(b) {
			f.Add(slices.Concat([]byte("["), line, []byte("]")))
		}
	}
	f.Add([]byte(`[{"type":"at","data":{"qq":"x","name":1}},{"data":{},"type":"dice"},"a",[1],{"a":{}}]`))
	f.Add([]byte(`[{"type":"node","data":{"id":1,"content":[{"sender":{},"content":"[CQ:at,qq=all]"}],"news":[{"text":"a"},1]}}]`))
	f.Add([]byte(`{"type":"location","data":{"lat":1e999,"lon":{}}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		var m, again onebot.Message
		err := m.UnmarshalJSON(in)
		require.Equal(t, json.Valid(in), err == nil, "%v", err)
		if err != nil {
			return
		}
		first, err := m.MarshalJSON()
		require.NoError(t, err)
		require.True(t, json.Valid(first))
		require.NoError(t, again.UnmarshalJSON(first))
		second, err := again.MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, string(first), string(second))
		_, _ = m.String(), onebot.FormatCQ(m)
	})
}
