package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/onebot-go/onebot/internal/backoff"
	"github.com/onebot-go/onebot/internal/secret"
	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

const (
	// defaultPoll is short because of go-cqhttp: each poll that ends without an event leaves a waiter behind in the server,
	// which takes the wake-up of a later one, so an event can wait until its poll has run out.
	defaultPoll  = 5 * time.Second
	defaultLimit = 100
	// pollGrace is what an answer may take on top of the time that the server was asked to wait.
	pollGrace = 10 * time.Second
	// emptyPause keeps a server that answers at once, without an event, from being asked in a tight loop.
	emptyPause = time.Second
	// retcodeBadToken is how NapCat and LLBot say in an answer what HTTP says by 401 and 403.
	retcodeBadToken = 1403
)

// PollingOptions are the settings of a Polling source. The zero value works.
type PollingOptions struct {
	// Key names this consumer to LLBot, which keeps for each key which events it has had. Empty means "onebot-go".
	Key string
	// Wait is how long the server holds an answer back while there is no event, in whole seconds. 0 means 5 s.
	Wait time.Duration
	// Limit is the most events in one answer of go-cqhttp. 0 means 100.
	Limit int
	// Backoff is the wait after a failed poll. The zero value means 500 ms to 30 s, full jitter. A server that asks for a
	// longer one (Retry-After) gets it, five minutes at most.
	Backoff transport.Backoff
	// Logger gets why a poll failed. nil means slog.Default().
	Logger *slog.Logger
}

// Polling is a source of events that asks for them again and again, for a bot that can be reached by nobody and a server
// that offers neither WebSocket nor SSE. Make it with NewPolling.
//
// It finds out which action the server has: get_updates of go-cqhttp (if enabled in its configuration) or get_event of
// LLBot. Both keep few events (LLBot 100), and an answer that is lost on its way takes its events with it.
type Polling struct {
	source
	caller transport.Caller
	mask   secret.Mask // of its secrets, where they are known
	logger *slog.Logger
	// ways are the actions that may be the right one, the one that has worked last first. known: one has. sure: it still does.
	ways  []pollWay
	known bool
	sure  bool
	wait  time.Duration
}

// pollWay is one server's action and its parameters.
type pollWay struct {
	action string
	params []byte
}

