package onebot_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// Where a server says something twice, or in a shape of its own, the first that says anything counts.
func TestNode_oddShapes(t *testing.T) {
	t.Parallel()
	hi := onebot.Message{onebot.Text("hi")}
	for name, c := range map[string]struct {
		in   string
		want onebot.Node
	}{
		"two numbers":          {`{"type":"node","data":{"user_id":5,"uin":6,"content":"hi"}}`, onebot.Node{User: 5, Content: hi}},
		"no number, then one":  {`{"type":"node","data":{"user_id":0,"uin":6,"content":"hi"}}`, onebot.Node{User: 6, Content: hi}},
		"two names":            {`{"type":"node","data":{"nickname":"A","name":"B","content":"hi"}}`, onebot.Node{Nickname: "A", Content: hi}},
		"no name, then one":    {`{"type":"node","data":{"nickname":"","name":"B","content":"hi"}}`, onebot.Node{Nickname: "B", Content: hi}},
		"a name that is none":  {`{"type":"node","data":{"nickname":null,"name":"B","content":"hi"}}`, onebot.Node{Nickname: "B", Content: hi}},
		"a card":               {`{"type":"node","data":{"nickname":"A","card":"C","content":"hi"}}`, onebot.Node{Nickname: "C", Content: hi}},
		"sender, uin and name": {`{"sender":{"uin":"5","name":"A"},"content":"hi"}`, onebot.Node{User: 5, Nickname: "A", Content: hi}},
		"sender repeats":       {`{"user_id":5,"sender":{"user_id":6},"content":"hi"}`, onebot.Node{User: 5, Content: hi}},
		"sender without":       {`{"user_id":5,"sender":{"user_id":0,"uin":null},"content":"hi"}`, onebot.Node{User: 5, Content: hi}},
		"no time":              {`{"type":"node","data":{"time":0,"content":"hi"}}`, onebot.Node{Content: hi}},
		"time that is none":    {`{"type":"node","data":{"time":"soon","content":"hi"}}`, onebot.Node{Content: hi}},
		"content, then none":   {`{"type":"node","data":{"content":"hi","message":[]}}`, onebot.Node{Content: hi}},
		"none, then content":   {`{"type":"node","data":{"message":[],"content":"hi"}}`, onebot.Node{Content: hi}},
		"null, then content":   {`{"type":"node","data":{"message":null,"content":"hi"}}`, onebot.Node{Content: hi}},
		"empty":                {`{"type":"node","data":{"content":[]}}`, onebot.Node{Content: onebot.Message{}}},
		"no list of nodes":     {`[]`, onebot.Node{}},
		"null":                 {`null`, onebot.Node{}},
		"news that are none": {
			`{"type":"node","data":{"news":5,"prompt":"p","content":[{"type":"node","data":{"content":"hi"}}]}}`,
			onebot.Node{Nested: onebot.NewForward(onebot.Node{Content: hi}).WithPrompt("p")},
		},
		"news that say more": {
			`{"type":"node","data":{"news":[{"b":"x","text":"a","c":"y"},{"c":"y"}],"content":[{"type":"node","data":{"content":"hi"}}]}}`,
			onebot.Node{Nested: onebot.NewForward(onebot.Node{Content: hi}).WithNews("a", "")},
		},
	} {
		assert.Equal(t, c.want, readNode(t, c.in), name)
	}
	n := onebot.CustomNode(1, "A", onebot.Text("x"))
	require.NoError(t, json.Unmarshal([]byte(`{"type":"node","data":{"content":"hi"}}`), &n))
	assert.Equal(t, onebot.Node{Content: hi}, n, "nothing of before is left")
}

// What cannot be told in the fields of a node is written back.
func TestNode_kept(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		`{"type":"node","data":{"id":"5","seq":7}}`,
		`{"type":"node","data":{"user_id":"somebody","content":[]}}`,
		`{"type":"node","data":{"content":[{"type":"forward","data":{"id":"7","content":[{"type":"node","data":{"content":[]}}],"more":1}}]}}`,
		`{"type":"node","data":{"content":[],"news":[{"text":"a"}],"source":"s"}}`,
	} {
		out, err := json.Marshal(readNode(t, in))
		require.NoError(t, err)
		assert.JSONEq(t, in, string(out))
	}
	for _, tt := range []struct {
		in   onebot.Node
		want string
	}{
		{onebot.CustomNode(0, "A", onebot.Text("x")), `{"nickname":"A","name":"A","content":[{"type":"text","data":{"text":"x"}}]}`},
		{onebot.Node{Ref: "5", Content: onebot.Message{onebot.Text("x")}}, `{"content":[{"type":"text","data":{"text":"x"}}]}`},
		{
			onebot.Node{Ref: "5", Nested: onebot.NewForward(onebot.RefNode("6"))},
			`{"content":[{"type":"node","data":{"id":"6"}}]}`,
		},
		{onebot.Node{User: 5}, `{"user_id":"5","uin":"5","nickname":"5","name":"5","content":[]}`},
	} {
		out, err := json.Marshal(tt.in)
		require.NoError(t, err)
		assert.JSONEq(t, `{"type":"node","data":`+tt.want+`}`, string(out))
	}
}

