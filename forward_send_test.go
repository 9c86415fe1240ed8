package onebot_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport"
)

func oneNode() *onebot.Forward {
	return onebot.NewForward(onebot.CustomNode(10001, "A", onebot.Text("hi")))
}

// nestedNodes is a forward of n levels.
func nestedNodes(n int) *onebot.Forward {
	f := oneNode()
	for range n - 1 {
		f = onebot.NewForward(onebot.NestedNode(10002, "B", f))
	}
	return f
}

// actionsOf lists the calls after the question for the version.
func actionsOf(srv *onebottest.Server) []string {
	var names []string
	for _, call := range srv.Calls() {
		if call.Action != "get_version_info" {
			names = append(names, call.Action)
		}
	}
	return names
}

// Dialects T2, T13 and 1.7: Lagrange uploads by send_forward_msg, knows neither nested nodes nor references.
func TestForward_lagrange(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.Lagrange)
	c := dialFake(t, srv, "ws")
	said := onebot.NewMessageID(srv.Say(onebottest.Group1, onebottest.Friend1, "said"))
	f := onebot.NewForward(onebot.RefNode(said), onebot.NestedNode(10002, "B", oneNode()))

	receipt, err := c.SendForwardMsg(t.Context(), onebot.GroupChat(100001), f)
	require.NoError(t, err)
	assert.Equal(t, []string{"get_msg", "send_forward_msg", "send_forward_msg", "send_group_msg"}, actionsOf(srv))
	last := srv.Calls()[len(srv.Calls())-1]
	assert.JSONEq(t, `{"message_type":"group","group_id":100001,"message":[{"type":"forward","data":{"id":"`+receipt.ForwardID+`"}}]}`, string(last.Params))
	back, err := c.ReadForward(t.Context(), onebot.ForwardRef(receipt.ForwardID), 2)
	require.NoError(t, err)
	assert.Equal(t, []string{`10001 好友一: "said"`, `10002 B:`, `  10001 A: "hi"`}, outline(back))

	_, err = c.SendPrivateForwardMsg(t.Context(), 10001, oneNode())
	require.NoError(t, err)
	assert.Equal(t, "send_private_forward_msg", srv.Calls()[len(srv.Calls())-1].Action, "the private form sends directly")

	sent := len(srv.Sent())
	id, err := c.UploadForward(t.Context(), nestedNodes(5))
	require.NoError(t, err)
	assert.NotEmpty(t, id)
	assert.Len(t, srv.Sent(), sent, "an upload sends nothing")
	_, err = c.SendMsg(t.Context(), onebot.PrivateChat(10001), onebot.ForwardRef(id))
	require.NoError(t, err)

	_, err = c.SendForwardMsg(t.Context(), onebot.GroupChat(100001), onebot.NewForward(onebot.NestedNode(1, "A", onebot.NewForward(onebot.RefNode("77")))))
	var refused *onebot.ActionError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, "get_msg", refused.Action)
	assert.Contains(t, err.Error(), "onebot: send_forward_msg: nodes[0].nested.nodes[0]: ")
}

func TestForward_UploadForward_unsupported(t *testing.T) {
	t.Parallel()
	for _, persona := range onebottest.Personas() {
		if persona == onebottest.Lagrange {
			continue
		}
		srv := onebottest.NewServer(t, persona)
		_, err := dialFake(t, srv, "ws").UploadForward(t.Context(), oneNode())
		require.ErrorIs(t, err, onebot.ErrUnsupported, persona.String())
		require.ErrorIs(t, err, onebot.ErrNotSent)
		assert.Empty(t, actionsOf(srv))
	}
}

