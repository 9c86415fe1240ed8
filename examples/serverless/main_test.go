package main

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

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

// A post that is under way when the bot is told to end is answered: no server posts it again.
func TestServe_answersWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	answered := make(chan string, 1)
	err := serve(t.Context(), "127.0.0.1:0", "s", slog.New(slog.DiscardHandler), func(addr string) error {
		const body = `{"post_type":"request","request_type":"friend","user_id":1,"flag":"f","comment":"open sesame"}`
		post(t, "http://"+addr, `{"post_type":"request","request_type":"friend","user_id":2,"flag":"g","comment":"?"}`) // it receives
		reader, writer := io.Pipe()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr, reader)
		require.NoError(t, err)
		r.Close = true
		r.Header.Set("Expect", "100-continue") // the body begins when the bot reads it
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Signature", "sha1="+onebottest.Sign("s", []byte(body)))
		go func() {
			answer := ""
			if resp, err := http.DefaultClient.Do(r); err == nil {
				text, _ := io.ReadAll(resp.Body) // what came of it is compared
				_ = resp.Body.Close()
				answer = string(text)
			}
			answered <- answer
		}()
		_, err = io.WriteString(writer, body[:20])
		require.NoError(t, err)
		time.AfterFunc(100*time.Millisecond, func() { // serve is about to end then
			_, _ = io.WriteString(writer, body[20:]) // a bot that has gone reads no more
			_ = writer.Close()
		})
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, `{"approve":true}`, <-answered)
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
