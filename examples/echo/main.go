// Command echo is the smallest useful bot: whoever writes "echo hello" is answered "hello".
//
//	ONEBOT_TOKEN=secret go run ./examples/echo -url ws://127.0.0.1:3001
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/onebot-go/onebot"
)

func main() {
	url := flag.String("url", "ws://127.0.0.1:3001", "the server's WebSocket `URL`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *url, os.Getenv("ONEBOT_TOKEN")); err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}

// run answers until ctx ends.
func run(ctx context.Context, url, token string) (err error) {
	client, err := onebot.Dial(ctx, url, onebot.WithToken(token))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()

	client.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
		_, text := m.Command()
		if text == "" {
			text = "echo what?"
		}
		return m.ReplyText(ctx, text)
	}, onebot.Command("echo"))
	return client.Run(ctx)
}
