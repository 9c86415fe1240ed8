package onebot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
)

// errLost is what a send ends with whose connection broke.
var errLost = wrap(onebot.ErrOutcomeUnknown, onebot.ErrNotConnected)

// losing makes a double that loses every send and answers everything else from data, failed/1404 what is not there.
func losing(data map[string]string) *double {
	others := answers(data)
	return newDouble(func(ctx context.Context, req transport.Request) (*transport.Response, error) {
		switch req.Action {
		case "send_msg", "send_group_msg", "send_private_msg":
			return nil, errLost
		}
		return others.answer(ctx, req)
	})
}

// ownMessage is an event that reports what the account 10000 wrote; to is the rest of its fields.
func ownMessage(id, message, to string) string {
	return fmt.Sprintf(`{"post_type":"message_sent","time":1795295920,"self_id":10000,"user_id":10000,"message_id":%q,"sender":{"user_id":10000},"message":%s,%s}`,
		id, message, to)
}

// A message that the account reports is taken for the one that was sent if both come to the same, however the server spells it.
func TestWithOutcomeCheck_sameMessage(t *testing.T) {
	t.Parallel()
	const inGroup = `"message_type":"group","group_id":20001`
	seg := func(kind, data string) string { return `{"type":"` + kind + `","data":{` + data + `}}` }
	text := func(s string) string { return seg("text", `"text":"`+s+`"`) }
	image := seg("image", `"file":"a.png"`)
	for _, tt := range []struct {
		name       string
		sent, came string
		same       bool
	}{
		{"text", text("hi"), text("hi"), true},
		{"another text", text("hi"), text("hello"), false},
		{"text and more", text("hi"), text("hi") + "," + image, false},
		{"white space", text("  hi \\n you "), text("hi you"), true},
		{"nothing but white space", text(" ") + "," + image, image, true},
		{"a quote", seg("reply", `"id":"7"`) + "," + text("hi"), text("hi"), true},
		{"text cut in two", text("a") + "," + text("b"), text("ab"), true},
		{"order", text("a") + "," + seg("at", `"qq":"1"`), seg("at", `"qq":"1"`) + "," + text("a"), false},
		{"image before text", image + "," + text("a"), text("a") + "," + image, false},
		{"somebody else", seg("at", `"qq":"1"`), seg("at", `"qq":"2"`), false},
		{"all of them", seg("at", `"qq":"all"`), seg("at", `"qq":"all"`), true},
		{"all and one", seg("at", `"qq":"all"`), seg("at", `"qq":"1"`), false},
		{"all and nobody", seg("at", `"qq":"all"`) + "," + text("a"), text("a"), false},
		{"one and nobody", seg("at", `"qq":"1"`) + "," + text("a"), text("a"), false},
		{"image and nothing", text("a") + "," + image, text("a"), false},
		{"another image", image, seg("image", `"file":"b.png"`), true},
		{"record for image", image, seg("record", `"file":"a.amr"`), false},
		{"face", seg("face", `"id":"14"`), seg("face", `"id":14`), true},
		{"another face", seg("face", `"id":"14"`), seg("face", `"id":"15"`), false},
		{"dice as a face", seg("dice", ``), seg("face", `"id":"358"`), true},
		{"rps as a face", seg("rps", ``), seg("face", `"id":"359"`), true},
		{"dice and rps", seg("dice", ``), seg("face", `"id":"359"`), false},
		{"rps and dice", seg("rps", ``), seg("face", `"id":"358"`), false},
		{"mface as an image", seg("mface", `"emoji_id":"1"`), image, true},
		{"marketface as an image", seg("marketface", `"face_id":"1"`), image, true},
		{"flash as an image", seg("flash", `"file":"a.png"`), image, true},
		{"music as json", seg("music", `"type":"qq","id":"1"`), seg("json", `"data":"{}"`), true},
		{"share as json", seg("share", `"url":"http://a"`), seg("json", `"data":"{}"`), true},
		{"location as json", seg("location", `"lat":"1","lon":"2"`), seg("json", `"data":"{}"`), true},
		{"contact as json", seg("contact", `"type":"qq","id":"1"`), seg("json", `"data":"{}"`), true},
		{"xml as json", seg("xml", `"data":"<a/>"`), seg("json", `"data":"{}"`), true},
		{"miniapp as json", seg("miniapp", `"data":"{}"`), seg("json", `"data":"{}"`), true},
		{"card for image", seg("json", `"data":"{}"`), image, false},
		{"node as a forward", seg("node", `"content":"a"`), seg("forward", `"id":"1"`), true},
		{"forward for card", seg("forward", `"id":"1"`), seg("json", `"data":"{}"`), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := losing(nil)
			bubble(t, d, func(t *testing.T, c *onebot.Client) {
				time.AfterFunc(time.Second/2, func() { d.push(ownMessage("77", "["+tt.came+"]", inGroup)) })
				resp, err := c.Call(t.Context(), "send_group_msg", json.RawMessage(`{"group_id":20001,"message":[`+tt.sent+`]}`))
				if !tt.same {
					require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
					return
				}
				require.NoError(t, err)
				assert.Equal(t, "ok", resp.Status)
				assert.JSONEq(t, `{"message_id":77}`, string(resp.Data))
			}, onebot.WithOutcomeCheck(time.Second))
		})
	}
}

