package onebot_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
)

// groupRecall is a recall as dialects.md section 7.4 has it for every server.
func groupRecall(group, user, operator, id int64) string {
	return fmt.Sprintf(`{"time":1795295930,"self_id":10000,"post_type":"notice","notice_type":"group_recall","group_id":%d,"user_id":%d,"operator_id":%d,"message_id":%d}`,
		group, user, operator, id)
}

func friendRecall(user, id int64) string {
	return fmt.Sprintf(`{"time":1795295930,"self_id":10000,"post_type":"notice","notice_type":"friend_recall","user_id":%d,"message_id":%d}`, user, id)
}

// followed collects what OnChatMessage hears.
func followed(c *onebot.Client, only ...onebot.ChatStatus) *[]*onebot.ChatMessage {
	var mu sync.Mutex // chats are handled at the same time
	var got []*onebot.ChatMessage
	c.OnChatMessage(func(_ context.Context, m *onebot.ChatMessage) error {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, m)
		return nil
	}, only...)
	return &got
}

func TestOnChatMessage_mapsEvents(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		got := followed(c)
		others := 0
		onebot.On(c, func(context.Context, *onebot.ChatMessage) error { others++; return nil })
		d.push(groupText(7, 1, -5, "hello"))
		d.push(groupRecall(7, 1, 2, -5))
		d.push(groupRecall(7, 1, 2, -5)) // reported twice
		synctest.Wait()
		require.Len(t, *got, 2)
		sent, gone := (*got)[0], (*got)[1]
		assert.Equal(t, onebot.StatusSent, sent.Status)
		assert.Equal(t, onebot.UserID(1), sent.User)
		assert.Equal(t, onebot.GroupChat(7), sent.Chat)
		assert.Equal(t, int64(7), sent.ChatID)
		assert.IsType(t, &onebot.MessageEvent{}, sent.Source)
		assert.Equal(t, onebot.StatusWithdrawn, gone.Status)
		assert.Equal(t, onebot.UserID(2), gone.User, "the operator")
		require.NotNil(t, gone.Last)
		assert.Equal(t, "hello", gone.Last.Message.PlainText())
		assert.Zero(t, others, "mapped events reach only OnChatMessage")
		out, err := json.Marshal(gone)
		require.NoError(t, err)
		assert.JSONEq(t, `{"type":"chat.message","status":"withdraw message","user_id":2,"chat_id":7,"msg_id":-5,"update_time":1795295930}`, string(out))
	})
}

func TestOnChatMessage_native(t *testing.T) {
	t.Parallel()
	frame := func(status string, id int) string {
		return fmt.Sprintf(`{"type":"chat.message","status":%q,"user_id":3,"chat_id":44,"msg_id":%d,"update_time":1713844846.08072}`, status, id)
	}
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		got := followed(c)
		read := followed(c, onebot.StatusRead)
		all := 0
		onebot.On(c, func(_ context.Context, ev onebot.Event) error {
			all++
			assert.Equal(t, onebot.UserID(10000), ev.Base().SelfID, "that of the events before")
			return nil
		})
		d.push(`{"post_type":"meta_event","meta_event_type":"heartbeat","self_id":10000,"time":1}`)
		synctest.Wait()
		d.push(frame("send message", 1))
		d.push(frame("read message", 1))
		d.push(frame("withdraw message", 1))
		d.push(frame("withdraw message", 1))
		d.push(frame("edit message", 1))
		synctest.Wait()
		require.Len(t, *got, 3)
		require.Len(t, *read, 1)
		assert.Equal(t, 6, all, "native frames reach all handlers")
		assert.Equal(t, onebot.Chat{}, (*got)[0].Chat)
		assert.Equal(t, int64(44), (*got)[0].ChatID)
		out, err := json.Marshal((*got)[0])
		require.NoError(t, err)
		assert.JSONEq(t, frame("send message", 1), string(out))
		assert.Contains(t, string(out), "1713844846.08072")
		_, err = c.GetMsg(context.Background(), "1")
		require.ErrorIs(t, err, onebot.ErrMessageWithdrawn)
		assert.Empty(t, d.sent())
	})
}

