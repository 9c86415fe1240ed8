package onebot_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

func readNode(t *testing.T, text string) onebot.Node {
	t.Helper()
	var n onebot.Node
	require.NoError(t, json.Unmarshal([]byte(text), &n))
	return n
}

// The shapes of dialects.md T3, 1.6 and 2.2.
func TestNode_shapes(t *testing.T) {
	t.Parallel()
	hi := onebot.Message{onebot.Text("hi")}
	at := time.Unix(1700000000, 0)
	for name, c := range map[string]struct {
		in   string
		want onebot.Node
	}{
		"Standard, Lagrange": {
			`{"type":"node","data":{"user_id":"10086","nickname":"A","content":[{"type":"text","data":{"text":"hi"}}]}}`,
			onebot.Node{User: 10086, Nickname: "A", Content: hi},
		},
		"go-cqhttp": {
			`{"sender":{"user_id":10086,"nickname":"A"},"time":1700000000,"group_id":20001,"content":"hi"}`,
			onebot.Node{User: 10086, Nickname: "A", Time: at, Content: hi},
		},
		"LLBot": {
			`{"sender":{"user_id":10086,"nickname":"A"},"time":1700000000,"message_format":"array","message_type":"group","content":[{"type":"text","data":{"text":"hi"}}]}`,
			onebot.Node{User: 10086, Nickname: "A", Time: at, Content: hi},
		},
		"NapCat": {
			`{"self_id":10001,"user_id":10086,"time":1700000000,"message_id":11,"message_seq":11,"real_id":11,"real_seq":"5","message_type":"group","sender":{"user_id":10086,"nickname":"A","card":""},"raw_message":"hi","message":[{"type":"text","data":{"text":"hi"}}],"message_format":"array","post_type":"message","group_id":284840486}`,
			onebot.Node{User: 10086, Nickname: "A", Time: at, Content: hi},
		},
		"card":           {`{"sender":{"user_id":"5","nickname":"A","card":"B"},"content":"hi"}`, onebot.Node{User: 5, Nickname: "B", Content: hi}},
		"milliseconds":   {`{"sender":null,"time":1700000000000,"content":"hi"}`, onebot.Node{Time: at, Content: hi}},
		"uin and name":   {`{"type":"node","data":{"uin":5,"name":"A","content":"hi"}}`, onebot.Node{User: 5, Nickname: "A", Content: hi}},
		"one segment":    {`{"type":"node","data":{"content":{"type":"text","data":{"text":"hi"}}}}`, onebot.Node{Content: hi}},
		"reference":      {`{"type":"node","data":{"id":-5}}`, onebot.RefNode("-5")},
		"no node at all": {`{"type":"text","data":{"text":"hi"}}`, onebot.Node{Content: hi}},
		"late type":      {`{"id":1,"type":"text","data":{"text":"hi"}}`, onebot.Node{Content: hi}},
		"go-cqhttp, nested": {
			`{"sender":{"user_id":1,"nickname":"A"},"content":[{"sender":{"user_id":2,"nickname":"B"},"time":1700000000,"content":"hi"}]}`,
			onebot.NestedNode(1, "A", onebot.NewForward(onebot.Node{User: 2, Nickname: "B", Time: at, Content: hi})),
		},
		"NapCat, nested": {
			`{"user_id":1,"message":[{"type":"forward","data":{"id":"7","content":[{"user_id":2,"sender":{"nickname":"B"},"message":[{"type":"text","data":{"text":"hi"}}]}]}}]}`,
			onebot.Node{User: 1, Nested: onebot.NewForward(onebot.CustomNode(2, "B", onebot.Text("hi")))},
		},
		"nested with texts": {
			`{"type":"node","data":{"news":[{"text":"a"},"b"],"prompt":"p","summary":"s","source":"t","content":[{"type":"node","data":{"user_id":"2","content":"hi"}}]}}`,
			onebot.Node{Nested: onebot.NewForward(onebot.Node{User: 2, Content: hi}).WithNews("a", "b").WithPrompt("p").WithSummary("s").WithSource("t")},
		},
		"nested, to be fetched": {
			`{"type":"node","data":{"content":[{"type":"forward","data":{"id":"7"}}]}}`,
			onebot.Node{Content: onebot.Message{onebot.ForwardRef("7")}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := readNode(t, c.in)
			assert.Equal(t, c.want, got)
			// What was read can be sent, and reads the same.
			b, err := json.Marshal(got)
			require.NoError(t, err)
			if got.Nickname == "" && got.User != 0 {
				return // the number is sent for a name
			}
			assert.Equal(t, got.Content.PlainText(), readNode(t, string(b)).Content.PlainText())
		})
	}
}

