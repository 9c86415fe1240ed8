package httpapi_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

// upgrading starts a server that answers everything with another protocol, and says no word in it until release is called.
func upgrading(t *testing.T) (url string, release func()) {
	t.Helper()
	end := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if !assert.NoError(t, err) {
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
		<-end
	})
	return s.URL, func() { close(end) }
}

// soon fails the test where fn does not return.
func soon(t *testing.T, fn func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn()
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
	}
}

// net/http makes the connection itself the body of such an answer, and no context ends its reading.
func TestCaller_Call_switchingProtocols(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]httpapi.Options{"own connections": {}, "client": {Client: &http.Client{Transport: &http.Transport{}}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, release := upgrading(t)
			defer release()
			c := newCaller(t, url, o)
			soon(t, func() {
				ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Second)
				defer cancel()
				_, err := c.Call(ctx, transport.Request{Action: "x"})
				assert.ErrorIs(t, err, transport.ErrOutcomeUnknown)
				var he *transport.HTTPError
				if assert.ErrorAs(t, err, &he) {
					assert.Equal(t, http.StatusSwitchingProtocols, he.Status)
				}
			})
		})
	}
}

func TestSSE_Close_switchingProtocols(t *testing.T) {
	t.Parallel()
	url, release := upgrading(t)
	defer release()
	s := newSSE(t, url, httpapi.Options{})
	lost := make(chan error, 1)
	s.Watch(func(c transport.Change) {
		if c.State == transport.StateLost && !c.Final {
			select {
			case lost <- c.Err:
			default:
			}
		}
	})
	received := make(chan error, 1)
	go func() { received <- s.Receive(context.WithoutCancel(t.Context()), func(transport.Frame) {}) }()
	soon(t, func() {
		var he *transport.HTTPError
		assert.ErrorAs(t, <-lost, &he)
		assert.NoError(t, s.Close())
		assert.ErrorIs(t, <-received, transport.ErrClosed)
	})
}
