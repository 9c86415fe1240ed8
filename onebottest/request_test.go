package onebottest_test

import (
	"context"
	"testing"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRequest_answered: a request that was pushed can be answered by its flag, and the answers are recorded.
func TestRequest_answered(t *testing.T) {
	t.Parallel()
	for _, p := range onebottest.Personas() {
		srv := onebottest.NewServer(t, p)
		w := dial(t, srv, "/", nil)
		w.next()
		assert.True(t, srv.PushNotice(onebottest.FriendRequest{User: 55, Flag: "a"}))
		assert.True(t, srv.PushNotice(&onebottest.GroupRequest{Group: onebottest.Group1, User: 55, Flag: "b"}))
		assert.True(t, srv.PushNotice(onebottest.GroupRequest{Group: 7, User: onebottest.Friend1, Flag: "c", Invite: true}))
		friend := w.call("set_friend_add_request", `{"flag":"a","approve":true,"remark":"r"}`)
		assert.Contains(t, friend, `"status":"ok"`, p.String())
		// NapCat's handler of friends returns nothing, so that its answer has no data at all (dialects 5.1).
		_, given := fields(t, friend)["data"]
		assert.Equal(t, p != onebottest.NapCat, given, p.String())
		assert.Nil(t, w.data("set_group_add_request", `{"flag":"b","sub_type":"add","approve":false,"reason":"no"}`), p.String())
		assert.Nil(t, w.data("set_group_add_request", `{"flag":"c","sub_type":"invite","approve":true}`), p.String())

		calls := srv.CallsOf("set_group_add_request")
		assert.Len(t, calls, 2)
		assert.JSONEq(t, `{"flag":"b","sub_type":"add","approve":false,"reason":"no"}`, string(calls[0].Params))
	}
}

// TestRequest_unknown: a flag that was not pushed, or that names a request of the other kind.
func TestRequest_unknown(t *testing.T) {
	t.Parallel()
	for p, want := range map[onebottest.Persona]string{
		onebottest.Standard: `"status":"failed","retcode":100,"data":null`,
		onebottest.NapCat:   `"retcode":1200,"data":null,"message":"No such request"`,
		onebottest.LLBot:    `"retcode":1200,"data":null,"message":"flag 不存在"`,
		onebottest.Lagrange: `"status":"failed","retcode":1,"data":null`,
		onebottest.GoCQHTTP: `"message":"FLAG不存在","msg":"FLAG_NOT_FOUND","retcode":100`,
	} {
		srv := onebottest.NewServer(t, p)
		w := dial(t, srv, "/", nil)
		w.next()
		srv.PushNotice(onebottest.FriendRequest{User: 55, Flag: "a"})
		for _, flag := range []string{"a", "nope"} {
			assert.Contains(t, w.call("set_group_add_request", `{"flag":"`+flag+`","sub_type":"add","approve":true}`), want, p.String())
		}
		assert.Contains(t, w.call("set_friend_add_request", `{"flag":"nope","approve":true}`), want, p.String())
	}
}

// TestRequest_gocq: go-cqhttp looks for the flag among the requests of the sub_type, and answers each once.
func TestRequest_gocq(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.GoCQHTTP)
	w := dial(t, srv, "/", nil)
	w.next()
	ask := onebottest.GroupRequest{Group: onebottest.Group1, User: 55, Flag: "b"}
	srv.PushNotice(ask)
	assert.Contains(t, w.call("set_group_add_request", `{"flag":"b","approve":true}`), `"msg":"FLAG_NOT_FOUND"`)
	assert.Contains(t, w.call("set_group_add_request", `{"flag":"b","type":"add","approve":true}`), `"status":"ok"`)
	assert.Contains(t, w.call("set_group_add_request", `{"flag":"b","sub_type":"add"}`),
		`"message":"消息已被处理","msg":"FLAG_HAS_BEEN_CHECKED","retcode":100`)
	srv.PushNotice(ask) // a new request under the same flag
	assert.Contains(t, w.call("set_group_add_request", `{"flag":"b","sub_type":"add"}`), `"status":"ok"`)
}

// TestRequest_params: NapCat and LLBot want a flag, LLBot no number.
func TestRequest_params(t *testing.T) {
	t.Parallel()
	for _, p := range []onebottest.Persona{onebottest.NapCat, onebottest.LLBot} {
		w := dial(t, onebottest.NewServer(t, p), "/api", nil)
		assert.Contains(t, w.call("set_group_add_request", `{"approve":true}`), `"retcode":1400`, p.String())
		assert.Contains(t, w.call("set_group_ban", `{"group_id":100001}`), `"retcode":1400`, p.String())
	}
	w := dial(t, onebottest.NewServer(t, onebottest.LLBot), "/api", nil)
	assert.Contains(t, w.call("set_friend_add_request", `{"flag":5}`), `"retcode":1400`)
}

// TestRequest_approve: what the client itself answers to a request is taken.
func TestRequest_approve(t *testing.T) {
	t.Parallel()
	for _, p := range onebottest.Personas() {
		srv := onebottest.NewServer(t, p)
		c, err := onebot.Dial(t.Context(), srv.URL())
		require.NoError(t, err)
		answers := make(chan error, 2)
		onebot.On(c, func(ctx context.Context, e *onebot.GroupRequestEvent) error {
			answers <- e.Approve(ctx)
			return nil
		})
		onebot.On(c, func(ctx context.Context, e *onebot.FriendRequestEvent) error {
			answers <- e.Approve(ctx, "")
			return nil
		})
		ran := make(chan error, 1)
		go func() { ran <- c.Run(t.Context()) }()
		require.NoError(t, srv.WaitOpen(t.Context(), 1))
		srv.PushNotice(onebottest.GroupRequest{Group: onebottest.Group1, User: 55, Flag: "f"})
		srv.PushNotice(onebottest.FriendRequest{User: 55, Flag: "f"})
		require.NoError(t, <-answers, p.String())
		require.NoError(t, <-answers, p.String())
		require.NoError(t, c.Close())
		require.NoError(t, <-ran)
	}
}
