// Command digest sends the last 100 messages of a chat as one merged forward: all of them in a forward inside it, behind a line
// that says what it is. It goes to the same chat, or to the one that -to-group or -to-user names.
//
//	ONEBOT_TOKEN=secret go run ./examples/digest -url ws://127.0.0.1:3001 -group 100001 -to-user 10001
//
// Without flags it does so with a fake server inside itself, and prints what it has sent.
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
	"github.com/onebot-go/onebot/onebottest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Getenv("ONEBOT_TOKEN"))
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "digest:", err)
		os.Exit(1)
	}
}

// job is what the command line asks for.
type job struct {
	url, token string
	from, to   onebot.Chat
	last       int
}

// run reads the command line and sends the digest.
func run(ctx context.Context, args []string, out io.Writer, token string) (err error) {
	flags := flag.NewFlagSet("digest", flag.ContinueOnError)
	url := flags.String("url", "", "the server's `URL`; empty starts a fake one")
	group := flags.Int64("group", 0, "digest this group")
	user := flags.Int64("user", 0, "digest the chat with this person")
	toGroup := flags.Int64("to-group", 0, "send it to this group")
	toUser := flags.Int64("to-user", 0, "send it to this person")
	last := flags.Int("last", 100, "how many messages")
	if err := flags.Parse(args); err != nil {
		return err
	}
	j := job{
		url: *url, token: token, last: *last,
		from: onebot.Chat{Group: onebot.GroupID(*group), User: onebot.UserID(*user)},
		to:   onebot.Chat{Group: onebot.GroupID(*toGroup), User: onebot.UserID(*toUser)},
	}
	if j.url != "" {
		return j.do(ctx, out)
	}
	server, err := onebottest.Start(onebottest.LLBot) //nolint:contextcheck // it ends with Close, not with ctx
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	server.Seed(onebottest.Group1, 120)
	j.url, j.from = server.URL(), onebot.GroupChat(onebot.GroupID(onebottest.Group1))
	return j.do(ctx, out)
}

// do connects and sends the digest.
func (j job) do(ctx context.Context, out io.Writer) (err error) {
	client, err := onebot.Dial(ctx, j.url, onebot.WithToken(j.token))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	to := j.to
	if to == (onebot.Chat{}) {
		to = j.from
	}
	f, err := digest(ctx, client, j.from, j.last)
	if err != nil {
		return err
	}
	id, err := send(ctx, client, to, f)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "message %s to %s:\n%s\n", id, to, f)
	return err
}

// digest makes a forward of what was said.
func digest(ctx context.Context, client *onebot.Client, from onebot.Chat, last int) (*onebot.Forward, error) {
	messages, err := client.Recent(ctx, from, last)
	if err != nil {
		return nil, err
	}
	if len(messages) == 0 {
		return nil, fmt.Errorf("nothing was said in %s", from)
	}
	self, err := client.Self(ctx)
	if err != nil {
		return nil, err
	}
	said := onebot.NewForward().WithSource(from.String())
	for _, m := range messages {
		said.Nodes = append(said.Nodes, m.Node())
	}
	first, newest := messages[0], messages[len(messages)-1]
	what := onebot.Textf("%d messages of %s, from %s to %s", len(messages), from, first.Time.Format("15:04"), newest.Time.Format("15:04"))
	f := onebot.NewForward(
		onebot.CustomNode(self, "digest", what),
		onebot.NestedNode(self, "digest", said),
	).WithPrompt("[digest]").WithSummary(what.Text)
	return f, nil
}

// send sends a forward. Where the forward reached the server and only the message with it did not go out, that alone is repeated.
func send(ctx context.Context, client *onebot.Client, to onebot.Chat, f *onebot.Forward) (onebot.MessageID, error) {
	receipt, err := client.SendForwardMsg(ctx, to, f)
	var half *onebot.ForwardError
	if errors.As(err, &half) && !errors.Is(err, onebot.ErrOutcomeUnknown) {
		return client.SendMsg(ctx, to, onebot.ForwardRef(half.ForwardID))
	}
	return receipt.MessageID, err
}
