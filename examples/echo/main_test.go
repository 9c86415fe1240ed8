package main

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/onebottest"
)

func TestRun(t *testing.T) {
	t.Parallel()
	server := onebottest.NewServer(t, onebottest.Lagrange, onebottest.WithToken("secret"))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, server.URL(), "secret") }()
	require.Eventually(t, func() bool { return server.Open() == 1 }, 5*time.Second, time.Millisecond)

	for said, want := range map[string]string{"echo good morning": "good morning", "echo": "echo what?"} {
		server.SayPrivate(onebottest.Friend1, said)
		sent, err := server.NextSent(ctx)
		require.NoError(t, err)
		assert.Equal(t, onebottest.Friend1, sent.User)
		assert.Contains(t, sent.CQ, want)
	}
	stop()
	assert.NoError(t, <-ended)
}

// What stops a service or a container is SIGTERM: it ends the bot as Ctrl-C does, with its handlers done and a goodbye to the server.
func TestMain_signals(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no signals can be sent there")
	}
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			server := onebottest.NewServer(t, onebottest.NapCat)
			asked, answer := make(chan struct{}), make(chan struct{})
			server.Handle("send_private_msg", func(onebottest.Call) onebottest.Reply {
				close(asked)
				<-answer
				return onebottest.Reply{Data: map[string]int{"message_id": 1}}
			})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			bot := exec.CommandContext(ctx, os.Args[0], "-url", server.URL())
			bot.Env = append(os.Environ(), asMain+"=1")
			bot.Stderr = os.Stderr
			require.NoError(t, bot.Start())
			require.Eventually(t, func() bool { return server.Open() == 1 }, 10*time.Second, time.Millisecond)
			server.SayPrivate(onebottest.Friend1, "echo good morning")
			<-asked
			require.NoError(t, bot.Process.Signal(sig))
			close(answer)
			require.NoError(t, bot.Wait())
		})
	}
}

// asMain in the environment makes the test binary the bot itself.
const asMain = "ECHO_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		main()
		return
	}
	m.Run()
}

func TestRun_wrongToken(t *testing.T) {
	t.Parallel()
	server := onebottest.NewServer(t, onebottest.NapCat, onebottest.WithToken("secret"))
	assert.Error(t, run(t.Context(), server.URL(), "wrong"))
}
