package httpapi_test

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

// callerFunc is a transport.Caller made of a function.
type callerFunc func(ctx context.Context, req transport.Request) (*transport.Response, error)

func (f callerFunc) Call(ctx context.Context, req transport.Request) (*transport.Response, error) {
	return f(ctx, req)
}

func ok(data string) *transport.Response {
	return &transport.Response{Status: "ok", Data: []byte(data)}
}

func newPolling(tb testing.TB, c transport.Caller, o httpapi.PollingOptions) *httpapi.Polling {
	tb.Helper()
	o.Logger = quiet()
	p, err := httpapi.NewPolling(c, o)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, p.Close()) })
	return p
}

// dialects.md 6.6: get_updates {limit, timeout in seconds}.
func TestPolling_Receive_goCQHTTP(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		polls := 0
		c := callerFunc(func(ctx context.Context, req transport.Request) (*transport.Response, error) {
			polls++
			assert.Equal(t, "get_updates", req.Action)
			assert.JSONEq(t, `{"limit":10,"timeout":5}`, string(req.Params))
			deadline, _ := ctx.Deadline()
			assert.Equal(t, 15*time.Second, time.Until(deadline))
			if polls == 2 {
				<-time.After(5 * time.Second)
				return ok(`[]`), nil
			}
			return ok(`[{"post_type":"message","n":1}, 7, null, {"post_type":"notice","n":2}]`), nil
		})
		p := newPolling(t, c, httpapi.PollingOptions{Limit: 10, Wait: 5 * time.Second})
		got := collect(t, p, 4)
		assert.Len(t, got, 4)
		assert.JSONEq(t, `{"post_type":"message","n":1}`, got[0])
		assert.JSONEq(t, `{"post_type":"notice","n":2}`, got[3])
		assert.Equal(t, transport.Counters{}, p.Counters())
	})
}

// dialects.md 6.6: get_event {key, timeout in milliseconds}; 5.4: HTTP 404 with retcode 404 for an unknown action.
func TestPolling_Receive_llbot(t *testing.T) {
	t.Parallel()
	var actions []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		actions = append(actions, r.URL.Path)
		if r.URL.Path != "/get_event" {
			answer(404, `{"status":"failed","retcode":404,"data":null,"message":"no","wording":"no"}`)(w, r)
			return
		}
		answer(200, `{"status":"ok","retcode":0,"data":[{"post_type":"message","message_id":-5}]}`)(w, r)
	})
	p := newPolling(t, newCaller(t, s.URL, httpapi.Options{}), httpapi.PollingOptions{Key: "me"})
	assert.Len(t, collect(t, p, 2), 2)
	assert.Equal(t, []string{"/get_updates", "/get_event", "/get_event"}, actions[:3])
}

func TestPolling_Receive_unsupported(t *testing.T) {
	t.Parallel()
	for _, rec := range append(readRecorded[recorded](t, "napcat-4.18.19-http.jsonl"), readRecorded[recorded](t, "onebots-1.2.4-http.jsonl")...) {
		if rec.Note != "unknown action" {
			continue
		}
		c := newCaller(t, serve(t, rec.ServeHTTP).URL, httpapi.Options{})
		err := newPolling(t, c, httpapi.PollingOptions{}).Receive(t.Context(), func(transport.Frame) {})
		require.ErrorIs(t, err, transport.ErrUnsupported)
	}
}

func TestPolling_Receive_failures(t *testing.T) {
	t.Parallel()
	for name, final := range map[string]error{
		"rejected token": transport.ErrUnauthorized, "closed caller": transport.ErrClosed, "events only": transport.ErrUnsupported,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := callerFunc(func(context.Context, transport.Request) (*transport.Response, error) { return nil, final })
			err := newPolling(t, c, httpapi.PollingOptions{}).Receive(t.Context(), func(transport.Frame) {})
			require.ErrorIs(t, err, final)
		})
	}
}

