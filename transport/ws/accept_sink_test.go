package ws_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

func TestAccept_sinkAndEnded(t *testing.T) {
	t.Parallel()
	got := make(chan string, 4)
	ended := make(chan error, 2)
	url, conns := listen(t, ws.AcceptOptions{
		Sink:  func(f transport.Frame) { got <- string(f.Data) },
		Ended: func(why error) { ended <- why },
	})
	p, _ := dialReverse(t, url, nil)
	c := (<-conns).conn
	p.send(`{"post_type":"meta_event"}`)
	assert.JSONEq(t, `{"post_type":"meta_event"}`, <-got)
	require.ErrorIs(t, c.Receive(context.Background(), func(transport.Frame) {}), transport.ErrInvalidArgument)
	require.NoError(t, p.Close())
	why := <-ended
	require.Error(t, why)
	require.NotErrorIs(t, why, transport.ErrClosed)
	require.NoError(t, c.Close())
	assert.Empty(t, ended, "told once")
}

func TestConn_Abort(t *testing.T) {
	t.Parallel()
	why := errors.New("somebody newer came")
	for _, tc := range []struct {
		code int
		seen int // by the peer
	}{
		{0, websocket.CloseAbnormalClosure},
		{websocket.CloseTryAgainLater, websocket.CloseTryAgainLater},
	} {
		ended := make(chan error, 1)
		url, conns := listen(t, ws.AcceptOptions{Ended: func(why error) { ended <- why }})
		p, _ := dialReverse(t, url, nil)
		c := (<-conns).conn
		flying := make(chan error, 1)
		go func() {
			_, err := c.Call(within(t, 5*time.Second), call(`{}`))
			flying <- err
		}()
		_, ok := p.read()
		require.True(t, ok)
		c.Abort(tc.code, why)
		_, _, err := p.ReadMessage()
		assert.True(t, websocket.IsCloseError(err, tc.seen) || tc.code == 0, "%v", err)
		err = <-flying
		one(t, err, transport.ErrOutcomeUnknown, why)
		require.NotErrorIs(t, err, transport.ErrClosed)
		_, err = c.Call(within(t, 5*time.Second), call(`{}`))
		one(t, err, transport.ErrNotSent, transport.ErrNotConnected, why)
		require.ErrorIs(t, <-ended, why)
		c.Abort(0, errors.New("the first reason counts"))
		require.ErrorIs(t, c.Err(), why)
		require.NoError(t, c.Close())
	}
}

func TestConn_Abort_withoutReason(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*ws.Conn){
		"abort":  func(c *ws.Conn) { c.Abort(0, nil) },
		"retire": func(c *ws.Conn) { c.Retire(0, nil) },
	} {
		url, conns := listen(t, ws.AcceptOptions{})
		dialReverse(t, url, nil)
		c := (<-conns).conn
		end(c)
		<-c.Done()
		require.Error(t, c.Err(), name)
		_, err := c.Call(within(t, 5*time.Second), call(`{}`))
		one(t, err, transport.ErrNotSent, transport.ErrNotConnected)
		end(c)
		require.NoError(t, c.Close(), name)
	}
}

func TestCheckToken(t *testing.T) {
	t.Parallel()
	for authorization, want := range map[string]int{"Bearer t0ken": http.StatusOK, "Bearer x": http.StatusForbidden, "": http.StatusUnauthorized} {
		rec := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header.Set("Authorization", authorization)
		err := ws.CheckToken(rec, r, "t0ken")
		assert.Equal(t, want, rec.Code, authorization)
		if want == http.StatusOK {
			assert.NoError(t, err)
		} else {
			assert.ErrorIs(t, err, transport.ErrUnauthorized)
		}
	}
	assert.NoError(t, ws.CheckToken(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), ""))
}
