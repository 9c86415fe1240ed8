package onebot_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// chatWith fills a chat of a new server with n messages and gives the ids of those that its history shows, oldest first.
func chatWith(t *testing.T, persona onebottest.Persona, n int, private bool) (*onebottest.Server, onebot.Chat, []onebot.MessageID) {
	t.Helper()
	srv := onebottest.NewServer(t, persona)
	if !private {
		return srv, onebot.GroupChat(onebot.GroupID(onebottest.Group1)), messageIDs(srv.Seed(onebottest.Group1, n))
	}
	ids := messageIDs(srv.SeedPrivate(onebottest.Friend1, n))
	if persona == onebottest.Lagrange && n > 0 && n%2 == 0 {
		// The newest message is the bot's own, and Lagrange begins with the newest one of the friend (dialects 1.9).
		ids = ids[:n-1]
	}
	return srv, onebot.PrivateChat(onebot.UserID(onebottest.Friend1)), ids
}

func messageIDs(numbers []int64) []onebot.MessageID {
	ids := make([]onebot.MessageID, 0, len(numbers))
	for _, n := range numbers {
		ids = append(ids, onebot.NewMessageID(n))
	}
	return ids
}

// collect ranges over a history, newest first.
func collect(t *testing.T, c *onebot.Client, chat onebot.Chat, q onebot.HistoryQuery) (ids []onebot.MessageID, failure error) {
	t.Helper()
	for m, err := range c.History(t.Context(), chat, q) {
		require.NoError(t, failure, "nothing follows an error")
		if failure = err; err == nil {
			assert.Equal(t, chat, m.Chat)
			ids = append(ids, m.ID)
		}
	}
	return ids, failure
}

func reversed(ids []onebot.MessageID) []onebot.MessageID {
	ids = slices.Clone(ids)
	slices.Reverse(ids)
	return ids
}

func idsOf(messages []*onebot.MessageEvent) []onebot.MessageID {
	ids := make([]onebot.MessageID, 0, len(messages))
	for _, m := range messages {
		ids = append(ids, m.ID)
	}
	return ids
}

// onePage asks for one page of either kind of chat.
func onePage(t *testing.T, c *onebot.Client, chat onebot.Chat, q onebot.HistoryQuery) ([]*onebot.MessageEvent, error) {
	t.Helper()
	if chat.Group != 0 {
		return c.GetGroupMsgHistory(t.Context(), chat.Group, q)
	}
	return c.GetFriendMsgHistory(t.Context(), chat.User, q)
}

// overHistories runs f for every persona with history, for groups and friends.
func overHistories(t *testing.T, f func(t *testing.T, persona onebottest.Persona, private bool)) {
	t.Helper()
	for _, persona := range forwarding() {
		for _, private := range []bool{false, true} {
			if private && persona == onebottest.GoCQHTTP {
				continue
			}
			t.Run(fmt.Sprintf("%s/private=%t", persona, private), func(t *testing.T) {
				t.Parallel()
				f(t, persona, private)
			})
		}
	}
}

func TestHistory_sameEverywhere(t *testing.T) {
	t.Parallel()
	overHistories(t, func(t *testing.T, persona onebottest.Persona, private bool) {
		t.Helper()
		for _, n := range []int{1, 19, 20, 21, 65, 1000} {
			srv, chat, ids := chatWith(t, persona, n, private)
			for _, scheme := range []string{"ws", "http"} {
				c, before := dialFake(t, srv, scheme), len(srv.Calls())
				got, err := collect(t, c, chat, onebot.HistoryQuery{})
				require.NoError(t, err)
				require.Equal(t, reversed(ids), got, "%d messages", n)
				assert.LessOrEqual(t, len(srv.Calls())-before, (n+19)/20+2, "%d messages", n)
			}
		}
	})
}

