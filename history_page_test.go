package onebot_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
)

// historyOf makes a double of a NapCat that gives one answer after the other for a page of history; "" is a refusal, and so is what
// comes after the last.
func historyOf(pages ...string) *double {
	n := 0
	return newDouble(func(_ context.Context, req transport.Request) (*transport.Response, error) {
		if req.Action == "get_version_info" {
			return okResponse(`{"app_name":"NapCat.Onebot"}`), nil
		}
		if n++; n > len(pages) || pages[n-1] == "" {
			return &transport.Response{Status: "failed", Retcode: 200, Message: "消息不存在", Data: []byte("null")}, nil
		}
		return okResponse(pages[n-1]), nil
	})
}

// page writes the messages of an answer, each "id seq second"; seq 0 is none. Anything else stands as it is.
func page(messages ...string) string {
	var out []string
	for _, line := range messages {
		f := strings.Fields(line)
		if len(f) != 3 {
			out = append(out, line)
			continue
		}
		seq := ""
		if f[1] != "0" {
			seq = `"real_seq":"` + f[1] + `",`
		}
		out = append(out, fmt.Sprintf(`{%s"message_id":%s,"message_seq":%s,"time":%s,"message_type":"group","group_id":7,"user_id":1,"message":"x"}`,
			seq, f[0], f[0], f[2]))
	}
	return `{"messages":[` + strings.Join(out, ",") + `]}`
}

func idLine(messages []*onebot.MessageEvent) string {
	var out []string
	for _, m := range messages {
		out = append(out, string(m.ID))
	}
	return strings.Join(out, " ")
}

// Whatever order a server gives a page in, and whatever else it puts there, it comes out oldest first, each message once.
func TestHistory_page(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		before onebot.MessageRef
		page   string
		want   string
	}{
		{"oldest first", onebot.MessageRef{}, page("9 1 5", "8 2 5", "7 3 5"), "9 8 7"},
		{"newest first", onebot.MessageRef{}, page("7 3 7", "8 2 6", "9 1 5"), "9 8 7"},
		{"newest first, some in one second, no sequences", onebot.MessageRef{}, page("6 0 7", "7 0 6", "8 0 6", "9 0 5"), "9 8 7 6"},
		{"one second, no sequences", onebot.MessageRef{}, page("6 0 5", "9 0 5", "7 0 5"), "6 9 7"},
		{"mixed, by sequence", onebot.MessageRef{}, page("7 3 5", "9 1 5", "8 2 5"), "9 8 7"},
		{"mixed, by sequence though the clock was set", onebot.MessageRef{}, page("7 3 4", "9 1 5", "8 2 6"), "9 8 7"},
		{"mixed, by time", onebot.MessageRef{}, page("8 0 6", "9 0 5", "7 3 7"), "9 8 7"},
		{"one of them twice", onebot.MessageRef{}, page("9 1 5", "8 2 6", "9 1 5"), "9 8"},
		{"what is no message", onebot.MessageRef{}, page("null", "5", `"x"`, "9 1 5", "[[]]", `{"time":6}`, "{}"), "9"},
		{"newer ones, by sequence", onebot.MessageRef{ID: "8", Seq: 2}, page("9 1 5", "8 2 5", "7 3 5", "6 4 5"), "9"},
		{"newer ones, and Before itself tells the sequence", onebot.MessageRef{ID: "8"}, page("9 1 5", "8 2 5", "7 3 5"), "9"},
		{"newer ones, and Before itself tells the time", onebot.MessageRef{ID: "8"}, page("9 0 5", "8 0 6", "7 0 7"), "9"},
		{"no messages", onebot.MessageRef{}, `{"messages":null}`, ""},
		{"other members", onebot.MessageRef{}, `{"total":[{}],` + strings.TrimSuffix(page("9 1 5"), "}")[1:] + `,"messages2":{},"more":1}`, "9"},
	} {
		c := newClient(t, historyOf(slices.Repeat([]string{tt.page}, 8)...)) // an empty page is looked behind
		got, err := c.GetGroupMsgHistory(t.Context(), 7, onebot.HistoryQuery{Before: tt.before})
		require.NoError(t, err, tt.name)
		assert.Equal(t, tt.want, idLine(got), tt.name)
		for _, m := range got {
			assert.Equal(t, onebot.GroupChat(7), m.Chat)
		}
	}
	for _, data := range []string{
		`{"messages":5}`, `{"messages":{}}`, `{"other":[]}`, `{}`, `[]`, `null`, `"x"`, `{"messages":[`, `{"messages":[]`, `{"messages":[{]}`,
	} {
		got, err := newClient(t, historyOf(data)).GetGroupMsgHistory(t.Context(), 7, onebot.HistoryQuery{})
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown, data)
		assert.Empty(t, got)
	}
}