// dialects.md 2.1: the only node that all servers accept.
func TestNode_written(t *testing.T) {
	t.Parallel()
	inner := onebot.NewForward(onebot.CustomNode(2, "B", onebot.Text("x"))).WithNews("l1").WithPrompt("p").WithSummary("s").WithSource("t")
	for name, c := range map[string]struct {
		in   onebot.Node
		want string
	}{
		"custom":    {onebot.CustomNode(10086, "A", onebot.Text("hi")), `{"type":"node","data":{"user_id":"10086","uin":"10086","nickname":"A","name":"A","content":[{"type":"text","data":{"text":"hi"}}]}}`},
		"no name":   {onebot.CustomNode(5, "", onebot.Text("hi")), `{"type":"node","data":{"user_id":"5","uin":"5","nickname":"5","name":"5","content":[{"type":"text","data":{"text":"hi"}}]}}`},
		"time":      {onebot.Node{Time: time.Unix(1700000000, 5), Content: onebot.Message{}}, `{"type":"node","data":{"time":1700000000,"content":[]}}`},
		"reference": {onebot.RefNode("123456"), `{"type":"node","data":{"id":"123456"}}`},
		"nested": {
			onebot.NestedNode(1, "A", inner),
			`{"type":"node","data":{"user_id":"1","uin":"1","nickname":"A","name":"A","content":[{"type":"node","data":{"user_id":"2","uin":"2","nickname":"B","name":"B","content":[{"type":"text","data":{"text":"x"}}]}}],` +
				`"news":[{"text":"l1"}],"prompt":"p","summary":"s","source":"t"}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := c.in.MarshalJSON()
			require.NoError(t, err)
			assert.Equal(t, c.want, string(b))
		})
	}
	odd := `{"type":"node","data":{"user_id":"1","uin":"1","nickname":"A","name":"A","content":[],"seq":"7","prompt":"p"}}`
	b, err := json.Marshal(readNode(t, odd))
	require.NoError(t, err)
	assert.JSONEq(t, odd, string(b))
}

func TestNode_error(t *testing.T) {
	t.Parallel()
	_, err := onebot.NestedNode(1, "A", onebot.NewForward(onebot.RefNode("1"), onebot.CustomNode(1, "B", onebot.At(0)))).MarshalJSON()
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	assert.ErrorContains(t, err, "nodes[1]: message[0] (at): no user")
	assert.Error(t, new(onebot.Node).UnmarshalJSON([]byte(`{`)))
}

// However deep the nesting, it is read without trouble and nothing in it is lost.
func TestNode_deep(t *testing.T) {
	t.Parallel()
	for name, level := range map[string][2]string{
		"nodes":    {`[{"type":"node","data":{"content":`, `}}]`},
		"forwards": {`[{"type":"forward","data":{"id":"1","content":`, `}}]`},
		"entries":  {`[{"sender":{"user_id":1},"content":`, `}]`},
	} {
		for _, depth := range []int{3, 31, 32, 33, 100, 2000} {
			in := strings.Repeat(level[0], depth) + `[{"type":"text","data":{"text":"ground"}}]` + strings.Repeat(level[1], depth)
			m := decode(t, in)
			if name == "entries" {
				m = onebot.Message{onebot.NodeSegment{Node: readNode(t, in)}}
			}
			text := encode(t, m...)
			assert.Contains(t, text, "ground", "%s %d", name, depth)
			assert.NotContains(t, text, `"content":[]`, "%s %d: what was too deep stands in its place", name, depth)
			assert.NotEmpty(t, onebot.FormatCQ(m))
		}
	}
}
