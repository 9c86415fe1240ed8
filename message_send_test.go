package onebot_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport"
)

func TestClient_SendCQ_params(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"send_msg": `{"message_id":1}`})
	c := newClient(t, d)
	for _, tt := range []struct {
		to     onebot.Chat
		escape bool
		want   string
	}{
		{onebot.GroupChat(7), false, `{"message_type":"group","group_id":7,"message":"[CQ:face,id=1] \"hi\""}`},
		{onebot.GroupChat(7), true, `{"message_type":"group","group_id":7,"message":"[CQ:face,id=1] \"hi\"","auto_escape":true}`},
		{onebot.PrivateChat(8), true, `{"message_type":"private","user_id":8,"message":"[CQ:face,id=1] \"hi\"","auto_escape":true}`},
	} {
		id, err := c.SendCQ(t.Context(), tt.to, `[CQ:face,id=1] "hi"`, tt.escape)
		require.NoError(t, err)
		assert.Equal(t, onebot.MessageID("1"), id)
		assert.JSONEq(t, tt.want, d.lastParams(t))
	}
	sent := len(d.sent())
	_, err := c.SendCQ(t.Context(), onebot.Chat{}, "x", false)
	require.ErrorIs(t, err, onebot.ErrInvalidArgument, "nobody to send to")
	assert.Len(t, d.sent(), sent)
}

// What the server refuses has not succeeded, by whichever method it was asked.
func TestClient_messageActions_failures(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		resp *transport.Response
		err  error
		want error
	}{
		"refused": {resp: &transport.Response{Status: "failed", Retcode: 100, Data: []byte("null")}},
		"lost":    {err: errLost, want: onebot.ErrOutcomeUnknown},
	} {
		d := newDouble(func(_ context.Context, req transport.Request) (*transport.Response, error) {
			if req.Action == "get_version_info" {
				return okResponse(`{"app_name":"Lagrange.OneBot"}`), nil
			}
			return tt.resp, tt.err
		})
		c := newClient(t, d)
		for method, call := range map[string]func() error{
			"SendMsg":       func() error { _, err := c.SendMsg(t.Context(), onebot.GroupChat(1), onebot.Text("x")); return err },
			"SendCQ":        func() error { _, err := c.SendCQ(t.Context(), onebot.GroupChat(1), "x", false); return err },
			"GetMsg":        func() error { _, err := c.GetMsg(t.Context(), "5"); return err },
			"DeleteMsg":     func() error { return c.DeleteMsg(t.Context(), "5") },
			"MarkMsgAsRead": func() error { return c.MarkMsgAsRead(t.Context(), onebot.GroupChat(1), onebot.MessageRef{ID: "5"}) },
			"GetForwardMsg": func() error { _, err := c.GetForwardMsg(t.Context(), "f"); return err },
			"UploadForward": func() error {
				_, err := c.UploadForward(t.Context(), onebot.NewForward(onebot.CustomNode(1, "n", onebot.Text("x"))))
				return err
			},
		} {
			err := call()
			require.Error(t, err, "%s %s", name, method)
			assert.Equal(t, 1, classes(err), "%s %s: %v", name, method, err)
			if tt.want != nil {
				require.ErrorIs(t, err, tt.want, method)
				continue
			}
			var refused *onebot.ActionError
			require.ErrorAs(t, err, &refused, method)
		}
	}
}

func TestClient_GetMsg_answers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, data string
		want       onebot.MessageEvent
	}{
		{
			"Lagrange's", `{"message_type":"group","message_id":5,"sender":{"user_id":3,"nickname":"n"},"message":"hi"}`,
			onebot.MessageEvent{ID: "5", Sender: onebot.Sender{UserID: 3}},
		},
		{
			"without its id", `{"group_id":7,"message_type":"group","sender":{"user_id":3},"message":"hi"}`,
			onebot.MessageEvent{ID: "5", Chat: onebot.GroupChat(7), Sender: onebot.Sender{UserID: 3}},
		},
		{
			"with another id", `{"group_id":7,"message_type":"group","message_id":6,"sender":{"user_id":3},"message":"hi"}`,
			onebot.MessageEvent{ID: "6", Chat: onebot.GroupChat(7), Sender: onebot.Sender{UserID: 3}},
		},
		{
			"private", `{"message_type":"private","message_id":5,"user_id":3,"sender":{"user_id":3},"message":"hi"}`,
			onebot.MessageEvent{ID: "5", Chat: onebot.PrivateChat(3), Sender: onebot.Sender{UserID: 3}, Target: 10000},
		},
		{
			"private, by way of a group", `{"message_type":"private","sub_type":"group","message_id":5,"sender":{"user_id":3,"group_id":7},"message":"hi"}`,
			onebot.MessageEvent{ID: "5", Chat: onebot.TempChat(7, 3), Sender: onebot.Sender{UserID: 3}, Target: 10000},
		},
		{
			"the account's, to whom is not told", `{"message_type":"private","message_id":5,"user_id":10000,"sender":{"user_id":10000},"message":"hi"}`,
			onebot.MessageEvent{ID: "5", Own: true, Sender: onebot.Sender{UserID: 10000}},
		},
		{
			"the account's in a group", `{"group_id":7,"message_type":"group","message_id":5,"sender":{"user_id":10000},"message":"hi"}`,
			onebot.MessageEvent{ID: "5", Own: true, Chat: onebot.GroupChat(7), Sender: onebot.Sender{UserID: 10000}},
		},
		{
			"of one who has no number", `{"group_id":7,"message_type":"group","message_id":5,"sender":{},"message":"hi"}`,
			onebot.MessageEvent{ID: "5", Chat: onebot.GroupChat(7)},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, answers(map[string]string{"get_msg": tt.data, "get_login_info": `{"user_id":10000}`}))
			_, err := c.Self(t.Context())
			require.NoError(t, err)
			m, err := c.GetMsg(t.Context(), "5")
			require.NoError(t, err)
			assert.Equal(t, tt.want.ID, m.ID)
			assert.Equal(t, tt.want.Chat, m.Chat)
			assert.Equal(t, tt.want.Own, m.Own)
			assert.Equal(t, tt.want.Target, m.Target)
			assert.Equal(t, tt.want.Sender.UserID, m.Sender.UserID)
			assert.Equal(t, onebot.UserID(10000), m.SelfID)
			assert.Equal(t, "hi", m.Message.PlainText())
			assert.Equal(t, json.RawMessage(tt.data), m.Raw)
		})
	}
	for _, data := range []string{`null`, `[]`, `"x"`, `{"message_id":5`, `{"message_id":5}}`} {
		c := newClient(t, answers(map[string]string{"get_msg": data}))
		m, err := c.GetMsg(t.Context(), "5")
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown, data)
		assert.Nil(t, m)
	}
	c := newClient(t, answers(map[string]string{"get_msg": `{"message_id":5,"user_id":3,"sender":{"user_id":3},"message":"hi"}`}))
	m, err := c.GetMsg(t.Context(), "5")
	require.NoError(t, err)
	assert.False(t, m.Own, "whose account it is, is not known")
}

// TestClient_SendGroupMsg_poke: go-cqhttp sends no message where one pokes, so that there is no id.
func TestClient_SendGroupMsg_poke(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.GoCQHTTP)
	id, err := dial(t, srv.URL()).SendGroupMsg(t.Context(), group1, onebot.PokeUser(friend1))
	require.NoError(t, err)
	assert.Empty(t, id)
	assert.Empty(t, srv.Sent())
}