func TestClient_withdrawnIDs(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{
		"get_msg":        `{"message_id":5,"message":"x","sender":{"user_id":1},"message_type":"private","user_id":1}`,
		"send_group_msg": `{"message_id":9}`, "delete_msg": `null`, "mark_msg_as_read": `null`,
	})
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		ctx := context.Background()
		var last *onebot.MessageEvent
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error { last = m; return nil })
		d.push(groupText(7, 1, 5, "hello"))
		synctest.Wait()
		d.push(groupRecall(7, 1, 1, 5))
		for name, call := range map[string]func() error{
			"get":    func() error { _, err := c.GetMsg(ctx, "5"); return err },
			"delete": func() error { return c.DeleteMsg(ctx, "5") },
			"reply":  func() error { return last.ReplyText(ctx, "x") },
			"mark":   func() error { return c.MarkMsgAsRead(ctx, onebot.GroupChat(7), onebot.MessageRef{ID: "5"}) },
		} {
			err := call()
			require.ErrorIs(t, err, onebot.ErrMessageWithdrawn, name)
			assert.Equal(t, 1, classes(err), name)
		}
		assert.Empty(t, d.sent(), "refused without asking the server, and before any handler of the withdrawal ran")
		require.NoError(t, c.MarkMsgAsRead(ctx, onebot.GroupChat(8), onebot.MessageRef{ID: "5"}), "the same id in another chat")
		_, err := last.Send(ctx, onebot.Text("without quoting"))
		require.NoError(t, err)

		d.push(groupText(7, 1, 5, "recurs"))
		synctest.Wait()
		require.NoError(t, last.ReplyText(ctx, "x"), "a new message with the same id revives it")
		_, err = c.GetMsg(ctx, "5")
		require.NoError(t, err)

		d.push(groupRecall(7, 1, 1, 9))
		_, err = c.GetMsg(ctx, "9")
		require.ErrorIs(t, err, onebot.ErrMessageWithdrawn)
		_, err = last.Send(ctx, onebot.Text("answered with the id 9"))
		require.NoError(t, err)
		_, err = c.GetMsg(ctx, "9")
		require.NoError(t, err, "a message of our own revives its id, too")

		for i := range 5000 {
			d.push(groupRecall(7, 1, 1, int64(i+100)))
		}
		_, err = c.GetMsg(ctx, "100")
		require.NoError(t, err, "at most 4,096 are remembered")
		_, err = c.GetMsg(ctx, "5099")
		require.ErrorIs(t, err, onebot.ErrMessageWithdrawn)
	})
}

func TestClient_DeleteMsg_countsAsWithdrawal(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		dialect onebot.Dialect
		counts  bool
	}{{onebot.NapCat, true}, {onebot.Lagrange, true}, {onebot.LLBot, false}} {
		d := answers(map[string]string{"delete_msg": `null`, "send_group_msg": `{"message_id":77}`})
		bubble(t, d, func(t *testing.T, c *onebot.Client) {
			ctx := context.Background()
			got := followed(c, onebot.StatusWithdrawn)
			d.push(groupText(7, 1, 5, "theirs"))
			synctest.Wait()
			id, err := c.SendGroupMsg(ctx, 7, onebot.Text("ours"))
			require.NoError(t, err)
			require.NoError(t, c.DeleteMsg(ctx, "5"))
			require.NoError(t, c.DeleteMsg(ctx, id))
			synctest.Wait()
			if tc.counts {
				require.Len(t, *got, 2, tc.dialect)
				assert.Equal(t, "theirs", (*got)[0].Last.Message.PlainText())
				assert.Equal(t, onebot.UserID(10000), (*got)[0].User)
				assert.Equal(t, "ours", (*got)[1].Last.Message.PlainText())
				assert.Equal(t, onebot.GroupChat(7), (*got)[1].Chat)
				require.ErrorIs(t, c.DeleteMsg(ctx, "5"), onebot.ErrMessageWithdrawn)
			} else {
				assert.Empty(t, *got, tc.dialect)
			}
			d.push(groupRecall(7, 1, 10000, 5))
			d.push(groupRecall(7, 10000, 10000, 77))
			synctest.Wait()
			assert.Len(t, *got, 2, "one delivery each, whoever reports it")
		}, onebot.WithDialect(tc.dialect))
	}
}

func TestOnChatMessage_friendRecall(t *testing.T) {
	t.Parallel()
	const own = `{"self_id":10000,"user_id":10000,"target_id":3,"time":1,"message_id":6,"message_type":"private","message":"mine","post_type":"message_sent","sub_type":"friend","sender":{"user_id":10000}}`
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		got := followed(c, onebot.StatusWithdrawn)
		d.push(privateText(3, 5, "theirs"))
		d.push(own)
		synctest.Wait()
		d.push(friendRecall(3, 5))
		d.push(friendRecall(10000, 6)) // NapCat and LLBot name the author (dialects 7.4)
		synctest.Wait()
		d.push(friendRecall(10000, 8)) // not in the cache
		synctest.Wait()
		require.Len(t, *got, 3)
		assert.Equal(t, onebot.PrivateChat(3), (*got)[0].Chat)
		assert.Equal(t, "theirs", (*got)[0].Last.Message.PlainText())
		assert.Equal(t, onebot.PrivateChat(3), (*got)[1].Chat, "the chat comes from the cache")
		assert.Equal(t, "mine", (*got)[1].Last.Message.PlainText())
		assert.Equal(t, onebot.PrivateChat(10000), (*got)[2].Chat)
		assert.Nil(t, (*got)[2].Last)
	})
}

