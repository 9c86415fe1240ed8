package ws_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

// The length of a frame is written in three ways (RFC 6455, section 5.2).
func TestConn_Call_lengths(t *testing.T) {
	t.Parallel()
	s := newServer(t, (*peer).echoes)
	c := mustDial(t, s.url("/"), ws.Options{})
	for _, around := range []int{100, 1<<16 - 60} {
		for n := range 80 {
			params := `{"x":"` + strings.Repeat("y", around+n-50) + `"}`
			resp, err := c.Call(within(t, 10*time.Second), call(params))
			require.NoError(t, err, "%d", n)
			require.Equal(t, params, string(resp.Data))
		}
	}
}

// The event socket has a token of its own, which what it says must not bring into a log.
func TestDial_eventTokenIsHidden(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *peer) {
		if strings.HasPrefix(p.path, "/event") {
			_ = p.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4000, "no more for psst-psst"), time.Now().Add(time.Second))
		}
		p.read()
	})
	log := &syncBuffer{}
	c := mustDial(t, s.url("/api"), ws.Options{
		EventURL: s.url("/event?access_token=psst-psst"), Logger: slog.New(slog.NewTextHandler(log, nil)),
		Backoff: transport.Backoff{Min: time.Hour, Max: time.Hour},
	})
	lost := make(chan error, 10)
	c.Watch(func(change transport.Change) {
		if change.Err != nil {
			lost <- change.Err
		}
	})
	err := <-lost
	require.ErrorContains(t, err, "no more for")
	assert.NotContains(t, err.Error(), "psst")
	require.NoError(t, c.Close())
	assert.Contains(t, log.String(), "no more for")
	assert.NotContains(t, log.String(), "psst")
}

func TestConn_Receive_sinkRestsAfterwards(t *testing.T) {
	t.Parallel()
	url, conns := listen(t, ws.AcceptOptions{})
	p, _ := dialReverse(t, url, http.Header{})
	c := (<-conns).conn
	ctx := within(t, 5*time.Second)
	first := make(chan struct{})
	seen := 0
	receiving, stop := context.WithCancel(t.Context())
	received := make(chan error, 1)
	go func() {
		received <- c.Receive(receiving, func(transport.Frame) {
			if seen++; seen == 1 {
				close(first)
			}
		})
	}()
	p.send(`{"post_type":"message"}`)
	<-first
	stop()
	require.NoError(t, <-received)
	p.send(`{"post_type":"message"}`)
	go p.echoes()
	_, err := c.Call(ctx, call(`{}`))
	require.NoError(t, err)
	assert.Equal(t, 1, seen, "what came after Receive had returned goes nowhere")
}
