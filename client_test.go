package onebot_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// classes counts how many of the three classes of failure err matches.
func classes(err error) int {
	n := 0
	var refused *onebot.ActionError
	for _, is := range []bool{errors.Is(err, onebot.ErrNotSent), errors.Is(err, onebot.ErrOutcomeUnknown), errors.As(err, &refused)} {
		if is {
			n++
		}
	}
	return n
}

func TestClient_Call_params(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"x": `{"n":9223372036854775807}`})
	c := newClient(t, d)
	for _, tc := range []struct {
		name   string
		params any
		want   string
	}{
		{"nil", nil, `{}`},
		{"raw", []byte(`{"a":1}`), `{"a":1}`},
		{"empty raw", []byte{}, `{}`},
		{"null", []byte(`null`), `{}`},
		{"map", map[string]any{"g": 1}, `{"g":1}`},
		{"typed nil map", map[string]any(nil), `{}`},
		{"ids", map[string]any{"user_id": onebot.UserID(1 << 60), "id": onebot.MessageID("-7")}, `{"id":-7,"user_id":"1152921504606846976"}`},
	} {
		resp, err := c.Call(t.Context(), "x", tc.params)
		require.NoError(t, err, tc.name)
		assert.Equal(t, `{"n":9223372036854775807}`, string(resp.Data))
		assert.Equal(t, tc.want, d.lastParams(t), tc.name)
	}
	for name, params := range map[string]any{"array": []int{1}, "broken": []byte(`{"a":`), "function": func() {}, "string": "x"} {
		_, err := c.Call(t.Context(), "x", params)
		require.ErrorIs(t, err, onebot.ErrInvalidArgument, name)
		assert.Equal(t, 1, classes(err), name)
	}
	for _, action := range []string{"", "a/b", "a b", "a?b", "../x"} {
		_, err := c.Call(t.Context(), action, nil)
		require.ErrorIs(t, err, onebot.ErrInvalidArgument, action)
		require.ErrorIs(t, err, onebot.ErrNotSent, action)
	}
	broken := newClient(t, answers(map[string]string{"x": `{"a":1,}`}))
	_, err := broken.Call(t.Context(), "x", nil)
	require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
	assert.Equal(t, 1, classes(err))
	v, err := onebot.Do[struct{ N int64 }](t.Context(), c, "x", nil)
	require.NoError(t, err)
	assert.Equal(t, int64(1<<63-1), v.N)
	_, err = onebot.Do[[]string](t.Context(), c, "x", nil)
	require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
}

