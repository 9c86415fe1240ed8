package onebot_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"time"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// fake starts a fake NapCat and a client of it, for the examples.
func fake(opts ...onebot.Option) (*onebottest.Server, *onebot.Client, func()) {
	server, err := onebottest.Start(onebottest.NapCat)
	if err != nil {
		log.Fatal(err)
	}
	opts = append(opts, onebot.WithLogger(slog.New(slog.DiscardHandler)),
		onebot.WithReconnect(onebot.Backoff{Min: 10 * time.Millisecond, Max: 20 * time.Millisecond}))
	client, err := onebot.Dial(context.Background(), server.URL(), opts...)
	if err != nil {
		log.Fatal(err)
	}
	return server, client, func() {
		if err := client.Close(); err != nil {
			log.Fatal(err)
		}
		if err := server.Close(); err != nil {
			log.Fatal(err)
		}
	}
}

func ExampleWithCatchUp() {
	server, client, end := fake(onebot.WithCatchUp(onebot.CatchUp{Chats: 50, Messages: 100}))
	defer end()
	heard := make(chan struct{})
	client.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error {
		fmt.Println(m.Message.PlainText(), m.CaughtUp)
		heard <- struct{}{}
		return nil
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { _ = client.Run(ctx) }()

	server.Say(onebottest.Group1, onebottest.Friend1, "before")
	<-heard
	server.Fault(onebottest.RefuseConn(503).Times(20))
	server.DropAll()
	server.Say(onebottest.Group1, onebottest.Friend1, "while nobody was connected")
	<-heard
	// Output:
	// before false
	// while nobody was connected true
}

func ExampleWithOutcomeCheck() {
	server, client, end := fake(onebot.WithOutcomeCheck(2 * time.Second))
	defer end()
	server.Fault(onebottest.DropBeforeReply()) // it goes out, and the answer is lost with the connection
	id, err := client.SendGroupMsg(context.Background(), onebot.GroupID(onebottest.Group1), onebot.Text("hi"))
	fmt.Println(id == onebot.NewMessageID(server.Sent()[0].MessageID), err)
	// Output:
	// true <nil>
}

func ExampleRetryReads() {
	server, client, end := fake(onebot.WithInterceptor(onebot.RetryReads(3, onebot.Backoff{Min: time.Millisecond, Max: time.Second, Jitter: 1})))
	defer end()
	server.Fault(onebottest.DropBeforeReply().Times(2))
	self, err := client.Self(context.Background())
	fmt.Println(self, err)
	// Output:
	// 10000 <nil>
}

func ExampleRetryUnsent() {
	server, client, end := fake(
		onebot.WithInterceptor(onebot.RetryUnsent(2, onebot.Backoff{Min: time.Millisecond, Max: time.Second, Jitter: 1})),
		onebot.WithOutcomeCheck(10*time.Second),
	)
	defer end()
	server.Fault(onebottest.DropBeforeReply()) // it goes out, which the check finds out, so that it is not repeated
	_, err := client.SendGroupMsg(context.Background(), onebot.GroupID(onebottest.Group1), onebot.Text("once"))
	fmt.Println(len(server.Sent()), err)
	// Output:
	// 1 <nil>
}