// When the upload worked and the send did not, the error says so and carries the id, in the class of the send's failure.
func TestForward_ForwardError(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault  onebottest.Fault
		is     error
		refuse bool
		sent   int
	}{
		"refused":                {fault: onebottest.Fail(9000, ""), refuse: true},
		"cut before it was done": {fault: onebottest.DropBeforeAction(), is: onebot.ErrOutcomeUnknown},
		"cut after it was done":  {fault: onebottest.DropBeforeReply(), is: onebot.ErrOutcomeUnknown, sent: 1},
		"no answer":              {fault: onebottest.NoReply(), is: context.DeadlineExceeded, sent: 1},
		"garbled answer":         {fault: onebottest.Garble([]byte(`{"status":"ok","retcode":0,`)), is: onebot.ErrOutcomeUnknown, sent: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := onebottest.NewServer(t, onebottest.Lagrange)
			c := dialFake(t, srv, "ws", onebot.WithCallTimeout(time.Second), onebot.WithDialect(onebot.Lagrange))
			srv.Fault(tc.fault.On("send_group_msg"))
			receipt, err := c.SendForwardMsg(t.Context(), onebot.GroupChat(100001), oneNode())
			var failure *onebot.ForwardError
			require.ErrorAs(t, err, &failure)
			assert.Equal(t, "send", failure.Step)
			assert.NotEmpty(t, failure.ForwardID)
			assert.Equal(t, failure.ForwardID, receipt.ForwardID)
			assert.Empty(t, receipt.MessageID)
			assert.Contains(t, err.Error(), failure.ForwardID)
			assert.Equal(t, 1, classes(err), "%v", err)
			if tc.is != nil {
				require.ErrorIs(t, err, tc.is)
			}
			var refused *onebot.ActionError
			assert.Equal(t, tc.refuse, errors.As(err, &refused))
			assert.Len(t, srv.Sent(), tc.sent)
			assert.Len(t, srv.CallsOf("send_group_msg"), 1, "nothing is sent twice")
			assert.Len(t, srv.CallsOf("send_forward_msg"), 1)
		})
	}
}

// A failure of the upload sends nothing. Retcode 404 is Lagrange's word for an upload that failed, not for an unknown action
// (dialects 1.7), also when WithDialect made the question for the version superfluous.
func TestForward_uploadFails(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]onebot.Option{nil, {onebot.WithDialect(onebot.Lagrange)}} {
		srv := onebottest.NewServer(t, onebottest.Lagrange)
		c := dialFake(t, srv, "ws", opts...)
		srv.Fault(onebottest.Fail(404, "").On("send_forward_msg").Times(-1))
		_, err := c.SendForwardMsg(t.Context(), onebot.GroupChat(100001), oneNode())
		var refused *onebot.ActionError
		require.ErrorAs(t, err, &refused)
		assert.NotErrorIs(t, err, onebot.ErrUnsupported)
		assert.NotErrorIs(t, err, onebot.ErrUnknownAction)
		var failure *onebot.ForwardError
		assert.NotErrorAs(t, err, &failure, "nothing was uploaded")
		assert.Empty(t, srv.Sent())

		_, err = c.SendForwardMsg(t.Context(), onebot.GroupChat(100001), nestedNodes(2))
		require.ErrorAs(t, err, &refused)
		assert.Contains(t, err.Error(), "nodes[0]: ")
	}
}

// A send that times out on the server's side may have gone out (dialects T10).
func TestForward_outcomeUnknown(t *testing.T) {
	t.Parallel()
	for _, persona := range []onebottest.Persona{onebottest.NapCat, onebottest.LLBot} {
		srv := onebottest.NewServer(t, persona)
		srv.Fault(onebottest.TimeoutAfterAction().On("send_group_forward_msg"))
		c := dialFake(t, srv, "ws")
		_, err := c.SendGroupForwardMsg(t.Context(), 100001, oneNode())
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown, persona.String())
		assert.Equal(t, 1, classes(err))
		assert.Len(t, srv.Sent(), 1)
	}
}

