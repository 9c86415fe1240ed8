package onebot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
)

// recordedData gives the data of a recorded answer.
func recordedData(tb testing.TB, file string) string {
	tb.Helper()
	b, err := os.ReadFile(file)
	require.NoError(tb, err)
	var frame struct {
		Data json.RawMessage `json:"data"`
	}
	require.NoError(tb, json.Unmarshal(b, &frame))
	return string(frame.Data)
}

// forwardStore answers get_forward_msg from a table.
func forwardStore(data map[string]string) *double {
	return newDouble(func(ctx context.Context, req transport.Request) (*transport.Response, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var p struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(req.Params, &p); err != nil {
			return nil, err
		}
		if d, ok := data[p.ID]; ok {
			return okResponse(d), nil
		}
		return &transport.Response{Status: "failed", Retcode: 100, Data: []byte("null")}, nil
	})
}

func TestGetForwardMsg_shapes(t *testing.T) {
	t.Parallel()
	hi := []string{`10086 A: "hi"`}
	for name, tc := range map[string]struct {
		data string
		want []string
	}{
		"NapCat, recorded": {
			recordedData(t, "testdata/forwards/napcat-4.18.19-nested.json"),
			[]string{`10001 A: "plain" onebot.FaceSegment`, `10002 B:`, `  10001 A: "nested"`, `10000 NapRig: "hist 0"`},
		},
		"go-cqhttp, recorded": {
			recordedData(t, "testdata/forwards/go-cqhttp-a5923f1-nested.json"),
			[]string{`10001 A: "plain" onebot.FaceSegment`, `10002 B:`, `  10001 A: "nested"`, `10000 GocqRig: "hist 0"`},
		},
		"Standard and Lagrange (dialects T3)": {`{"message":[{"type":"node","data":{"user_id":"10086","nickname":"A","content":[{"type":"text","data":{"text":"hi"}}]}}]}`, hi},
		"go-cqhttp (dialects T3)":             {`{"messages":[{"sender":{"user_id":10086,"nickname":"A"},"time":1700000000,"group_id":20001,"content":"hi"}]}`, hi},
		"LLBot (dialects T3)": {
			`{"messages":[{"sender":{"user_id":10086,"nickname":"A"},"time":1700000000,"message_format":"array","message_type":"group","content":[{"type":"text","data":{"text":"hi"}}]}]}`, hi,
		},
		"LLBot, nested (dialects 1.6)": {
			`{"messages":[{"sender":{"user_id":10086,"nickname":"A"},"content":[{"type":"forward","data":{"id":"r"}}]}]}`, []string{"10086 A: forward r"},
		},
		"NapCat (dialects T3)": {
			`{"messages":[{"self_id":10001,"user_id":10086,"time":1700000000,"message_id":11,"message_seq":11,"real_id":11,"real_seq":"5","message_type":"group","sender":{"user_id":10086,"nickname":"A","card":""},"raw_message":"hi","message":[{"type":"text","data":{"text":"hi"}}],"message_format":"array","post_type":"message","group_id":284840486}]}`, hi,
		},
		"CQ string":                      {`{"messages":[{"sender":{"user_id":10086,"nickname":"A"},"content":"[CQ:at,qq=5]hi"}]}`, []string{`10086 A: @5 "hi"`}},
		"one node":                       {`{"message":{"type":"node","data":{"user_id":"10086","nickname":"A","content":"hi"}}}`, hi},
		"empty":                          {`{"messages":[]}`, nil},
		"Lagrange, empty (dialects 1.6)": {`{"message":[]}`, nil},
		"null":                           {`{"messages":null}`, nil},
		"empty messages":                 {`{"messages":[{"sender":{"user_id":1,"nickname":"A"},"content":[]},{"sender":{"user_id":2,"nickname":"B"},"content":[{"sender":{"user_id":1,"nickname":"A"},"content":""}]}]}`, []string{`1 A: "[空消息]"`, "2 B:", `  1 A: "[空消息]"`}},
	} {
		d := forwardStore(map[string]string{"7491567521670112331": tc.data})
		c := newClient(t, d, onebot.WithDialect(onebot.LLBot))
		f, err := c.GetForwardMsg(t.Context(), "7491567521670112331")
		require.NoError(t, err, name)
		assert.Equal(t, tc.want, outline(f), name)
		assert.Equal(t, `{"id":"7491567521670112331"}`, d.lastParams(t), "an id is a string however it looks (dialects T6)")
		if len(f.Nodes) > 0 {
			require.NoError(t, f.Validate(), "%s: what was read can be sent", name)
		}
	}

	f, err := newClient(t, forwardStore(map[string]string{"x": `{"messages":[{"sender":{"user_id":1},"time":1700000000,"content":"hi"}]}`})).GetForwardMsg(t.Context(), "x")
	require.NoError(t, err)
	assert.Equal(t, time.Unix(1700000000, 0), f.Nodes[0].Time)
}