// In a code only the content may be a list; a text that looks like JSON is a text.
func TestNode_code(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]onebot.Node{
		`[CQ:node,user_id=1,nickname=&#91;1&#93;,content=x]`: onebot.CustomNode(1, "[1]", onebot.Text("x")),
		`[CQ:node,user_id=1,nickname=2,content=5]`:           onebot.CustomNode(1, "2", onebot.Text("5")),
		`[CQ:node,user_id=1,nickname=A,content=&#91;{"type":"text"&#44;"data":{"text":"x"}}&#93;]`: onebot.CustomNode(
			1, "A", onebot.Text("x"),
		),
		`[CQ:node,user_id=1,nickname=A,content=&#91;x]`: onebot.CustomNode(1, "A", onebot.Text("[x")),
	} {
		assert.Equal(t, onebot.Message{onebot.NodeSegment{Node: want}}, onebot.ParseCQ(in), in)
	}
}

// A forward that the server holds is sent by its id and not fetched, unless its id cannot be sent.
func TestForward_referenceInside(t *testing.T) {
	t.Parallel()
	for _, p := range []onebottest.Persona{onebottest.NapCat, onebottest.LLBot, onebottest.Lagrange} {
		srv := onebottest.NewServer(t, p)
		c := dialFake(t, srv, "ws")
		_, err := c.SendGroupForwardMsg(t.Context(), 100001, onebot.NewForward(onebot.CustomNode(1, "A", onebot.ForwardRef("not-digits"))))
		var refused *onebot.ActionError
		if err != nil {
			require.ErrorAs(t, err, &refused, "the server may not know it, but it was asked to send it")
		}
		assert.Empty(t, srv.CallsOf("get_forward_msg"), p)
		calls := srv.CallsOf("send_group_forward_msg")
		if len(calls) == 0 {
			calls = srv.CallsOf("send_forward_msg")
		}
		require.NotEmpty(t, calls)
		assert.Contains(t, string(calls[0].Params), `{"type":"forward","data":{"id":"not-digits"}}`, p)
	}
}

func TestClient_UploadForward_failures(t *testing.T) {
	t.Parallel()
	upload := func(d *double, nodes ...onebot.Node) (string, error) {
		return newClient(t, d, onebot.WithDialect(onebot.Lagrange)).UploadForward(t.Context(), onebot.NewForward(nodes...))
	}
	text := onebot.CustomNode(1, "A", onebot.Text("x"))
	for _, data := range []string{`{"message_id":5}`, `{}`, `null`, `""`} {
		id, err := upload(answers(map[string]string{"send_forward_msg": data}), text)
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown, data)
		assert.Empty(t, id)
	}
	for data, want := range map[string]string{
		`"r"`: "r", `{"forward_id":"r","res_id":""}`: "r", `{"other":{"res_id":"x"},"res_id":"r","more":[1]}`: "r",
		`{"message_id":0,"res_id":"r"}`: "r",
	} {
		id, err := upload(answers(map[string]string{"send_forward_msg": data}), text)
		require.NoError(t, err, data)
		assert.Equal(t, want, id)
	}
	d := answers(map[string]string{"send_forward_msg": `"r"`})
	_, err := upload(d, onebot.CustomNode(1, "A", onebot.Image(onebot.FilePath("/does/not/exist"))))
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	assert.Empty(t, d.sent())
	d = answers(map[string]string{"send_forward_msg": `"r"`})
	_, err = upload(d, onebot.RefNode("77"))
	var refused *onebot.ActionError
	require.ErrorAs(t, err, &refused, "the message that it refers to is not known")
	for _, call := range d.sent() {
		assert.Equal(t, "get_msg", call.Action)
	}
	zero := newClient(t, answers(map[string]string{"send_group_forward_msg": `{"message_id":0,"forward_id":"r"}`}))
	receipt, err := zero.SendGroupForwardMsg(t.Context(), 1, onebot.NewForward(text))
	require.NoError(t, err)
	assert.Equal(t, onebot.ForwardReceipt{ForwardID: "r"}, receipt)
}
