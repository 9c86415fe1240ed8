package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/onebot-go/onebot/internal/lazyctx"
	"github.com/onebot-go/onebot/transport"
)

// oneWrite is the size of the buffer that http.Transport writes a request through.
const oneWrite = 4 << 10

// Caller performs actions by HTTP POST. It is safe for concurrent use; make it with NewCaller.
type Caller struct {
	endpoint
	requester
	base *http.Request
	// headSize is how many bytes a request has before its body, without the path of the action.
	headSize  int
	readLimit int64
	buffers   buffers
	flights   lazyctx.Group
}

// flight is one call under way, and the context of its request.
type flight struct {
	lazyctx.Member

	body outgoing
}

// NewCaller makes a Caller for the server at baseURL, http or https; the URL may carry a path prefix and an access_token.
// It does not touch the network. The error matches transport.ErrInvalidArgument.
func NewCaller(baseURL string, o Options) (*Caller, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	e, err := newEndpoint(baseURL, o)
	if err != nil {
		return nil, err
	}
	e.header.Set("Content-Type", "application/json")
	o = o.withDefaults()
	return &Caller{
		endpoint:  e,
		requester: newRequester(o, e.mask),
		base: &http.Request{
			Method: http.MethodPost, URL: e.url, Host: e.header.Get("Host"), Header: e.header,
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		},
		headSize:  headSize(&e),
		readLimit: o.ReadLimit,
	}, nil
}

// headSize is generous: it counts the path as escaped to its utmost.
func headSize(e *endpoint) int {
	size := 512 + len(e.url.Host) + 3*len(e.url.Path) + len(e.url.RawQuery)
	for key, values := range e.header {
		for _, value := range values {
			size += len(key) + len(value) + 4
		}
	}
	return size
}

// String gives the address without a token, for logs.
func (c *Caller) String() string { return c.endpoint.String() }

// Call posts one request and gives the server's answer, whatever its status; of an answer in parts the last one.
//
// A 404 that is empty, or JSON without an answer's fields, becomes a failed Response with retcode 1404, the way the OneBot documents
// name an unknown action. A 404 with any other page comes from a gateway or another server: it matches transport.ErrNotSent.
//
// The error matches exactly one of transport.ErrNotSent and transport.ErrOutcomeUnknown; HTTP 401 and 403 also match
// transport.ErrUnauthorized, and a status that is no OneBot answer gives a *transport.HTTPError, 429 with the Retry-After that came. A
// rejected token does not end the Caller: the next call tries again.
func (c *Caller) Call(ctx context.Context, req transport.Request) (*transport.Response, error) {
	var last *transport.Response
	err := c.exchange(ctx, req, func(_ *flight, resp *http.Response) error {
		buf := c.buffers.get()
		defer c.buffers.put(buf)
		body, err := readAll(*buf, resp.Body, c.readLimit)
		*buf = body
		last, err = c.readAnswer(resp, body, err)
		return err
	})
	if err != nil {
		return nil, err
	}
	return last, nil
}

// CallStream is Call for an answer in parts: part gets each of them as it arrives. It stops early, with a nil error,
// when part returns false. An answer whose last part is missing matches transport.ErrOutcomeUnknown and io.ErrUnexpectedEOF, here and
// in Call. After the last part the end is waited for no longer than a second; Call reads an answer to its end.
func (c *Caller) CallStream(ctx context.Context, req transport.Request, part func(*transport.Response) bool) error {
	return c.exchange(ctx, req, func(f *flight, resp *http.Response) error {
		return c.readParts(f, resp, part)
	})
}

// Close fails the calls under way with transport.ErrClosed and closes the connections. It does not wait for those calls,
// which run in their callers' goroutines, so a part of a CallStream may close. Later calls match transport.ErrClosed and
// transport.ErrNotSent. The second Close returns nil.
func (c *Caller) Close() error {
	c.flights.Close()
	c.closeIdle()
	return nil
}

// exchange sends req and has read take the answer, within ctx and until Close.
func (c *Caller) exchange(ctx context.Context, req transport.Request, read func(*flight, *http.Response) error) error {
	u, err := c.action(req.Action)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("httpapi: %s: %w: %w", req.Action, transport.ErrNotSent, err)
	}
	f := new(flight)
	f.body.data = req.Params
	if len(req.Params) == 0 {
		// Lagrange never answers an empty body.
		f.body.data = []byte("{}")
	}
	if !c.flights.Enter(ctx, &f.Member) {
		return fmt.Errorf("httpapi: %s: %w: %w", req.Action, transport.ErrNotSent, transport.ErrClosed)
	}
	defer c.flights.Leave(&f.Member)
	defer f.body.end()

	resp, err := c.do(c.request(&f.Member, u, &f.body)) //nolint:contextcheck // it has entered with ctx
	if err != nil {
		if c.flights.Closed() {
			c.closeIdle() // Close did so while this call still waited for its dial, which therefore goes on
		}
		return fmt.Errorf("httpapi: %s: %w", req.Action, c.failure(ctx, f, err))
	}
	defer func() { _ = resp.Body.Close() }() // what is worth telling was read before
	if err = c.refusal(f, resp); err == nil {
		err = read(f, resp)
	}
	if err != nil {
		return fmt.Errorf("httpapi: %s: %w", req.Action, c.because(ctx, f, err))
	}
	return nil
}

// request makes the request of one call.
func (c *Caller) request(ctx context.Context, u *url.URL, body *outgoing) *http.Request {
	r := c.base.WithContext(ctx)
	r.URL = u
	if !c.own {
		r.Header = c.header.Clone()
	}
	body.attach(r, c.own && c.headSize+len(u.Path)+len(body.data) <= oneWrite)
	return r
}

// failure classifies an error of a request that got no answer.
func (c *Caller) failure(ctx context.Context, f *flight, err error) error {
	var op *net.OpError
	// A failed dial is the last attempt, and any before it wrote nothing, else there would have been no second one.
	dialling := errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
	err = c.hide(err)
	if !dialling && !f.body.untouched() {
		return c.because(ctx, f, unknown(err))
	}
	if !f.Closed() && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", transport.ErrNotConnected, err)
	}
	return c.because(ctx, f, fmt.Errorf("%w: %w", transport.ErrNotSent, err))
}

// because adds why a call was ended from this side, where it was.
func (c *Caller) because(ctx context.Context, f *flight, err error) error {
	if f.Closed() {
		switch {
		case !errors.Is(err, context.Canceled):
			return fmt.Errorf("%w: %w", transport.ErrClosed, err)
		case errors.Is(err, transport.ErrNotSent):
			return fmt.Errorf("%w: %w", transport.ErrNotSent, transport.ErrClosed)
		default: // it is the request's context that was cancelled, not the caller's
			return fmt.Errorf("%w: %w", transport.ErrOutcomeUnknown, transport.ErrClosed)
		}
	}
	if cause := ended(ctx, err); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}

// ended gives the context's error. A deadline that the network noticed before the context did counts.
func ended(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil {
		return cause
	}
	var ne net.Error
	if deadline, ok := ctx.Deadline(); ok && errors.As(err, &ne) && ne.Timeout() && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return nil
}

// unknown says that the request was written.
func unknown(err error) error {
	return fmt.Errorf("%w: %w", transport.ErrOutcomeUnknown, err)
}