func TestGetForwardMsg_garbage(t *testing.T) {
	t.Parallel()
	for _, data := range []string{`null`, `{}`, `[]`, `"text"`, `7`, `{"messages":"no"}`, `{"messages":[`, `{"messages":[]}}`, `{"messages":[{"content":}]}`} {
		c := newClient(t, forwardStore(map[string]string{"x": data}))
		_, err := c.GetForwardMsg(t.Context(), "x")
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown, data)
		assert.Equal(t, 1, classes(err), data)
	}
	_, err := newClient(t, forwardStore(nil)).GetForwardMsg(t.Context(), "x")
	var refused *onebot.ActionError
	require.ErrorAs(t, err, &refused)
}

// refTo is an answer of nodes that are nothing but references.
func refTo(ids ...string) string {
	nodes := make([]string, 0, len(ids))
	for _, id := range ids {
		nodes = append(nodes, fmt.Sprintf(`{"sender":{"user_id":1,"nickname":%q},"content":[{"type":"forward","data":{"id":%q}}]}`, "to "+id, id))
	}
	return `{"messages":[` + strings.Join(nodes, ",") + `]}`
}

const leaf = `{"messages":[{"sender":{"user_id":2,"nickname":"B"},"content":"leaf"}]}`

func TestReadForward_depthAndGaps(t *testing.T) {
	t.Parallel()
	store := map[string]string{"a": refTo("b", "gone"), "b": refTo("c"), "c": leaf}
	for depth, want := range map[int][]string{
		-1: {"1 to b: forward b", "1 to gone: forward gone"},
		1:  {"1 to b: forward b", "1 to gone: forward gone"},
		2:  {"1 to b:", "  1 to c: forward c", "1 to gone: forward gone"},
		3:  {"1 to b:", "  1 to c:", `    2 B: "leaf"`, "1 to gone: forward gone"},
		99: {"1 to b:", "  1 to c:", `    2 B: "leaf"`, "1 to gone: forward gone"},
	} {
		c := newClient(t, forwardStore(store))
		f, err := c.ReadForward(t.Context(), onebot.ForwardRef("a"), depth)
		require.NoError(t, err)
		assert.Equal(t, want, outline(f), "depth %d", depth)
	}
	_, err := newClient(t, forwardStore(store)).ReadForward(t.Context(), onebot.ForwardRef("gone"), 3)
	var refused *onebot.ActionError
	require.ErrorAs(t, err, &refused)

	// What the segment brought along is not asked for.
	d := forwardStore(store)
	inline := onebot.ForwardSegment{ID: "x", Content: []onebot.Node{onebot.CustomNode(1, "A", onebot.ForwardRef("c")), onebot.CustomNode(1, "A", onebot.Text("beside "), onebot.ForwardRef("c"))}}
	f, err := newClient(t, d).ReadForward(t.Context(), inline, 2)
	require.NoError(t, err)
	assert.Len(t, d.sent(), 1, "fetched once for both places")
	require.NotNil(t, f.Nodes[0].Nested)
	beside, ok := f.Nodes[1].Content[1].(onebot.ForwardSegment)
	require.True(t, ok)
	assert.Len(t, beside.Content, 1, "a forward beside other segments keeps its place")
	assert.Equal(t, onebot.ForwardRef("c"), inline.Content[0].Content[0], "what was given is not changed")
}