func TestHistory_emptyChat(t *testing.T) {
	t.Parallel()
	overHistories(t, func(t *testing.T, persona onebottest.Persona, private bool) {
		t.Helper()
		srv, chat, _ := chatWith(t, persona, 0, private)
		c := dialFake(t, srv, "ws")
		got, err := collect(t, c, chat, onebot.HistoryQuery{})
		assert.Empty(t, got)
		if persona == onebottest.Lagrange {
			var refused *onebot.ActionError
			require.ErrorAs(t, err, &refused, "a chat that was never seen (dialects 1.9)")
			return
		}
		require.NoError(t, err)
		page, err := onePage(t, c, chat, onebot.HistoryQuery{})
		require.NoError(t, err)
		assert.Empty(t, page)
		recent, err := c.Recent(t.Context(), chat, 5)
		require.NoError(t, err)
		assert.Empty(t, recent)
		assert.LessOrEqual(t, len(srv.Calls()), 4)
	})
}

func TestHistory_onePage(t *testing.T) {
	t.Parallel()
	overHistories(t, func(t *testing.T, persona onebottest.Persona, private bool) {
		t.Helper()
		srv, chat, ids := chatWith(t, persona, 65, private)
		c := dialFake(t, srv, "ws")
		page, err := onePage(t, c, chat, onebot.HistoryQuery{})
		require.NoError(t, err)
		assert.Equal(t, ids[45:], idsOf(page), "the newest, oldest first")
		assert.Equal(t, "message 46", page[0].Message.PlainText())

		// Back to the start of the chat by hand.
		for want := ids[25:45]; ; {
			page, err = onePage(t, c, chat, onebot.HistoryQuery{Before: page[0].Ref()})
			require.NoError(t, err)
			require.Equal(t, want, idsOf(page))
			if len(want) == 0 {
				break
			}
			first := slices.Index(ids, want[0])
			want = ids[max(first-20, 0):first]
		}
		for _, count := range []int{1, 5} {
			page, err = onePage(t, c, chat, onebot.HistoryQuery{Before: onebot.MessageRef{ID: ids[30]}, Count: count, Limit: 1, Since: time.Now()})
			require.NoError(t, err)
			assert.Equal(t, ids[30-count:30], idsOf(page), "Before has only an id; Since and Limit do not count")
		}
		page, err = onePage(t, c, chat, onebot.HistoryQuery{Count: 50})
		require.NoError(t, err)
		want := ids[15:]
		if persona == onebottest.GoCQHTTP {
			want = ids[45:] // always at most 20 (dialects 1.9)
		}
		assert.Equal(t, want, idsOf(page))
	})
}

func TestHistory_Before(t *testing.T) {
	t.Parallel()
	overHistories(t, func(t *testing.T, persona onebottest.Persona, private bool) {
		t.Helper()
		srv, chat, ids := chatWith(t, persona, 65, private)
		c := dialFake(t, srv, "ws")
		newest, err := c.Recent(t.Context(), chat, 25)
		require.NoError(t, err)
		require.Equal(t, ids[40:], idsOf(newest))
		for name, before := range map[string]onebot.MessageRef{"both": newest[0].Ref(), "id": {ID: newest[0].ID}} {
			got, err := collect(t, c, chat, onebot.HistoryQuery{Before: before, Count: 7})
			require.NoError(t, err, name)
			assert.Equal(t, reversed(ids[:40]), got, name)
		}
		got, err := collect(t, c, chat, onebot.HistoryQuery{Before: onebot.MessageRef{Seq: 1041}})
		if persona == onebottest.LLBot || persona == onebottest.GoCQHTTP {
			require.NoError(t, err)
			assert.Equal(t, reversed(ids[:40]), got, "a sequence alone")
		} else {
			require.ErrorIs(t, err, onebot.ErrInvalidArgument, "this server pages by id")
			assert.Equal(t, 1, classes(err))
		}
		_, err = collect(t, c, chat, onebot.HistoryQuery{Before: onebot.MessageRef{ID: "999"}})
		var refused *onebot.ActionError
		require.ErrorAs(t, err, &refused, "an unknown message")
		for _, q := range []onebot.HistoryQuery{{Count: -1}, {Limit: -1}, {Before: onebot.MessageRef{Seq: -1}}} {
			_, err = collect(t, c, chat, q)
			require.ErrorIs(t, err, onebot.ErrInvalidArgument)
		}
	})
}

