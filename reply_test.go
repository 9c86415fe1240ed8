package onebot_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

func message(self onebot.UserID, segments ...onebot.Segment) *onebot.MessageEvent {
	return &onebot.MessageEvent{EventBase: onebot.EventBase{SelfID: self}, Message: segments}
}

func TestMessageEvent_Command(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		m          onebot.Message
		name, args string
	}{
		{nil, "", ""},
		{onebot.Message{onebot.Text("help")}, "help", ""},
		{onebot.Message{onebot.Text("  /roll  2d6 +1 \n")}, "/roll", "2d6 +1"},
		{onebot.Message{onebot.Text("天气\u3000北京\u3000")}, "天气", "北京"},
		{onebot.Message{onebot.Reply("5"), onebot.At(1), onebot.Text(" "), onebot.At(2), onebot.Text(" ban him")}, "ban", "him"},
		{onebot.Message{onebot.Text("say "), onebot.Face(1), onebot.Text("hello")}, "say", "hello"},
		{onebot.Message{onebot.Image(onebot.FileURL("http://x/y")), onebot.Text("text")}, "", ""},
		{onebot.Message{onebot.At(1)}, "", ""},
		{onebot.Message{onebot.Text("   ")}, "", ""},
	} {
		name, args := message(0, tc.m...).Command()
		assert.Equal(t, tc.name, name, "%s", tc.m)
		assert.Equal(t, tc.args, args, "%s", tc.m)
	}
}

// A bot's own tests may make messages of pointers to segments: they count as the values do.
func TestMessageEvent_pointers(t *testing.T) {
	t.Parallel()
	var none *onebot.TextSegment
	text, at, reply := onebot.Text("/ban now"), onebot.At(5), onebot.Reply("1")
	m := message(1, &reply, &at, &text)
	name, args := m.Command()
	assert.Equal(t, "/ban now", name+" "+args)
	assert.True(t, onebot.Command("/ban")(m))
	assert.True(t, onebot.Prefix("/b")(m))
	assert.Equal(t, onebot.Message{at, text}, m.Node().Content)
	assert.Equal(t, onebot.Message{text}, message(1, none, &text).Node().Content, "nil is left out")

	d := answers(map[string]string{"send_group_msg": `{"message_id":1}`})
	_, err := newClient(t, d).SendGroupMsg(t.Context(), 7, &onebot.TextSegment{})
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	assert.ErrorContains(t, err, "empty message")
}

func TestFilters(t *testing.T) {
	t.Parallel()
	m := message(10000, onebot.At(10000), onebot.Text(" /help me"))
	m.Chat, m.Sender.UserID = onebot.GroupChat(7), 3
	yes, no := onebot.Filter(func(*onebot.MessageEvent) bool { return true }), onebot.Filter(func(*onebot.MessageEvent) bool { return false })
	for name, tc := range map[string]struct {
		f    onebot.Filter
		want bool
	}{
		"prefix":        {onebot.Prefix("/he"), true},
		"other prefix":  {onebot.Prefix("he"), false},
		"command":       {onebot.Command("/help"), true},
		"other command": {onebot.Command("help"), false},
		"user":          {onebot.FromUser(1, 3), true},
		"no user":       {onebot.FromUser(), false},
		"group":         {onebot.InGroup(7), true},
		"other group":   {onebot.InGroup(8), false},
		"mentioned":     {onebot.Mentioned, true},
		"not":           {onebot.Not(onebot.Mentioned), false},
		"any of none":   {onebot.Any(), false},
		"any":           {onebot.Any(no, yes), true},
		"all of none":   {onebot.All(), true},
		"all":           {onebot.All(yes, no), false},
	} {
		assert.Equal(t, tc.want, tc.f(m), name)
	}
	assert.False(t, onebot.Mentioned(message(10000, onebot.AtAll())), "all members are nobody in particular")
	temp := message(1, onebot.Text("x"))
	temp.Chat = onebot.TempChat(7, 3)
	assert.False(t, onebot.InGroup(7)(temp), "a temporary session is no group")
}

func TestMessageEvent_Reply(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"send_group_msg": `{"message_id":9}`, "send_private_msg": `{"message_id":10}`})
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		got := make(chan *onebot.MessageEvent, 1)
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error { got <- m; return nil })
		d.push(groupText(7, 1, -5, "a"))
		m := <-got
		id, err := m.Reply(context.Background(), onebot.Text("b"))
		require.NoError(t, err)
		assert.Equal(t, onebot.MessageID("9"), id)
		assert.JSONEq(t, `{"message_type":"group","group_id":7,"message":[{"type":"reply","data":{"id":"-5"}},{"type":"text","data":{"text":"b"}}]}`, d.lastParams(t))
		_, err = m.Reply(context.Background())
		require.ErrorIs(t, err, onebot.ErrInvalidArgument)
		_, err = m.Send(context.Background())
		require.ErrorIs(t, err, onebot.ErrInvalidArgument)
		d.push(privateText(3, 6, "a"))
		m = <-got
		_, err = m.Send(context.Background(), onebot.Text("b"))
		require.NoError(t, err)
		assert.JSONEq(t, `{"message_type":"private","user_id":3,"message":[{"type":"text","data":{"text":"b"}}]}`, d.lastParams(t))
		synctest.Wait()
	})
}

// TestMessageEvent_ReplyTemp: go-cqhttp numbers what comes in temporary sessions, and makes text of a quote that it does not know
// (dialects 7.1).
func TestMessageEvent_ReplyTemp(t *testing.T) {
	t.Parallel()
	for dialect, want := range map[onebot.Dialect]string{
		onebot.GoCQHTTP: `[{"type":"text","data":{"text":"b"}}]`,
		onebot.NapCat:   `[{"type":"reply","data":{"id":"1001"}},{"type":"text","data":{"text":"b"}}]`,
	} {
		d := answers(map[string]string{"send_private_msg": `{"message_id":10}`})
		bubble(t, d, func(t *testing.T, c *onebot.Client) {
			c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error { return m.ReplyText(ctx, "b") })
			d.push(`{"post_type":"message","message_type":"private","time":1795295491,"self_id":10000,"sub_type":"group","temp_source":0,` +
				`"raw_message":"hi","font":0,"sender":{"age":0,"nickname":"x","sex":"unknown","user_id":10003,"group_id":100001},` +
				`"message_id":1001,"user_id":10003,"target_id":10000,"message":"hi"}`)
			synctest.Wait()
			assert.JSONEq(t, `{"message_type":"private","group_id":100001,"user_id":10003,"message":`+want+`}`, d.lastParams(t), "%s", dialect)
		}, onebot.WithDialect(dialect))
	}
}

func TestClient_SendMsg_results(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]onebot.MessageID{
		`{"message_id":-5}`: "-5", `{"message_id":"abc"}`: "abc", `{"message_id":7491567521670112331}`: "7491567521670112331",
		`{"message_id":-1}`: "", `{"message_id":0}`: "", `{"forward_id":"x","message_id":5}`: "5",
	} {
		c := newClient(t, answers(map[string]string{"send_group_msg": data}))
		id, err := c.SendGroupMsg(t.Context(), 7, onebot.Text("x"))
		require.NoError(t, err, data)
		assert.Equal(t, want, id, data)
	}
	for _, data := range []string{`null`, `{}`, `[]`, `"x"`, `{"message_id":{}}`} {
		c := newClient(t, answers(map[string]string{"send_group_msg": data}))
		_, err := c.SendGroupMsg(t.Context(), 7, onebot.Text("x"))
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown, data)
		assert.Equal(t, 1, classes(err))
	}
}