func TestClient_Call_judges(t *testing.T) {
	t.Parallel()
	var resp transport.Response
	var fail error
	c := newClient(t, newDouble(func(context.Context, transport.Request) (*transport.Response, error) {
		if fail != nil {
			return nil, fail
		}
		r := resp
		return &r, nil
	}))
	for _, tc := range []struct {
		name    string
		resp    transport.Response
		unknown bool // ErrUnknownAction
		outcome bool // ErrOutcomeUnknown
		ok      bool
	}{
		{name: "ok", resp: transport.Response{Status: "ok"}, ok: true},
		{name: "async", resp: transport.Response{Status: "async", Retcode: 1}, ok: true},
		{name: "onebots ok without data (captures/onebots)", resp: transport.Response{Status: "ok", Data: []byte("null")}, ok: true},
		{name: "failed with retcode 0", resp: transport.Response{Status: "failed"}},
		{name: "empty object (dialects T9)", resp: transport.Response{Data: []byte("null")}},
		{name: "standard ws", resp: transport.Response{Status: "failed", Retcode: 1404}, unknown: true},
		{name: "standard http", resp: transport.Response{Status: "failed", HTTPStatus: http.StatusNotFound}, unknown: true},
		{name: "go-cqhttp", resp: transport.Response{Status: "failed", Retcode: 404, Message: "API_NOT_FOUND", Wording: "API不存在"}, unknown: true},
		{name: "napcat http (captures/napcat/http)", resp: transport.Response{Status: "failed", Retcode: 200, Message: "不支持的Api definitely_unknown_action"}, unknown: true},
		{name: "onebots (captures/onebots/http)", resp: transport.Response{Status: "failed", Retcode: -1, Message: "Unknown action: definitely_unknown_action"}, unknown: true},
		{name: "napcat http, another failure", resp: transport.Response{Status: "failed", Retcode: 200, Message: "无法获取用户信息"}},
		{name: "onebots, another failure", resp: transport.Response{Status: "failed", Retcode: -1, Message: "get_forward_msg not implemented"}},
		{name: "napcat timeout (dialects T10)", resp: transport.Response{Status: "failed", Retcode: 1200, Message: "Timeout: NTEvent serviceAndMethod:x"}, outcome: true},
		{name: "llbot timeout (dialects 1.2)", resp: transport.Response{Status: "failed", Retcode: 1200, Message: "waitForSelfEcho timeout"}, outcome: true},
		{name: "napcat forward, uploaded and not confirmed: its source drops the reason", resp: transport.Response{Status: "failed", Retcode: 1200, Message: "发送转发消息（res_id：7f3a 失败"}, outcome: true},
		{name: "napcat forward, the time-out within a stack trace", resp: transport.Response{Status: "failed", Retcode: 200, Message: "发送合并转发消息失败: Error: Timeout: NTEvent serviceAndMethod:x\n    at sendDataCallback"}, outcome: true},
		{name: "napcat forward, refused before it was sent", resp: transport.Response{Status: "failed", Retcode: 1200, Message: "发送伪造合并转发消息失败: Error: 转发消息失败，生成节点为空"}},
		{name: "llbot forward, uploaded and not confirmed: its source drops the reason", resp: transport.Response{Status: "failed", Retcode: 1200, Message: "发送伪造合并转发消息失败 (res_id: 7f3a)"}, outcome: true},
	} {
		resp = tc.resp
		_, err := c.Call(t.Context(), "send_group_msg", nil)
		if tc.ok {
			require.NoError(t, err, tc.name)
			continue
		}
		require.Error(t, err, tc.name)
		assert.Equal(t, 1, classes(err), tc.name)
		assert.Equal(t, tc.unknown, errors.Is(err, onebot.ErrUnknownAction), tc.name)
		assert.Equal(t, tc.outcome, errors.Is(err, onebot.ErrOutcomeUnknown), tc.name)
		assert.Contains(t, err.Error(), "onebot: send_group_msg: ", tc.name)
	}
	resp = transport.Response{Status: "failed", Retcode: 1200, Message: "Timeout: NTEvent " + strings.Repeat("EventRet: ", 10_000)}
	_, err := c.Call(t.Context(), "x", nil)
	require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
	assert.Less(t, len(err.Error()), 1200, "NapCat's text holds all that QQ's kernel said")

	fail = errors.New("broken")
	_, err = c.Call(t.Context(), "x", nil)
	require.ErrorIs(t, err, onebot.ErrOutcomeUnknown, "what does not say that nothing was sent counts as unknown")
	require.ErrorIs(t, err, fail)
	fail = fmt.Errorf("%w: %w", transport.ErrNotSent, transport.ErrNotConnected)
	_, err = c.Call(t.Context(), "x", nil)
	require.ErrorIs(t, err, onebot.ErrNotSent)
	require.ErrorIs(t, err, onebot.ErrNotConnected)
	assert.Equal(t, 1, classes(err))
}

func TestClient_Call_contexts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDouble(func(ctx context.Context, _ transport.Request) (*transport.Response, error) {
			<-ctx.Done()
			return nil, fmt.Errorf("stuck: %w", transport.ErrOutcomeUnknown)
		})
		c, err := onebot.New(d, onebot.WithCallTimeout(time.Second), onebot.WithLogger(quiet()))
		require.NoError(t, err)
		defer c.Close() //nolint:errcheck // checked elsewhere

		start := time.Now()
		_, err = c.Call(context.Background(), "x", nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
		assert.Equal(t, time.Second, time.Since(start), "WithCallTimeout where the context has no deadline")

		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		start = time.Now()
		_, err = c.Call(ctx, "x", nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 3*time.Second, time.Since(start), "the caller's own deadline wins")

		before := len(d.sent())
		_, err = c.Call(ctx, "x", nil)
		require.ErrorIs(t, err, onebot.ErrNotSent)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Len(t, d.sent(), before, "a context that has ended sends nothing")
	})
}

