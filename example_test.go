package onebot_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// A bot that answers. The server is a fake one here; a real one is given to Dial by its address.
func Example() {
	server, client, end := fake()
	defer end()
	client.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
		return m.ReplyText(ctx, "pong")
	}, onebot.Command("ping"))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	go func() { _ = client.Run(ctx) }()

	server.Say(onebottest.Group1, onebottest.Friend1, "ping")
	sent, err := server.NextSent(ctx)
	fmt.Println(sent.Group, strings.HasSuffix(sent.CQ, "pong"), err) // in front of it is the quote
	// Output:
	// 100001 true <nil>
}

func ExampleMessageEvent_Next() {
	server, client, end := fake()
	defer end()
	client.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
		if _, err := m.Send(ctx, onebot.Text("Which city?")); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		answer, err := m.Next(ctx) // no handler gets this one
		if err != nil {
			return err
		}
		_, err = m.Send(ctx, onebot.Textf("Sunny in %s.", answer.Message.PlainText()))
		return err
	}, onebot.Command("weather"))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	go func() { _ = client.Run(ctx) }()

	server.Say(onebottest.Group1, onebottest.Friend1, "weather")
	sent, _ := server.NextSent(ctx)
	fmt.Println(sent.CQ)
	server.Say(onebottest.Group1, onebottest.Friend1, "Verona")
	sent, _ = server.NextSent(ctx)
	fmt.Println(sent.CQ)
	// Output:
	// Which city?
	// Sunny in Verona.
}

func ExampleNewHub() {
	logger := slog.New(slog.DiscardHandler)
	hub, err := onebot.NewHub(func(self onebot.UserID, client *onebot.Client) {
		client.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			_, err := m.Send(ctx, onebot.Textf("%d heard %s", self, m.Message))
			return err
		})
	}, onebot.WithToken("secret"), onebot.WithLogger(logger))
	if err != nil {
		log.Fatal(err)
	}
	web := httptest.NewServer(hub)
	defer web.Close()
	defer hub.Close() //nolint:errcheck // an example

	// What a server does that is set up for reverse WebSocket.
	server, err := onebottest.Start(onebottest.NapCat, onebottest.WithToken("secret"))
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close() //nolint:errcheck // an example
	if err := server.DialReverse("ws" + strings.TrimPrefix(web.URL, "http")); err != nil {
		log.Fatal(err)
	}
	server.Say(onebottest.Group1, onebottest.Friend1, "you")
	sent, err := server.NextSent(context.Background())
	fmt.Println(sent.CQ, err)
	// Output:
	// 10000 heard you <nil>
}

func ExampleOn() {
	server, client, end := fake()
	defer end()
	joined := make(chan onebot.UserID)
	onebot.On(client, func(_ context.Context, e *onebot.GroupIncreaseEvent) error {
		joined <- e.User
		return nil
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	go func() { _ = client.Run(ctx) }()

	server.PushNotice(onebottest.GroupIncrease{Group: onebottest.Group1, User: onebottest.Friend2})
	fmt.Println(<-joined)
	// Output:
	// 10002
}

func ExampleClient_OnChatMessage() {
	server, client, end := fake()
	defer end()
	told := make(chan string)
	client.OnChatMessage(func(_ context.Context, c *onebot.ChatMessage) error {
		if c.Status == onebot.StatusWithdrawn && c.Last != nil {
			told <- fmt.Sprintf("%d withdrew %s", c.User, c.Last.Message)
			return nil
		}
		told <- fmt.Sprint(c.Status)
		return nil
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	go func() { _ = client.Run(ctx) }()

	id := server.Say(onebottest.Group1, onebottest.Friend1, "a secret")
	fmt.Println(<-told)
	server.Recall(id)
	fmt.Println(<-told)
	// Output:
	// send message
	// 10001 withdrew a secret
}

func ExampleActionError() {
	_, client, end := fake()
	defer end()
	_, err := client.SendGroupMsg(context.Background(), 404, onebot.Text("is anybody there?"))
	var refused *onebot.ActionError
	switch {
	case errors.Is(err, onebot.ErrNotSent):
		fmt.Println("nothing reached the server: try again")
	case errors.As(err, &refused):
		fmt.Println("the server refused:", refused.Retcode, refused.Action)
	case errors.Is(err, onebot.ErrOutcomeUnknown):
		fmt.Println("it may have been sent: look first")
	}
	// Output:
	// the server refused: 1200 send_group_msg
}

func ExampleDo() {
	_, client, end := fake()
	defer end()
	type group struct {
		Name string `json:"group_name"`
	}
	g, err := onebot.Do[group](context.Background(), client, "get_group_info", map[string]any{"group_id": onebottest.Group1})
	fmt.Println(g.Name != "", err)
	// Output:
	// true <nil>
}