// What others wrote, or the account elsewhere, is not the message, whatever it says.
func TestWithOutcomeCheck_whoseAndWhere(t *testing.T) {
	t.Parallel()
	const hi = `[{"type":"text","data":{"text":"hi [CQ:face,id=1]"}}]`
	const group, private = `"message_type":"group","group_id":20001`, `"message_type":"private","target_id":10001`
	for _, tt := range []struct {
		name, action, params, event string
		found                       bool
	}{
		{"the group", "send_group_msg", `{"group_id":20001,"message":` + hi + `}`, ownMessage("7", hi, group), true},
		{"another group", "send_group_msg", `{"group_id":20002,"message":` + hi + `}`, ownMessage("7", hi, group), false},
		{"private, not the group", "send_private_msg", `{"user_id":10001,"message":` + hi + `}`, ownMessage("7", hi, group), false},
		{"private", "send_private_msg", `{"user_id":10001,"message":` + hi + `}`, ownMessage("7", hi, private), true},
		{"by a user alone", "send_msg", `{"user_id":10001,"message":` + hi + `}`, ownMessage("7", hi, private), true},
		{"by a group alone", "send_msg", `{"group_id":20001,"message":` + hi + `}`, ownMessage("7", hi, group), true},
		{
			"by kind, both ids", "send_msg", `{"message_type":"group","group_id":20001,"user_id":10001,"message":` + hi + `}`,
			ownMessage("7", hi, group), true,
		},
		{"somebody else", "send_group_msg", `{"group_id":20001,"message":"hi"}`, groupText(20001, 10001, 7, "hi"), false},
		{
			"plain text", "send_group_msg", `{"group_id":20001,"message":"hi [CQ:face,id=1]","auto_escape":true}`,
			ownMessage("7", hi, group), true,
		},
		{"a code is no plain text", "send_group_msg", `{"group_id":20001,"message":"hi [CQ:face,id=1]"}`, ownMessage("7", hi, group), false},
		{"another action", "send_like", `{"group_id":20001,"message":` + hi + `}`, ownMessage("7", hi, group), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := losing(nil)
			bubble(t, d, func(t *testing.T, c *onebot.Client) {
				time.AfterFunc(time.Second/2, func() { d.push(tt.event) })
				_, err := c.Call(t.Context(), tt.action, json.RawMessage(tt.params))
				assert.Equal(t, tt.found, err == nil, "%v", err)
			}, onebot.WithOutcomeCheck(time.Second))
		})
	}
}