func TestClient_interceptors(t *testing.T) {
	t.Parallel()
	var trace []string
	layer := func(name string) onebot.Interceptor {
		return func(next onebot.Invoker) onebot.Invoker {
			return func(ctx context.Context, req transport.Request) (*transport.Response, error) {
				trace = append(trace, name+" in")
				resp, err := next(ctx, req)
				var refused *onebot.ActionError
				if errors.As(err, &refused) {
					trace = append(trace, name+" saw "+refused.Action)
				}
				return resp, err
			}
		}
	}
	c := newClient(t, answers(nil), onebot.WithInterceptor(layer("a"), layer("b")), onebot.WithInterceptor(layer("c")))
	_, err := c.Call(t.Context(), "x", nil)
	require.Error(t, err)
	for _, err := range c.CallStream(t.Context(), "y", nil) {
		require.Error(t, err)
	}
	assert.Equal(t, strings.Split("a in,b in,c in,c saw x,b saw x,a saw x,a in,b in,c in,c saw y,b saw y,a saw y", ","), trace)

	nothing := newClient(t, answers(nil), onebot.WithInterceptor(func(onebot.Invoker) onebot.Invoker {
		return func(context.Context, transport.Request) (*transport.Response, error) { return nil, nil } //nolint:nilnil // the mistake tested
	}))
	_, err = nothing.Call(t.Context(), "x", nil)
	require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
}

func TestClient_rateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := answers(map[string]string{"send_group_msg": `{"message_id":1}`, "get_status": `{}`})
		c, err := onebot.New(d, onebot.WithRateLimit(onebot.Rate{Every: time.Second, Burst: 2}, onebot.Rate{Every: 5 * time.Second}), onebot.WithLogger(quiet()))
		require.NoError(t, err)
		send := func(ctx context.Context, g onebot.GroupID) error {
			_, err := c.SendGroupMsg(ctx, g, onebot.Text("x"))
			return err
		}
		start := time.Now()
		require.NoError(t, send(context.Background(), 1))
		require.NoError(t, send(context.Background(), 2))
		assert.Zero(t, time.Since(start))
		require.NoError(t, send(context.Background(), 3))
		assert.Equal(t, time.Second, time.Since(start), "the account's burst is used up")
		require.NoError(t, send(context.Background(), 1))
		assert.Equal(t, 5*time.Second, time.Since(start), "the chat's own rate")

		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		sent := len(d.sent())
		err = send(ctx, 1)
		require.ErrorIs(t, err, onebot.ErrNotSent)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 1, classes(err))
		assert.Len(t, d.sent(), sent)
		_, err = c.Call(context.Background(), "get_status", nil)
		require.NoError(t, err, "only sends are limited")

		waiting := make(chan error, 1)
		go func() { waiting <- send(context.Background(), 1) }()
		synctest.Wait()
		require.NoError(t, c.Close())
		err = <-waiting
		require.ErrorIs(t, err, onebot.ErrClosed)
		require.ErrorIs(t, err, onebot.ErrNotSent)
	})
}

func TestClient_Server(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"get_version_info": `{"app_name":"NapCat.Onebot","app_version":"4.18.19","protocol_version":"v11"}`, "get_login_info": `{"user_id":"10000"}`})
	c := newClient(t, d)
	for range 3 {
		info, err := c.Server(t.Context())
		require.NoError(t, err)
		assert.Equal(t, onebot.ServerInfo{Name: "NapCat.Onebot", Version: "4.18.19", Protocol: "v11", Dialect: onebot.NapCat}, info)
	}
	assert.Len(t, d.sent(), 1, "asked once")
	d.watch(transport.Change{State: transport.StateReady})
	_, err := c.Server(t.Context())
	require.NoError(t, err)
	assert.Len(t, d.sent(), 2, "asked again on the next connection")

	self, err := c.Self(t.Context())
	require.NoError(t, err)
	assert.Equal(t, onebot.UserID(10000), self)

	bare := newClient(t, answers(nil), onebot.WithDialect(onebot.Lagrange))
	info, err := bare.Server(t.Context())
	require.NoError(t, err, "a server without get_version_info")
	assert.Equal(t, onebot.Lagrange, info.Dialect)
}

