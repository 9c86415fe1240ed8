package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/onebot-go/onebot/internal/corpus"
)

const okReply = `{"status":"ok","retcode":0,"data":{"message_id":1807345512},"message":"","wording":"","echo":"`

// serve answers with h on a port of the loopback until the process ends, and gives the address. late makes it write in as few
// pieces as it can.
func serve(h http.Handler, late bool) string {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing to wait for
	if err != nil {
		fail(err)
	}
	if late {
		l = lateListener{l}
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			fail(err)
		}
	}()
	return l.Addr().String()
}

// newServerMux is a server with as little work of its own as can be: what it spends would hide what is measured.
func newServerMux() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		upgrader := websocket.Upgrader{ReadBufferSize: 64 << 10}
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		conversation(conn)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, okReply+`"}`)
	})
	return mux
}

// conversation answers every request; the one with the action "push" it answers and then pushes the corpus, over and over, as
// many events as its params say.
func conversation(conn *websocket.Conn) {
	events := prepared()
	reply := make([]byte, 0, 512)
	for {
		_, r, err := conn.NextReader()
		if err != nil {
			return
		}
		frame, err := io.ReadAll(r)
		if err != nil {
			return
		}
		at := bytes.LastIndex(frame, []byte(`"echo":"`))
		reply = append(append(append(reply[:0], okReply...), frame[at+8:len(frame)-2]...), `","stream":"normal-action"}`...)
		if conn.WriteMessage(websocket.TextMessage, reply) != nil {
			return
		}
		for i := range pushed(frame) {
			if conn.WritePreparedMessage(events[i%len(events)]) != nil {
				return
			}
		}
	}
}

func prepared() []*websocket.PreparedMessage {
	var list []*websocket.PreparedMessage
	for _, frame := range corpus.Array() {
		m, err := websocket.NewPreparedMessage(websocket.TextMessage, frame)
		if err != nil {
			fail(err)
		}
		list = append(list, m)
	}
	return list
}

func pushed(frame []byte) int {
	_, rest, ok := bytes.Cut(frame[:min(len(frame), 64)], []byte(`{"action":"push","params":{"n":`))
	if !ok {
		return 0
	}
	digits, _, _ := bytes.Cut(rest, []byte(`}`))
	n, err := strconv.Atoi(string(digits))
	if err != nil {
		return 0
	}
	return n
}

type lateListener struct{ net.Listener }

func (l lateListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return &lateConn{Conn: conn}, err
}

// lateConn writes what has gathered when the next read would wait, or when it has become much.
type lateConn struct {
	net.Conn

	mu      sync.Mutex
	pending []byte
}

func (c *lateConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = append(c.pending, p...)
	if len(c.pending) < 64<<10 {
		return len(p), nil
	}
	return len(p), c.flush()
}

func (c *lateConn) flush() error {
	if len(c.pending) == 0 {
		return nil
	}
	_, err := c.Conn.Write(c.pending)
	c.pending = c.pending[:0]
	return err
}

func (c *lateConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	err := c.flush()
	c.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}
