// Command quickstart shows what the library does, step by step, on the terminal.
//
// Without flags it starts a fake NapCat inside itself, plays a user who says something, and ends within three seconds:
//
//	go run ./examples/quickstart
//
// With a real server it does the same; where it should send is for you to say, and it listens for as long as -wait:
//
//	go run ./examples/quickstart -url ws://127.0.0.1:3001 -token secret -group 100001 -wait 30s
//
// The URL may be ws, wss, http or https. Over HTTP there are calls and no events.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// settings are what the flags say.
type settings struct {
	url, token string
	to         onebot.Chat
	wait       time.Duration
	// say plays a user who writes in the chat; nil with a real server.
	say func(text string)
}

// run reads the flags and takes the tour on out.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	var s settings
	flags.StringVar(&s.url, "url", "", "the server's `URL`; empty starts a fake one")
	flags.StringVar(&s.token, "token", "", "the server's access token")
	group := flags.Int64("group", 0, "send to this group")
	user := flags.Int64("user", 0, "send to this person")
	flags.DurationVar(&s.wait, "wait", 0, "listen for events this long")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s.to = onebot.Chat{Group: onebot.GroupID(*group), User: onebot.UserID(*user)}
	if s.url != "" {
		return take(ctx, s, out)
	}
	return takeLocally(ctx, s, out)
}

// takeLocally is take with a fake server and a user who says something.
func takeLocally(ctx context.Context, s settings, out io.Writer) (err error) {
	server, err := onebottest.Start(onebottest.NapCat, onebottest.WithToken("secret")) //nolint:contextcheck // it ends with Close, not with ctx
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()

	if _, err := fmt.Fprintf(out, "This is a fake NapCat inside this program; -url names a real server.\n\n"); err != nil {
		return err
	}
	server.Seed(onebottest.Group1, 60)
	s.url, s.token = server.URL(), "secret"
	s.to = onebot.GroupChat(onebot.GroupID(onebottest.Group1))
	s.wait = max(s.wait, time.Second)
	s.say = func(text string) { server.Say(onebottest.Group1, onebottest.Friend1, text) }
	return take(ctx, s, out)
}
