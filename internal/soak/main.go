// Soak runs a client against the fake server for minutes or hours while things go wrong, prints what it holds as a table, and
// draws it as an SVG plot:
//
//	go run ./internal/soak -for 2h -every 1m -svg soak.svg
//
// It ends with status 1 when an event came twice or out of order, or when memory or goroutines have grown.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"time"
)

// settings are the flags.
type settings struct {
	length  time.Duration
	every   time.Duration
	trouble time.Duration
	rate    int
	chats   int
	seed    uint64
	svg     string
}

func main() {
	runtime.MemProfileRate = heapRate
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := command(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// command reads the flags, runs, and writes the table to out.
func command(ctx context.Context, args []string, out io.Writer) error {
	var s settings
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.DurationVar(&s.length, "for", time.Minute, "how long to run")
	flags.DurationVar(&s.every, "every", 5*time.Second, "time between two lines of the table")
	flags.DurationVar(&s.trouble, "trouble", 2*time.Second, "mean time between two faults; 0 for none")
	flags.IntVar(&s.rate, "rate", 500, "events in a second")
	flags.IntVar(&s.chats, "chats", 50, "groups that the events come from")
	flags.Uint64Var(&s.seed, "seed", 1, "which faults come, and when")
	flags.StringVar(&s.svg, "svg", "", "file for the plot; none if empty")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if s.length <= 0 || s.every <= 0 || s.trouble < 0 || s.rate < 1 || s.chats < 1 {
		return errors.New("flags: times must be positive, rate and chats at least 1")
	}
	samples, err := soak(ctx, s, out)
	if s.svg != "" && len(samples) > 0 {
		if writeErr := os.WriteFile(s.svg, plot(samples), 0o600); writeErr != nil {
			return fmt.Errorf("plot: %w", writeErr)
		}
	}
	return err
}
