// Command notify sends one message over HTTP and ends: for cron, for deploy scripts, for alerts.
//
//	ONEBOT_TOKEN=secret notify -url http://127.0.0.1:3000 -group 100001 "backup done"
//	df -h / | ONEBOT_TOKEN=secret notify -url http://127.0.0.1:3000 -user 10001
//
// It prints the message's id. The exit status tells a script what it may do next:
//
//	0  sent
//	1  not sent: running it again is safe
//	2  wrong usage
//	3  the server refused: running it again will not help
//	4  unknown: the message may have been sent, look before running it again
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/onebot-go/onebot"
)

func main() {
	err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Getenv("ONEBOT_TOKEN"))
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "notify:", err)
	}
	os.Exit(status(err))
}

// errUsage marks a mistake on the command line.
var errUsage = errors.New("wrong usage, see -h")

// run reads the command line, sends, and prints the id of the message.
func run(ctx context.Context, args []string, in io.Reader, out io.Writer, token string) (err error) {
	flags := flag.NewFlagSet("notify", flag.ContinueOnError)
	url := flags.String("url", "http://127.0.0.1:3000", "the server's HTTP `URL`")
	group := flags.Int64("group", 0, "send to this group")
	user := flags.Int64("user", 0, "send to this person")
	limit := flags.Duration("timeout", 20*time.Second, "give up after this long")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	text := strings.Join(flags.Args(), " ")
	if text == "" {
		piped, err := io.ReadAll(io.LimitReader(in, 64<<10))
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		text = strings.TrimSpace(string(piped))
	}
	if text == "" {
		return fmt.Errorf("%w: nothing to send", errUsage)
	}

	// Only now, as reading does not listen to it. A call that is ended tells whether the message may have gone out.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	client, err := onebot.Dial(ctx, *url, onebot.WithToken(token))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()

	to := onebot.Chat{Group: onebot.GroupID(*group), User: onebot.UserID(*user)}
	id, err := client.SendMsg(ctx, to, onebot.Text(text))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, id)
	return err
}

// status gives the exit status for err, as the package comment lists them.
func status(err error) int {
	var refused *onebot.ActionError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage), errors.Is(err, onebot.ErrInvalidArgument):
		return 2
	case errors.As(err, &refused), errors.Is(err, onebot.ErrUnauthorized):
		return 3
	case errors.Is(err, onebot.ErrOutcomeUnknown):
		return 4
	default:
		return 1
	}
}
