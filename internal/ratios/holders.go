package main

import (
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/gorilla/websocket"

	"github.com/onebot-go/onebot"
)

// holder makes what takes the connections, and tells how many frames have come.
func holder(what string) (h http.Handler, frames func() uint64) {
	if what == "hub" {
		return hubHolder()
	}
	return gorillaHolder()
}

func hubHolder() (h http.Handler, frames func() uint64) {
	hub, err := onebot.NewHub(func(onebot.UserID, *onebot.Client) {}, onebot.WithNoToken(), onebot.WithAccountLimit(20000),
		onebot.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		fail(err)
	}
	return hub, func() uint64 {
		var n uint64
		for _, c := range hub.Clients() {
			n += c.Stats().Events
		}
		return n
	}
}

// gorillaHolder is the way of gorilla's examples: default buffers, and a goroutine that reads.
func gorillaHolder() (h http.Handler, frames func() uint64) {
	var count atomic.Uint64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		upgrader := websocket.Upgrader{}
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		go func() {
			defer func() { _ = conn.Close() }()
			for {
				if _, _, err := conn.ReadMessage(); err != nil {
					return
				}
				count.Add(1)
			}
		}()
	}), count.Load
}

// resident is the memory of this process that is in use, in bytes; 0 where the system does not tell.
func resident() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, ok := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(rest)
	if !ok || len(fields) == 0 {
		return 0
	}
	n, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}