// A message of another chat tells no sequence of this one.
func TestHistory_Before_otherChat(t *testing.T) {
	t.Parallel()
	srv, chat, _ := chatWith(t, onebottest.LLBot, 5, false)
	other := srv.Say(onebottest.Group2, onebottest.Friend2, "elsewhere")
	_, err := collect(t, dialFake(t, srv, "ws"), chat, onebot.HistoryQuery{Before: onebot.MessageRef{ID: onebot.NewMessageID(other)}})
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	assert.Contains(t, err.Error(), "group 100002")
}

func TestHistory_limits(t *testing.T) {
	t.Parallel()
	overHistories(t, func(t *testing.T, persona onebottest.Persona, private bool) {
		t.Helper()
		srv, chat, ids := chatWith(t, persona, 65, private)
		c := dialFake(t, srv, "ws")
		all, err := c.Recent(t.Context(), chat, 1000)
		require.NoError(t, err)
		require.Equal(t, ids, idsOf(all))

		got, err := collect(t, c, chat, onebot.HistoryQuery{Limit: 23})
		require.NoError(t, err)
		assert.Equal(t, reversed(ids[42:]), got)
		got, err = collect(t, c, chat, onebot.HistoryQuery{Since: all[30].Time})
		require.NoError(t, err)
		assert.Equal(t, reversed(ids[30:]), got, "a message of that very second counts")

		before := len(srv.Calls())
		for _, err := range c.History(t.Context(), chat, onebot.HistoryQuery{}) {
			require.NoError(t, err)
			break
		}
		assert.Len(t, srv.Calls(), before+1, "who leaves after one message has paid for one page")
		_ = c.History(t.Context(), chat, onebot.HistoryQuery{})
		assert.Len(t, srv.Calls(), before+1, "nothing is asked before the loop begins")

		seq := c.History(t.Context(), chat, onebot.HistoryQuery{Limit: 3})
		for range 2 {
			var ids []onebot.MessageID
			for m, err := range seq {
				require.NoError(t, err)
				ids = append(ids, m.ID)
			}
			assert.Equal(t, got[:3], ids, "each loop begins anew")
		}
		recent, err := c.Recent(t.Context(), chat, 0)
		require.NoError(t, err)
		assert.Empty(t, recent)
		for _, n := range []int{1, 20, 21, 65} {
			recent, err = c.Recent(t.Context(), chat, n)
			require.NoError(t, err)
			assert.Equal(t, ids[65-n:], idsOf(recent))
		}
	})
}

func TestHistory_meanwhile(t *testing.T) {
	t.Parallel()
	overHistories(t, func(t *testing.T, persona onebottest.Persona, private bool) {
		t.Helper()
		srv, chat, ids := chatWith(t, persona, 65, private)
		c := dialFake(t, srv, "ws")
		var got []onebot.MessageID
		for m, err := range c.History(t.Context(), chat, onebot.HistoryQuery{Count: 10}) {
			require.NoError(t, err)
			got = append(got, m.ID)
			if len(got)%7 == 0 {
				if private {
					srv.SayPrivate(onebottest.Friend1, "news")
				} else {
					srv.Say(onebottest.Group1, onebottest.Friend1, "news")
				}
			}
		}
		assert.Equal(t, reversed(ids), got)
	})
}

// Withdrawn messages leave holes, which are wider than a window on go-cqhttp and Lagrange.
func TestHistory_holes(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]func(i int) bool{
		"every third":   func(i int) bool { return i%3 == 0 },
		"the newest":    func(i int) bool { return i >= 85 },
		"the oldest":    func(i int) bool { return i < 30 },
		"fifty in all":  func(i int) bool { return i >= 20 && i < 70 || i == 90 },
		"one remains":   func(i int) bool { return i != 50 },
		"more and more": func(i int) bool { return i%7 < 3 || i > 30 && i < 72 },
	} {
		overHistories(t, func(t *testing.T, persona onebottest.Persona, private bool) {
			t.Helper()
			srv, chat, ids := chatWith(t, persona, 100, private)
			var want []onebot.MessageID
			for i, id := range ids {
				if gone(i) {
					n, _ := id.Int64()
					srv.Recall(n)
				} else {
					want = append(want, id)
				}
			}
			got, err := collect(t, dialFake(t, srv, "ws"), chat, onebot.HistoryQuery{})
			require.NoError(t, err, name)
			if name == "one remains" && (persona == onebottest.GoCQHTTP || persona == onebottest.Lagrange && !private) {
				return // an empty newest window is what an empty chat looks like
			}
			assert.Equal(t, reversed(want), got, name)
		})
	}
}

