package onebot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/onebot-go/onebot/internal/lazyctx"
	"github.com/onebot-go/onebot/internal/secret"
	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

// Invoker performs one action call. It gives an *ActionError for an answer that says failed.
type Invoker func(ctx context.Context, req transport.Request) (*transport.Response, error)

// Interceptor wraps an Invoker: for logging, metrics, retries of what may be retried. It must not keep the request's Params
// after the call, and must not call Close, which waits for the goroutine in which WithCatchUp makes its calls.
type Interceptor func(Invoker) Invoker

// Call performs any action. params is a JSON object in any form: nil (no parameters), json.RawMessage, []byte, or something
// that encoding/json makes an object of. Where ctx has no deadline, WithCallTimeout sets one.
//
// A failed call matches exactly one of ErrNotSent, *ActionError and ErrOutcomeUnknown. An action whose answer comes in parts
// gives the last part; CallStream gives all of them.
func (c *Client) Call(ctx context.Context, action string, params any) (*Response, error) {
	req, err := newRequest(action, params)
	if err != nil {
		return nil, err
	}
	resp, err := c.do(ctx, req)
	if err != nil {
		return nil, err
	}
	if err := readable(action, resp); err != nil {
		return nil, err
	}
	return resp, nil
}

// readable finds data that is no JSON: a transport looks no further into it than it has to, and what Call and CallStream give is valid.
func readable(action string, resp *Response) error {
	l := wire.BytesLexer(resp.Data)
	l.Skip()
	if err := l.End(); err != nil {
		return fmt.Errorf("onebot: %s: unreadable data: %w: %w", action, ErrOutcomeUnknown, err)
	}
	return nil
}

// do is the way of every call, typed or not.
func (c *Client) do(ctx context.Context, req transport.Request) (*Response, error) {
	c.calls.Add(1)
	if err := c.ready(ctx, req.Action); err != nil {
		return nil, err
	}
	resp, err := c.invoke(ctx, req)
	if err == nil && resp == nil {
		err = noInterceptorAnswer(req.Action)
	}
	return resp, err
}

func noInterceptorAnswer(action string) error {
	return fmt.Errorf("onebot: %s: an interceptor gave neither answer nor error: %w", action, ErrOutcomeUnknown)
}