func TestPolling_Receive_passingFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		steps := []func() (*transport.Response, error){
			func() (*transport.Response, error) { return nil, transport.ErrOutcomeUnknown },
			func() (*transport.Response, error) { return ok(`[{"post_type":"x","n":1}]`), nil },
			func() (*transport.Response, error) { return &transport.Response{Status: "failed", Retcode: 100}, nil },
			func() (*transport.Response, error) { return ok(`[{"post_type":"x","n":2}]`), nil },
			func() (*transport.Response, error) { return ok(`[{"post_type":"x","n":3},`), nil },
			func() (*transport.Response, error) {
				return nil, errors.Join(transport.ErrNotSent, &transport.HTTPError{Status: 429, RetryAfter: 9 * time.Second})
			},
			func() (*transport.Response, error) { return ok(`[{"post_type":"x","n":4}]`), nil },
		}
		at := make([]time.Duration, 0, len(steps))
		start := time.Now()
		c := callerFunc(func(context.Context, transport.Request) (*transport.Response, error) {
			at = append(at, time.Since(start))
			return steps[len(at)-1]()
		})
		p := newPolling(t, c, httpapi.PollingOptions{Backoff: transport.Backoff{Min: time.Second, Max: 8 * time.Second}})
		assert.Equal(t, `{"post_type":"x","n":1}{"post_type":"x","n":2}{"post_type":"x","n":3}{"post_type":"x","n":4}`, strings.Join(collect(t, p, 4), ""))
		assert.Equal(t, []time.Duration{0, 1e9, 1e9, 3e9, 3e9, 7e9, 16e9}, at)
		assert.EqualValues(t, 2, p.Counters().Reconnects)
	})
}

// A server that is busy may say so in an answer of its own.
func TestPolling_Receive_retryAfterOfAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		start := time.Now()
		c := callerFunc(func(context.Context, transport.Request) (*transport.Response, error) {
			at = append(at, time.Since(start))
			switch len(at) {
			case 1, 2, 4: // the first two are one poll
				return &transport.Response{Status: "failed", Retcode: 503, HTTPStatus: 503, RetryAfter: time.Duration(len(at)) * time.Minute}, nil
			default:
				return ok(`[{"post_type":"x","n":1}]`), nil
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute+time.Second)
		defer cancel()
		require.NoError(t, newPolling(t, c, httpapi.PollingOptions{}).Receive(ctx, func(transport.Frame) {
			if len(at) == 5 {
				cancel()
			}
		}))
		assert.Equal(t, []time.Duration{0, 0, 2 * time.Minute, 2 * time.Minute, 6 * time.Minute}, at)
	})
}

func TestPolling_Receive_retryAfterIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		start := time.Now()
		c := callerFunc(func(context.Context, transport.Request) (*transport.Response, error) {
			at = append(at, time.Since(start))
			return nil, errors.Join(transport.ErrNotSent, &transport.HTTPError{Status: 503, RetryAfter: math.MaxInt32 * time.Second})
		})
		p := newPolling(t, c, httpapi.PollingOptions{})
		ctx, cancel := context.WithTimeout(t.Context(), 11*time.Minute)
		defer cancel()
		require.NoError(t, p.Receive(ctx, func(transport.Frame) { t.Error("delivered") }))
		assert.Equal(t, []time.Duration{0, 5 * time.Minute, 10 * time.Minute}, at)
	})
}

func TestPolling_Receive_emptyAnswersAreNotStormed(t *testing.T) {
	t.Parallel()
	for data, handed := range map[string]int{`[]`: 0, `null`: 0, `{"post_type":`: 0, `{}`: 11, `{"events":[]}`: 11, `[{}]`: 11} {
		synctest.Test(t, func(t *testing.T) {
			polls := 0
			c := callerFunc(func(context.Context, transport.Request) (*transport.Response, error) {
				if polls++; polls > 11 {
					return ok(`[]`), nil
				}
				return ok(data), nil
			})
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second+time.Millisecond)
			defer cancel()
			p := newPolling(t, c, httpapi.PollingOptions{Backoff: transport.Backoff{Min: time.Second, Max: time.Second}})
			require.NoError(t, p.Receive(ctx, func(transport.Frame) { handed-- }))
			assert.Equal(t, 11, polls, data)
			assert.Zero(t, handed, "what is not understood is handed on: %s", data)
		})
	}
}

