package onebot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
)

// told spells what OnChatMessage heard: status, id and, for a withdrawal, the chat and what was withdrawn.
func told(all []*onebot.ChatMessage) []string {
	var lines []string
	for _, m := range all {
		switch {
		case m.Status != onebot.StatusWithdrawn:
			lines = append(lines, fmt.Sprintf("%s %s", m.Status, m.ID))
		case m.Last == nil:
			lines = append(lines, fmt.Sprintf("%s %s in %s: unknown", m.Status, m.ID, m.Chat))
		default:
			lines = append(lines, fmt.Sprintf("%s %s in %s: %s", m.Status, m.ID, m.Chat, m.Last.Message.PlainText()))
		}
	}
	return lines
}

// ownPrivate is a message of the account to a friend as NapCat reports it (dialects 7.1).
func ownPrivate(to, id int64, text string) string {
	return fmt.Sprintf(`{"self_id":10000,"user_id":10000,"target_id":%d,"time":1,"message_id":%d,"message_type":"private","message":%q,"post_type":"message_sent","sub_type":"friend","sender":{"user_id":10000}}`,
		to, id, text)
}

// stuck makes the next message handler wait until the returned function is called.
func stuck(c *onebot.Client) (free func()) {
	hold := make(chan struct{})
	onebot.On(c, func(context.Context, *onebot.MessageEvent) error { <-hold; return nil })
	return func() { close(hold) }
}

func TestOnChatMessage_revivedWhileQueued(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"get_msg": `{"message_id":5}`})
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		free := stuck(c)
		got := followed(c)
		d.push(groupText(7, 1, 5, "first"))
		d.push(groupRecall(7, 1, 1, 5))
		d.push(groupRecall(7, 1, 1, 5))
		d.push(groupText(7, 2, 5, "second"))
		_, err := c.GetMsg(context.Background(), "5")
		require.NoError(t, err, "the new message has revived the id, although nobody has handled the withdrawal")
		d.push(groupRecall(7, 2, 2, 5))
		free()
		synctest.Wait()
		assert.Equal(t, []string{
			"send message 5", "withdraw message 5 in group 7: first",
			"send message 5", "withdraw message 5 in group 7: second",
		}, told(*got), "each withdrawal once, with its own message")
		_, err = c.GetMsg(context.Background(), "5")
		require.ErrorIs(t, err, onebot.ErrMessageWithdrawn)
	})
}

// A friend_recall on NapCat and LLBot names the author (dialects 7.4, T20), on go-cqhttp the friend.
func TestOnChatMessage_friendRecallBehindItsMessage(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"send_private_msg": `{"message_id":9}`, "send_msg": `{"message_id":11}`, "delete_msg": `null`})
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		free := stuck(c)
		got := followed(c, onebot.StatusWithdrawn)
		d.push(ownPrivate(3, 6, "reported"))
		d.push(friendRecall(10000, 6))
		d.push(friendRecall(10000, 6))
		synctest.Wait()
		assert.Empty(t, *got, "the withdrawal waits its turn in the chat of the message")

		_, err := c.SendPrivateMsg(context.Background(), 4, onebot.Text("not reported"))
		require.NoError(t, err)
		_, err = c.SendCQ(context.Background(), onebot.PrivateChat(4), "as a string", false)
		require.NoError(t, err)
		free()
		synctest.Wait()
		require.NoError(t, c.DeleteMsg(context.Background(), "9"))
		d.push(friendRecall(10000, 9))
		d.push(friendRecall(4, 11)) // go-cqhttp
		synctest.Wait()
		d.push(groupText(7, 1, 12, "a group has the same id"))
		d.push(friendRecall(10000, 12))
		synctest.Wait()
		assert.Equal(t, []string{
			"withdraw message 6 in private 3: reported",
			"withdraw message 9 in private 4: not reported",
			"withdraw message 11 in private 4: as a string",
			"withdraw message 12 in private 10000: unknown",
		}, told(*got))
	}, onebot.WithDialect(onebot.NapCat))
}

// In a private chat whoever wrote a message withdraws it, although go-cqhttp names the friend (dialects T20).
func TestOnChatMessage_friendRecallOfOwnMessage(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"send_private_msg": `{"message_id":9}`})
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		got := followed(c, onebot.StatusWithdrawn)
		d.push(ownPrivate(4, 8, "reported"))
		_, err := c.SendPrivateMsg(context.Background(), 4, onebot.Text("not reported"))
		require.NoError(t, err)
		for _, id := range []int64{8, 9, 10} {
			d.push(friendRecall(4, id))
		}
		synctest.Wait()
		require.Len(t, *got, 3)
		assert.Equal(t, onebot.UserID(10000), (*got)[0].User)
		assert.Equal(t, onebot.UserID(10000), (*got)[1].User)
		assert.Equal(t, onebot.UserID(4), (*got)[2].User, "where the message is not known, the one that is named")
	}, onebot.WithDialect(onebot.GoCQHTTP))
}

