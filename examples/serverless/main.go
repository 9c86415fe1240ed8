// Command serverless is a bot that is nothing but a function of a POST: a server sends an event, and the answer travels in the
// reply. It dials nobody, so that it runs wherever an HTTP handler does.
//
//	ONEBOT_SECRET=secret go run ./examples/serverless -listen 127.0.0.1:8080
//
// Whoever writes "roll" is answered with a number, and friend requests that say the password are accepted. Answers are quick
// operations: one for each event, within 2.5 s; Lagrange reads none. Without flags it plays the server itself and ends within seconds.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Getenv("ONEBOT_SECRET"))
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "serverless:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer, secret string) error {
	flags := flag.NewFlagSet("serverless", flag.ContinueOnError)
	listen := flags.String("listen", "", "listen on this `address`; empty plays the server too")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *listen == "" {
		return demonstrate(ctx, out)
	}
	if secret == "" {
		return errors.New("set ONEBOT_SECRET: without it anybody could be your bot's server")
	}
	return serve(ctx, *listen, secret, slog.Default(), func(addr string) error {
		if _, err := fmt.Fprintln(out, "listening on", addr); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
}

// serve runs the bot for as long as use does, which gets its address.
func serve(ctx context.Context, listen, secret string, log *slog.Logger, use func(addr string) error) (err error) {
	receiver := httpapi.NewReceiver(httpapi.ReceiverOptions{Secret: secret, Logger: log})
	client, err := onebot.New(transport.Join(nil, receiver), onebot.WithLogger(log))
	if err != nil {
		return err
	}
	handle(client)
	ran := make(chan error, 1)
	go func() { ran <- client.Run(context.WithoutCancel(ctx)) }()
	defer func() { err = errors.Join(err, client.Close(), <-ran) }()

	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: receiver, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	err = use(listener.Addr().String())
	// First the posts that are under way, whose answers are the bot's.
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err = errors.Join(err, server.Shutdown(patience), server.Close())
	if why := <-served; !errors.Is(why, http.ErrServerClosed) {
		err = errors.Join(err, why)
	}
	return err
}

// password is what a friend request has to say.
const password = "open sesame"

func handle(c *onebot.Client) {
	c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
		return m.ReplyText(ctx, fmt.Sprintf("you rolled %d", rand.IntN(6)+1))
	}, onebot.Command("roll"))
	onebot.On(c, func(ctx context.Context, ev *onebot.FriendRequestEvent) error {
		if !strings.Contains(ev.Comment, password) {
			return ev.Reject(ctx)
		}
		return ev.Approve(ctx, "")
	})
}

// demonstrate plays an LLBot that posts.
//
//nolint:contextcheck // the server ends with Close, not with ctx
func demonstrate(ctx context.Context, out io.Writer) error {
	const secret = "demo-secret"
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return serve(ctx, "127.0.0.1:0", secret, slog.New(slog.DiscardHandler), func(addr string) (err error) {
		server, err := onebottest.Start(onebottest.LLBot)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, server.Close()) }()
		server.PostTo("http://"+addr, secret)
		for ctx.Err() == nil {
			// Again if need be: the bot may have begun to listen just now.
			server.Say(onebottest.Group1, onebottest.Friend1, "roll")
			patience, cancel := context.WithTimeout(ctx, time.Second)
			sent, err := server.NextSent(patience)
			cancel()
			if err == nil {
				_, err = fmt.Fprintf(out, "answered in the reply to the POST: %s\n", sent.CQ)
				return err
			}
		}
		return ctx.Err()
	})
}