// NewPolling makes a source that polls through c, which stays the caller's to close. The error matches
// transport.ErrInvalidArgument.
func NewPolling(c transport.Caller, o PollingOptions) (*Polling, error) {
	switch {
	case c == nil:
		return nil, fmt.Errorf("httpapi: polling needs a caller: %w", transport.ErrInvalidArgument)
	case o.Wait < 0 || o.Wait%time.Second != 0:
		return nil, fmt.Errorf("httpapi: Wait must be whole seconds: %w", transport.ErrInvalidArgument)
	case o.Limit < 0:
		return nil, fmt.Errorf("httpapi: Limit must not be negative: %w", transport.ErrInvalidArgument)
	}
	if err := o.Backoff.Validate(); err != nil {
		return nil, fmt.Errorf("httpapi: %w", err)
	}
	if o.Key == "" {
		o.Key = "onebot-go"
	}
	if o.Wait == 0 {
		o.Wait = defaultPoll
	}
	if o.Limit == 0 {
		o.Limit = defaultLimit
	}
	if o.Backoff == (transport.Backoff{}) {
		o.Backoff = transport.DefaultBackoff()
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	updates := wire.AppendInt([]byte(`{"limit":`), int64(o.Limit))
	updates = wire.AppendInt(append(updates, `,"timeout":`...), int64(o.Wait/time.Second))
	event := wire.AppendString([]byte(`{"key":`), o.Key)
	event = wire.AppendInt(append(event, `,"timeout":`...), o.Wait.Milliseconds())
	var mask secret.Mask
	if own, ok := c.(*Caller); ok {
		mask = own.mask
	}
	return &Polling{
		mask:   mask,
		source: source{policy: backoff.Policy(o.Backoff)},
		caller: c,
		logger: o.Logger,
		ways:   []pollWay{{"get_updates", append(updates, '}')}, {"get_event", append(event, '}')}},
		wait:   o.Wait,
	}, nil
}

// Receive polls and hands every event to sink until ctx ends (nil). It ends for good with an error that matches
// transport.ErrUnsupported where the server says that it knows neither action, transport.ErrUnauthorized where it rejects the token,
// and transport.ErrClosed after Close of this source or of the caller.
func (p *Polling) Receive(ctx context.Context, sink func(transport.Frame)) error {
	return p.run(ctx, "polling", func(ctx context.Context) outcome {
		out := p.poll(ctx, sink)
		if !out.final && ctx.Err() == nil {
			p.logger.LogAttrs(ctx, slog.LevelWarn, "httpapi: polling failed", slog.Any("error", out.err))
		}
		return out
	})
}

// Close ends Receive and waits for it. The caller stays open. The second Close returns nil.
func (p *Polling) Close() error {
	p.stop()
	return nil
}

// poll polls until a poll fails.
func (p *Polling) poll(ctx context.Context, sink func(transport.Frame)) outcome {
	var out outcome
	for ctx.Err() == nil {
		start := time.Now()
		resp, err := p.ask(ctx)
		if err != nil {
			out.err = fmt.Errorf("httpapi: polling: %w", err)
			out.final = isFinal(err)
			out.leaveAlone = wishOf(err)
			return out
		}
		if out.since.IsZero() {
			out.since = time.Now()
			p.tell(transport.Change{State: transport.StateReady})
		}
		count, err := p.deliver(resp.Data, sink)
		if err != nil {
			out.err = fmt.Errorf("httpapi: polling: %s: %w", p.ways[0].action, err)
			return out
		}
		if count == 0 && time.Since(start) < min(p.wait/2, emptyPause) {
			sleep(ctx, emptyPause)
		}
	}
	return out
}

func isFinal(err error) bool {
	return errors.Is(err, transport.ErrUnauthorized) || errors.Is(err, transport.ErrUnsupported) ||
		errors.Is(err, transport.ErrClosed)
}

// errNoAnswer is for a caller of the user's own that gives neither an answer nor an error.
var errNoAnswer = errors.New("the caller gave no answer")

// ask polls once. Until one action has worked it goes through all of them, and so does the attempt after one on which the server did not
// know that action any more: another server may have come up behind the same address.
func (p *Polling) ask(ctx context.Context) (*transport.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, p.wait+pollGrace)
	defer cancel()
	var failed, unknown error
	for i, way := range p.ways {
		resp, err := p.caller.Call(ctx, transport.Request{Action: way.action, Params: way.params})
		if err != nil {
			return nil, err
		}
		if resp == nil {
			return nil, fmt.Errorf("%s: %w", way.action, errNoAnswer)
		}
		if resp.Status == "ok" {
			p.ways[0], p.ways[i] = p.ways[i], p.ways[0]
			p.known, p.sure = true, true
			return resp, nil
		}
		err = &pollError{way.action, p.mask.Start(resp.Message, bodyInError), resp}
		switch {
		case resp.Retcode == retcodeBadToken:
			return nil, fmt.Errorf("%w: %w", transport.ErrUnauthorized, err)
		case p.sure:
			p.sure = !isUnknownAction(resp)
			return nil, err
		case p.known || !isUnknownAction(resp):
			if failed == nil || wishOf(err) >= wishOf(failed) {
				failed = err
			}
		default:
			unknown = err
		}
	}
	if failed != nil {
		return nil, failed
	}
	return nil, fmt.Errorf("the server has neither get_updates nor get_event: %w (%w)", transport.ErrUnsupported, unknown)
}

// pollError is an answer that says no, in the server's own words.
type pollError struct {
	action  string
	message string // without secrets
	resp    *transport.Response
}

func (e *pollError) Error() string {
	return fmt.Sprintf("%s: retcode %d: %s", e.action, e.resp.Retcode, e.message)
}

// wishOf is how long the server asked to be left alone.
func wishOf(err error) time.Duration {
	var he *transport.HTTPError
	if errors.As(err, &he) {
		return he.RetryAfter
	}
	var refused *pollError
	if errors.As(err, &refused) {
		return refused.resp.RetryAfter
	}
	return 0
}

// isUnknownAction tells whether a failed answer says that there is no such action. Anything else may pass: a server that has not
// logged in yet, or a gateway that does not reach it.
func isUnknownAction(resp *transport.Response) bool {
	switch resp.Retcode {
	case 404, retcodeUnknownAction:
		return true
	case 200: // NapCat's for everything
		return strings.HasPrefix(resp.Message, "不支持的Api")
	case -1: // onebots
		return strings.HasPrefix(resp.Message, "Unknown action")
	}
	return resp.HTTPStatus == http.StatusNotFound
}

// deliver hands on what one answer holds, in its order, and counts the events.
func (p *Polling) deliver(data []byte, sink func(transport.Frame)) (count int, err error) {
	l := wire.BytesLexer(data)
	one := func() {
		start := l.Pos()
		l.Skip()
		frame := data[start:l.Pos()]
		head := wire.ScanHead(frame)
		if l.Err() != nil || head.Kind == wire.FrameBroken {
			return
		}
		// A server that has nothing to tell may say so by an object, {} or [{}] for example: it is asked again as after an empty list.
		if head.Kind == wire.FrameEvent || head.Kind == wire.FrameChat {
			count++
		}
		sink(transport.Frame{Data: frame, Head: head})
	}
	switch {
	case l.BeginArray():
		for l.NextElem() {
			one()
		}
	case l.Peek() == wire.Object:
		one()
	default:
		l.Skip()
	}
	return count, l.End()
}