func TestClient_DeleteMsg_chatNotKnown(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"delete_msg": `null`, "mark_msg_as_read": `null`})
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		ctx := context.Background()
		got := followed(c)
		require.NoError(t, c.DeleteMsg(ctx, "5"))
		synctest.Wait()
		assert.Equal(t, []string{"withdraw message 5 in no chat: unknown"}, told(*got))
		d.push(groupRecall(7, 1, 10000, 5))
		synctest.Wait()
		assert.Len(t, *got, 1, "the report that follows is the same withdrawal")
		require.ErrorIs(t, c.MarkMsgAsRead(ctx, onebot.GroupChat(8), onebot.MessageRef{ID: "5"}), onebot.ErrMessageWithdrawn)

		d.push(groupText(7, 1, 6, "x"))
		d.push(groupRecall(7, 1, 10000, 6)) // the report is faster than the answer
		synctest.Wait()
		require.ErrorIs(t, c.DeleteMsg(ctx, "6"), onebot.ErrMessageWithdrawn)
		assert.Len(t, *got, 3)
	}, onebot.WithDialect(onebot.NapCat))
}

func TestClient_withdrawnIDs_sentAsCQ(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"send_msg": `{"message_id":5}`, "get_msg": `{"message_id":5}`})
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		d.push(groupRecall(7, 1, 1, 5))
		_, err := c.SendCQ(context.Background(), onebot.GroupChat(7), "x", true)
		require.NoError(t, err)
		_, err = c.GetMsg(context.Background(), "5")
		require.NoError(t, err, "a message of our own revives its id")
	})
}

// A message can be withdrawn before the answer to its send is here: by an admin, or by a handler of message_sent (dialects 15.1, answers
// overtake each other). The answer then brings no new message.
func TestClient_withdrawnIDs_sendAnsweredLate(t *testing.T) {
	t.Parallel()
	var d *double
	withdraw := true
	d = newDouble(func(_ context.Context, req transport.Request) (*transport.Response, error) {
		if withdraw && strings.HasPrefix(req.Action, "send") {
			d.push(groupRecall(7, 10000, 1, 5))
		}
		return okResponse(`{"message_id":5,"forward_id":"f"}`), nil
	})
	ctx, node := context.Background(), onebot.CustomNode(1, "a", onebot.Text("x"))
	for name, send := range map[string]func(c *onebot.Client) error{
		"SendMsg": func(c *onebot.Client) error { _, err := c.SendGroupMsg(ctx, 7, onebot.Text("x")); return err },
		"SendCQ":  func(c *onebot.Client) error { _, err := c.SendCQ(ctx, onebot.GroupChat(7), "x", false); return err },
		"a forward": func(c *onebot.Client) error {
			_, err := c.SendGroupForwardMsg(ctx, 7, onebot.NewForward(node))
			return err
		},
	} {
		bubble(t, d, func(t *testing.T, c *onebot.Client) {
			got := followed(c)
			withdraw = true
			require.NoError(t, send(c), name)
			_, err := c.GetMsg(ctx, "5")
			require.ErrorIs(t, err, onebot.ErrMessageWithdrawn, name)
			d.push(groupRecall(7, 10000, 1, 5))
			synctest.Wait()
			assert.Equal(t, []string{"withdraw message 5 in group 7: unknown"}, told(*got), "%s: once, although it was reported twice", name)

			withdraw = false
			require.NoError(t, send(c), name)
			_, err = c.GetMsg(ctx, "5")
			require.NoError(t, err, "%s: a later message of our own revives its id", name)
		}, onebot.WithDialect(onebot.NapCat))
	}
}

func TestClient_withdrawnIDs_longOnes(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"get_msg": `{}`})
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		for n, refused := range map[int]bool{256: true, 257: false} {
			id := strings.Repeat("a", n)
			d.push(strings.Replace(groupRecall(7, 1, 1, 5), `"message_id":5`, `"message_id":"`+id+`"`, 1))
			_, err := c.GetMsg(context.Background(), onebot.MessageID(id))
			assert.Equal(t, refused, err != nil, "%d bytes: the set of withdrawn ids is bounded in bytes", n)
		}
	})
}