func TestPolling_Close(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 1)
	c := callerFunc(func(ctx context.Context, _ transport.Request) (*transport.Response, error) {
		asked <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	})
	p := newPolling(t, c, httpapi.PollingOptions{})
	ended := make(chan error, 1)
	go func() { ended <- p.Receive(context.Background(), func(transport.Frame) {}) }()
	<-asked
	require.NoError(t, p.Close())
	require.ErrorIs(t, <-ended, transport.ErrClosed)
}

// A caller of the user's own may give nothing; that is a failed poll.
func TestPolling_Receive_callerWithoutAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		p := newPolling(t, callerFunc(func(context.Context, transport.Request) (*transport.Response, error) {
			if asked++; asked == 1 {
				return nil, nil //nolint:nilnil // what is tested
			}
			return ok(`[{"post_type":"notice"}]`), nil
		}), httpapi.PollingOptions{})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var lost []error
		p.Watch(func(ch transport.Change) {
			if ch.Err != nil {
				lost = append(lost, ch.Err)
			}
		})
		require.NoError(t, p.Receive(ctx, func(transport.Frame) { cancel() }))
		require.Len(t, lost, 1)
		assert.ErrorContains(t, lost[0], "get_updates: the caller gave no answer")
	})
}

func TestNewPolling_invalid(t *testing.T) {
	t.Parallel()
	c := callerFunc(nil)
	for name, o := range map[string]httpapi.PollingOptions{
		"negative wait": {Wait: -time.Second}, "half a second": {Wait: 500 * time.Millisecond},
		"negative limit": {Limit: -1}, "backoff": {Backoff: transport.Backoff{Min: 2, Max: 1}},
	} {
		_, err := httpapi.NewPolling(c, o)
		require.ErrorIs(t, err, transport.ErrInvalidArgument, name)
	}
	_, err := httpapi.NewPolling(nil, httpapi.PollingOptions{})
	require.ErrorIs(t, err, transport.ErrInvalidArgument)
}

// A server that is not ready yet, or a gateway before it, says no to both actions; that is no reason to give up.
func TestPolling_Receive_firstAnswers(t *testing.T) {
	t.Parallel()
	failed := func(retcode int64, message string) *transport.Response {
		return &transport.Response{Status: "failed", Retcode: retcode, Message: message}
	}
	for name, tt := range map[string]struct {
		updates, event *transport.Response // the first answers
		final          error
	}{
		"LLBot, not logged in":      {failed(404, ""), failed(200, "not logged in"), nil},
		"go-cqhttp, not logged in":  {failed(100, "BOT_OFFLINE"), failed(404, "API_NOT_FOUND"), nil},
		"gateway":                   {failed(503, ""), failed(503, ""), nil},
		"NapCat, something else":    {failed(200, "busy"), failed(200, "busy"), nil},
		"go-cqhttp without polling": {failed(404, "API_NOT_FOUND"), failed(404, "API_NOT_FOUND"), transport.ErrUnsupported},
		"standard":                  {failed(1404, ""), failed(1404, ""), transport.ErrUnsupported},
		"another 404":               {&transport.Response{Status: "failed", HTTPStatus: 404, Retcode: 9}, failed(404, ""), transport.ErrUnsupported},
		"NapCat":                    {failed(200, "不支持的Api get_updates"), failed(200, "不支持的Api get_event"), transport.ErrUnsupported},
		"onebots":                   {failed(-1, "Unknown action: get_updates"), failed(-1, "Unknown action: get_event"), transport.ErrUnsupported},
		"rejected token":            {failed(1403, "token验证失败"), nil, transport.ErrUnauthorized},
		"rejected by the second":    {failed(404, ""), failed(1403, "token验证失败"), transport.ErrUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				answers := map[string]*transport.Response{"get_updates": tt.updates, "get_event": tt.event}
				c := callerFunc(func(_ context.Context, req transport.Request) (*transport.Response, error) {
					resp := answers[req.Action]
					assert.NotNil(t, resp, req.Action)
					if req.Action == "get_event" {
						answers["get_event"] = ok(`[{"n":1}]`)
					}
					return resp, nil
				})
				p := newPolling(t, c, httpapi.PollingOptions{Backoff: transport.Backoff{Min: time.Second, Max: time.Second}})
				if tt.final == nil {
					assert.Equal(t, []string{`{"n":1}`}, collect(t, p, 1))
					return
				}
				err := p.Receive(t.Context(), func(transport.Frame) { t.Error("delivered") })
				require.ErrorIs(t, err, tt.final)
			})
		})
	}
}