// The message that a page begins with may be gone by the time it is asked for; one beside it stands in, twice.
func TestHistory_standIns(t *testing.T) {
	t.Parallel()
	newest := page("6 6 6", "7 7 7", "8 8 8", "9 9 9")
	for _, tt := range []struct {
		pages []string
		want  string
		fails bool
	}{
		{[]string{newest, "", page("4 4 4", "5 5 5", "7 7 7"), page("4 4 4")}, "9 8 7 6 5 4", false},
		{[]string{newest, "", "", page("5 5 5", "8 8 8"), page("5 5 5")}, "9 8 7 6 5", false},
		{[]string{newest, "", "", "", page("5 5 5")}, "9 8 7 6", true},
		{[]string{"", newest}, "", true},
	} {
		d := historyOf(tt.pages...)
		c := newClient(t, d)
		var got []*onebot.MessageEvent
		var failure error
		for m, err := range c.History(t.Context(), onebot.GroupChat(7), onebot.HistoryQuery{Count: 4}) {
			if failure = err; err == nil {
				got = append(got, m)
			}
		}
		assert.Equal(t, tt.want, idLine(got))
		var refused *onebot.ActionError
		assert.Equal(t, tt.fails, failure != nil)
		if tt.fails {
			require.ErrorAs(t, failure, &refused)
		}
		if len(got) == 0 {
			continue
		}
		var starts []string
		for _, call := range d.sent() {
			if start := gjson.GetBytes(call.Params, "message_seq"); start.Exists() {
				starts = append(starts, start.String())
			}
		}
		assert.Subset(t, []string{"6", "7", "8", "5", "4"}, starts)
		assert.Equal(t, []string{"6", "7"}, starts[:2], "the oldest, and then the one beside it")

		again := newClient(t, historyOf(tt.pages...))
		recent, err := again.Recent(t.Context(), onebot.GroupChat(7), 100)
		assert.Equal(t, tt.fails, err != nil, "Recent tells it, too")
		assert.Len(t, recent, len(got), "and gives what it has read")
	}
	_, err := newClient(t, historyOf(newest)).Recent(t.Context(), onebot.GroupChat(7), -1)
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	require.ErrorIs(t, err, onebot.ErrNotSent)
}

// A walk remembers what it has given, but keeps none of the pages: a long one would hold the whole chat in memory.
func TestHistory_keepsNoPage(t *testing.T) {
	t.Parallel()
	d := historyOf(page("8 8 8", "9 9 9"), page("6 6 6", "7 7 7"), page("4 4 4", "5 5 5"))
	var pages []weak.Pointer[byte]
	for m, err := range newClient(t, d).History(t.Context(), onebot.GroupChat(7), onebot.HistoryQuery{Count: 2, Limit: 6}) {
		require.NoError(t, err)
		pages = append(pages, weak.Make(&m.Raw[0]))
		if m.ID == "4" {
			collectGarbage()
			assert.Nil(t, pages[0].Value(), "the first page")
			assert.NotNil(t, pages[5].Value(), "the present one")
		}
		runtime.KeepAlive(m)
	}
	require.Len(t, pages, 6)
}

// A time that a message does not tell is not older than anything.
func TestHistory_sinceWithoutTime(t *testing.T) {
	t.Parallel()
	srv := historyServer(t, func(_ historyParams, call int) string {
		if call > 1 {
			return pastPage()
		}
		return pastPage(past(11, 1, 1700000001), past(12, 2, 1700000002), past(13, 3, 0), past(14, 4, 1700000004))
	})
	c := newClient(t, srv, onebot.WithDialect(onebot.LLBot))
	got, err := collect(t, c, onebot.GroupChat(7), onebot.HistoryQuery{Since: time.Unix(1700000002, 0)})
	require.NoError(t, err)
	assert.Equal(t, []onebot.MessageID{"14", "13", "12"}, got)
}

// Nor does it tell where the message stands: its neighbours do.
func TestHistory_orderWithoutTime(t *testing.T) {
	t.Parallel()
	const second = 1700000000
	page := []string{
		past(11, 0, 0), past(12, 0, second), past(13, 0, second+1), past(14, 0, 0), past(15, 0, second+2), past(16, 0, second+2), past(17, 0, 0),
	}
	for _, newestFirst := range []bool{false, true} {
		if newestFirst {
			slices.Reverse(page)
		}
		srv := historyServer(t, func(_ historyParams, call int) string {
			if call > 1 {
				return pastPage()
			}
			return pastPage(page...)
		})
		c := newClient(t, srv, onebot.WithDialect(onebot.NapCat))
		got, err := collect(t, c, onebot.GroupChat(7), onebot.HistoryQuery{})
		require.NoError(t, err)
		assert.Equal(t, []onebot.MessageID{"17", "16", "15", "14", "13", "12", "11"}, got)
	}
}
