package onebottest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/gorilla/websocket"
	"github.com/onebot-go/onebot/onebottest"
)

// A test of a bot: somebody speaks, the bot answers, the test looks at what was sent. The bot here is three lines of a bare
// WebSocket; a real one dials srv.URL().
func Example() {
	srv, err := onebottest.Start(onebottest.NapCat)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = srv.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()

	bot, resp, err := websocket.DefaultDialer.DialContext(ctx, srv.URL(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = bot.Close() }()
	_ = resp.Body.Close()
	_ = bot.WriteMessage(websocket.TextMessage,
		[]byte(`{"action":"send_group_msg","params":{"group_id":100001,"message":"[CQ:at,qq=10001] pong"}}`))

	sent, err := srv.NextSent(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sent.Group, sent.CQ)
	// Output: 100001 [CQ:at,qq=10001] pong
}
