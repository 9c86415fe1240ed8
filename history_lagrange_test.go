package onebot_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

// On Lagrange a window that reaches below the first message wraps around and fails (dialects 1.9); the upper half of an id is only
// the lower half of the sequence, which begins anew every 65,536 messages.
func TestHistory_lagrangeWindows(t *testing.T) {
	t.Parallel()
	idOf := func(seq int64) int64 { return int64(int32(uint32(seq)<<16 | 77)) } //nolint:gosec // Lagrange's way
	for _, newest := range []int64{1, 2, 20, 21, 65, 65535, 65536, 65537, 65600} {
		calls := 0
		srv := historyServer(t, func(p historyParams, call int) string {
			calls = call
			end := newest
			if p.MessageID != nil {
				low := int64(uint32(*p.MessageID) >> 16) //nolint:gosec // Lagrange's way
				end = newest - (newest-low)&0xffff
				if end < 1 {
					return ""
				}
			}
			if p.Count > end {
				return "" // in unsigned arithmetic
			}
			var messages []string
			for seq := end - p.Count + 1; seq <= end; seq++ {
				messages = append(messages, past(idOf(seq), 0, 1700000000+seq))
			}
			return pastPage(messages...)
		})
		c := newClient(t, srv, onebot.WithDialect(onebot.Lagrange))
		limit := 300
		var got []onebot.MessageID
		for m, err := range c.History(t.Context(), onebot.GroupChat(7), onebot.HistoryQuery{Count: 1, Limit: limit}) {
			require.NoError(t, err, "newest %d", newest)
			got = append(got, m.ID)
		}
		require.Len(t, got, int(min(newest, int64(limit))), "newest %d", newest)
		got = nil
		before := calls
		for m, err := range c.History(t.Context(), onebot.GroupChat(7), onebot.HistoryQuery{Limit: limit}) {
			require.NoError(t, err, "newest %d", newest)
			got = append(got, m.ID)
		}
		require.Len(t, got, int(min(newest, int64(limit))), "newest %d", newest)
		pages := (len(got) + 19) / 20
		require.LessOrEqual(t, calls-before, pages+2, "newest %d", newest)
		recent, err := c.Recent(t.Context(), onebot.GroupChat(7), 100)
		require.NoError(t, err, "newest %d", newest)
		require.Len(t, recent, int(min(newest, 100)), "newest %d", newest)
	}
}

// Where the lower half of the sequence begins anew, what was withdrawn must not make it look like the start of the chat.
func TestHistory_lagrangeWithdrawnAtTheTurn(t *testing.T) {
	t.Parallel()
	for _, newest := range []int64{2, 30, 65538, 65540, 65549, 65600} {
		srv := historyServer(t, func(p historyParams, _ int) string {
			end := newest
			if p.MessageID != nil {
				end = newest - (newest-*p.MessageID>>16)&0xffff
			}
			if p.Count > end {
				return "" // in unsigned arithmetic
			}
			var messages []string
			for seq := end - p.Count + 1; seq <= end; seq++ {
				if seq&0xffff != 1 { // the first of all was withdrawn, and so was the first after the turn
					messages = append(messages, past(seq&0xffff<<16, 0, 1700000000+seq))
				}
			}
			return pastPage(messages...)
		})
		c := newClient(t, srv, onebot.WithDialect(onebot.Lagrange))
		for _, count := range []int{0, 1, 5} {
			got, err := collect(t, c, onebot.GroupChat(7), onebot.HistoryQuery{Count: count, Limit: 100})
			require.NoError(t, err, "newest %d", newest)
			assert.Len(t, got, int(min(newest-1, 100)), "newest %d, pages of %d", newest, count)
		}
	}
}

// A group that the server never saw fails as such, and a failure that has another reason keeps it.
func TestHistory_lagrangeFailure(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]string{
		"unknown chat": "", "not short": pastPage(past(77<<16, 0, 1700000000)), "nothing": pastPage(), "unreadable": `{}`,
	} {
		calls := 0
		srv := historyServer(t, func(_ historyParams, call int) string {
			if calls = call; call == 2 {
				return second
			}
			return ""
		})
		c := newClient(t, srv, onebot.WithDialect(onebot.Lagrange))
		_, err := c.GetGroupMsgHistory(t.Context(), 7, onebot.HistoryQuery{})
		var refused *onebot.ActionError
		require.ErrorAs(t, err, &refused, name)
		assert.Equal(t, 2, calls, name)
		require.NotErrorIs(t, err, onebot.ErrOutcomeUnknown, name)
	}
}

// Private chats are paged by time stamp there: a page ends with everything of the second of the message it was asked from.
func TestHistory_lagrangeSameSecond(t *testing.T) {
	t.Parallel()
	const n = 41
	second := func(id int64) int64 { return 1700000000 + id/3 }
	for _, newestFirst := range []bool{false, true} {
		calls := 0
		srv := historyServer(t, func(p historyParams, call int) string {
			calls = call
			end := int64(n)
			if p.MessageID != nil {
				for end = *p.MessageID; end < n && second(end+1) == second(*p.MessageID); {
					end++
				}
			}
			var messages []string
			for id := max(end-p.Count+1, 1); id <= end; id++ {
				messages = append(messages, past(id, 0, second(id)))
			}
			if newestFirst {
				slices.Reverse(messages)
			}
			return pastPage(messages...)
		})
		c := newClient(t, srv, onebot.WithDialect(onebot.Lagrange))
		page, err := c.GetFriendMsgHistory(t.Context(), 10001, onebot.HistoryQuery{Before: onebot.MessageRef{ID: "39"}, Count: 5})
		require.NoError(t, err)
		require.Equal(t, []onebot.MessageID{"34", "35", "36", "37", "38"}, idsOf(page), "two more of that second are newer")
		before, want := calls, onebot.MessageID("38")
		for m, err := range c.History(t.Context(), onebot.PrivateChat(10001), onebot.HistoryQuery{Before: onebot.MessageRef{ID: "39"}}) {
			require.NoError(t, err)
			require.Equal(t, want, m.ID)
			number, _ := m.ID.Int64()
			want = onebot.NewMessageID(number - 1)
		}
		require.Equal(t, onebot.MessageID("0"), want)
		assert.LessOrEqual(t, calls-before, 4, "two pages")
	}
}
