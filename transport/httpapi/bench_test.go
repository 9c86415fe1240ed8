package httpapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

const (
	benchParams = `{"group_id":100001,"message":[{"type":"text","data":{"text":"hello from the benchmark"}}],"message_type":"group"}`
	benchAnswer = `{"status":"ok","retcode":0,"data":{"message_id":1153955598},"message":"","wording":"","echo":"v1zvgahlqtl","stream":"normal-action"}`
)

// BenchmarkCaller_Call compares a call with the same exchange in bare net/http and encoding/json, in the same run.
func BenchmarkCaller_Call(b *testing.B) {
	s := serve(b, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a benchmark's own request
		_, _ = io.WriteString(w, benchAnswer)
	})
	b.Run("httpapi", func(b *testing.B) {
		c := newCaller(b, s.URL, httpapi.Options{Token: token})
		req := transport.Request{Action: "send_group_msg", Params: []byte(benchParams)}
		b.ReportAllocs()
		for b.Loop() {
			_, err := c.Call(b.Context(), req)
			require.NoError(b, err)
		}
	})
	b.Run("net/http", func(b *testing.B) {
		client := &http.Client{Transport: &http.Transport{}}
		defer client.CloseIdleConnections()
		b.ReportAllocs()
		for b.Loop() {
			r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, s.URL+"/send_group_msg", bytes.NewReader([]byte(benchParams)))
			require.NoError(b, err)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+token)
			resp, err := client.Do(r)
			require.NoError(b, err)
			var answer struct {
				Status  string          `json:"status"`
				Retcode int64           `json:"retcode"`
				Data    json.RawMessage `json:"data"`
			}
			require.NoError(b, json.NewDecoder(resp.Body).Decode(&answer))
			_, err = io.Copy(io.Discard, resp.Body)
			require.NoError(b, err)
			require.NoError(b, resp.Body.Close())
		}
	})
}
