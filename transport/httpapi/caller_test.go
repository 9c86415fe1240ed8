package httpapi_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

func TestCaller_Call_recordedAnswers(t *testing.T) {
	t.Parallel()
	type want struct {
		status  string
		retcode int64
		data    string
		message string
		wording string
		httpErr int
		class   error
	}
	for _, tt := range []struct {
		file, note string
		want       want
	}{
		{"napcat-4.18.19", "right header", want{status: "ok", data: `{"user_id":10000,"nickname":"NapRig"}`}},
		{"napcat-4.18.19", "unknown action", want{
			status: "failed", retcode: 200, data: "null",
			message: "不支持的Api definitely_unknown_action", wording: "不支持的Api definitely_unknown_action",
		}},
		{"napcat-4.18.19", "no token", want{httpErr: 403, class: transport.ErrNotSent}},
		{"napcat-4.18.19", "malformed JSON", want{httpErr: 400, class: transport.ErrOutcomeUnknown}},
		{"go-cqhttp-a5923f1", "right header", want{status: "ok", data: `{"nickname":"GocqRig","user_id":10000}`}},
		{"go-cqhttp-a5923f1", "unknown action", want{
			status: "failed", retcode: 404, data: "null", message: "API_NOT_FOUND", wording: "API不存在",
		}},
		{"go-cqhttp-a5923f1", "send_msg / no target", want{data: "null"}},
		{"go-cqhttp-a5923f1", "no token", want{httpErr: 401, class: transport.ErrNotSent}},
		{"go-cqhttp-a5923f1", "wrong token", want{httpErr: 403, class: transport.ErrNotSent}},
		{"go-cqhttp-a5923f1", "malformed JSON", want{httpErr: 400, class: transport.ErrOutcomeUnknown}},
		{"onebots-1.2.4", "right header", want{status: "ok", data: `{"user_id":16268106366,"nickname":"10000"}`}},
		{"onebots-1.2.4", "unknown action", want{
			status: "failed", retcode: -1, data: "null", message: "Unknown action: definitely_unknown_action",
		}},
		{"onebots-1.2.4", "no token", want{httpErr: 401, class: transport.ErrNotSent}},
		{"onebots-1.2.4", "root", want{httpErr: 404, class: transport.ErrNotSent}},
		{"onebots-1.2.4", "delete_msg / missing id", want{httpErr: 429, class: transport.ErrNotSent}},
	} {
		t.Run(tt.file+" "+tt.note, func(t *testing.T) {
			t.Parallel()
			var found bool
			for _, rec := range readRecorded[recorded](t, tt.file+"-http.jsonl") {
				if rec.Note != tt.note {
					continue
				}
				found = true
				s := serve(t, rec.ServeHTTP)
				resp, err := call(t, newCaller(t, s.URL, httpapi.Options{Token: token}), "get_login_info")
				if tt.want.class != nil {
					requireClass(t, err, tt.want.class)
					var he *transport.HTTPError
					require.ErrorAs(t, err, &he)
					assert.Equal(t, tt.want.httpErr, he.Status)
					assert.Equal(t, rec.Body, string(he.Body))
					rejected := he.Status == 401 || he.Status == 403
					assert.Equal(t, rejected, errorIs(err, transport.ErrUnauthorized))
					assert.Equal(t, he.Status == 429, he.RetryAfter.Seconds() == 60)
					return
				}
				require.NoError(t, err)
				assert.Equal(t, tt.want.status, resp.Status)
				assert.Equal(t, tt.want.retcode, resp.Retcode)
				assert.Equal(t, tt.want.data, string(resp.Data))
				assert.Equal(t, tt.want.message, resp.Message)
				assert.Equal(t, tt.want.wording, resp.Wording)
				assert.Equal(t, rec.Status, resp.HTTPStatus)
			}
			require.True(t, found)
		})
	}
}

