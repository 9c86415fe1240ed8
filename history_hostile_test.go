package onebot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
)

// past is a message of a history page as go-cqhttp and LLBot spell it; seq 0 leaves the sequence out.
func past(id, seq, at int64) string {
	text := fmt.Sprintf(`{"post_type":"message","message_type":"group","group_id":7,"user_id":1,"message_id":%d,"time":%d,"sender":{"user_id":1,"nickname":"A"},"message":"m"`, id, at)
	if seq != 0 {
		text += fmt.Sprintf(`,"message_seq":%d`, seq)
	}
	return text + `}`
}

func pastPage(messages ...string) string { return `{"messages":[` + strings.Join(messages, ",") + `]}` }

// params of a history call.
type historyParams struct {
	MessageID  *int64 `json:"message_id"`
	MessageSeq *int64 `json:"message_seq"`
	Count      int64  `json:"count"`
}

// historyServer answers history calls by f; more than a thousand calls fail the test.
func historyServer(t *testing.T, f func(p historyParams, call int) string) *double {
	t.Helper()
	calls := 0
	return newDouble(func(_ context.Context, req transport.Request) (*transport.Response, error) {
		calls++
		assert.Less(t, calls, 1000, "it goes on for ever")
		var p historyParams
		if err := json.Unmarshal(req.Params, &p); err != nil {
			return nil, err
		}
		text := f(p, calls)
		if text == "" || calls >= 1000 {
			return &transport.Response{Status: "failed", Retcode: 200, Data: []byte("null")}, nil
		}
		return okResponse(text), nil
	})
}

func dialects() []onebot.Dialect {
	return []onebot.Dialect{onebot.Standard, onebot.NapCat, onebot.LLBot, onebot.Lagrange, onebot.GoCQHTTP}
}

// Half of the servers are JavaScript, which reads a larger number as another one.
func TestHistory_hugeSequence(t *testing.T) {
	t.Parallel()
	for _, d := range []onebot.Dialect{onebot.Standard, onebot.LLBot, onebot.GoCQHTTP} {
		server := answers(map[string]string{"get_group_msg_history": pastPage()})
		c := newClient(t, server, onebot.WithDialect(d))
		_, err := c.GetGroupMsgHistory(t.Context(), 7, onebot.HistoryQuery{Before: onebot.MessageRef{Seq: 1<<60 + 1}})
		require.NoError(t, err, d)
		assert.Contains(t, server.lastParams(t), `"message_seq":"11529215046068469`, "%s", d)
	}
}

// Whatever a server answers, the loop ends, yields no message twice, and does not panic.
func TestHistory_hostile(t *testing.T) {
	t.Parallel()
	full := func(from, n int64, seq bool) string {
		var list []string
		for i := range n {
			s := from + i
			if !seq {
				s = 0
			}
			list = append(list, past(from+i, s, 1700000000+from+i))
		}
		return pastPage(list...)
	}
	servers := map[string]func(p historyParams, call int) string{
		"same page for ever":           func(historyParams, int) string { return full(100, 20, true) },
		"same page without sequences":  func(historyParams, int) string { return full(100, 20, false) },
		"same big page":                func(historyParams, int) string { return full(100, 500, true) },
		"two pages in turn":            func(_ historyParams, call int) string { return full(int64(100+call%2*20), 21, false) },
		"newer and newer":              func(_ historyParams, call int) string { return full(int64(100+call*20), 20, true) },
		"newer without sequences":      func(_ historyParams, call int) string { return full(int64(100+call*20), 20, false) },
		"one message, other sequences": func(_ historyParams, call int) string { return pastPage(past(5, int64(5000-call), 1700000000)) },
		"one message, other times":     func(_ historyParams, call int) string { return pastPage(past(5, 0, int64(1700000000-call))) },
		"the same twice in a page": func(_ historyParams, call int) string {
			return pastPage(past(5, 5, 9), past(5, 5, 9), past(4, 4, 8), past(4, 4, 8))
		},
		"in disorder": func(historyParams, int) string {
			return pastPage(past(3, 3, 30), past(9, 9, 90), past(1, 1, 10), past(5, 0, 0))
		},
		"no ids":                  func(historyParams, int) string { return pastPage(`{"message":"x"}`, `{}`, `{"message_id":null}`) },
		"no messages":             func(historyParams, int) string { return pastPage(`null`, `[]`, `7`, `"x"`, `{"message_id":{}}`) },
		"no list":                 func(historyParams, int) string { return `{"messages":{"0":1}}` },
		"null list":               func(historyParams, int) string { return `{"messages":null}` },
		"null":                    func(historyParams, int) string { return `null` },
		"text":                    func(historyParams, int) string { return `"no"` },
		"cut off":                 func(historyParams, int) string { return `{"messages":[` + past(1, 1, 1) },
		"cut off later":           func(_ historyParams, call int) string { return []string{full(100, 20, true), `{"messages":[{`}[call%2] },
		"negative sequences":      func(_ historyParams, call int) string { return pastPage(past(int64(call), -int64(call), 0)) },
		"largest sequences":       func(_ historyParams, call int) string { return pastPage(past(int64(call), 1<<62-int64(call%3), 1<<62)) },
		"failure after the first": func(_ historyParams, call int) string { return []string{"", full(100, 20, true)}[call%2] },
		"sequences come and go":   func(_ historyParams, call int) string { return full(int64(1000-call*7), 20, call%2 == 0) },
	}
	for name, answer := range servers {
		for _, d := range dialects() {
			c := newClient(t, historyServer(t, answer), onebot.WithDialect(d))
			seen := map[onebot.MessageID]bool{}
			failures := 0
			for m, err := range c.History(t.Context(), onebot.GroupChat(7), onebot.HistoryQuery{Limit: 500}) {
				require.Zero(t, failures, "%s on %s: nothing follows an error", name, d)
				if err != nil {
					failures++
					assert.Nil(t, m)
					assert.Equal(t, 1, classes(err), "%s on %s: %v", name, d, err)
					continue
				}
				require.False(t, seen[m.ID], "%s on %s: %s twice", name, d, m.ID)
				seen[m.ID] = true
			}
			_, err := c.GetGroupMsgHistory(t.Context(), 7, onebot.HistoryQuery{})
			if err != nil {
				assert.Equal(t, 1, classes(err), "%s on %s: %v", name, d, err)
			}
		}
	}
}

