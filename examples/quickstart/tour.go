package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/onebot-go/onebot"
)

// tour is one walk through the library. Handlers print too, so lines go out under a lock.
type tour struct {
	settings
	client *onebot.Client

	mu  sync.Mutex
	out io.Writer
}

// take connects and goes through every step. A step that fails ends the tour.
func take(ctx context.Context, s settings, out io.Writer) (err error) {
	t := &tour{settings: s, out: out}
	t.client, err = onebot.Dial(ctx, s.url, onebot.WithToken(s.token))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.client.Close()) }()

	for _, step := range []func(context.Context) error{t.greet, t.listen, t.sendAndWithdraw, t.forward, t.past, t.refused, t.rejected} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// line prints one step. There is nobody to tell when that fails.
func (t *tour) line(step, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = fmt.Fprintf(t.out, "%-10s %s\n", step, fmt.Sprintf(format, args...))
}

// greet tells what the client is connected to.
func (t *tour) greet(ctx context.Context) error {
	server, err := t.client.Server(ctx)
	if err != nil {
		return err
	}
	self, err := t.client.Self(ctx)
	if err != nil {
		return err
	}
	t.line("connected", "%s %s at %s, account %d, dialect %s", server.Name, server.Version, t.url, self, server.Dialect)
	return nil
}

// listen runs the bot for a while: whoever writes "echo ..." is answered.
func (t *tour) listen(ctx context.Context) error {
	if t.wait <= 0 {
		t.line("listening", "skipped; -wait 30s listens for half a minute")
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, t.wait)
	defer cancel()

	off := onebot.On(t.client, t.heard)
	defer off()
	offEcho := t.client.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
		_, text := m.Command()
		id, err := m.Reply(ctx, onebot.Text(text))
		if err != nil {
			return err
		}
		t.line("answered", "%q, quoting %s, as message %s", text, m.ID, id)
		if t.say != nil {
			cancel() // The user has nothing more to say.
		}
		return nil
	}, onebot.Command("echo"))
	defer offEcho()

	if t.say != nil {
		t.say("echo good morning")
	} else {
		t.line("listening", "for %s; write \"echo good morning\" to the bot", t.wait)
	}
	err := t.client.Run(ctx)
	if errors.Is(err, onebot.ErrUnsupported) {
		t.line("listening", "not over HTTP: %v", err)
		return nil
	}
	return err
}

// heard prints an event, unless it is about the connection only.
func (t *tour) heard(_ context.Context, e onebot.Event) error {
	switch e := e.(type) {
	case *onebot.ConnectionEvent, *onebot.LifecycleEvent, *onebot.HeartbeatEvent:
	case *onebot.MessageEvent:
		t.line("heard", "%s in %s: %s", e.Sender.DisplayName(), e.Chat, e.Message)
	default:
		t.line("heard", "%T", e)
	}
	return nil
}

// sendAndWithdraw sends a message, reads it back and withdraws it.
func (t *tour) sendAndWithdraw(ctx context.Context) error {
	if t.to == (onebot.Chat{}) {
		t.line("sending", "skipped; -group or -user says where to")
		return nil
	}
	id, err := t.client.SendMsg(ctx, t.to, onebot.Textf("It is %s. ", time.Now().Format(time.TimeOnly)), onebot.Face(74))
	if err != nil {
		return err
	}
	t.line("sent", "message %s to %s", id, t.to)

	m, err := t.client.GetMsg(ctx, id)
	if err != nil {
		return err
	}
	t.line("read back", "%s: %s", id, m.Message)

	if err := t.client.DeleteMsg(ctx, id); err != nil {
		return err
	}
	t.line("withdrawn", "message %s", id)
	return nil
}

// refused shows what a program sees when the server says no.
func (t *tour) refused(ctx context.Context) error {
	_, err := t.client.Call(ctx, "make_coffee", map[string]int{"cups": 2})
	var no *onebot.ActionError
	if !errors.As(err, &no) {
		return fmt.Errorf("make_coffee was not refused: %w", err)
	}
	t.line("refused", "%v", err)
	t.line("", "an unknown action: %t; retcode %d", errors.Is(err, onebot.ErrUnknownAction), no.Retcode)
	return nil
}

// rejected shows what a program sees when its token is wrong.
func (t *tour) rejected(ctx context.Context) (err error) {
	if t.token == "" {
		t.line("rejected", "skipped; without a token there is none to get wrong")
		return nil
	}
	quiet := onebot.WithLogger(slog.New(slog.DiscardHandler))
	intruder, err := onebot.Dial(ctx, t.url, onebot.WithToken("not-"+t.token), quiet)
	if err == nil {
		// Some servers say so only after the handshake.
		defer func() { err = errors.Join(err, intruder.Close()) }()
		_, err = intruder.Self(ctx)
	}
	if !errors.Is(err, onebot.ErrUnauthorized) {
		return fmt.Errorf("a wrong token was not rejected: %w", err)
	}
	t.line("rejected", "%v", err)
	return nil
}