func TestCaller_Call_request(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, base, token, path, query, auth string
	}{
		{name: "bare", path: "/get_status"},
		{name: "slash", base: "/", path: "/get_status"},
		{name: "prefix", base: "/mock/10000/onebot/v11", path: "/mock/10000/onebot/v11/get_status"},
		{name: "prefix and slash", base: "/a/b/", path: "/a/b/get_status"},
		{name: "escaped prefix", base: "/a%2Fb/", path: "/a%2Fb/get_status"},
		{name: "header token", token: "x y", path: "/get_status", auth: "Bearer x y"},
		{name: "query token", base: "/p?access_token=x", path: "/p/get_status", query: "access_token=x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got *http.Request
			var body []byte
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				got = r
				body, _ = io.ReadAll(r.Body)
				_, _ = io.WriteString(w, `{"status":"ok","retcode":0}`)
			})
			header := http.Header{"x-Extra": {"1"}, "content-type": {"text/plain"}}
			c := newCaller(t, s.URL+tt.base, httpapi.Options{Token: tt.token, Header: header})
			resp, err := c.Call(t.Context(), transport.Request{Action: "get_status"})
			require.NoError(t, err)
			assert.Equal(t, "null", string(resp.Data))
			assert.Equal(t, http.MethodPost, got.Method)
			assert.Equal(t, tt.path, got.URL.EscapedPath())
			assert.Equal(t, tt.query, got.URL.RawQuery)
			assert.Equal(t, tt.auth, got.Header.Get("Authorization"))
			assert.Equal(t, []string{"application/json"}, got.Header["Content-Type"])
			assert.Equal(t, "1", got.Header.Get("X-Extra"))
			assert.Equal(t, "{}", string(body), "an empty body hangs Lagrange (dialects.md T1)")
			assert.EqualValues(t, 2, got.ContentLength)
		})
	}
}

func TestCaller_Call_userInURL(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		assert.Equal(t, "bot:"+token, user+":"+password)
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "not you, "+password)
	})
	c := newCaller(t, strings.Replace(s.URL, "://", "://bot:s3cret%2F+token@", 1), httpapi.Options{})
	_, err := call(t, c, "get_status")
	requireClass(t, err, transport.ErrOutcomeUnknown)
	assert.NotContains(t, c.String(), "s3cret")
	assert.Contains(t, err.Error(), "not you, ***")
}

func TestNewCaller_invalid(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, url string
		o         httpapi.Options
	}{
		{name: "no scheme", url: "127.0.0.1:3000"},
		{name: "wrong scheme", url: "ws://127.0.0.1:3000/?access_token=" + token},
		{name: "no host", url: "http:///x"},
		{name: "no such port", url: "http://127.0.0.1:65536/?access_token=" + token},
		{name: "no URL", url: "http://[::1/?access_token=" + token},
		{name: "empty"},
		{name: "token with line feed", url: "http://h", o: httpapi.Options{Token: token + "\n"}},
		{name: "header with line feed", url: "http://h", o: httpapi.Options{Header: http.Header{"X-A": {token + "\n"}}}},
		{name: "header with a space", url: "http://h", o: httpapi.Options{Header: http.Header{"X A": {token}}}},
		{name: "negative limit", url: "http://h", o: httpapi.Options{ReadLimit: -1}},
		{name: "negative connections", url: "http://h", o: httpapi.Options{MaxConns: -1}},
		{name: "two networks", url: "http://h", o: httpapi.Options{Client: &http.Client{}, Proxy: http.ProxyFromEnvironment}},
		{name: "two sorts of TLS", url: "http://h", o: httpapi.Options{Client: &http.Client{}, TLS: &tls.Config{}}},
		{name: "connections of a client", url: "http://h", o: httpapi.Options{Client: &http.Client{}, MaxConns: 1}},
		{name: "backoff", url: "http://h", o: httpapi.Options{Backoff: transport.Backoff{Min: -1}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := httpapi.NewCaller(tt.url, tt.o)
			require.ErrorIs(t, err, transport.ErrInvalidArgument)
			assert.NotContains(t, err.Error(), token)
			_, err = httpapi.NewSSE(tt.url, tt.o)
			require.ErrorIs(t, err, transport.ErrInvalidArgument)
			assert.NotContains(t, err.Error(), token)
		})
	}
}

