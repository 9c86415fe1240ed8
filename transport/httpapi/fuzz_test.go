package httpapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

// FuzzCaller_answers gives any body in any pieces: Call and CallStream agree on the last answer, and whatever they take
// for an answer is JSON.
func FuzzCaller_answers(f *testing.F) {
	for _, name := range []string{"napcat-4.18.19-stream.txt", "napcat-4.18.19-sse.txt"} {
		seed, err := os.ReadFile("testdata/" + name)
		require.NoError(f, err)
		f.Add(string(seed), 200, true)
	}
	for _, name := range []string{"napcat-4.18.19-http.jsonl", "go-cqhttp-a5923f1-http.jsonl", "onebots-1.2.4-http.jsonl"} {
		for _, rec := range readRecorded[recorded](f, name) {
			f.Add(rec.Body, rec.Status, false)
		}
	}
	f.Add(`{"status":"ok","data":"}\""} {"status":"failed","data":[{]}`, 200, true)
	f.Fuzz(func(t *testing.T, body string, status int, bytewise bool) {
		if status < 100 || status > 999 {
			return
		}
		rt := memory(func(r *http.Request) (*http.Response, error) {
			_, _ = io.Copy(io.Discard, r.Body) // it is all in memory
			var reader io.Reader = strings.NewReader(body)
			if bytewise {
				reader = iotest.OneByteReader(reader)
			}
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(reader)}, nil
		})
		c, err := httpapi.NewCaller("http://bot.example", httpapi.Options{Client: &http.Client{Transport: rt}, ReadLimit: 1 << 16})
		require.NoError(t, err)
		resp, err := c.Call(t.Context(), transport.Request{Action: "x"})
		var last *transport.Response
		streamErr := c.CallStream(t.Context(), transport.Request{Action: "x"}, func(r *transport.Response) bool {
			require.True(t, json.Valid(r.Data), "%q", r.Data)
			last = r
			return true
		})
		require.NoError(t, c.Close())
		if err != nil {
			require.Nil(t, resp)
			require.NotEqual(t, errorIs(err, transport.ErrNotSent), errorIs(err, transport.ErrOutcomeUnknown))
			require.Error(t, streamErr)
			return
		}
		require.True(t, json.Valid(resp.Data), "%q", resp.Data)
		require.NoError(t, streamErr)
		require.Equal(t, resp, last)
	})
}

// FuzzReceiver posts any body under any headers: what is delivered is a JSON object, unchanged, and nothing is
// delivered without the right signature.
func FuzzReceiver(f *testing.F) {
	for _, name := range []string{"napcat-4.18.19", "go-cqhttp-a5923f1", "onebots-1.2.4"} {
		for _, p := range readRecorded[posted](f, name+"-webhook.jsonl") {
			f.Add(p.Body, p.Headers["content-type"], p.Headers["x-self-id"], sign(p.Body))
		}
	}
	f.Add(`{"a":`, "text/plain; x=", "-1", "sha1=00")
	f.Fuzz(func(t *testing.T, body, contentType, self, signature string) {
		rc := httpapi.NewReceiver(httpapi.ReceiverOptions{Secret: secret, MaxBody: 1 << 16, Logger: quiet()})
		delivered := 0
		receive(t, rc, func(fr transport.Frame) {
			delivered++
			require.Equal(t, body, string(fr.Data))
			fr.Done(nil)
		})
		for range 2 {
			r := newPost(body)
			r.Header = http.Header{
				"User-Agent": {goCQHTTP}, "Content-Type": {contentType}, "X-Self-Id": {self}, "X-Signature": {signature},
			}
			rec := httptest.NewRecorder()
			rc.ServeHTTP(rec, r)
			require.Equal(t, rec.Code == http.StatusNoContent, delivered == 1)
		}
		if delivered > 0 {
			require.True(t, json.Valid([]byte(body)), "%q", body)
			require.True(t, strings.EqualFold(sign(body), signature))
		}
	})
}
