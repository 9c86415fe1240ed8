package httpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/onebot-go/onebot/transport"
)

func TestReceiver_repeatedPost(t *testing.T) {
	t.Parallel()
	delivered := 0
	inBubble(t, func(f transport.Frame) {
		delivered++
		f.Done(nil)
	}, func(b bubble) {
		for _, step := range []struct {
			self, body string
			after      time.Duration
			want       int
		}{
			{self: "10000", body: `{"n":1}`, want: 1},
			{self: "10000", body: `{"n":1}`, after: 1500 * time.Millisecond, want: 1},
			{self: "10001", body: `{"n":1}`, want: 2},
			{self: "10000", body: `{"n":2}`, want: 3},
			{self: "10000", body: `{"n":1}`, after: 58 * time.Second, want: 3},
			{self: "10000", body: `{"n":1}`, after: time.Second, want: 4},
		} {
			<-time.After(step.after)
			assert.Equal(b, http.StatusNoContent, serveLocally(b.rc, step.self, step.body).Code)
			assert.Equal(b, step.want, delivered)
		}
		for n := range 10_000 {
			serveLocally(b.rc, "10000", fmt.Sprintf(`{"many":%d}`, n))
		}
		assert.Equal(b, 10_004, delivered)
		serveLocally(b.rc, "10000", `{"many":0}`)
		assert.Equal(b, 10_005, delivered, "only the newest 4096 are remembered")
		serveLocally(b.rc, "10000", `{"many":9999}`)
		assert.Equal(b, 10_005, delivered)
	})
}

// dialects.md 6.3 and 15.2: go-cqhttp alone posts an event again, and NapCat sends no User-Agent.
func TestReceiver_equalBodies(t *testing.T) {
	t.Parallel()
	const (
		poke     = `{"time":1795295930,"self_id":10000,"post_type":"notice","notice_type":"notify","sub_type":"poke","target_id":10000,"user_id":10001,"group_id":100001}`
		reaction = `{"time":1795295930,"self_id":10000,"post_type":"notice","notice_type":"group_msg_emoji_like","group_id":100001,"user_id":10001,"message_id":7,"likes":[{"emoji_id":"66","count":1}],"is_add":true}`
		request  = `{"time":1795295930,"self_id":10000,"post_type":"request","request_type":"friend","user_id":10001,"comment":"","flag":"a"}`
		message  = `{"time":1795295930,"self_id":10000,"post_type":"%s","message_type":"private","sub_type":"friend","user_id":10001,"message_id":%s,"raw_message":"a","message":"a"}`
	)
	for _, tt := range []struct {
		name, agent, body string
		want              int
	}{
		{"two pokes", "", poke, 2},
		{"two pokes of LLBot", "LLOneBot/8.1.7", poke, 2},
		{"two pokes of onebots", "OneBot/11", poke, 2},
		{"a reaction given twice", "", reaction, 2},
		{"request", "", request, 2},
		{"agent that only contains the name", "x CQHttp/4.15.0", poke, 2},
		{"notice of go-cqhttp", goCQHTTP, poke, 1},
		{"request of go-cqhttp", goCQHTTP, request, 1},
		{"message of go-cqhttp", goCQHTTP, fmt.Sprintf(message, "message", "-7"), 1},
		{"message", "", fmt.Sprintf(message, "message", "7"), 1},
		{"own message", "", fmt.Sprintf(message, "message_sent", "7"), 1},
		{"message with a text as id", "", fmt.Sprintf(message, "message", `"7"`), 1},
		{"message without an id", "", `{"post_type":"message","user_id":10001,"message":[{"type":"reply","data":{"message_id":7}}]}`, 2},
		{"message with id null", "", fmt.Sprintf(message, "message", "null"), 2},
		{"message with id 0", "", fmt.Sprintf(message, "message", "0"), 2},
		{"message with an empty id", "", fmt.Sprintf(message, "message", `""`), 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			delivered := 0
			inBubble(t, func(f transport.Frame) {
				delivered++
				f.Done(nil)
			}, func(b bubble) {
				for range 2 {
					rec := httptest.NewRecorder()
					r := newPost(tt.body)
					r.Header = http.Header{"Content-Type": {"application/json"}, "X-Self-Id": {"10000"}}
					if tt.agent != "" {
						r.Header.Set("User-Agent", tt.agent)
					}
					b.rc.ServeHTTP(rec, r)
					assert.Equal(b, http.StatusNoContent, rec.Code)
				}
				assert.Equal(b, tt.want, delivered)
			})
		})
	}
}
