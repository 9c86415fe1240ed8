// Command lifecycle follows what becomes of messages: it prints every chat.message, and keeps an HTML page of one chat up to date, on
// which withdrawn messages are struck through and empty, and read ones are ticked off.
//
// Without flags it starts a fake NapCat inside itself, plays a short scene, and ends within three seconds:
//
//	go run ./examples/lifecycle
//
// With -url it follows a real server, or a backend that pushes chat.message frames, until it is interrupted:
//
//	go run ./examples/lifecycle -url ws://127.0.0.1:3001 -token secret -chat 100001 -out chat.html
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

	"github.com/onebot-go/onebot"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "lifecycle:", err)
		os.Exit(1)
	}
}

// run reads the flags and follows a server, or plays the scene.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("lifecycle", flag.ContinueOnError)
	url := flags.String("url", "", "the server's `URL`, ws or wss; empty starts a fake one")
	token := flags.String("token", "", "the server's access token")
	chat := flags.Int64("chat", 0, "keep the page of this group, person or chat of a backend; 0 takes the first in which something happens")
	file := flags.String("out", "", "write the page to this `file`; empty makes one")
	if err := flags.Parse(args); err != nil {
		return err
	}
	path, err := pageFile(*file)
	if err != nil {
		return err
	}
	f := &follower{out: out, file: path, page: page{Chat: *chat}}
	if err := f.page.save(path); err != nil { // better now than when something happens
		return err
	}
	if *url == "" {
		err = playLocally(ctx, f)
	} else {
		err = follow(ctx, f, *url, *token)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "the page is in", path)
	return err
}

// pageFile gives the file of the page, a new one where none is named.
func pageFile(name string) (string, error) {
	if name != "" {
		return name, nil
	}
	f, err := os.CreateTemp("", "onebot-lifecycle-*.html")
	if err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

// follow runs until ctx ends or the server is lost for good.
func follow(ctx context.Context, f *follower, url, token string) (err error) {
	client, err := onebot.Dial(ctx, url, onebot.WithToken(token))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	client.OnChatMessage(f.step)
	return client.Run(ctx)
}
