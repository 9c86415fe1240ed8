package main

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/onebot-go/onebot/onebottest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun_demonstration(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), nil, &out, ""))
	assert.Contains(t, out.String(), "you rolled")
}

func TestRun_noSecret(t *testing.T) {
	t.Parallel()
	assert.ErrorContains(t, run(t.Context(), []string{"-listen", "127.0.0.1:0"}, io.Discard, ""), "ONEBOT_SECRET")
}

func TestServe_friendRequests(t *testing.T) {
	t.Parallel()
	err := serve(t.Context(), "127.0.0.1:0", "s", slog.New(slog.DiscardHandler), func(addr string) error {
		for comment, want := range map[string]string{"open sesame, please": `{"approve":true}`, "let me in": `{"approve":false}`} {
			body := `{"post_type":"request","request_type":"friend","user_id":1,"flag":"f","comment":"` + comment + `"}`
			assert.Equal(t, want, post(t, "http://"+addr, body))
		}
		return nil
	})
	require.NoError(t, err)
}

// post posts an event until the bot receives, and gives the answer.
func post(t *testing.T, url, body string) string {
	t.Helper()
	for {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
		require.NoError(t, err)
		r.Close = true
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Signature", "sha1="+onebottest.Sign("s", []byte(body)))
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		answer, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		if resp.StatusCode != http.StatusServiceUnavailable {
			return string(answer)
		}
	}
}
