package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
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
	require.NoError(t, run(t.Context(), nil, &out, secrets{}))
	for _, want := range []string{"NapCat by reverse WebSocket: answered", "go-cqhttp by webhook: answered", "accounts 1\n", "good morning"} {
		assert.Contains(t, out.String(), want)
	}
	assert.NotContains(t, out.String(), "demo-")
}

func TestRun_secrets(t *testing.T) {
	t.Parallel()
	for _, known := range []secrets{{}, {token: "t"}, {secret: "s"}} {
		assert.ErrorContains(t, run(t.Context(), []string{"-listen", "127.0.0.1:0"}, io.Discard, known), "ONEBOT_")
	}
	assert.Error(t, run(t.Context(), []string{"-listen", "no address"}, io.Discard, secrets{"t", "s"}))
}

// lines is an output that can be waited for.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) after(prefix string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, rest, _ := strings.Cut(l.text.String(), prefix)
	return strings.TrimSpace(rest)
}

func TestRun_listens(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	var out lines
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-listen", "127.0.0.1:0"}, &out, secrets{"t", "s"}) }()
	require.Eventually(t, func() bool { return out.after("listening on ") != "" }, 5*time.Second, time.Millisecond)
	url := "ws://" + out.after("listening on ") + "/onebot/v11/ws"
	wrong := onebottest.NewServer(t, onebottest.LLBot, onebottest.WithToken("wrong"))
	require.ErrorContains(t, wrong.DialReverse(url), "403")
	server := onebottest.NewServer(t, onebottest.Lagrange, onebottest.WithToken("t"))
	require.NoError(t, server.DialReverse(url))
	server.SayPrivate(onebottest.Friend1, "echo")
	sent, err := server.NextSent(ctx)
	require.NoError(t, err)
	assert.Contains(t, sent.CQ, "echo what?")
	stop()
	assert.NoError(t, <-ended)
}