func TestCaller_Call_badAction(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("reached the server") })
	c := newCaller(t, s.URL, httpapi.Options{})
	for _, action := range []string{"", ".", "..", "a/b", "../x", "a?b", "a#b", `a\b`, "a%2fb"} {
		_, err := call(t, c, action)
		requireClass(t, err, transport.ErrNotSent)
		require.ErrorIs(t, err, transport.ErrInvalidArgument, action)
	}
}

func TestCaller_Call_statuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 500)
	for _, tt := range []struct {
		name    string
		status  int
		body    string
		want    string
		retcode int64
	}{
		{name: "404 empty (OneBot 11, communication/http.md)", status: 404, want: "failed", retcode: 1404},
		{name: "404 foreign JSON", status: 404, body: `{"error":"no route"}`, want: "failed", retcode: 1404},
		{name: "404 gateway with its own status", status: 404, body: `{"status":404}`, want: "failed", retcode: 1404},
		{name: "404 other JSON", status: 404, body: ` "nothing here" `, want: "failed", retcode: 1404},
		{name: "404 envelope (LLBot 8.1.7, dialects.md 5.4)", status: 404, body: `{"status":"failed","retcode":404,"data":null}`, want: "failed", retcode: 404},
		{name: "400 envelope", status: 400, body: `{"status":"failed","retcode":1400}`, want: "failed", retcode: 1400},
		{name: "400 without status", status: 400, body: `{"retcode":1400,"message":"no"}`, retcode: 1400},
		{name: "500 envelope", status: 500, body: `{"status":"failed","retcode":100}`, want: "failed", retcode: 100},
		{name: "200 async", status: 200, body: `{"status":"async","retcode":1,"data":null}`, want: "async", retcode: 1},
		{name: "200 odd types", status: 200, body: `{"status":"ok","retcode":"0","data":{},"echo":{"a":[1]}}`, want: "ok"},
		{name: "several documents", status: 200, body: "{\"status\":\"failed\",\"retcode\":1}\r\n\r\n{\"status\":\"ok\",\"retcode\":2}\r\n\r\n", want: "ok", retcode: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCaller(t, serve(t, answer(tt.status, tt.body)).URL, httpapi.Options{})
			resp, err := call(t, c, "x")
			require.NoError(t, err)
			assert.Equal(t, tt.want, resp.Status)
			assert.Equal(t, tt.retcode, resp.Retcode)
			assert.Equal(t, tt.status, resp.HTTPStatus)
			assert.True(t, json.Valid(resp.Data))
			var last *transport.Response
			require.NoError(t, c.CallStream(t.Context(), transport.Request{Action: "x"}, func(r *transport.Response) bool {
				last = r
				return true
			}))
			assert.Equal(t, resp, last)
		})
	}
	for _, tt := range []struct {
		name   string
		status int
		body   string
	}{
		{"500 page", 500, "<html>oops</html>"},
		{"502 gateway", 502, `{"status":502,"error":"bad gateway"}`},
		{"503 that says ok", 503, `{"status":"ok"}`},
		{"204", 204, ""},
		{"200 empty", 200, ""},
		{"200 page", 200, long},
		{"200 array", 200, `[{"status":"ok"}]`},
		{"200 cut short", 200, `{"status":"ok","data":{"message_id":`},
		{"200 second document cut short", 200, `{"status":"ok"} {"status":`},
		{"200 rubbish behind", 200, `{"status":"ok"} x`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCaller(t, serve(t, answer(tt.status, tt.body)).URL, httpapi.Options{})
			_, err := call(t, c, "x")
			requireClass(t, err, transport.ErrOutcomeUnknown)
			require.NotErrorIs(t, err, transport.ErrUnauthorized)
			var he *transport.HTTPError
			require.ErrorAs(t, err, &he)
			assert.Equal(t, tt.status, he.Status)
			assert.Equal(t, tt.body[:min(len(tt.body), 200)], string(he.Body))
			err = c.CallStream(t.Context(), transport.Request{Action: "x"}, func(*transport.Response) bool { return true })
			requireClass(t, err, transport.ErrOutcomeUnknown)
		})
	}
}

