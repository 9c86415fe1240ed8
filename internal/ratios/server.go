package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"github.com/onebot-go/onebot/internal/corpus"
)

const okReply = `{"status":"ok","retcode":0,"data":{"message_id":1807345512},"message":"","wording":"","echo":"`

// serve answers with h on a port of the loopback until the process ends, and gives the address.
func serve(h http.Handler) string {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing to wait for
	if err != nil {
		fail(err)
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
	events := pushedEvents()
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		upgrader := websocket.Upgrader{}
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		(&conversation{conn: conn.NetConn(), events: events}).run()
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, okReply+`"}`)
	})
	return mux
}

// pushedEvents are the corpus as the frames of a server.
func pushedEvents() [][]byte {
	var list [][]byte
	for _, event := range corpus.Array() {
		list = append(list, append(frameHeader(nil, opText, len(event)), event...))
	}
	return list
}
