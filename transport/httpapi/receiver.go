package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

const (
	defaultMaxBody = 8 << 20
	// answerWithin leaves go-cqhttp, whose patience is the shortest with 5 s, time to read the reply.
	answerWithin = 2500 * time.Millisecond
	// maxReading is how many bodies are read at once, and maxWaiting how many posts wait for their handlers.
	maxReading = 256
	maxWaiting = 256
	// defaultBodyTimeout is far above what a body of 8 MiB takes on a slow line, and far below what a slow-loris needs.
	defaultBodyTimeout = 10 * time.Second
)

// ReceiverOptions are the settings of a Receiver. The zero value works, and takes events from anyone who can reach it:
// set Secret or Token on any address that others can reach.
type ReceiverOptions struct {
	// Secret is the key of the X-Signature header (HMAC-SHA1 of the body), on NapCat and LLBot the adapter's token.
	// When it is set a post without a signature is refused with 401, one with a wrong signature with 403. Empty checks none.
	Secret string
	// Token is the access token of the Authorization header, which onebots sends besides the signature; other servers
	// send only a signature. When it is set a post without a token is refused with 401, one with a wrong token with 403.
	// Empty checks none. A post has to pass both checks where both are set.
	Token string
	// MaxBody is the largest body in bytes; a larger one is refused with 413. 0 or less means 8 MiB.
	MaxBody int64
	// BodyTimeout is how long a sender may take to send a body, before it gets 408. 0 or less means 10 s; a stricter ReadTimeout of
	// the http.Server stays. It needs a server whose ResponseWriter can set deadlines, as that of net/http can.
	BodyTimeout time.Duration
	// Logger gets, at debug level, why a post was refused. nil means slog.Default().
	Logger *slog.Logger
}

// Receiver takes the events that servers post (a webhook): an http.Handler for your own http.Server, and an EventSource.
//
// It answers each post within 3 s, whether or not the handlers are done: with 204, or with 200 and a quick operation where
// a handler gave one in time (Frame.Quick). go-cqhttp posts an event only when the one before was answered, so that slow handlers hold up
// the events of all chats there. At most 256 posts wait for their handlers at once; further ones are delivered and
// answered at once, as NapCat posts an event only once. While 256 bodies are being read, or nobody receives, a post gets
// 503. So does one whose event is dropped within that time (Frame.Done with an error), and it may be posted again.
//
// A message that the same account posts again within a minute is answered with 204 and not delivered. So is any event of
// go-cqhttp, which posts again what took too long, and of which two equal notices within a second therefore count as one;
// the other servers post an event once, and their notices and requests are delivered as often as they come.
//
// Events are handed on one at a time, in the order in which their posts were read. A Receiver is safe for concurrent use;
// make it with NewReceiver.
type Receiver struct {
	o       ReceiverOptions
	auth    authorizer
	reading chan struct{}
	waiting chan struct{}
	buffers buffers

	mu      sync.Mutex
	sink    func(transport.Frame)
	recents recentPosts
}

// String tells only what it is, for logs.
func (rc *Receiver) String() string { return "httpapi.Receiver" }

// GoString is String: the fields hold the secret and the token.
func (rc *Receiver) GoString() string { return rc.String() }

