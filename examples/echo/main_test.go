package main

import (
	"context"
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

func TestRun_wrongToken(t *testing.T) {
	t.Parallel()
	server := onebottest.NewServer(t, onebottest.NapCat, onebottest.WithToken("secret"))
	assert.Error(t, run(t.Context(), server.URL(), "wrong"))
}
