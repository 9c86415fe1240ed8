package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/onebot-go/onebot"
)

// calls compares round trips over the loopback with the bare libraries under them. The bare ones know in advance what they send,
// encode nothing, and look at no answer.
func calls(server *child) []pair {
	client := dial(server, "ws")
	list := []pair{{
		name: "call, 1 in flight", baseline: "gorilla, write then read", units: 1, goal: 1.15, limit: 2.5, allocs: 4.05,
		ours: callOnce(client), theirs: pingPong(server), turn: netTurn, apart: server,
	}}
	return append(list, pair{
		name: "call, 64 in flight", baseline: "gorilla, pipelined", units: batch, goal: 1 / 1.5, limit: 3, allocs: 4.2,
		ours: callMany(client, 64), theirs: pipelined(server, 64), turn: netTurn, procs: 2,
	}, pair{
		name: "call, 512 in flight", baseline: "the same, 64 in flight", units: batch, goal: 1, limit: 2.5, allocs: 4.5,
		ours: callMany(client, 512), theirs: callMany(client, 64), turn: netTurn, procs: 2,
	}, pair{
		name: "call over HTTP, CPU", baseline: "net/http", units: 1, goal: 1.05, limit: 2.5, allocs: 61,
		ours: callOnce(dial(server, "http")), theirs: post(server), turn: netTurn, clock: cpuTime, apart: server,
	})
}

// batch is how many calls one run with several in flight is.
const batch = 16384

func dial(server *child, scheme string) *onebot.Client {
	path := ""
	if scheme == "ws" {
		path = "/ws"
	}
	c, err := onebot.Dial(context.Background(), scheme+"://"+server.addr+path, onebot.WithDialect(onebot.NapCat), onebot.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		fail(err)
	}
	return c
}

func callOnce(c *onebot.Client) func() {
	segments := five()
	return func() {
		if _, err := c.SendGroupMsg(context.Background(), 20001, segments...); err != nil {
			fail(err)
		}
	}
}

// callMany makes a batch of calls from as many goroutines as are to be in flight.
func callMany(c *onebot.Client, inFlight int) func() {
	one := callOnce(c)
	return func() {
		var wg sync.WaitGroup
		for range inFlight {
			wg.Go(func() {
				for range batch / inFlight {
					one()
				}
			})
		}
		wg.Wait()
	}
}

func bare(server *child) *websocket.Conn {
	conn, resp, err := (&websocket.Dialer{ReadBufferSize: 64 << 10}).Dial("ws://"+server.addr+"/ws", nil)
	if err != nil {
		fail(err)
	}
	_ = resp.Body.Close()
	return conn
}

func bareFrame() []byte {
	return append(append([]byte(`{"action":"send_group_msg","params":`), appendFive(nil)...), `,"echo":"1"}`...)
}

func pingPong(server *child) func() {
	conn, frame := bare(server), bareFrame()
	return func() {
		if err := conn.WriteMessage(websocket.TextMessage, frame); err != nil {
			fail(err)
		}
		if _, _, err := conn.ReadMessage(); err != nil {
			fail(err)
		}
	}
}

// pipelined writes without waiting for the answer before, as long as no more than inFlight are missing; a second goroutine reads.
func pipelined(server *child, inFlight int) func() {
	conn, frame := bare(server), bareFrame()
	return func() {
		turns := make(chan struct{}, inFlight)
		var reader sync.WaitGroup
		reader.Go(func() {
			for range batch {
				if _, _, err := conn.ReadMessage(); err != nil {
					fail(err)
				}
				<-turns
			}
		})
		for range batch {
			turns <- struct{}{}
			if err := conn.WriteMessage(websocket.TextMessage, frame); err != nil {
				fail(err)
			}
		}
		reader.Wait()
	}
}

func post(server *child) func() {
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	client := &http.Client{Transport: transport}
	params := appendFive(nil)
	return func() {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+server.addr+"/send_group_msg", bytes.NewReader(params))
		if err != nil {
			fail(err)
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(req)
		if err != nil {
			fail(err)
		}
		if _, err := io.ReadAll(resp.Body); err != nil {
			fail(err)
		}
		_ = resp.Body.Close()
	}
}