// NewReceiver makes a Receiver. It neither listens nor dials.
func NewReceiver(o ReceiverOptions) *Receiver {
	if o.MaxBody <= 0 {
		o.MaxBody = defaultMaxBody
	}
	if o.BodyTimeout <= 0 {
		o.BodyTimeout = defaultBodyTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Receiver{
		o:       o,
		auth:    newAuthorizer(o.Secret, o.Token),
		reading: make(chan struct{}, maxReading),
		waiting: make(chan struct{}, maxWaiting),
		recents: newRecentPosts(),
	}
}

// Receive hands every event that is posted to sink until ctx ends, then gives nil. While another Receive runs it fails
// with an error that matches transport.ErrInvalidArgument.
func (rc *Receiver) Receive(ctx context.Context, sink func(transport.Frame)) error {
	rc.mu.Lock()
	if rc.sink != nil {
		rc.mu.Unlock()
		return fmt.Errorf("httpapi: the receiver is already in use: %w", transport.ErrInvalidArgument)
	}
	rc.sink = sink
	rc.mu.Unlock()
	<-ctx.Done()
	// The lock is held while sink runs, so it does not run any more afterwards.
	rc.mu.Lock()
	rc.sink = nil
	rc.mu.Unlock()
	return nil
}

// ServeHTTP takes one post. A wrong method gets 405, a content type other than application/json 415 (none at all is
// taken), invalid JSON 400; the other refusals are told at ReceiverOptions and Receiver.
func (rc *Receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Before anything else: of a post that is refused unread the server still reads what it can of the body.
	control := http.NewResponseController(w)
	// Where deadlines cannot be set, the server's own ReadTimeout has to do.
	guarded := !rc.isStricter(r) && control.SetReadDeadline(time.Now().Add(rc.o.BodyTimeout)) == nil
	if bad := rc.checkHead(r); bad != nil {
		rc.refuse(w, r, bad)
		return
	}
	p := newPost()
	repeated, bad := rc.take(control, guarded, r, p)
	switch {
	case bad != nil:
		rc.refuse(w, r, bad)
	case repeated:
		w.WriteHeader(http.StatusNoContent)
	default:
		rc.answer(w, r, p)
	}
}

// isStricter tells whether the server has a ReadTimeout of its own that is no longer than BodyTimeout.
func (rc *Receiver) isStricter(r *http.Request) bool {
	s, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	return ok && s.ReadTimeout > 0 && s.ReadTimeout <= rc.o.BodyTimeout
}

// take reads and checks the body and delivers the event. It holds no memory of the post afterwards.
func (rc *Receiver) take(control *http.ResponseController, guarded bool, r *http.Request, p *post) (repeated bool, bad *refusal) {
	select {
	case rc.reading <- struct{}{}:
		defer func() { <-rc.reading }()
	default:
		return false, errBusy
	}
	buf := rc.buffers.get()
	defer rc.buffers.put(buf)
	body, bad := rc.readBody(*buf, r)
	*buf = body
	if bad == nil && guarded && control.SetReadDeadline(time.Time{}) != nil {
		bad = errRead
	}
	if bad == nil {
		bad = rc.checkBody(r, body)
	}
	if bad != nil {
		return false, bad
	}
	return rc.deliver(r, body, p)
}

// deliver hands the event to the sink, unless it was posted before.
func (rc *Receiver) deliver(r *http.Request, body []byte, p *post) (repeated bool, bad *refusal) {
	account := r.Header.Get("X-Self-ID")
	self, err := strconv.ParseInt(account, 10, 64)
	if err != nil {
		self = 0
	}
	frame := transport.Frame{Data: body, SelfID: self, Quick: p.quick, Done: p.done, Head: wire.ScanHead(body)}
	known := repeatable(r.UserAgent(), body, &frame.Head)
	if known {
		p.key = postKey(account, body)
	}

	rc.mu.Lock()
	defer rc.mu.Unlock()
	if rc.sink == nil {
		return false, errNobody
	}
	if known && !rc.recents.add(p.key, time.Now()) {
		return true, nil
	}
	rc.sink(frame)
	return false, nil
}

// wait returns when the handlers are done, or when the sender may wait no longer: at once where too many wait already, for the
// event has been delivered and only a quick operation is missed.
func (rc *Receiver) wait(ctx context.Context, p *post) {
	select {
	case rc.waiting <- struct{}{}:
		defer func() { <-rc.waiting }()
	default:
		return
	}
	timer := time.NewTimer(answerWithin)
	defer timer.Stop()
	select {
	case <-p.settled:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// answer tells the sender what came of its post.
func (rc *Receiver) answer(w http.ResponseWriter, r *http.Request, p *post) {
	rc.wait(r.Context(), p)
	op, bad := p.close()
	switch {
	case bad != nil:
		// The sender may repeat it, and then it is no repetition.
		rc.mu.Lock()
		rc.recents.forget(p.key)
		rc.mu.Unlock()
		rc.refuse(w, r, bad)
	case op != nil:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(op)))
		_, _ = w.Write(op) // a sender that has gone cannot be told
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// refuse answers a post that is not delivered.
func (rc *Receiver) refuse(w http.ResponseWriter, r *http.Request, bad *refusal) {
	rc.o.Logger.LogAttrs(r.Context(), slog.LevelDebug, "httpapi: post refused",
		slog.Int("status", bad.status), slog.String("reason", bad.reason), slog.String("remote", r.RemoteAddr))
	if bad.header != "" {
		w.Header().Set(bad.header, bad.value)
	}
	http.Error(w, bad.reason, bad.status)
}