// Pages of a few messages are narrower than a few withdrawn ones, wherever these stand.
func TestHistory_smallPages(t *testing.T) {
	t.Parallel()
	overHistories(t, func(t *testing.T, persona onebottest.Persona, private bool) {
		t.Helper()
		for _, count := range []int{1, 2, 7} {
			srv, chat, ids := chatWith(t, persona, 65, private)
			var left []onebot.MessageID
			for i, id := range ids {
				if n, ok := id.Int64(); ok && (i >= 60 && i < 64 || i >= 20 && i < 30 && i%5 != 0) {
					srv.Recall(n)
					continue
				}
				left = append(left, id)
			}
			c := dialFake(t, srv, "ws")
			got, err := collect(t, c, chat, onebot.HistoryQuery{Count: count})
			require.NoError(t, err)
			assert.Equal(t, reversed(left), got, "pages of %d", count)
			page, err := onePage(t, c, chat, onebot.HistoryQuery{Count: count, Before: onebot.MessageRef{ID: ids[64]}})
			require.NoError(t, err)
			if persona != onebottest.GoCQHTTP {
				assert.Equal(t, left[len(left)-1-count:len(left)-1], idsOf(page), "pages of %d", count)
			}
		}
	})
}

// The message that the next page begins with is withdrawn while the loop runs.
func TestHistory_startWithdrawn(t *testing.T) {
	t.Parallel()
	overHistories(t, func(t *testing.T, persona onebottest.Persona, private bool) {
		t.Helper()
		srv, chat, ids := chatWith(t, persona, 20, private)
		var got []onebot.MessageID
		for m, err := range dialFake(t, srv, "ws").History(t.Context(), chat, onebot.HistoryQuery{Count: 10}) {
			require.NoError(t, err)
			got = append(got, m.ID)
			if len(got)%10 == 0 {
				n, _ := m.ID.Int64()
				srv.Recall(n)
			}
		}
		assert.Equal(t, reversed(ids), got)
	})
}

// NapCat forgets its ids when it restarts (dialects T5): it says "消息...不存在", and the error says what that means.
func TestHistory_expiredID(t *testing.T) {
	t.Parallel()
	srv, chat, ids := chatWith(t, onebottest.NapCat, 30, false)
	c := dialFake(t, srv, "ws")
	srv.ForgetIDs()
	page, err := onePage(t, c, chat, onebot.HistoryQuery{Before: onebot.MessageRef{ID: ids[20]}})
	assert.Empty(t, page)
	var refused *onebot.ActionError
	require.ErrorAs(t, err, &refused)
	assert.Contains(t, err.Error(), "expired")
	assert.Equal(t, 1, strings.Count(err.Error(), "onebot: "), "%v", err)
	assert.Contains(t, err.Error(), string(ids[20]))

	// In the middle of a loop, too; what was read stays read.
	n := 0
	for m, err := range c.History(t.Context(), chat, onebot.HistoryQuery{Count: 10}) {
		if err != nil {
			require.ErrorAs(t, err, &refused)
			assert.Contains(t, err.Error(), "expired")
			assert.Nil(t, m)
			break
		}
		if n++; n == 10 {
			srv.ForgetIDs()
		}
	}
	assert.Equal(t, 10, n)

	srv.Fault(onebottest.Fail(1200, "无法获取群信息").On("get_group_msg_history"))
	_, err = onePage(t, c, chat, onebot.HistoryQuery{Before: onebot.MessageRef{ID: ids[20]}})
	require.ErrorAs(t, err, &refused)
	assert.NotContains(t, err.Error(), "expired", "another failure is told as it is")
}