// Pages in disorder, with repeats and random overlap, still give every message once and in order.
func TestHistory_disorder(t *testing.T) {
	t.Parallel()
	const n = 200
	for _, d := range []onebot.Dialect{onebot.NapCat, onebot.LLBot, onebot.GoCQHTTP, onebot.Lagrange} {
		rnd := rand.New(rand.NewPCG(1, uint64(d))) //nolint:gosec // a test that is the same each time
		seq := func(id int64) int64 { return id }  // the id and the sequence may well be the same
		if d == onebot.Lagrange || d == onebot.NapCat {
			seq = func(int64) int64 { return 0 }
		}
		srv := historyServer(t, func(p historyParams, _ int) string {
			end := int64(n)
			switch {
			case p.MessageSeq != nil:
				end = *p.MessageSeq
			case p.MessageID != nil:
				end = *p.MessageID
			}
			var list []string
			for id := max(end-p.Count+1, 1); id <= min(end+5, n); id++ { // newer ones, too
				m := past(id, seq(id), 1700000000+id)
				list = append(list, m)
				if rnd.IntN(3) == 0 {
					list = append(list, m)
				}
			}
			rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			return pastPage(list...)
		})
		var got []int64
		for m, err := range newClient(t, srv, onebot.WithDialect(d)).History(t.Context(), onebot.GroupChat(7), onebot.HistoryQuery{}) {
			require.NoError(t, err)
			id, _ := m.ID.Int64()
			got = append(got, id)
		}
		require.Len(t, got, n, d.String())
		for i, id := range got {
			require.Equal(t, int64(n-i), id)
		}
	}
}

// An unknown server that does not know where to begin must not be taken for a chat without older messages.
func TestHistory_unknownServer(t *testing.T) {
	t.Parallel()
	collectFrom := func(answer func(p historyParams, call int) string) (n int, d *double, failure error) {
		d = historyServer(t, answer)
		c := newClient(t, d, onebot.WithDialect(onebot.Standard))
		for _, err := range c.History(t.Context(), onebot.GroupChat(7), onebot.HistoryQuery{}) {
			if failure = err; err == nil {
				n++
			}
		}
		return n, d, failure
	}
	list := func(from, to int64) string {
		var messages []string
		for i := from; i <= to; i++ {
			messages = append(messages, past(i, 0, 1700000000+i))
		}
		return pastPage(messages...)
	}
	n, _, err := collectFrom(func(historyParams, int) string { return list(81, 100) })
	assert.Equal(t, 20, n)
	require.ErrorIs(t, err, onebot.ErrUnsupported, "a full page that brings nothing new")
	assert.Equal(t, 1, classes(err))

	n, d, err := collectFrom(func(p historyParams, _ int) string { // as SnowLuma does (dialects 13)
		end := int64(65)
		if p.MessageID != nil {
			end = *p.MessageID
		}
		return list(max(end-p.Count+1, 1), end)
	})
	require.NoError(t, err)
	assert.Equal(t, 65, n)
	assert.Equal(t, `{"group_id":7,"message_id":1,"count":21}`, d.lastParams(t))

	d = historyServer(t, func(historyParams, int) string { return pastPage() })
	c := newClient(t, d, onebot.WithDialect(onebot.Standard))
	_, err = c.GetGroupMsgHistory(t.Context(), 7, onebot.HistoryQuery{Before: onebot.MessageRef{ID: "9", Seq: 3}})
	require.NoError(t, err)
	assert.Equal(t, `{"group_id":7,"message_id":9,"message_seq":3,"count":21}`, d.lastParams(t))
	_, err = c.GetGroupMsgHistory(t.Context(), 7, onebot.HistoryQuery{Before: onebot.MessageRef{Seq: 3}})
	require.NoError(t, err)
	assert.Equal(t, `{"group_id":7,"message_seq":3,"count":20}`, d.lastParams(t))
}