// The answers to forward sends, and what must not follow them.
func TestForward_receipts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		data string
		want onebot.ForwardReceipt
		err  error
		then string // the action of a second call
	}{
		"NapCat (captures/napcat/forward-history.jsonl)": {
			`{"message_id":1026284558,"res_id":"rig_resid_7495296100504000340","forward_id":"rig_resid_7495296100504000340"}`,
			onebot.ForwardReceipt{MessageID: "1026284558", ForwardID: "rig_resid_7495296100504000340"},
			nil, "",
		},
		"NapCat without packets (dialects 1.7)": {`{"message_id":7}`, onebot.ForwardReceipt{MessageID: "7"}, nil, ""},
		"go-cqhttp (captures/go-cqhttp/forward-history.jsonl)": {
			`{"forward_id":"rigres52_dn17crl6qe6o","message_id":7960171}`,
			onebot.ForwardReceipt{MessageID: "7960171", ForwardID: "rigres52_dn17crl6qe6o"},
			nil, "",
		},
		"go-cqhttp, sent and not stored (dialects 1.2)": {`{"message_id":-1,"forward_id":"r"}`, onebot.ForwardReceipt{ForwardID: "r"}, nil, ""},
		"res_id only": {`{"res_id":"r"}`, onebot.ForwardReceipt{ForwardID: "r"}, nil, ""},
		"a bare string from anybody is an upload (dialects T2)": {
			`"mZ4xA"`, onebot.ForwardReceipt{MessageID: "5", ForwardID: "mZ4xA"}, nil, "send_group_msg",
		},
		"empty string": {`""`, onebot.ForwardReceipt{}, onebot.ErrOutcomeUnknown, ""},
		"null":         {`null`, onebot.ForwardReceipt{}, onebot.ErrOutcomeUnknown, ""},
		"empty object": {`{}`, onebot.ForwardReceipt{}, onebot.ErrOutcomeUnknown, ""},
		"a number":     {`12`, onebot.ForwardReceipt{}, onebot.ErrOutcomeUnknown, ""},
		"cut off":      {`{"message_id":1,`, onebot.ForwardReceipt{}, onebot.ErrOutcomeUnknown, ""},
	} {
		d := answers(map[string]string{"send_group_forward_msg": tc.data, "send_group_msg": `{"message_id":5}`})
		c := newClient(t, d, onebot.WithDialect(onebot.Standard))
		got, err := c.SendGroupForwardMsg(t.Context(), 100001, oneNode())
		assert.Equal(t, tc.want, got, name)
		require.ErrorIs(t, err, tc.err, name)
		calls := d.sent()
		if tc.then == "" {
			assert.Len(t, calls, 1, name)
			continue
		}
		require.Len(t, calls, 2, name)
		assert.Equal(t, tc.then, calls[1].Action, name)
		assert.JSONEq(t, `{"message_type":"group","group_id":100001,"message":[{"type":"forward","data":{"id":"mZ4xA"}}]}`, string(calls[1].Params))
	}
}

// Dialects 1.7: NapCat drops what lies deeper than three levels, and cannot upload. The others have no limit of their own.
func TestForward_levels(t *testing.T) {
	t.Parallel()
	for _, persona := range forwarding() {
		srv := onebottest.NewServer(t, persona)
		c := dialFake(t, srv, "ws")
		receipt, err := c.SendForwardMsg(t.Context(), onebot.GroupChat(100001), nestedNodes(4))
		if persona == onebottest.NapCat {
			require.ErrorIs(t, err, onebot.ErrInvalidArgument)
			require.ErrorIs(t, err, onebot.ErrNotSent)
			assert.Contains(t, err.Error(), "4 levels")
			assert.Empty(t, actionsOf(srv))
			continue
		}
		require.NoError(t, err, persona.String())
		back, err := c.ReadForward(t.Context(), onebot.ForwardRef(receipt.ForwardID), 4)
		require.NoError(t, err)
		assert.Equal(t, outline(nestedNodes(4)), outline(back), persona.String())
	}
}