func TestReadForward_hostile(t *testing.T) {
	t.Parallel()
	t.Run("cycles", func(t *testing.T) {
		t.Parallel()
		d := forwardStore(map[string]string{"a": refTo("a", "b"), "b": refTo("a", "b")})
		f, err := newClient(t, d).ReadForward(t.Context(), onebot.ForwardRef("a"), 1000)
		require.NoError(t, err)
		assert.Equal(t, []string{"1 to a: forward a", "1 to b:", "  1 to a: forward a", "  1 to b: forward b"}, outline(f))
		assert.Len(t, d.sent(), 2)
	})
	t.Run("repeats", func(t *testing.T) {
		t.Parallel()
		d := forwardStore(map[string]string{"a": refTo("c", "c", "gone", "gone"), "c": leaf})
		f, err := newClient(t, d).ReadForward(t.Context(), onebot.ForwardRef("a"), 2)
		require.NoError(t, err)
		assert.Len(t, outline(f), 6)
		assert.Len(t, d.sent(), 3, "each id is asked for once, known or not")
	})
	t.Run("doubling", func(t *testing.T) {
		t.Parallel()
		// Each level stands twice in the one above: 2^40 leaves.
		store := map[string]string{}
		for i := range 40 {
			store[strconv.Itoa(i)] = refTo(strconv.Itoa(i+1), strconv.Itoa(i+1))
		}
		store["40"] = leaf
		d := forwardStore(store)
		f, err := newClient(t, d).ReadForward(t.Context(), onebot.ForwardRef("0"), 100)
		require.NoError(t, err)
		assert.LessOrEqual(t, len(d.sent()), 41)
		assert.Less(t, len(outline(f)), 200_000)
	})
	t.Run("endless", func(t *testing.T) {
		t.Parallel()
		n := 0
		d := newDouble(func(context.Context, transport.Request) (*transport.Response, error) {
			n++
			return okResponse(refTo(strconv.Itoa(n))), nil
		})
		_, err := newClient(t, d).ReadForward(t.Context(), onebot.ForwardRef("x"), 1<<30)
		require.NoError(t, err)
		assert.LessOrEqual(t, len(d.sent()), 513)
	})
	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		d := newDouble(func(context.Context, transport.Request) (*transport.Response, error) {
			cancel()
			return okResponse(refTo("b", "c")), nil
		})
		f, err := newClient(t, d).ReadForward(ctx, onebot.ForwardRef("a"), 5)
		require.NoError(t, err)
		assert.Equal(t, []string{"1 to b: forward b", "1 to c: forward c"}, outline(f))
		assert.Len(t, d.sent(), 1, "nothing is asked for somebody who has left")
	})
}

