package onebottest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/onebot-go/onebot/onebottest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// texts gives the CQ texts of a page, and fails the test unless the answer is ok.
func texts(t *testing.T, frame string) []string {
	t.Helper()
	var r struct {
		Status string `json:"status"`
		Data   struct {
			Messages []struct {
				Message []struct {
					Data struct {
						Text string `json:"text"`
					} `json:"data"`
				} `json:"message"`
			} `json:"messages"`
		} `json:"data"`
	}
	require.NoError(t, json.Unmarshal([]byte(frame), &r))
	require.Equal(t, "ok", r.Status, frame)
	list := []string{}
	for _, m := range r.Data.Messages {
		list = append(list, m.Message[0].Data.Text)
	}
	return list
}

// names gives "message from" to "message to".
func names(from, to int) []string {
	list := []string{}
	for i := from; i <= to; i++ {
		list = append(list, fmt.Sprintf("message %d", i))
	}
	return list
}

// TestHistory_windows: dialects 1.9, thirty messages, the start being message 15 (its id, or its real sequence 1015).
func TestHistory_windows(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		persona onebottest.Persona
		params  string // %d is the id of message 15
		want    []string
	}{
		{"newest", onebottest.NapCat, `{"group_id":100001}`, names(11, 30)},
		{"count string", onebottest.NapCat, `{"group_id":"100001","count":"2"}`, names(29, 30)},
		{"newer by default", onebottest.NapCat, `{"group_id":100001,"message_seq":%d,"count":3}`, names(15, 17)},
		{"reverse_order", onebottest.NapCat, `{"group_id":100001,"message_seq":%d,"count":3,"reverse_order":true}`, names(13, 15)},
		{"reverseOrder", onebottest.NapCat, `{"group_id":100001,"message_seq":"%d","count":3,"reverseOrder":true}`, names(13, 15)},
		{"no effect without a start", onebottest.NapCat, `{"group_id":100001,"count":3,"reverse_order":true}`, names(28, 30)},
		{"reverse is ignored", onebottest.NapCat, `{"group_id":100001,"message_seq":%d,"count":3,"reverse":true}`, names(15, 17)},
		{"start 0", onebottest.NapCat, `{"group_id":100001,"message_seq":0,"count":1}`, names(30, 30)},

		{"newest", onebottest.GoCQHTTP, `{"group_id":100001}`, names(11, 30)},
		{"count is ignored", onebottest.GoCQHTTP, `{"group_id":100001,"count":3}`, names(11, 30)},
		{"twenty sequences", onebottest.GoCQHTTP, `{"group_id":100001,"message_seq":1025}`, names(6, 25)},
		{"the beginning", onebottest.GoCQHTTP, `{"group_id":100001,"message_seq":"1003"}`, names(1, 3)},
		{"before the beginning", onebottest.GoCQHTTP, `{"group_id":100001,"message_seq":-5}`, []string{}},

		{"newest", onebottest.LLBot, `{"group_id":100001}`, names(11, 30)},
		{"older", onebottest.LLBot, `{"group_id":100001,"message_seq":1015,"count":3}`, names(13, 15)},
		{"count 0", onebottest.LLBot, `{"group_id":100001,"count":0}`, []string{}},
		{"reverse_order is ignored", onebottest.LLBot, `{"group_id":100001,"message_seq":1015,"count":2,"reverse_order":true}`, names(14, 15)},
		{
			"reverseOrder flips", onebottest.LLBot, `{"group_id":100001,"message_seq":"1015","count":2,"reverseOrder":true}`,
			[]string{"message 15", "message 14"},
		},
		{"a future start", onebottest.LLBot, `{"group_id":100001,"message_seq":99999,"count":1}`, names(30, 30)},
		{"null is absent", onebottest.LLBot, `{"group_id":100001,"message_seq":null,"count":1}`, names(30, 30)},

		{"newest", onebottest.Lagrange, `{"group_id":100001}`, names(11, 30)},
		{"older", onebottest.Lagrange, `{"group_id":100001,"message_id":%d,"count":3}`, names(13, 15)},
		{"older, id as string", onebottest.Lagrange, `{"group_id":"100001","message_id":"%d","count":3}`, names(13, 15)},
		{"message_seq is ignored", onebottest.Lagrange, `{"group_id":100001,"message_seq":1015,"count":1}`, names(30, 30)},
	}
	for _, tt := range tests {
		t.Run(tt.persona.String()+"/"+tt.name, func(t *testing.T) {
			t.Parallel()
			srv := onebottest.NewServer(t, tt.persona)
			ids := srv.Seed(onebottest.Group1, 30)
			w := dial(t, srv, "/api", nil)
			params := tt.params
			if strings.Contains(params, "%d") {
				params = fmt.Sprintf(params, ids[14])
			}
			assert.Equal(t, tt.want, texts(t, w.call("get_group_msg_history", params)))
		})
	}
}

