package onebot_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
)

// chatOfNapCat answers history calls as NapCat does: the last count messages, or as many up to message_seq; of these it leaves out
// what has no author (a grey line, a dot in chat) after it has counted.
func chatOfNapCat(t *testing.T, chat string) *double {
	t.Helper()
	return historyServer(t, func(p historyParams, _ int) string {
		end := len(chat)
		if p.MessageSeq != nil {
			end = int(*p.MessageSeq)
		}
		var shown []string
		for i := max(0, end-int(p.Count)); i < end; i++ {
			if chat[i] != '.' {
				shown = append(shown, past(int64(i+1), 0, int64(1700000000+i)))
			}
		}
		return pastPage(shown...)
	})
}

// Lines that NapCat leaves out of its pages (api/msg.ts: no sender, no message) are not taken for the start of the chat, and what is not
// missing costs no call.
func TestHistory_omitted(t *testing.T) {
	t.Parallel()
	lines := strings.Repeat
	for name, tt := range map[string]struct {
		chat  string
		calls int // at most, with pages of 20; 0: any
	}{
		"a line is the newest":        {"mmm.", 2},
		"a page of lines":             {lines("m", 30) + lines(".", 50), 0},
		"lines in between":            {lines("mm"+lines(".", 15), 9), 0},
		"lines at the start":          {lines(".", 15) + "mm", 2},
		"no lines":                    {lines("m", 40), 3},
		"nothing but lines":           {lines(".", 15), 3},
		"a message behind every line": {lines(".m", 50), 0},
	} {
		for _, count := range []int{1, 3, 20, 100} {
			d := chatOfNapCat(t, tt.chat)
			c := newClient(t, d, onebot.WithDialect(onebot.NapCat))
			got, err := collect(t, c, onebot.GroupChat(7), onebot.HistoryQuery{Count: count})
			require.NoError(t, err, name)
			var want []onebot.MessageID
			for i := len(tt.chat) - 1; i >= 0; i-- {
				if tt.chat[i] != '.' {
					want = append(want, onebot.NewMessageID(int64(i+1)))
				}
			}
			assert.Equal(t, want, got, "%s, pages of %d", name, count)
			if tt.calls > 0 && count == 20 {
				assert.LessOrEqual(t, len(d.sent()), tt.calls, name)
			}
			if len(want) > 0 {
				last, err := c.Recent(t.Context(), onebot.GroupChat(7), 1)
				require.NoError(t, err, name)
				require.Len(t, last, 1, name)
				assert.Equal(t, want[0], last[0].ID, name)
			}
		}
	}
}

// Of an empty chat NapCat says that it failed, and one call tells.
func TestHistory_nothingFound(t *testing.T) {
	t.Parallel()
	d := newDouble(func(context.Context, transport.Request) (*transport.Response, error) {
		return &transport.Response{Status: "failed", Retcode: 1200, Data: []byte("null"), Message: "消息undefined不存在"}, nil
	})
	got, err := collect(t, newClient(t, d, onebot.WithDialect(onebot.NapCat)), onebot.GroupChat(7), onebot.HistoryQuery{Count: 1})
	require.NoError(t, err)
	assert.Empty(t, got)
	assert.Len(t, d.sent(), 1)
}

// A message without an id is left out, and the others of its page are not: it is no start, though none was given either.
func TestHistory_messageWithoutID(t *testing.T) {
	t.Parallel()
	nameless := strings.Replace(past(2, 2, 1700000002), `"message_id":2`, `"message_id":null`, 1)
	for _, d := range dialects() {
		server := historyServer(t, func(_ historyParams, call int) string {
			if call > 1 {
				return pastPage()
			}
			return pastPage(past(1, 1, 1700000001), nameless, past(3, 3, 1700000003))
		})
		c := newClient(t, server, onebot.WithDialect(d))
		page, err := c.GetGroupMsgHistory(t.Context(), 7, onebot.HistoryQuery{})
		require.NoError(t, err, d)
		assert.Equal(t, []onebot.MessageID{"1", "3"}, idsOf(page), d)
	}
}
