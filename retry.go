package onebot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/onebot-go/onebot/internal/backoff"
	"github.com/onebot-go/onebot/transport"
)

// RetryReads makes an interceptor for WithInterceptor that repeats a call that only reads, at most n times, waiting as b says in
// between; the zero Backoff means 500 ms to 30 s. Reading twice does no harm, so it repeats after every failure that time may heal:
// not connected, outcome unknown, HTTP 429 and 5xx. What the server refused (*ActionError) it does not repeat, nor what cannot work:
// ErrInvalidArgument, ErrUnsupported, ErrUnauthorized, ErrClosed, ErrMessageWithdrawn.
//
// Reads are the actions whose name begins with get_, can_, _get_, fetch_ or nc_get_, apart from get_event and get_updates, which
// take away what they read. It ends with the context of the call, and gives the last error as it came; Close ends it, too. Where that
// context has no deadline, WithCallTimeout bounds each attempt by itself.
//
// A negative n or an invalid b gives nil, for which WithInterceptor fails with ErrInvalidArgument.
func RetryReads(n int, b Backoff) Interceptor {
	return retry(n, b, isRead, func(err error) bool {
		var refusal *ActionError
		return !errors.As(err, &refusal) && !hopeless(err)
	})
}

// RetryUnsent makes an interceptor for WithInterceptor that repeats a send, at most n times, where it is certain that nothing has
// gone out and time may heal it: ErrNotConnected, HTTP 429, and what WithOutcomeCheck has found not to be sent. It waits as b says
// in between, the zero Backoff meaning 500 ms to 30 s, and at least as long as the server asked for (Retry-After); where that is more
// than five minutes the error is returned at once. It never repeats after ErrOutcomeUnknown or an *ActionError, nor what cannot work.
//
// Sends are the actions whose name begins with send_. While a connection is down a call waits for the next one anyway; the
// interceptor matters with WithFailFast, over HTTP, and with WithOutcomeCheck. It ends with the context of the call: where that
// would end within the wait, the error is returned at once. Close ends it, too. Where that context has no deadline, WithCallTimeout
// bounds each attempt by itself.
//
// A negative n or an invalid b gives nil, for which WithInterceptor fails with ErrInvalidArgument.
func RetryUnsent(n int, b Backoff) Interceptor {
	return retry(n, b, isSend, func(err error) bool {
		var refusal *ActionError
		if !errors.Is(err, ErrNotSent) || errors.Is(err, ErrOutcomeUnknown) || errors.As(err, &refusal) || hopeless(err) {
			return false
		}
		var answer *transport.HTTPError
		return errors.Is(err, ErrNotConnected) || errors.Is(err, errAbsent) || errors.As(err, &answer) && answer.Status == tooManyRequests
	})
}

const tooManyRequests = 429

// isSend tells whether an action sends something that people see.
func isSend(action string) bool { return strings.HasPrefix(action, "send_") }

// isRead tells whether an action changes nothing, so that doing it twice is doing it once.
func isRead(action string) bool {
	if action == "get_event" || action == "get_updates" || strings.HasSuffix(action, "_stream") {
		return false
	}
	for _, prefix := range [...]string{"get_", "can_", "_get_", "fetch_", "nc_get_"} {
		if strings.HasPrefix(action, prefix) {
			return true
		}
	}
	return false
}

// hopeless tells whether an error stays however often the call is repeated.
func hopeless(err error) bool {
	for _, final := range [...]error{ErrInvalidArgument, ErrUnsupported, ErrUnauthorized, ErrClosed, ErrMessageWithdrawn} {
		if errors.Is(err, final) {
			return true
		}
	}
	return false
}

func retry(n int, b Backoff, concerns func(action string) bool, heals func(error) bool) Interceptor {
	if n < 0 || b.Validate() != nil {
		return nil
	}
	if b == (Backoff{}) {
		b = transport.DefaultBackoff()
	}
	return func(next Invoker) Invoker {
		return func(ctx context.Context, req transport.Request) (*transport.Response, error) {
			resp, err := next(ctx, req)
			if err == nil || n == 0 || !concerns(req.Action) {
				return resp, err
			}
			waits := backoff.New(backoff.Policy(b))
			for i := 0; i < n && err != nil && heals(err); i++ {
				wish := wishOf(err)
				if wish > longestWish || !patience(ctx, max(waits.Next(), wish)) {
					if lifeOf(ctx).Err() != nil {
						err = fmt.Errorf("onebot: %s: %w before it was repeated: %w", req.Action, ErrClosed, err)
					}
					break
				}
				resp, err = next(ctx, req)
			}
			return resp, err
		}
	}
}

// longestWish is how long a server may ask to be left alone before the caller is told instead.
const longestWish = 5 * time.Minute

// wishOf is how long the server asked to be left alone.
func wishOf(err error) time.Duration {
	var answer *transport.HTTPError
	if errors.As(err, &answer) {
		return answer.RetryAfter
	}
	return 0
}

// lifeOf gives the context of the client for which an interceptor works: it ends with Close.
func lifeOf(ctx context.Context) context.Context {
	if life, ok := ctx.Value(lifeKey{}).(context.Context); ok {
		return life
	}
	return context.Background()
}

// patience waits for d, and reports false at once where ctx would not last that long, and when the client is closed.
func patience(ctx context.Context, d time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-lifeOf(ctx).Done():
		return false
	case <-ctx.Done():
		return false
	}
}
