package main

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/onebottest"
)

// steps gives the first word of every line, without the lines that go on.
func steps(out string) []string {
	var words []string
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, " ") {
			words = append(words, strings.TrimSpace(line[:min(len(line), 10)]))
		}
	}
	return words
}

func TestRun_withoutFlags(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	start := time.Now()
	require.NoError(t, run(t.Context(), nil, &out))
	assert.Less(t, time.Since(start), 3*time.Second)
	_, tour, _ := strings.Cut(out.String(), "\n\n")
	assert.Equal(t, []string{"connected", "heard", "answered", "sent", "read back", "withdrawn", "forwarded", "history", "refused", "rejected"}, steps(tour))
	assert.Contains(t, tour, "Juliet: Do not swear at all.")
	assert.Contains(t, tour, "50 messages, ")
}

func TestRun_anyServer(t *testing.T) {
	t.Parallel()
	for _, persona := range onebottest.Personas() {
		for _, scheme := range []string{"ws", "http"} {
			t.Run(persona.String()+"/"+scheme, func(t *testing.T) {
				t.Parallel()
				server := onebottest.NewServer(t, persona, onebottest.WithToken("secret"))
				url := server.URL()
				if scheme == "http" {
					url = server.HTTPURL()
				}
				var out bytes.Buffer
				args := []string{"-url", url, "-token", "secret", "-user", strconv.FormatInt(onebottest.Friend1, 10)}
				require.NoError(t, run(t.Context(), args, &out))
				assert.Equal(t, []string{"connected", "listening", "sent", "read back", "withdrawn", "forwarded", "history", "refused", "rejected"}, steps(out.String()))
			})
		}
	}
}

func TestRun_listensOverHTTP(t *testing.T) {
	t.Parallel()
	server := onebottest.NewServer(t, onebottest.LLBot)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-url", server.HTTPURL(), "-wait", "1m"}, &out))
	assert.Contains(t, out.String(), "not over HTTP")
}

func TestRun_noServer(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"ftp://127.0.0.1", "://", "ws://127.0.0.1:1/"} {
		assert.Error(t, run(t.Context(), []string{"-url", url}, &bytes.Buffer{}), url)
	}
}

func TestRun_withoutPackets(t *testing.T) {
	t.Parallel()
	server := onebottest.NewServer(t, onebottest.NapCat, onebottest.WithoutPackets())
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-url", server.URL(), "-group", strconv.FormatInt(onebottest.Group1, 10)}, &out))
	assert.Contains(t, out.String(), "no id to read it by")
}