// The id of a received forward is a 64-bit number on NapCat, which can be read and not sent (dialects 1.5): the messages are
// sent in its place. Everywhere else the id is what a forward segment takes.
func TestForward_receivedReference(t *testing.T) {
	t.Parallel()
	for _, persona := range forwarding() {
		srv := onebottest.NewServer(t, persona)
		c := dialFake(t, srv, "ws", onebot.WithCallTimeout(5*time.Second))
		heard := make(chan onebot.Message, 1)
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error { heard <- m.Message; return nil })
		runClient(t, c)
		inner := srv.AddForward(`[{"type":"node","data":{"user_id":"10003","nickname":"C","content":"inner"}}]`)
		require.NoError(t, srv.WaitOpen(t.Context(), 1))
		srv.Say(onebottest.Group1, onebottest.Friend1, "[CQ:forward,id="+inner+"]")
		received := <-heard
		require.Len(t, received, 1, persona.String())

		f := onebot.NewForward(onebot.CustomNode(10001, "A", received...))
		receipt, err := c.SendGroupForwardMsg(t.Context(), 100001, f)
		require.NoError(t, err)
		back, err := c.ReadForward(t.Context(), onebot.ForwardRef(receipt.ForwardID), 2)
		require.NoError(t, err)
		assert.Equal(t, []string{"10001 A:", `  10003 C: "inner"`}, outline(back), persona.String())
	}

	srv := onebottest.NewServer(t, onebottest.NapCat)
	c := dialFake(t, srv, "ws")
	f := onebot.NewForward(onebot.CustomNode(10001, "A", onebot.ForwardRef("7491567521670112331")))
	_, err := c.SendGroupForwardMsg(t.Context(), 100001, f)
	var refused *onebot.ActionError
	require.ErrorAs(t, err, &refused)
	assert.Contains(t, err.Error(), "onebot: send_group_forward_msg: nodes[0]: ")
	assert.Empty(t, srv.Sent())
	assert.Equal(t, onebot.ForwardRef("7491567521670112331"), f.Nodes[0].Content[0], "the forward given is not changed")

	// Four levels, of which two have to be read first.
	deep := srv.AddForward(`[{"type":"node","data":{"user_id":"1","nickname":"C","content":[{"type":"node","data":{"user_id":"1","nickname":"C","content":"x"}}]}}]`)
	srv.Say(onebottest.Group1, onebottest.Friend1, "[CQ:forward,id="+deep+"]")
	last, err := c.Recent(t.Context(), onebot.GroupChat(100001), 1)
	require.NoError(t, err)
	require.Len(t, last, 1)
	_, err = c.SendGroupForwardMsg(t.Context(), 100001, onebot.NewForward(onebot.NestedNode(1, "A", onebot.NewForward(last[0].Node()))))
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	assert.Contains(t, err.Error(), "4 levels")
}

// Content that came along with a forward segment without an id is a nested forward.
func TestForward_inlineContent(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"send_group_forward_msg": `{"message_id":1}`})
	c := newClient(t, d, onebot.WithDialect(onebot.LLBot))
	inner := onebot.ForwardSegment{Content: oneNode().Nodes}
	for _, s := range []onebot.Segment{inner, &inner} {
		_, err := c.SendGroupForwardMsg(t.Context(), 1, onebot.NewForward(onebot.CustomNode(2, "B", s)))
		require.NoError(t, err)
		want, err := json.Marshal(onebot.NestedNode(2, "B", oneNode()))
		require.NoError(t, err)
		assert.JSONEq(t, `{"message_type":"group","group_id":1,"messages":[`+string(want)+`]}`, d.lastParams(t))
	}
}

func TestForward_refused(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	c := newClient(t, d)
	_, err := c.SendForwardMsg(t.Context(), onebot.TempChat(1, 2), oneNode())
	require.ErrorIs(t, err, onebot.ErrUnsupported)
	for _, to := range []onebot.Chat{{}, {Group: 1, User: 2}} {
		_, err = c.SendForwardMsg(t.Context(), to, oneNode())
		require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	}
	_, err = c.SendGroupForwardMsg(t.Context(), 0, oneNode())
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	_, err = c.SendPrivateForwardMsg(t.Context(), 1, nil)
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	_, err = c.UploadForward(t.Context(), &onebot.Forward{})
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	assert.Equal(t, 1, classes(err))
	_, err = c.GetForwardMsg(t.Context(), "")
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	_, err = c.ReadForward(t.Context(), onebot.ForwardSegment{}, 3)
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	assert.Empty(t, d.sent(), "nothing was asked")
}

func TestForward_Validate(t *testing.T) {
	t.Parallel()
	self := oneNode()
	self.Nodes = append(self.Nodes, onebot.NestedNode(1, "A", self))
	hi := onebot.Text("hi")
	for want, f := range map[string]*onebot.Forward{
		"":                                     threeLevels("1"),
		"forward: nil":                         nil,
		"forward: no nodes":                    {},
		"nodes[1]: no content":                 onebot.NewForward(oneNode().Nodes[0], onebot.CustomNode(1, "A")),
		"nodes[0]: no user":                    onebot.NewForward(onebot.CustomNode(0, "A", hi)),
		"nodes[0]: content[1] is nil":          onebot.NewForward(onebot.CustomNode(1, "A", hi, nil)),
		"nodes[0].nested: no nodes":            onebot.NewForward(onebot.NestedNode(1, "A", &onebot.Forward{})),
		"nodes[0].nested.nodes[0]: no content": onebot.NewForward(onebot.NestedNode(1, "A", onebot.NewForward(onebot.Node{User: 1}))),
		"nodes[0]: a node segment in the content, use NestedNode":                                     onebot.NewForward(onebot.CustomNode(1, "A", onebot.NodeSegment{Node: oneNode().Nodes[0]})),
		"nodes[0]: both content and a nested forward":                                                 onebot.NewForward(onebot.Node{User: 1, Content: onebot.Message{hi}, Nested: oneNode()}),
		"nodes[0]: a reference with content of its own":                                               onebot.NewForward(onebot.Node{Ref: "1", Content: onebot.Message{hi}}),
		"nodes[1]" + strings.Repeat(".nested.nodes[1]", 31) + ".nested: nested deeper than 32 levels": self,
	} {
		err := f.Validate()
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, onebot.ErrInvalidArgument, want)
		assert.Equal(t, want+": "+onebot.ErrInvalidArgument.Error(), err.Error())
	}
	require.NoError(t, onebot.NewForward(onebot.RefNode("-7")).Validate(), "a reference needs no user")
}