// More messages in one second than a page holds, on a server that pages by time stamp (Lagrange, private chats).
func TestHistory_oneSecond(t *testing.T) {
	t.Parallel()
	const n = 90
	srv := historyServer(t, func(p historyParams, _ int) string {
		var messages []string
		for id := max(n-p.Count+1, 1); id <= n; id++ { // all of them have the time stamp of the start
			messages = append(messages, past(id, 0, 1700000000))
		}
		return pastPage(messages...)
	})
	c := newClient(t, srv, onebot.WithDialect(onebot.Lagrange))
	count := 0
	for _, err := range c.History(t.Context(), onebot.PrivateChat(1), onebot.HistoryQuery{}) {
		require.NoError(t, err)
		count++
	}
	assert.Equal(t, n, count)
}

func TestHistory_recordedPages(t *testing.T) {
	t.Parallel()
	for file, tc := range map[string]struct {
		d    onebot.Dialect
		n    int
		ref  onebot.MessageRef
		text string
	}{
		"testdata/history/napcat-4.18.19-page.json":    {onebot.NapCat, 3, onebot.MessageRef{ID: "1387423785", Seq: 1001}, "hist 0"},
		"testdata/history/go-cqhttp-a5923f1-page.json": {onebot.GoCQHTTP, 19, onebot.MessageRef{ID: "-1204965183", Seq: 1020}, "测试 text & [x]"},
	} {
		data := recordedData(t, file)
		c := newClient(t, historyServer(t, func(historyParams, int) string { return data }), onebot.WithDialect(tc.d))
		got, err := c.GetGroupMsgHistory(t.Context(), 100001, onebot.HistoryQuery{})
		require.NoError(t, err)
		require.Len(t, got, tc.n, file)
		assert.Equal(t, tc.ref, got[0].Ref())
		assert.Equal(t, tc.text, got[0].Message.PlainText())
		assert.Equal(t, onebot.GroupChat(100001), got[0].Chat)
		assert.True(t, got[0].Own)
	}
}

// What goes out for the first page and for an older one (dialects 1.9 and T4).
func TestHistory_params(t *testing.T) {
	t.Parallel()
	before := onebot.HistoryQuery{Before: onebot.MessageRef{ID: "-65536", Seq: 51235}}
	for d, want := range map[onebot.Dialect][2]string{
		onebot.NapCat:   {`{"group_id":7,"count":20}`, `{"group_id":7,"message_seq":-65536,"reverse_order":true,"reverseOrder":true,"count":21}`},
		onebot.LLBot:    {`{"group_id":7,"count":20}`, `{"group_id":7,"message_seq":51234,"count":20}`},
		onebot.GoCQHTTP: {`{"group_id":7,"count":20}`, `{"group_id":7,"message_seq":51234,"count":20}`},
		onebot.Lagrange: {`{"group_id":7,"count":20}`, `{"group_id":7,"message_id":-65536,"count":21}`},
		onebot.Standard: {`{"group_id":7,"count":20}`, `{"group_id":7,"message_id":-65536,"message_seq":51235,"count":21}`},
	} {
		srv := historyServer(t, func(historyParams, int) string { return pastPage(past(5, 5, 5)) })
		c := newClient(t, srv, onebot.WithDialect(d))
		for i, q := range []onebot.HistoryQuery{{}, before} {
			_, err := c.GetGroupMsgHistory(t.Context(), 7, q)
			require.NoError(t, err)
			assert.Equal(t, want[i], srv.lastParams(t), d.String())
		}
	}
}

// Whatever is on a page, the decoder and the loop end, and no message comes twice.
func FuzzHistoryPage(f *testing.F) {
	f.Add([]byte(recordedData(f, "testdata/history/napcat-4.18.19-page.json")), []byte(pastPage(past(1, 1, 1), past(0, 0, 0))), uint8(4))
	f.Add([]byte(pastPage(past(5, 5, 5), `{"message_id":5}`, `{}`)), []byte(`{"messages":null}`), uint8(3))
	f.Add([]byte(`{"messages":[{"message_id":"x","time":-1,"real_seq":"9"}],"messages":[]}`), []byte(`{"messages":[`), uint8(1))
	f.Fuzz(func(t *testing.T, first, second []byte, dialect uint8) {
		calls := 0
		d := newDouble(func(context.Context, transport.Request) (*transport.Response, error) {
			calls++
			switch {
			case calls > 1000:
				return nil, transport.ErrNotSent
			case calls%2 == 1:
				return okResponse(string(first)), nil
			}
			return okResponse(string(second)), nil
		})
		c := newClient(t, d, onebot.WithDialect(onebot.Dialect(dialect%5)))
		seen := map[onebot.MessageID]bool{}
		for m, err := range c.History(t.Context(), onebot.GroupChat(7), onebot.HistoryQuery{Count: 3}) {
			if err != nil {
				require.Equal(t, 1, classes(err), "%v", err)
				break
			}
			require.False(t, seen[m.ID])
			seen[m.ID] = true
		}
		require.Less(t, calls, 2*len(seen)+20)
	})
}
