// Command export writes the history of a chat to a JSON Lines file, a message a line, the newest first. It shows a progress bar,
// and when it was interrupted the same command goes on where it stopped:
//
//	ONEBOT_TOKEN=secret go run . -url ws://127.0.0.1:3001 -group 100001 -out chat.jsonl
//	go run . -from chat.jsonl
//
// The second line prints the file as text, the oldest message first. Going on means going further back: what was said since the file
// was begun belongs into another one. Without flags it does all of that with a fake server inside
// itself and ends within seconds.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv("ONEBOT_TOKEN"))
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "export:", err)
		os.Exit(1)
	}
}

// run reads the command line and exports, or reads a file back. The progress bar goes to bar.
func run(ctx context.Context, args []string, out, bar io.Writer, token string) error {
	flags := flag.NewFlagSet("export", flag.ContinueOnError)
	flags.SetOutput(bar)
	url := flags.String("url", "", "the server's `URL`; empty starts a fake one")
	group := flags.Int64("group", 0, "export this group")
	user := flags.Int64("user", 0, "export the chat with this person")
	file := flags.String("out", "chat.jsonl", "write to this `file`, or go on with it")
	limit := flags.Int("limit", 0, "stop after so many messages; 0 exports everything")
	from := flags.String("from", "", "print this `file` as text and end")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case *from != "":
		return printFile(out, *from)
	case *url == "":
		return demonstrate(ctx, out, bar)
	}
	client, err := onebot.Dial(ctx, *url, onebot.WithToken(token))
	if err != nil {
		return err
	}
	chat := onebot.Chat{Group: onebot.GroupID(*group), User: onebot.UserID(*user)}
	e := exporter{client: client, chat: chat, limit: *limit, bar: bar}
	n, err := e.export(ctx, *file)
	if err == nil {
		_, err = fmt.Fprintf(out, "%d messages written to %s\n", n, *file)
	} else if n > 0 {
		err = fmt.Errorf("after %d messages, the same command goes on from there: %w", n, err)
	}
	return errors.Join(err, client.Close())
}

// demonstrate exports from a fake server: a first part, the rest by the same command, and the text of the end.
func demonstrate(ctx context.Context, out, bar io.Writer) (err error) {
	server, err := onebottest.Start(onebottest.NapCat) //nolint:contextcheck // it ends with Close, not with ctx
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	server.Seed(onebottest.Group1, 250)
	dir, err := os.MkdirTemp("", "onebot-export")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	client, err := onebot.Dial(ctx, server.URL())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	file := filepath.Join(dir, "chat.jsonl")
	e := exporter{client: client, chat: onebot.GroupChat(onebot.GroupID(onebottest.Group1)), bar: bar}
	for _, part := range []struct {
		limit int
		what  string
	}{{120, "stopped after"}, {0, "went on with the other"}} {
		e.limit = part.limit
		n, err := e.export(ctx, file)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "%s %d messages\n", part.what, n); err != nil {
			return err
		}
	}
	return printFile(&head{out: out, lines: 5}, file)
}

// head passes the first lines on and drops the rest.
type head struct {
	out   io.Writer
	lines int
}

func (h *head) Write(p []byte) (int, error) {
	if h.lines--; h.lines < 0 {
		return len(p), nil
	}
	return h.out.Write(p)
}