// Over HTTP nobody tells that another server stands behind the address.
func TestClient_Server_withoutConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := answers(map[string]string{"get_version_info": `{"app_name":"NapCat.Onebot"}`})
		c := newClient(t, struct{ transport.Transport }{d})
		for i, wait := range []time.Duration{0, 5*time.Minute - 1, 1, time.Minute} {
			time.Sleep(wait) //nolint:forbidigo // fake time
			_, err := c.Server(t.Context())
			require.NoError(t, err)
			assert.Len(t, d.sent(), []int{1, 1, 2, 2}[i])
		}
	})
}

func TestDialectOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]onebot.Dialect{
		"NapCat.Onebot": onebot.NapCat, "napcat": onebot.NapCat, "LLOneBot": onebot.LLBot, "LLOneBot/8.1.7": onebot.LLBot,
		"Lagrange.OneBot": onebot.Lagrange, "go-cqhttp": onebot.GoCQHTTP, "CQHttp/4.15.0": onebot.GoCQHTTP,
		"SnowLuma": onebot.Standard, "": onebot.Standard, "OneBot/11": onebot.Standard, "mirai-native": onebot.Standard,
	} {
		assert.Equal(t, want, onebot.DialectOf(name), name)
	}
	assert.Equal(t, "Standard NapCat LLBot Lagrange go-cqhttp", fmt.Sprint(onebot.Standard, onebot.NapCat, onebot.LLBot, onebot.Lagrange, onebot.GoCQHTTP))
}

func TestClient_CallStream(t *testing.T) {
	t.Parallel()
	d := answers(map[string]string{"one": `1`})
	c := newClient(t, d)
	var got []string
	for resp, err := range c.CallStream(t.Context(), "one", nil) {
		require.NoError(t, err)
		got = append(got, string(resp.Data))
	}
	assert.Equal(t, []string{"1"}, got, "an ordinary answer is one part")
	for _, err := range c.CallStream(t.Context(), "x/y", nil) {
		require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	}
	broken := newClient(t, answers(map[string]string{"x": `{"a":tru}`}))
	for resp, err := range broken.CallStream(t.Context(), "x", nil) {
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
		assert.Equal(t, 1, classes(err))
		assert.Nil(t, resp)
	}
}

func TestOptions_invalid(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]onebot.Option{
		"nil": nil, "token": onebot.WithToken("se\ncret"), "token with a space": onebot.WithToken("secret "), "dialect": onebot.WithDialect(99), "timeout": onebot.WithCallTimeout(0),
		"logger": onebot.WithLogger(nil), "interceptor": onebot.WithInterceptor(nil), "middleware": onebot.WithHandlerMiddleware(nil),
		"rate": onebot.WithRateLimit(onebot.Rate{Every: -1}, onebot.Rate{}), "queue": onebot.WithEventQueue(0), "lanes": onebot.WithLanes(-1),
		"cache": onebot.WithMessageCache(-1), "backoff": onebot.WithReconnect(onebot.Backoff{Min: 2, Max: 1}), "drain": onebot.WithDrain(-1),
		"limit": onebot.WithReadLimit(0),
	} {
		d := answers(nil)
		_, err := onebot.New(d, opt)
		require.ErrorIs(t, err, onebot.ErrInvalidArgument, name)
		assert.NotContains(t, err.Error(), "cret", name)
		assert.Equal(t, 1, d.closed, "%s: New owns the transport also when it fails", name)
	}
	_, err := onebot.New(nil)
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	for _, url := range []string{"", "ftp://h", "127.0.0.1:3001", "ws://", "http://h:port", "ws://h/?access_token=s3cret\x7f", "://s3cret"} {
		_, err := onebot.Dial(t.Context(), url, onebot.WithToken("s3cret"))
		require.ErrorIs(t, err, onebot.ErrInvalidArgument, url)
		assert.NotContains(t, err.Error(), "s3cret")
	}
}

func TestWithHeader_invalid(t *testing.T) {
	t.Parallel()
	for _, h := range []http.Header{{"X-A": {"s3cret\n"}}, {"X s3cret": {"1"}}} {
		for _, url := range []string{"http://127.0.0.1:1", "ws://127.0.0.1:1"} {
			_, err := onebot.Dial(t.Context(), url, onebot.WithHeader(h), onebot.WithDialRetry())
			require.ErrorIs(t, err, onebot.ErrInvalidArgument)
			assert.NotContains(t, err.Error(), "s3cret")
		}
	}
}