func TestOnChatMessage_offClearsTheCache(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		nothing := func(context.Context, *onebot.ChatMessage) error { return nil }
		off, offLast := c.OnChatMessage(nothing), c.OnChatMessage(nothing)
		d.push(groupText(7, 1, 1, "kept"))
		off()
		got := followed(c, onebot.StatusWithdrawn)
		offLast()
		d.push(groupRecall(7, 1, 1, 1))
		synctest.Wait()
		assert.Equal(t, []string{"withdraw message 1 in group 7: kept"}, told(*got), "somebody still follows")
	})
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		off := c.OnChatMessage(func(context.Context, *onebot.ChatMessage) error { return nil })
		d.push(groupText(7, 1, 1, "gone"))
		synctest.Wait()
		off()
		d.push(groupText(7, 1, 2, "nobody follows"))
		synctest.Wait()
		got := followed(c, onebot.StatusWithdrawn)
		d.push(groupRecall(7, 1, 1, 1))
		d.push(groupRecall(7, 1, 1, 2))
		synctest.Wait()
		assert.Equal(t, []string{"withdraw message 1 in group 7: unknown", "withdraw message 2 in group 7: unknown"}, told(*got))
	})
}

// nativeFrame is a frame of a chat.message backend.
func nativeFrame(status string, id int) string {
	return fmt.Sprintf(`{"type":"chat.message","status":%q,"user_id":3,"chat_id":44,"msg_id":%d,"update_time":1713844846.08072}`, status, id)
}

// A chat.message backend numbers its chats and does not say whether one is a group or a person.
func TestClient_withdrawnIDs_native(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"mark_msg_as_read": `null`, "get_msg": `{"message_id":5}`})
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		ctx, ref := context.Background(), onebot.MessageRef{ID: "5"}
		group, friend := onebot.GroupChat(44), onebot.PrivateChat(44)
		d.push(nativeFrame("withdraw message", 5))
		require.ErrorIs(t, c.MarkMsgAsRead(ctx, group, ref), onebot.ErrMessageWithdrawn)
		require.ErrorIs(t, c.MarkMsgAsRead(ctx, friend, ref), onebot.ErrMessageWithdrawn)
		assert.Empty(t, d.sent())
		require.NoError(t, c.MarkMsgAsRead(ctx, onebot.GroupChat(45), ref), "another chat")

		d.push(nativeFrame("send message", 5))
		require.NoError(t, c.MarkMsgAsRead(ctx, group, ref), "a new message revives the id")

		d.push(nativeFrame("withdraw message", 5))
		d.push(groupText(44, 1, 5, "also as an event of OneBot"))
		require.NoError(t, c.MarkMsgAsRead(ctx, group, ref))
		_, err := c.GetMsg(ctx, "5")
		require.NoError(t, err)
	})
}

func TestChatMessage_oddFrames(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	d := answers(map[string]string{"get_msg": `{"message_id":1}`})
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		var unknown []string
		onebot.On(c, func(_ context.Context, e *onebot.UnknownEvent) error {
			unknown = append(unknown, string(e.Raw))
			return nil
		})
		got := followed(c)
		var want []string
		for _, field := range []string{`"status":"withdraw message",`, `"user_id":3,`, `"chat_id":44,`, `"msg_id":1,`, `,"update_time":1713844846.08072`} {
			want = append(want, strings.Replace(nativeFrame("withdraw message", 1), field, "", 1))
		}
		want = append(want, nativeFrame("edit message", 1), nativeFrame("edit message", 2))
		for _, frame := range want {
			require.NotEqual(t, nativeFrame("withdraw message", 1), frame)
			d.push(frame)
		}
		synctest.Wait()
		assert.ElementsMatch(t, want, unknown)
		assert.Empty(t, *got)
		_, err := c.GetMsg(context.Background(), "1")
		require.NoError(t, err, "a frame that lacks a field withdraws nothing")
		assert.Equal(t, 1, strings.Count(log.String(), "edit message"), "once per status")
		assert.Equal(t, 1, strings.Count(log.String(), "withdraw message"), "once per status")

		for i := range 100 {
			d.push(nativeFrame(strings.Repeat("s", 1000)+"!", i))
			d.push(nativeFrame(fmt.Sprintf("status %d", i), i))
		}
		synctest.Wait()
		lines := strings.Count(log.String(), "has an unknown status")
		assert.Equal(t, 64, lines, "whatever a backend sends, there is an end to it")
		assert.Less(t, len(log.String()), 64*300)

		// The backend's documentation prints single quotes.
		d.push(strings.ReplaceAll(nativeFrame("send message", 9), `"`, `'`))
		synctest.Wait()
		assert.Empty(t, *got)
		assert.Contains(t, log.String(), "no JSON object")
		assert.Equal(t, uint64(1), c.Stats().Discarded)
	}, onebot.WithLogger(logTo(&log)), onebot.WithLanes(1))
}