func TestClient_messageCacheBounds(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		limit int
		has   bool
	}{{0, false}, {2, false}, {3, true}} {
		d := answers(nil)
		bubble(t, d, func(t *testing.T, c *onebot.Client) {
			got := followed(c, onebot.StatusWithdrawn)
			for i := range 3 {
				d.push(groupText(7, 1, int64(i+1), "x"))
			}
			synctest.Wait()
			d.push(groupRecall(7, 1, 1, 1))
			synctest.Wait()
			require.Len(t, *got, 1)
			assert.Equal(t, tc.has, (*got)[0].Last != nil, tc.limit)
		}, onebot.WithMessageCache(tc.limit))
	}
}

func TestClient_MarkMsgAsRead(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"mark_msg_as_read": `null`})
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		ctx := context.Background()
		got := followed(c)
		require.NoError(t, c.MarkMsgAsRead(ctx, onebot.GroupChat(7), onebot.MessageRef{ID: "-5"}))
		assert.JSONEq(t, `{"message_id":-5}`, d.lastParams(t))
		synctest.Wait()
		require.NoError(t, c.MarkMsgAsRead(ctx, onebot.PrivateChat(3), onebot.MessageRef{}))
		assert.JSONEq(t, `{"user_id":3}`, d.lastParams(t))
		require.ErrorIs(t, c.MarkMsgAsRead(ctx, onebot.Chat{}, onebot.MessageRef{ID: "1"}), onebot.ErrInvalidArgument)
		synctest.Wait()
		require.Len(t, *got, 2)
		assert.Equal(t, onebot.StatusRead, (*got)[0].Status)
		assert.Equal(t, onebot.GroupChat(7), (*got)[0].Chat)
	}, onebot.WithDialect(onebot.NapCat))

	other := newClient(t, answers(nil), onebot.WithDialect(onebot.GoCQHTTP))
	require.ErrorIs(t, other.MarkMsgAsRead(t.Context(), onebot.GroupChat(7), onebot.MessageRef{}), onebot.ErrInvalidArgument)
	require.ErrorIs(t, other.MarkMsgAsRead(t.Context(), onebot.GroupChat(7), onebot.MessageRef{ID: "1"}), onebot.ErrUnknownAction)
}

func TestClient_GetMsg_deletedOnLLBot(t *testing.T) {
	t.Parallel()
	c := newClient(t, answers(map[string]string{ // dialects 1.4: LLBot answers with its cached copy
		"get_msg": `{"message_id":5,"message_type":"group","group_id":7,"user_id":1,"message":[],"status":"deleted"}`,
	}))
	m, err := c.GetMsg(t.Context(), "5")
	require.ErrorIs(t, err, onebot.ErrMessageWithdrawn)
	assert.Nil(t, m)
	assert.Equal(t, 1, classes(err))
	var refused *onebot.ActionError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, onebot.ActionError{Action: "get_msg", Status: "ok", Message: "deleted"}, *refused)
	require.ErrorIs(t, c.DeleteMsg(t.Context(), "5"), onebot.ErrMessageWithdrawn)
}

func TestConnectionEvent(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		var got []string
		onebot.On(c, func(_ context.Context, e *onebot.ConnectionEvent) error {
			got = append(got, e.State.String())
			assert.Empty(t, e.Raw)
			return nil
		})
		d.watch(transport.Change{State: transport.StateReady})
		d.watch(transport.Change{State: transport.StateLost, Err: errors.New("gone")})
		d.watch(transport.Change{State: transport.StateConnecting})
		d.watch(transport.Change{State: transport.StateReady})
		for _, online := range []string{"true", "false", "false", "true", "null"} {
			d.push(`{"post_type":"meta_event","meta_event_type":"heartbeat","self_id":1,"time":1,"interval":5000,"status":{"online":` + online + `,"good":true}}`)
		}
		d.push(`{"post_type":"notice","notice_type":"bot_offline","self_id":1,"time":1,"user_id":1,"tag":"t","message":"m"}`)
		synctest.Wait()
		assert.Equal(t, []string{"ready", "lost", "connecting", "ready", "account offline", "account offline"}, got)
	})
}
