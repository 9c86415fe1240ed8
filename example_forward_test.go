package onebot_test

import (
	"context"
	"fmt"
	"log"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// demo runs f with a client of a fake Lagrange.OneBot.
func demo(f func(ctx context.Context, server *onebottest.Server, client *onebot.Client) error) {
	server, err := onebottest.Start(onebottest.Lagrange)
	if err != nil {
		log.Print(err)
		return
	}
	defer func() { _ = server.Close() }()
	ctx := context.Background()
	client, err := onebot.Dial(ctx, server.URL())
	if err != nil {
		log.Print(err)
		return
	}
	defer func() { _ = client.Close() }()
	if err := f(ctx, server, client); err != nil {
		log.Print(err)
	}
}

// A forward with a forward inside. Lagrange has to be given the inner one first, which nobody notices.
func ExampleClient_SendForwardMsg() {
	demo(func(ctx context.Context, _ *onebottest.Server, client *onebot.Client) error {
		inner := onebot.NewForward(
			onebot.CustomNode(10001, "Romeo", onebot.Text("What shall I swear by?")),
			onebot.CustomNode(10002, "Juliet", onebot.Text("Do not swear at all.")),
		)
		receipt, err := client.SendForwardMsg(ctx, onebot.GroupChat(100001), onebot.NewForward(
			onebot.CustomNode(10003, "Chorus", onebot.Text("Two households")),
			onebot.NestedNode(10003, "Chorus", inner),
		))
		if err != nil {
			return err
		}
		back, err := client.ReadForward(ctx, onebot.ForwardRef(receipt.ForwardID), 2)
		if err != nil {
			return err
		}
		fmt.Println(back)
		return nil
	})
	// Output:
	// Chorus: Two households
	// Chorus: [forward]
	//   Romeo: What shall I swear by?
	//   Juliet: Do not swear at all.
}

// The newest three messages of a group, newest first.
func ExampleClient_History() {
	demo(func(ctx context.Context, server *onebottest.Server, client *onebot.Client) error {
		server.Seed(100001, 50)
		for m, err := range client.History(ctx, onebot.GroupChat(100001), onebot.HistoryQuery{Limit: 3}) {
			if err != nil {
				return err
			}
			fmt.Println(m.Message)
		}
		return nil
	})
	// Output:
	// message 50
	// message 49
	// message 48
}

// The last messages of a group, oldest first, made into one forward.
func ExampleMessageEvent_Node() {
	demo(func(ctx context.Context, server *onebottest.Server, client *onebot.Client) error {
		server.Seed(100001, 50)
		last, err := client.Recent(ctx, onebot.GroupChat(100001), 2)
		if err != nil {
			return err
		}
		digest := onebot.NewForward()
		for _, m := range last {
			digest.Nodes = append(digest.Nodes, m.Node())
		}
		fmt.Println(digest)
		_, err = client.SendPrivateForwardMsg(ctx, 10001, digest)
		return err
	})
	// Output:
	// bot: message 49
	// 群主名片: message 50
}
