package ws_test

import (
	"context"
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

func TestAccept_selfID(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		option int64
		header string
		want   int64
	}{
		{0, "10000", 10000},
		{7, "10000", 7},
		{7, "", 7},
		{0, "-5", 0},
		{0, "bot", 0},
		{0, "", 0},
	} {
		frames := make(chan int64, 1)
		url, _ := listen(t, ws.AcceptOptions{SelfID: tc.option, Sink: func(f transport.Frame) { frames <- f.SelfID }})
		p, _ := dialReverse(t, url, http.Header{"X-Self-Id": {tc.header}})
		p.send(`{"post_type":"meta_event"}`)
		assert.Equal(t, tc.want, <-frames, "%+v", tc)
	}
}

// A server may present a token that nobody asked for, and say it again in what ends up in a log.
func TestAccept_presentedTokenIsHidden(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"", "s3cret-of-ours"} {
		url, conns := listen(t, ws.AcceptOptions{Token: token})
		header := http.Header{"Authorization": {"Bearer hushhush"}}
		if token != "" {
			header.Add("Authorization", "Bearer "+token)
		}
		p, _ := dialReverse(t, url+"/?access_token=psst-psst", header)
		c := (<-conns).conn
		_ = p.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4000, "hushhush psst-psst no more, "+token), time.Now().Add(time.Second))
		<-c.Done()
		require.ErrorContains(t, c.Err(), "no more")
		assert.NotContains(t, c.Err().Error(), "hushhush")
		assert.NotContains(t, c.Err().Error(), "psst-psst")
		assert.NotContains(t, c.Err().Error(), "s3cret")
	}
}

// A peer that takes nothing for the write timeout is gone, and until then a call ends with its own context.
func TestAccept_peerThatNeverReads(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	url, conns := listen(t, ws.AcceptOptions{WriteTimeout: 300 * time.Millisecond, PingInterval: -1, Ended: func(why error) { ended <- why }})
	dialReverse(t, url, nil)
	c := (<-conns).conn
	big := transport.Request{Action: "big", Params: []byte(`{"pad":"` + strings.Repeat("x", 64<<20) + `"}`)}
	lost := make(chan error, 1)
	go func() {
		_, err := c.Call(context.Background(), big)
		lost <- err
	}()
	one(t, <-lost, transport.ErrOutcomeUnknown)
	select {
	case why := <-ended:
		require.Error(t, why)
	case <-time.After(10 * time.Second):
		require.Fail(t, "the connection stays")
	}
}

func TestAccept_roomThatDoesNotCome(t *testing.T) {
	t.Parallel()
	url, conns := listen(t, ws.AcceptOptions{PingInterval: -1})
	dialReverse(t, url, nil)
	c := (<-conns).conn
	ctx, cancel := context.WithCancel(context.Background())
	big := transport.Request{Action: "big", Params: []byte(`{"pad":"` + strings.Repeat("x", 64<<20) + `"}`)}
	first := make(chan error, 1)
	go func() {
		_, err := c.Call(ctx, big)
		first <- err
	}()
	// One of the two is being written; the other waits for room until its time is over.
	_, err := c.Call(within(t, 300*time.Millisecond), big)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotErrorIs(t, err, transport.ErrNotConnected)
	cancel()
	require.ErrorIs(t, <-first, context.Canceled)
}