func (c *Client) ready(ctx context.Context, action string) error {
	if c.closed.Load() {
		return fmt.Errorf("onebot: %s: %w: %w", action, ErrNotSent, ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("onebot: %s: %w: %w", action, ErrNotSent, err)
	}
	return nil
}

// lifeKey is the key under which the context of a call with interceptors has that of the client, for those that wait.
type lifeKey struct{}

// intercept puts the interceptors around the innermost Invoker.
func (c *Client) intercept(invoke Invoker) Invoker {
	if len(c.cfg.interceptors) == 0 {
		return invoke
	}
	for _, in := range slices.Backward(c.cfg.interceptors) {
		if invoke = in(invoke); invoke == nil {
			return func(_ context.Context, req transport.Request) (*transport.Response, error) {
				return nil, refused(req.Action, fmt.Errorf("an interceptor gave no Invoker: %w", ErrInvalidArgument))
			}
		}
	}
	return func(ctx context.Context, req transport.Request) (*transport.Response, error) {
		return invoke(context.WithValue(ctx, lifeKey{}, c.base), req)
	}
}

// send is the innermost Invoker, the only way to the transport.
func (c *Client) send(ctx context.Context, req transport.Request) (*transport.Response, error) {
	caller := ctx
	ctx, err := c.admit(ctx, req)
	if err != nil {
		return nil, err
	}
	defer leave(ctx)
	watch := c.watchSend(req)
	resp, failure := c.conn.Call(ctx, req)
	resp, err = c.judge(ctx, req.Action, resp, failure)
	if watch == nil {
		c.noteForward(req, resp, err)
		return resp, err
	}
	return watch.end(caller, resp, err, failure != nil)
}

// leave frees what admit may have made.
func leave(ctx context.Context) {
	if own, ok := ctx.(*lazyctx.Context); ok {
		own.Release()
	}
}

// admit waits for the rate limit and then sets the deadline that a call without one gets.
func (c *Client) admit(ctx context.Context, req transport.Request) (context.Context, error) {
	if err := c.limiter.wait(ctx, c.base, req); err != nil {
		return nil, err
	}
	if _, ok := ctx.Deadline(); !ok {
		// time.Since looks at one clock, time.Now at two. The sum of the two durations may be too large for one.
		ctx = lazyctx.With(ctx, c.cfg.born.Add(time.Since(c.cfg.born)).Add(c.cfg.callTimeout))
	}
	return ctx, nil
}

// judge makes of an answer, or of a transport's error, what the caller gets.
func (c *Client) judge(ctx context.Context, action string, resp *transport.Response, err error) (*transport.Response, error) {
	if err != nil {
		return nil, c.classify(ctx, action, err)
	}
	if resp == nil {
		return nil, fmt.Errorf("onebot: %s: the transport gave no answer: %w", action, ErrOutcomeUnknown)
	}
	if !failed(resp) {
		if len(resp.Data) == 0 {
			filled := *resp // a transport may give the same one to several calls at a time
			filled.Data = []byte("null")
			resp = &filled
		}
		return resp, nil
	}
	if serverTimedOut(resp) {
		return nil, fmt.Errorf("onebot: %s: the server stopped waiting for QQ: %w: retcode %d: %s", action, ErrOutcomeUnknown, resp.Retcode,
			secret.Short(c.cfg.mask.Text(resp.Message)))
	}
	info := c.server.known()
	dialect := info.Dialect
	if c.cfg.hasDialect {
		dialect = c.cfg.dialect
	}
	return nil, &ActionError{
		Action: action, Status: resp.Status, Retcode: resp.Retcode,
		Message: c.cfg.mask.Text(resp.Message), Wording: c.cfg.mask.Text(resp.Wording),
		Server: info.Name, HTTPStatus: resp.HTTPStatus, RetryAfter: resp.RetryAfter,
		unknownAction: unknownAction(dialect, action, resp),
	}
}

// failed decides by the status. A server that gives none has not done anything (go-cqhttp's empty object), unless it gave data.
func failed(resp *transport.Response) bool {
	switch resp.Status {
	case "ok", "async":
		return false
	case "":
		return resp.Retcode != 0 || len(resp.Data) == 0 || string(resp.Data) == "null"
	default:
		return resp.Status == "failed" || resp.Retcode != 0
	}
}

// classify puts a transport's error into one of the classes, and adds what the caller's context says, and whether the client was closed: a
// handler's context ends with it.
func (c *Client) classify(ctx context.Context, action string, err error) error {
	if c.closed.Load() && !errors.Is(err, ErrClosed) {
		err = fmt.Errorf("%w: %w", ErrClosed, err)
	}
	var refusal *ActionError
	notSent, unknown, refused := errors.Is(err, ErrNotSent), errors.Is(err, ErrOutcomeUnknown), errors.As(err, &refusal)
	class := error(nil)
	switch {
	case notSent && unknown, refused && (notSent || unknown):
		class, err = ErrOutcomeUnknown, classless{err}
	case !notSent && !unknown && !refused:
		class = ErrOutcomeUnknown
	}
	var cause error
	if ctxErr := ctx.Err(); ctxErr != nil && !errors.Is(err, ctxErr) {
		cause = ctxErr
	}
	switch {
	case class != nil && cause != nil:
		return fmt.Errorf("onebot: %s: %w: %w: %w", action, class, cause, err)
	case class != nil:
		return fmt.Errorf("onebot: %s: %w: %w", action, class, err)
	case cause != nil:
		return fmt.Errorf("onebot: %s: %w: %w", action, cause, err)
	default:
		return fmt.Errorf("onebot: %s: %w", action, err)
	}
}

// CallStream performs an action whose answer comes in several parts (NapCat's download_*_stream actions) and yields each in order, the
// last one too; any other action yields its one answer. An error is yielded once, last. Leaving the loop ends the wait.
func (c *Client) CallStream(ctx context.Context, action string, params any) iter.Seq2[*Response, error] {
	return func(yield func(*Response, error) bool) {
		req, err := newRequest(action, params)
		if err == nil {
			c.calls.Add(1)
			err = c.ready(ctx, action)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		left, given := false, false
		stream := func(ctx context.Context, req transport.Request) (*transport.Response, error) {
			ctx, err := c.admit(ctx, req)
			if err != nil {
				return nil, err
			}
			defer leave(ctx)
			var last *transport.Response
			var refusal error
			err = transport.CallStream(ctx, c.conn, req, func(r *transport.Response) bool {
				if left || refusal != nil { // a transport that has not listened
					return false
				}
				if last, refusal = c.judge(ctx, action, r, nil); refusal == nil {
					refusal = readable(action, last)
				}
				if refusal != nil {
					return false
				}
				given = true
				left = !yield(last, nil)
				return !left
			})
			if refusal != nil {
				return nil, refusal
			}
			if err != nil && !left {
				return nil, c.classify(ctx, action, err)
			}
			if last == nil {
				return c.judge(ctx, action, nil, nil)
			}
			return last, nil
		}
		resp, err := c.intercept(stream)(ctx, req)
		switch {
		case left:
		case err != nil:
			yield(nil, err)
		case resp == nil:
			yield(nil, noInterceptorAnswer(action))
		case !given: // an interceptor has answered by itself
			yield(resp, nil)
		}
	}
}

// Do performs any action and decodes the data of its answer into a T, for the actions that have no method of their own:
//
//	info, err := onebot.Do[GroupInfo](ctx, client, "get_group_info", map[string]any{"group_id": 20001})
//
// An answer that came and cannot be decoded is ErrOutcomeUnknown. With status "async" there is no data: the zero T and nil.
func Do[T any](ctx context.Context, c *Client, action string, params any) (T, error) {
	var v T
	resp, err := c.Call(ctx, action, params)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(resp.Data, &v); err != nil {
		return v, fmt.Errorf("onebot: %s: unreadable data: %w: %w", action, ErrOutcomeUnknown, err)
	}
	return v, nil
}

func newRequest(action string, params any) (transport.Request, error) {
	if action == "" || strings.ContainsFunc(action, badInAction) {
		return transport.Request{}, fmt.Errorf("onebot: action %q: %w: %w", action, ErrInvalidArgument, ErrNotSent)
	}
	var body []byte
	switch p := params.(type) {
	case nil:
		return transport.Request{Action: action, Params: []byte("{}")}, nil
	case json.RawMessage:
		body = p
	case []byte:
		body = p
	default:
		encoded, err := json.Marshal(p)
		if err != nil {
			return transport.Request{}, fmt.Errorf("onebot: %s: params: %w: %w: %w", action, ErrInvalidArgument, ErrNotSent, err)
		}
		body = encoded
	}
	l := wire.BytesLexer(body)
	kind := l.Peek()
	l.Skip()
	switch err := l.End(); {
	case len(body) == 0 || err == nil && kind == wire.Null:
		return transport.Request{Action: action, Params: []byte("{}")}, nil
	case err != nil:
		return transport.Request{}, fmt.Errorf("onebot: %s: params: %w: %w: %w", action, ErrInvalidArgument, ErrNotSent, err)
	case kind != wire.Object:
		return transport.Request{}, fmt.Errorf("onebot: %s: params are no JSON object: %w: %w", action, ErrInvalidArgument, ErrNotSent)
	}
	return transport.Request{Action: action, Params: body}, nil
}

// badInAction finds what no action name holds and what would change the path of an HTTP request.
func badInAction(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '.' || r == '-')
}