// TestHistory_failures: dialects 1.8, 1.9, 5.3.
func TestHistory_failures(t *testing.T) {
	t.Parallel()
	tests := []struct {
		persona        onebottest.Persona
		action, params string
		want           string
	}{
		{onebottest.NapCat, "get_group_msg_history", `{"group_id":100002}`, `"retcode":1200,"data":null,"message":"消息undefined不存在"`},
		{onebottest.NapCat, "get_group_msg_history", `{"group_id":100001,"message_seq":12}`, `"retcode":1200`},
		{onebottest.NapCat, "get_group_msg_history", `{"group_id":100001,"message_seq":null}`, `"retcode":1400`},
		{onebottest.NapCat, "get_friend_msg_history", `{"user_id":888888888}`, `"retcode":1200`},
		{onebottest.GoCQHTTP, "get_friend_msg_history", `{"user_id":10001}`, `"msg":"API_NOT_FOUND","retcode":404`},
		{onebottest.GoCQHTTP, "get_group_msg_history", `{"group_id":5}`, `"msg":"GROUP_NOT_FOUND","retcode":100`},
		{onebottest.GoCQHTTP, "get_group_msg_history", `{"group_id":100002}`, `{"data":{"messages":[]}`},
		{onebottest.LLBot, "get_group_msg_history", `{}`, `"retcode":1400,"data":null,"message":"$.group_id missing required value"`},
		{onebottest.LLBot, "get_group_msg_history", `{"group_id":5}`, `"retcode":1200`},
		{onebottest.LLBot, "get_friend_msg_history", `{"user_id":10002}`, `"data":{"messages":[]}`},
		{onebottest.Lagrange, "get_group_msg_history", `{"group_id":100002}`, `{"status":"failed","retcode":200,"data":null,"echo":"e"}`},
		{onebottest.Lagrange, "get_group_msg_history", `{"group_id":100001,"message_id":5}`, `"retcode":200`},
		{onebottest.Lagrange, "get_group_msg_history", `{"group_id":100001,"count":5000}`, `"retcode":200`},
		{onebottest.Lagrange, "get_friend_msg_history", `{"user_id":10002}`, `"retcode":200`},
		{onebottest.Standard, "get_group_msg_history", `{"group_id":100001}`, `"retcode":1404`},
		{onebottest.Standard, "get_friend_msg_history", `{"user_id":10001}`, `"retcode":1404`},
	}
	for _, tt := range tests {
		srv := onebottest.NewServer(t, tt.persona)
		srv.Seed(onebottest.Group1, 3)
		w := dial(t, srv, "/api", nil)
		assert.Contains(t, w.call(tt.action, tt.params), tt.want, "%s %s %s", tt.persona, tt.action, tt.params)
	}
}

// TestHistory_friends: both sides of a private chat. Lagrange starts from what the friend said last (dialects 1.9).
func TestHistory_friends(t *testing.T) {
	t.Parallel()
	for p, want := range map[onebottest.Persona][]string{
		onebottest.NapCat: names(2, 4), onebottest.LLBot: names(2, 4), onebottest.Lagrange: names(1, 3),
	} {
		srv := onebottest.NewServer(t, p)
		srv.SeedPrivate(onebottest.Friend1, 4)
		w := dial(t, srv, "/api", nil)
		assert.Equal(t, want, texts(t, w.call("get_friend_msg_history", `{"user_id":10001,"count":3}`)), p.String())
	}
}

// TestHistory_holes: a withdrawn message leaves a hole, which LLBot fills from further back (dialects 1.9).
func TestHistory_holes(t *testing.T) {
	t.Parallel()
	for p, want := range map[onebottest.Persona][]string{
		onebottest.NapCat:   {"message 2", "message 4"},
		onebottest.LLBot:    {"message 2", "message 4"},
		onebottest.Lagrange: {"message 4"},
	} {
		srv := onebottest.NewServer(t, p)
		ids := srv.Seed(onebottest.Group1, 4)
		srv.Recall(ids[2])
		w := dial(t, srv, "/api", nil)
		assert.Equal(t, want, texts(t, w.call("get_group_msg_history", `{"group_id":100001,"count":2}`)), p.String())
	}
}

// TestHistory_napcatForgets: all ids are lost at a restart, and all but the 5000 newest (dialects T5); reading history makes ids
// known again.
func TestHistory_napcatForgets(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat)
	ids := srv.Seed(onebottest.Group1, 5003)
	w := dial(t, srv, "/api", nil)
	first := fmt.Sprintf(`{"message_id":%d}`, ids[0])
	last := fmt.Sprintf(`{"message_id":%d}`, ids[5002])
	assert.Contains(t, w.call("get_msg", first), `"status":"failed"`)
	assert.Contains(t, w.call("get_msg", last), `"status":"ok"`)
	srv.ForgetIDs()
	assert.Contains(t, w.call("get_msg", last), `"status":"failed"`)
	w.call("get_group_msg_history", `{"group_id":100001,"count":1}`)
	assert.Contains(t, w.call("get_msg", last), `"status":"ok"`)
}

// TestSeed_afterOthers: what is seeded last is not older than what was said before, or the newest message of Lagrange's database
// would not be the newest in time.
func TestSeed_afterOthers(t *testing.T) {
	t.Parallel()
	for _, p := range onebottest.Personas() {
		srv := onebottest.NewServer(t, p)
		w := dial(t, srv, "/api", nil)
		ids := [][]int64{{srv.Say(onebottest.Group1, onebottest.Friend1, "one")}, {srv.SayPrivate(onebottest.Friend1, "one")}}
		ids[0] = append(ids[0], srv.Seed(onebottest.Group1, 5)...)
		ids[1] = append(ids[1], srv.SeedPrivate(onebottest.Friend1, 5)...)
		for _, chat := range ids {
			before := 0.0
			for _, id := range chat {
				m, ok := w.data("get_msg", fmt.Sprintf(`{"message_id":%d}`, id)).(map[string]any)
				require.True(t, ok)
				at, ok := m["time"].(float64)
				require.True(t, ok)
				assert.GreaterOrEqual(t, at, before, p.String())
				before = at
			}
		}
	}
}
