package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/onebottest"
)

// items gives the lines of the page without the times.
func items(t *testing.T, file string) []string {
	t.Helper()
	html, err := os.ReadFile(file)
	require.NoError(t, err)
	var found []string
	for text := range strings.Lines(string(html)) {
		if attributes, rest, ok := strings.Cut(text, `">`); ok && strings.HasPrefix(attributes, "<li") {
			class := ""
			if strings.Contains(attributes, "withdrawn") {
				class = "withdrawn: "
			}
			found = append(found, class+strings.TrimSuffix(rest[len("15:04:05 "):], "</li>\n"))
		}
	}
	return found
}

func TestRun_scene(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "chat.html")
	var out bytes.Buffer
	start := time.Now()
	require.NoError(t, run(t.Context(), []string{"-out", file}, &out))
	assert.Less(t, time.Since(start), 3*time.Second)

	assert.Equal(t, []string{
		"<b>群主名片</b> Is &lt;b&gt;this&lt;/b&gt; shown as it was written? <small>read</small>",
		"withdrawn: <del>NapRig</del> (withdrawn by 10000)",
		"withdrawn: <del>Friend Two</del> (withdrawn by 10001)",
		"<b>Friend Two</b> Better.",
	}, items(t, file))
	html, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.NotContains(t, string(html), "slip", "what was withdrawn is gone")
	assert.NotContains(t, string(html), "Yes")

	var statuses []string
	for text := range strings.Lines(out.String()) {
		if !strings.HasPrefix(text, "{") {
			continue
		}
		var frame map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &frame))
		assert.Len(t, frame, 6)
		status, _ := frame["status"].(string)
		statuses = append(statuses, status)
	}
	assert.Equal(t, []string{
		"send message", "read message", "send message", "send message", "withdraw message", "withdraw message", "send message", "send message",
	}, statuses)
	assert.Contains(t, out.String(), `"update_time":1713844846.08072}`)
}

// syncBuffer is written by handlers while the test reads it.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestRun_backend(t *testing.T) {
	t.Parallel()
	server := onebottest.NewServer(t, onebottest.Standard, onebottest.WithToken("secret"))
	file := filepath.Join(t.TempDir(), "chat.html")
	ctx, cancel := context.WithCancel(t.Context())
	var out syncBuffer
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-url", server.URL(), "-token", "secret", "-chat", "44", "-out", file}, &out)
	}()
	require.NoError(t, server.WaitOpen(t.Context(), 1))
	for _, frame := range []string{
		`{"type":"chat.message","status":"send message","user_id":5,"chat_id":44,"msg_id":1,"update_time":1713844846.08072}`,
		`{"type":"chat.message","status":"send message","user_id":6,"chat_id":44,"msg_id":2,"update_time":1713844847.5}`,
		`{"type":"chat.message","status":"send message","user_id":6,"chat_id":45,"msg_id":3,"update_time":1713844848}`,
		`{"type":"chat.message","status":"read message","user_id":5,"chat_id":44,"msg_id":2,"update_time":1713844849}`,
		`{"type":"chat.message","status":"withdraw message","user_id":5,"chat_id":44,"msg_id":1,"update_time":1713844850}`,
	} {
		server.Push(frame)
	}
	require.Eventually(t, func() bool { return strings.Count(out.String(), "\n") == 5 }, 10*time.Second, time.Millisecond)
	cancel()
	require.NoError(t, <-ended)
	assert.Equal(t, []string{
		"withdrawn: <del>5</del> (withdrawn by 5)",
		"<b>6</b> message 2 <small>read</small>",
	}, items(t, file))
	assert.Contains(t, out.String(), "the page is in "+file)
}

func TestRun_noServer(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "chat.html")
	for _, url := range []string{"ftp://127.0.0.1", "ws://127.0.0.1:1/"} {
		require.Error(t, run(t.Context(), []string{"-url", url, "-out", file}, &bytes.Buffer{}), url)
	}
	require.Error(t, run(t.Context(), []string{"-out", t.TempDir()}, &bytes.Buffer{}), "a page that cannot be written")
}
