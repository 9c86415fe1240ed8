package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/tmaxmax/go-sse"

	"github.com/onebot-go/onebot/internal/backoff"
	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

// openTimeout is how long a server may take to begin its stream, or to tell all of an answer that is none.
const openTimeout = 30 * time.Second

// SSE is a source of events that a server sends down one long answer (server-sent events). NapCat has it as an adapter of
// its own, LLBot at every HTTP server; both at the path /_events. Make it with NewSSE.
//
// It connects again after every failure except a rejected token. The servers keep no events for those who are away:
// Last-Event-ID is sent where a server numbers its events, and NapCat and LLBot do not. A server that has sent heartbeats is given up
// when nothing has come for three of their intervals and 10 s. Any other may be silent for as long as nobody talks, so that a connection
// that has died unseen is found by TCP keep-alive, after about two minutes.
type SSE struct {
	endpoint
	requester
	source
	readLimit int
	logger    *slog.Logger
	lastID    string
	buf       []byte
	broken    int       // events that are no JSON object and stand in no log yet
	told      time.Time // when the last ones were logged
}

// NewSSE makes a source that reads the stream at url, http or https, whose path is used as given. It does not touch the
// network. The error matches transport.ErrInvalidArgument.
func NewSSE(url string, o Options) (*SSE, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	e, err := newEndpoint(url, o)
	if err != nil {
		return nil, err
	}
	e.header.Set("Accept", "text/event-stream")
	e.header.Set("Cache-Control", "no-cache")
	o = o.withDefaults()
	return &SSE{
		endpoint:  e,
		requester: newRequester(o, e.mask),
		source:    source{policy: backoff.Policy(o.Backoff)},
		readLimit: int(o.ReadLimit),
		logger:    o.Logger,
	}, nil
}

// String gives the address without a token, for logs.
func (s *SSE) String() string { return s.endpoint.String() }

// Receive reads the stream and hands every event to sink until ctx ends (nil). HTTP 401 and 403 end it for good, with an
// error that matches transport.ErrUnauthorized, and Close does with transport.ErrClosed.
func (s *SSE) Receive(ctx context.Context, sink func(transport.Frame)) error {
	defer s.closeIdle()
	return s.run(ctx, "events", func(ctx context.Context) outcome {
		out := s.stream(ctx, sink)
		if !out.final && ctx.Err() == nil {
			s.logger.LogAttrs(ctx, slog.LevelWarn, "httpapi: event stream lost",
				slog.String("url", s.String()), slog.Any("error", out.err))
		}
		return out
	})
}

// Close ends Receive and waits for it. The second Close returns nil.
func (s *SSE) Close() error {
	s.stop()
	return nil
}

// stream makes one connection and reads it to its end.
func (s *SSE) stream(ctx context.Context, sink func(transport.Frame)) outcome {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late := time.AfterFunc(openTimeout, func() { cancel(context.DeadlineExceeded) })
	defer late.Stop()
	resp, err := s.open(ctx)
	if err != nil {
		return outcome{err: fmt.Errorf("httpapi: events: %w: %w", transport.ErrNotConnected, s.hide(err))}
	}
	defer func() { _ = resp.Body.Close() }() // what is worth telling was read before
	if out, ok := s.check(resp); !ok {
		return out
	}
	late.Stop() // a stream may be silent for as long as it likes
	s.tell(transport.Change{State: transport.StateReady})
	out := outcome{since: time.Now(), err: errStreamEnded}
	life := &watched{body: resp.Body, giveUp: cancel}
	defer life.stop()
	for event, err := range sse.Read(life, &sse.ReadConfig{MaxEventSize: s.readLimit}) {
		if err != nil {
			if context.Cause(ctx) == errNoBeat { //nolint:errorlint // the very value that it was cancelled with
				err = errNoBeat
			}
			out.err = fmt.Errorf("httpapi: events: %w", s.hide(err))
			break
		}
		if id := event.LastEventID; id != "" && len(id) <= maxEventID && !strings.ContainsFunc(id, unicode.IsControl) {
			s.lastID = id // others could not be sent in a header
		}
		s.deliver(ctx, life, event.Data, sink)
	}
	return out
}

// maxEventID bounds the ids of events that are sent back.
const maxEventID = 1 << 10

var errStreamEnded = errors.New("httpapi: events: the server ended the stream")

// open asks for the stream.
func (s *SSE) open(ctx context.Context) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	r.Header = s.header.Clone()
	r.Host = s.header.Get("Host")
	if s.lastID != "" {
		r.Header.Set("Last-Event-ID", s.lastID)
	}
	return s.do(r)
}

// check tells whether the answer is a stream of events, and what follows from it where it is none. It reads no more of such
// an answer than fits into an error, and no longer than the connection may take to open: a gateway may hold its page open.
func (s *SSE) check(resp *http.Response) (outcome, bool) {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")) // what cannot be read is not the type it has to be
	if resp.StatusCode == http.StatusOK && kind == "text/event-stream" {
		return outcome{}, true
	}
	body, _ := readAll(nil, resp.Body, bodyInMask) // for the text of the error only, so what came of it will do
	he := s.httpError(resp, body)
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return outcome{err: fmt.Errorf("httpapi: events: %w: %w", transport.ErrUnauthorized, he), final: true}, false
	case http.StatusOK:
		return outcome{err: fmt.Errorf("httpapi: events: no event stream but %q: %w", kind, he)}, false
	default:
		return outcome{err: fmt.Errorf("httpapi: events: %w", he), leaveAlone: he.RetryAfter}, false
	}
}

// deliver hands on one event of the stream.
func (s *SSE) deliver(ctx context.Context, life *watched, data string, sink func(transport.Frame)) {
	s.buf = append(s.buf[:0], data...)
	if cap(s.buf) > largestKept {
		defer func() { s.buf = nil }()
	}
	head := wire.ScanHead(s.buf)
	switch head.Kind {
	case wire.FrameReply:
		s.strayParts.Add(1)
	case wire.FrameBroken:
		// Also the event that a lost connection has cut short.
		if len(s.buf) > 0 {
			s.dropped(ctx)
		}
	default:
		if head.Heartbeat && head.Post == wire.PostMeta {
			life.heardBeat(head.Interval)
		}
		sink(transport.Frame{Data: s.buf, Head: head})
	}
}

// dropped logs events that cannot be used, at most once in a second.
func (s *SSE) dropped(ctx context.Context) {
	s.broken++
	if now := time.Now(); now.Sub(s.told) >= time.Second {
		s.logger.LogAttrs(ctx, slog.LevelWarn, "httpapi: event is no JSON object",
			slog.String("url", s.String()), slog.Int("bytes", len(s.buf)), slog.Int("events", s.broken))
		s.broken, s.told = 0, now
	}
}
