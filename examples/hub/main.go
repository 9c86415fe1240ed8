// Command hub is one bot for many accounts, whichever way their servers come: by reverse WebSocket or by HTTP POST, on one
// listener. Whoever writes "echo hello" is answered "hello". The page at / tells how it is.
//
//	ONEBOT_TOKEN=secret ONEBOT_SECRET=other go run ./examples/hub -listen 127.0.0.1:8080
//
// Servers dial ws://127.0.0.1:8080/onebot/v11/ws with the token, or post to http://127.0.0.1:8080/webhook with the secret.
// Without flags it plays both kinds of server itself, shows what happens, and ends within seconds.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, secrets{os.Getenv("ONEBOT_TOKEN"), os.Getenv("ONEBOT_SECRET")})
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "hub:", err)
		os.Exit(1)
	}
}

// secrets are what servers must show: the token of WebSockets and the key of signatures.
type secrets struct{ token, secret string }

func run(ctx context.Context, args []string, out io.Writer, known secrets) error {
	flags := flag.NewFlagSet("hub", flag.ContinueOnError)
	listen := flags.String("listen", "", "listen on this `address`; empty plays the servers too")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *listen == "" {
		return demonstrate(ctx, out)
	}
	b, err := start(ctx, *listen, known, slog.Default())
	if err != nil {
		return err
	}
	if _, err = fmt.Fprintln(out, "listening on", b.addr); err == nil {
		<-ctx.Done()
	}
	return errors.Join(err, b.close()) //nolint:contextcheck // ctx has ended
}

// bot is everything that runs.
type bot struct {
	addr    string
	hub     *onebot.Hub
	webhook *onebot.Client
	server  *http.Server
	ended   chan error // of the server and of the webhook's Run, one each
}

// start begins to listen.
//
//nolint:contextcheck // the bot ends with close, not with ctx
func start(ctx context.Context, listen string, known secrets, log *slog.Logger) (*bot, error) {
	if known.token == "" || known.secret == "" {
		return nil, errors.New("set ONEBOT_TOKEN and ONEBOT_SECRET: without them anybody could be your bot's server")
	}
	hub, err := onebot.NewHub(func(_ onebot.UserID, c *onebot.Client) { handle(c) },
		onebot.WithToken(known.token), onebot.WithOneAnswer(), onebot.WithLogger(log))
	if err != nil {
		return nil, err
	}
	receiver := httpapi.NewReceiver(httpapi.ReceiverOptions{Secret: known.secret, Logger: log})
	// No caller: answers travel in the reply to the POST.
	webhook, err := onebot.New(transport.Join(nil, receiver), onebot.WithLogger(log))
	if err != nil {
		return nil, errors.Join(err, hub.Close())
	}
	handle(webhook)

	b := &bot{hub: hub, webhook: webhook, ended: make(chan error, 2)}
	mux := http.NewServeMux()
	mux.Handle("/onebot/v11/ws", hub)
	mux.Handle("/webhook", receiver)
	mux.HandleFunc("GET /{$}", b.health)
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", listen)
	if err != nil {
		return nil, errors.Join(err, hub.Close(), webhook.Close())
	}
	b.addr = listener.Addr().String()
	// The limit on headers keeps a client from holding a connection by sending them byte by byte.
	b.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { b.ended <- b.server.Serve(listener) }()
	go func() { b.ended <- webhook.Run(context.WithoutCancel(ctx)) }()
	return b, nil
}

// handle registers what the bot does, the same for every account and every way.
func handle(c *onebot.Client) {
	c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
		_, text := m.Command()
		if text == "" {
			text = "echo what?"
		}
		return m.ReplyText(ctx, text)
	}, onebot.Command("echo"))
}

// health is the page at /: no account's number is shown to strangers.
func (b *bot) health(w http.ResponseWriter, _ *http.Request) {
	accounts, sum := 0, b.webhook.Stats()
	for _, c := range b.hub.Clients() {
		s := c.Stats()
		accounts++
		sum.Events += s.Events
		sum.Calls += s.Calls
		sum.Overflowed += s.Overflowed
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprintf(w, "ok\naccounts %d\nevents %d\ncalls %d\noverflowed %d\n", accounts, sum.Events, sum.Calls, sum.Overflowed) // a visitor who has gone cannot be told
}

// close ends everything and waits for it. Posts that are under way are answered, and handlers of the hub that run may finish what they
// are at.
func (b *bot) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := errors.Join(b.hub.Shutdown(ctx), b.server.Shutdown(ctx), b.webhook.Close(), b.server.Close())
	for range cap(b.ended) {
		if why := <-b.ended; !errors.Is(why, http.ErrServerClosed) {
			err = errors.Join(err, why)
		}
	}
	return err
}