// A forward of the account's own is kept as any message that it sends.
func TestForward_revivesID(t *testing.T) {
	t.Parallel()
	d := newDouble(func(_ context.Context, req transport.Request) (*transport.Response, error) {
		switch req.Action {
		case "send_group_forward_msg":
			return okResponse(`{"message_id":5,"forward_id":"r"}`), nil
		default:
			return okResponse(`{"message_id":5,"message_type":"group","sender":{"user_id":1},"message":"x"}`), nil
		}
	})
	c := newClient(t, d, onebot.WithDialect(onebot.NapCat))
	c.OnChatMessage(func(context.Context, *onebot.ChatMessage) error { return nil })
	require.NoError(t, c.DeleteMsg(t.Context(), "5"))
	_, err := c.GetMsg(t.Context(), "5")
	require.ErrorIs(t, err, onebot.ErrMessageWithdrawn)
	_, err = c.SendGroupForwardMsg(t.Context(), 1, oneNode())
	require.NoError(t, err)
	m, err := c.GetMsg(t.Context(), "5")
	require.NoError(t, err, "ids are hashes and recur")
	assert.Equal(t, onebot.GroupChat(1), m.Chat, "the chat is known from the cache")
}

func TestForward_error_text(t *testing.T) {
	t.Parallel()
	err := error(&onebot.ForwardError{Step: "send", ForwardID: "r", Err: fmt.Errorf("why: %w", onebot.ErrNotSent)})
	assert.Equal(t, "onebot: forward r was uploaded, the send failed: why: "+onebot.ErrNotSent.Error(), err.Error())
	require.ErrorIs(t, err, onebot.ErrNotSent)
	assert.NotPanics(t, func() { _ = (&onebot.ForwardError{}).Error() })
}

// Without its packet backend NapCat tells no id of a forward (dialects 1.7); its messages are read by the message.
func TestForward_withoutPackets(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat, onebottest.WithoutPackets())
	c := dialFake(t, srv, "ws")
	receipt, err := c.SendGroupForwardMsg(t.Context(), 100001, nestedNodes(2))
	require.NoError(t, err)
	assert.Empty(t, receipt.ForwardID)
	require.NotEmpty(t, receipt.MessageID)
	m, err := c.GetMsg(t.Context(), receipt.MessageID)
	require.NoError(t, err)
	assert.Equal(t, outline(nestedNodes(2)), outline(m.Node().Nested))
}

// A reference node is sent as it is where the server takes one, and stands for the message.
func TestForward_references(t *testing.T) {
	t.Parallel()
	for _, persona := range forwarding() {
		srv := onebottest.NewServer(t, persona)
		said := onebot.NewMessageID(srv.Say(onebottest.Group1, onebottest.Friend1, "said"))
		c := dialFake(t, srv, "ws")
		inner := onebot.NewForward(onebot.RefNode(said), oneNode().Nodes[0])
		receipt, err := c.SendForwardMsg(t.Context(), onebot.GroupChat(100001), onebot.NewForward(onebot.NestedNode(10002, "B", inner)))
		require.NoError(t, err)
		back, err := c.ReadForward(t.Context(), onebot.ForwardRef(receipt.ForwardID), 2)
		require.NoError(t, err)
		assert.Equal(t, []string{"10002 B:", `  10001 好友一: "said"`, `  10001 A: "hi"`}, outline(back), persona.String())
		assert.Equal(t, persona == onebottest.Lagrange, len(srv.CallsOf("get_msg")) > 0, persona.String())
	}
}
