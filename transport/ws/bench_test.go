package ws_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/onebot-go/onebot/internal/lazyctx"
	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

// sendParams is a send_group_msg of five segments.
const sendParams = `{"group_id":100001,"message":[{"type":"reply","data":{"id":"1807345512"}},{"type":"at","data":{"qq":"10001"}},` +
	`{"type":"text","data":{"text":" 今天的天气很好，适合出去走走。It is a fine day for a walk."}},` +
	`{"type":"image","data":{"file":"https://example.com/pictures/2026/11/21/sunrise.jpg","summary":"[sunrise]"}},` +
	`{"type":"face","data":{"id":"178"}}]}`

// answerFast answers like NapCat with little work of its own.
func answerFast(p *peer) {
	reply := make([]byte, 0, 512)
	for {
		_, r, err := p.NextReader()
		if err != nil {
			return
		}
		frame, err := io.ReadAll(r)
		if err != nil {
			return
		}
		at := bytes.LastIndex(frame, []byte(`"echo":"`))
		echo := frame[at+8 : len(frame)-2]
		reply = append(reply[:0], `{"status":"ok","retcode":0,"data":{"message_id":1807345512},"message":"","wording":"","echo":"`...)
		reply = append(append(reply, echo...), `","stream":"normal-action"}`...)
		if p.WriteMessage(websocket.TextMessage, reply) != nil {
			return
		}
	}
}

// newFastServer answers in as few writes as it can: what the server spends hides what is measured.
func newFastServer(b *testing.B) string {
	b.Helper()
	upgrader := websocket.Upgrader{ReadBufferSize: 64 << 10}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		answerFast(&peer{Conn: conn})
	}))
	s.Listener = lateListener{s.Listener}
	s.Start()
	b.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http")
}

type lateListener struct{ net.Listener }

func (l lateListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return &lateConn{Conn: conn}, err
}

// lateConn writes what has gathered when the next read would wait.
type lateConn struct {
	net.Conn
	mu      sync.Mutex
	pending []byte
}

func (c *lateConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = append(c.pending, p...)
	return len(p), nil
}

func (c *lateConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	if len(c.pending) > 0 {
		if _, err := c.Conn.Write(c.pending); err != nil {
			c.mu.Unlock()
			return 0, err
		}
		c.pending = c.pending[:0]
	}
	c.mu.Unlock()
	return c.Conn.Read(p)
}

// BenchmarkCall measures round trips over loopback against bare gorilla in the same run: what the correlation, the
// outgoing buffer and the decoding of the envelope add, and what sharing writes saves.
func BenchmarkCall(b *testing.B) {
	for _, inFlight := range []int{1, 64, 512} {
		b.Run(fmt.Sprintf("gorilla/inflight=%d", inFlight), func(b *testing.B) { benchGorilla(b, inFlight) })
		b.Run(fmt.Sprintf("ws/inflight=%d", inFlight), func(b *testing.B) { benchConn(b, inFlight) })
	}
}

func benchConn(b *testing.B, inFlight int) {
	b.Helper()
	c := mustDial(b, newFastServer(b), ws.Options{})
	req := transport.Request{Action: "send_group_msg", Params: []byte(sendParams)}
	b.ReportAllocs()
	b.ResetTimer()
	share(b, inFlight, func() error {
		ctx := lazyctx.With(context.Background(), time.Now().Add(30*time.Second))
		_, err := c.Call(ctx, req)
		return err
	})
}

// share makes b.N calls from as many goroutines as calls are to be in flight.
func share(b *testing.B, inFlight int, one func() error) {
	b.Helper()
	var wg sync.WaitGroup
	for i := range inFlight {
		n := b.N / inFlight
		if i < b.N%inFlight {
			n++
		}
		wg.Go(func() {
			for range n {
				if err := one(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// benchGorilla is the same without any of this package: a reader that gives back turns, and a lock around the write.
func benchGorilla(b *testing.B, inFlight int) {
	b.Helper()
	conn, resp, err := (&websocket.Dialer{ReadBufferSize: 64 << 10}).DialContext(b.Context(), newFastServer(b), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	defer func() { _ = conn.Close() }()
	frame := []byte(`{"action":"send_group_msg","params":` + sendParams + `,"echo":"1"}`)
	turns := make(chan struct{}, inFlight)
	for range inFlight {
		turns <- struct{}{}
	}
	b.ReportAllocs()
	b.ResetTimer()
	read := make(chan error, 1)
	go func() {
		for range b.N {
			if _, _, err := conn.ReadMessage(); err != nil {
				read <- err
				return
			}
			turns <- struct{}{}
		}
		read <- nil
	}()
	for range b.N {
		<-turns
		if err := conn.WriteMessage(websocket.TextMessage, frame); err != nil {
			b.Fatal(err)
		}
	}
	if err := <-read; err != nil {
		b.Fatal(err)
	}
}

// BenchmarkReceive measures the way of an event to a sink that does nothing, against bare gorilla's ReadMessage.
func BenchmarkReceive(b *testing.B) {
	event := []byte(`{"self_id":10000,"user_id":10001,"time":1763700000,"message_id":1807345512,"message_seq":1807345512,"real_id":1807345512,` +
		`"message_type":"group","sender":{"user_id":10001,"nickname":"Someone","card":"","role":"member"},"raw_message":"` +
		string(bytes.Repeat([]byte("text "), 60)) + `","font":14,"sub_type":"normal","message":[{"type":"text","data":{"text":"` +
		string(bytes.Repeat([]byte("text "), 60)) + `"}}],"message_format":"array","post_type":"message","group_id":100001}`)
	push := func(n int) func(p *peer) {
		pm, err := websocket.NewPreparedMessage(websocket.TextMessage, event)
		if err != nil {
			b.Fatal(err)
		}
		return func(p *peer) {
			p.read()
			for range n {
				if p.WritePreparedMessage(pm) != nil {
					return
				}
			}
			p.read()
		}
	}
	b.Run("gorilla", func(b *testing.B) {
		s := newServer(b, push(b.N))
		conn, resp, err := (&websocket.Dialer{ReadBufferSize: 64 << 10}).DialContext(b.Context(), s.url("/"), nil)
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		defer func() { _ = conn.Close() }()
		b.SetBytes(int64(len(event)))
		b.ReportAllocs()
		b.ResetTimer()
		if err := conn.WriteMessage(websocket.TextMessage, []byte(`{}`)); err != nil {
			b.Fatal(err)
		}
		for range b.N {
			if _, _, err := conn.ReadMessage(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ws", func(b *testing.B) {
		s := newServer(b, push(b.N))
		c := mustDial(b, s.url("/"), ws.Options{PingInterval: -1})
		ctx, cancel := context.WithCancel(b.Context())
		seen := 0
		b.SetBytes(int64(len(event)))
		b.ReportAllocs()
		b.ResetTimer()
		go func() {
			_, _ = c.Call(ctx, call(`{}`)) // starts the server; it is not answered
		}()
		err := c.Receive(ctx, func(transport.Frame) {
			if seen++; seen == b.N {
				cancel()
			}
		})
		if err != nil {
			b.Fatal(err)
		}
	})
}