func TestHistory_unsupported(t *testing.T) {
	t.Parallel()
	for _, persona := range onebottest.Personas() {
		srv := onebottest.NewServer(t, persona)
		c := dialFake(t, srv, "ws")
		_, err := collect(t, c, onebot.TempChat(100001, 10003), onebot.HistoryQuery{})
		require.ErrorIs(t, err, onebot.ErrUnsupported, "%s: a temporary session", persona)
		require.ErrorIs(t, err, onebot.ErrNotSent)
		_, err = collect(t, c, onebot.Chat{}, onebot.HistoryQuery{})
		require.ErrorIs(t, err, onebot.ErrInvalidArgument)
		for _, n := range []int{-1, 0, 1} {
			_, err = c.Recent(t.Context(), onebot.Chat{Group: 1, User: 2}, n)
			require.ErrorIs(t, err, onebot.ErrInvalidArgument)
			assert.Equal(t, 1, classes(err))
		}
		_, err = c.Recent(t.Context(), onebot.GroupChat(1), -1)
		require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	}
	srv := onebottest.NewServer(t, onebottest.GoCQHTTP)
	_, err := dialFake(t, srv, "ws").GetFriendMsgHistory(t.Context(), 10001, onebot.HistoryQuery{})
	require.ErrorIs(t, err, onebot.ErrUnsupported)
	require.ErrorIs(t, err, onebot.ErrNotSent)
	assert.Empty(t, actionsOf(srv))

	srv = onebottest.NewServer(t, onebottest.Standard)
	c := dialFake(t, srv, "ws")
	for _, before := range []onebot.MessageRef{{}, {ID: "5"}, {Seq: 5}} {
		for _, chat := range []onebot.Chat{onebot.GroupChat(100001), onebot.PrivateChat(10001)} {
			_, err = onePage(t, c, chat, onebot.HistoryQuery{Before: before})
			require.ErrorIs(t, err, onebot.ErrUnsupported)
			assert.Equal(t, 1, classes(err))
			assert.Equal(t, 1, strings.Count(err.Error(), "onebot: "), "%v", err)
			_, err = collect(t, c, chat, onebot.HistoryQuery{Before: before})
			require.ErrorIs(t, err, onebot.ErrUnsupported)
		}
	}
}

// Errors of the connection end the loop, once.
func TestHistory_errorIsLast(t *testing.T) {
	t.Parallel()
	srv, chat, ids := chatWith(t, onebottest.LLBot, 65, false)
	c := dialFake(t, srv, "ws")
	srv.Fault(onebottest.DropBeforeAction().On("get_group_msg_history").Skip(2))
	got, err := collect(t, c, chat, onebot.HistoryQuery{})
	require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
	assert.Equal(t, reversed(ids[25:]), got)

	srv.Fault(onebottest.Fail(0, "no").On("get_group_msg_history").Skip(1))
	recent, err := c.Recent(t.Context(), chat, 200)
	var refused *onebot.ActionError
	if err != nil {
		require.ErrorAs(t, err, &refused)
	}
	assert.Equal(t, ids, idsOf(recent), "what was read comes with the error")
}

// The messages of a page can be answered, and are whole.
func TestHistory_messages(t *testing.T) {
	t.Parallel()
	for _, persona := range forwarding() {
		srv, chat, _ := chatWith(t, persona, 3, false)
		c := dialFake(t, srv, "ws")
		recent, err := c.Recent(t.Context(), chat, 3)
		require.NoError(t, err)
		require.Len(t, recent, 3)
		m := recent[1]
		assert.Equal(t, onebot.UserID(onebottest.Friend1), m.Sender.UserID)
		assert.Equal(t, "message 2", m.Message.PlainText())
		assert.NotEmpty(t, m.Raw)
		if persona != onebottest.Lagrange {
			assert.Equal(t, onebot.MessageRef{ID: m.ID, Seq: 1002}, m.Ref())
		}
		_, err = m.Reply(t.Context(), onebot.Text("late answer"))
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(srv.Sent()[0].CQ, "[CQ:reply,id="+string(m.ID)), strconv.Quote(srv.Sent()[0].CQ))
	}
}