// No OneBot server answers so: it is the page of a gateway, or of another server, that has performed nothing.
func TestCaller_Call_pageOf404(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"<html>not found</html>", "404 page not found", `{"error":`} {
		c := newCaller(t, serve(t, answer(404, body)).URL, httpapi.Options{})
		for _, call := range bothCalls(c) {
			err := call(t.Context())
			requireClass(t, err, transport.ErrNotSent)
			var he *transport.HTTPError
			require.ErrorAs(t, err, &he)
			assert.Equal(t, 404, he.Status)
			assert.Equal(t, body, string(he.Body))
		}
	}
}

func TestCaller_Call_rejectedTokenIsNotFinal(t *testing.T) {
	t.Parallel()
	var once sync.Once
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		once.Do(func() { w.WriteHeader(http.StatusUnauthorized) })
		_, _ = io.WriteString(w, `{"status":"ok","retcode":0}`)
	})
	c := newCaller(t, s.URL, httpapi.Options{Token: token})
	_, err := call(t, c, "x")
	require.ErrorIs(t, err, transport.ErrUnauthorized)
	_, err = call(t, c, "x")
	require.NoError(t, err)
}

func TestCaller_Call_largeAnswer(t *testing.T) {
	t.Parallel()
	data := `{"message_id":9223372036854775807,"file":"` + strings.Repeat("QUJD", 5<<20) + `"}`
	s := serve(t, answer(200, `{"status":"ok","retcode":0,"data":`+data+`}`))
	c := newCaller(t, s.URL, httpapi.Options{})
	for range 2 {
		resp, err := call(t, c, "get_image")
		require.NoError(t, err)
		require.True(t, data == string(resp.Data), "the data differs")
	}
}

func TestCaller_Call_readLimit(t *testing.T) {
	t.Parallel()
	body := `{"status":"ok","data":"` + strings.Repeat("x", 1000) + `"}`
	s := serve(t, answer(200, body))
	exact := newCaller(t, s.URL, httpapi.Options{ReadLimit: int64(len(body))})
	small := newCaller(t, s.URL, httpapi.Options{ReadLimit: int64(len(body) - 1)})
	all := func(*transport.Response) bool { return true }
	_, err := call(t, exact, "x")
	require.NoError(t, err)
	require.NoError(t, exact.CallStream(t.Context(), transport.Request{Action: "x"}, all))
	_, err = call(t, small, "x")
	requireClass(t, err, transport.ErrOutcomeUnknown)
	requireClass(t, small.CallStream(t.Context(), transport.Request{Action: "x"}, all), transport.ErrOutcomeUnknown)
}

func TestCaller_Call_concurrent(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, `{"status":"ok","retcode":0,"data":`+string(body)+`}`)
	})
	c := newCaller(t, s.URL, httpapi.Options{MaxConns: 16})
	var group sync.WaitGroup
	for n := range 200 {
		group.Go(func() {
			params, _ := json.Marshal(map[string]int{"n": n})
			resp, err := c.Call(context.WithoutCancel(t.Context()), transport.Request{Action: "echo", Params: params})
			if assert.NoError(t, err) {
				assert.JSONEq(t, string(params), string(resp.Data))
			}
		})
	}
	group.Wait()
}