func TestMessageEvent_Node(t *testing.T) {
	t.Parallel()
	at := time.Unix(1700000000, 0)
	node := func(m onebot.Message) onebot.Node {
		ev := &onebot.MessageEvent{Sender: onebot.Sender{UserID: 5, Nickname: "N", Card: "C"}, Message: m}
		ev.Time = at
		return ev.Node()
	}
	empty := onebot.Message{onebot.Text("[空消息]")}
	inner := oneNode().Nodes
	received := onebot.ForwardSegment{ID: "7", Content: inner}
	of := func(content ...onebot.Segment) onebot.Node { return onebot.CustomNode(6, "B", content...) }
	unfit := onebot.ForwardSegment{ID: "8", Content: []onebot.Node{
		of(onebot.Reply("5"), onebot.Text("a")), of(onebot.PokeSegment{}), onebot.NestedNode(6, "B", onebot.NewForward(of(onebot.Reply("5")))),
	}}
	fit := []onebot.Node{
		of(onebot.Text("a")), of(onebot.Text("[poke]")), onebot.NestedNode(6, "B", onebot.NewForward(of(empty...))),
	}
	for name, tc := range map[string]struct {
		in     onebot.Message
		want   onebot.Message
		nested []onebot.Node
	}{
		"text":             {in: onebot.Message{onebot.Text("a")}, want: onebot.Message{onebot.Text("a")}},
		"nil":              {want: empty},
		"empty":            {in: onebot.Message{}, want: empty},
		"empty text":       {in: onebot.Message{onebot.Text("")}, want: empty},
		"nil segment":      {in: onebot.Message{nil}, want: empty},
		"only a quote":     {in: onebot.Message{onebot.Reply("5")}, want: empty},
		"quote and at":     {in: onebot.Message{onebot.Reply("5"), onebot.At(6), onebot.Text("b")}, want: onebot.Message{onebot.At(6), onebot.Text("b")}},
		"poke":             {in: onebot.Message{onebot.PokeSegment{}}, want: onebot.Message{onebot.Text("[poke]")}},
		"unknown kind":     {in: onebot.Message{onebot.Raw("redbag", map[string]string{"title": "x"})}, want: onebot.Message{onebot.Text("[redbag]")}},
		"markdown":         {in: onebot.Message{onebot.Markdown("# a")}, want: onebot.Message{onebot.Text("# a")}},
		"forward":          {in: onebot.Message{onebot.ForwardRef("r")}, want: onebot.Message{onebot.ForwardRef("r")}},
		"forward unknown":  {in: onebot.Message{onebot.ForwardSegment{}}, want: onebot.Message{onebot.Text("[forward]")}},
		"forward, known":   {in: onebot.Message{received}, nested: inner},
		"forward, unfit":   {in: onebot.Message{unfit}, nested: fit},
		"forward, strange": {in: onebot.Message{onebot.ForwardSegment{ID: "7", Content: []onebot.Node{{}}}}, want: onebot.Message{onebot.ForwardRef("7")}},
	} {
		got := node(tc.in)
		assert.Equal(t, onebot.UserID(5), got.User, name)
		assert.Equal(t, "C", got.Nickname, name)
		assert.Equal(t, at, got.Time, name)
		assert.Equal(t, tc.want, got.Content, name)
		if tc.nested != nil {
			require.NotNil(t, got.Nested, name)
			assert.Equal(t, tc.nested, got.Nested.Nodes)
		}
		require.NoError(t, onebot.NewForward(got).Validate(), name)
	}
	bare := (&onebot.MessageEvent{}).Node()
	require.NoError(t, onebot.NewForward(bare).Validate(), "not even an author")

	// NapCat gives a forward in get_msg with its messages (recorded).
	d := answers(map[string]string{"get_msg": recordedData(t, "testdata/forwards/napcat-4.18.19-message.json")})
	m, err := newClient(t, d).GetMsg(t.Context(), "1026284558")
	require.NoError(t, err)
	require.NotNil(t, m.Node().Nested)
	assert.Equal(t, []string{`10001 A: "plain" onebot.FaceSegment`, `10002 B:`, `  10001 A: "nested"`, `10000 NapRig: "hist 0"`}, outline(m.Node().Nested))
}

func TestForward_text(t *testing.T) {
	t.Parallel()
	f := threeLevels("9")
	assert.Equal(t, ` look
with words
the third level, [CQ:at,qq=1] & so on
 
behind
no name`, f.PlainText())
	assert.Equal(t, `甲: [reply] @10002 look
乙: [forward]
  乙: [image] with words
  丙: [forward]
    丙: the third level, [CQ:at,qq=1] & so on
    甲: @10002 [image]
  乙: behind
10003: no name`, f.String())
	assert.Equal(t, "[message 7]\na b: x y", onebot.NewForward(onebot.RefNode("7"), onebot.CustomNode(1, "a\nb", onebot.Text("x\ny"))).String())
	assert.Empty(t, (*onebot.Forward)(nil).String())
	assert.Empty(t, onebot.NewForward().PlainText())
	cyclic := oneNode()
	cyclic.Nodes[0] = onebot.NestedNode(1, "A", cyclic)
	assert.NotEmpty(t, cyclic.String(), "a forward that contains itself has an end in a log")
}