// A token that is withdrawn while the source runs.
func TestPolling_Receive_tokenRejectedLater(t *testing.T) {
	t.Parallel()
	polls := 0
	c := callerFunc(func(context.Context, transport.Request) (*transport.Response, error) {
		if polls++; polls == 1 {
			return ok(`[{"n":1}]`), nil
		}
		return &transport.Response{Status: "failed", Retcode: 1403}, nil
	})
	err := newPolling(t, c, httpapi.PollingOptions{}).Receive(t.Context(), func(transport.Frame) {})
	require.ErrorIs(t, err, transport.ErrUnauthorized)
}

// A server that has polled knows an action: that it knows none later is a failure that passes.
func TestPolling_Receive_unknownLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		c := callerFunc(func(_ context.Context, req transport.Request) (*transport.Response, error) {
			asked = append(asked, req.Action+" "+string(req.Params))
			switch len(asked) {
			case 1, 3, 4, 5:
				return &transport.Response{Status: "failed", Retcode: 404}, nil
			}
			return ok(`[{"n":1}]`), nil
		})
		p := newPolling(t, c, httpapi.PollingOptions{Wait: 7 * time.Second, Backoff: transport.Backoff{Min: time.Second, Max: time.Second}})
		assert.Len(t, collect(t, p, 2), 2)
		updates, event := `get_updates {"limit":100,"timeout":7}`, `get_event {"key":"onebot-go","timeout":7000}`
		assert.Equal(t, []string{updates, event, event, event, updates, event}, asked)
	})
}

// Behind the same address LLBot gives way to go-cqhttp, which knows another action.
func TestPolling_Receive_anotherServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		c := callerFunc(func(_ context.Context, req transport.Request) (*transport.Response, error) {
			asked = append(asked, req.Action)
			known := "get_event"
			if len(asked) > 2 {
				known = "get_updates"
			}
			switch {
			case len(asked) == 6: // busy
				return &transport.Response{Status: "failed", Retcode: 100}, nil
			case req.Action != known:
				return &transport.Response{Status: "failed", Retcode: 404}, nil
			}
			return ok(`[{"n":1}]`), nil
		})
		p := newPolling(t, c, httpapi.PollingOptions{Backoff: transport.Backoff{Min: time.Second, Max: time.Second}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		ready, got := 0, 0
		p.Watch(func(c transport.Change) {
			if c.State == transport.StateReady {
				ready++
			}
		})
		require.NoError(t, p.Receive(ctx, func(transport.Frame) {
			if got++; got == 3 {
				cancel()
			}
		}))
		assert.Equal(t, []string{"get_updates", "get_event", "get_event", "get_event", "get_updates", "get_updates", "get_updates"}, asked)
		assert.Equal(t, 3, ready, "the other server counts as another connection")
	})
}
