package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"

	"github.com/gorilla/websocket"

	"github.com/onebot-go/onebot"
)

// pushes is how many events the server sends in one go: fewer than the queue holds, as a dropped event would be a cheap one.
const pushes = 4000

// stream compares the way of events from the socket to a handler that does nothing, in processor time: the server writes as fast
// as it can.
func stream(server *child) []pair {
	return []pair{
		{
			name: "events to a handler, CPU", baseline: "gorilla ReadMessage, json.Valid", units: pushes, goal: 0.65, limit: 2.5, allocs: 8.8,
			ours: handled(server, true), theirs: validated(server), turn: netTurn, clock: cpuTime, procs: 2,
		},
		{
			name: "the same on one processor", baseline: "gorilla ReadMessage, json.Valid", units: pushes, goal: 0.65, limit: 2.5, allocs: 8.8,
			ours: handled(server, true), theirs: validated(server), turn: netTurn, clock: cpuTime, procs: 1,
		},
		{
			name: "events that nobody wants, CPU", baseline: "gorilla ReadMessage, json.Valid", units: pushes, goal: 0.35, limit: 1, allocs: 1.1,
			ours: handled(server, false), theirs: validated(server), turn: netTurn, clock: cpuTime, procs: 2,
		},
	}
}

// handled asks for events and waits until all have been handled, or, where nobody wants them, read.
func handled(server *child, wanted bool) func() {
	c := dial(server, "ws")
	var count atomic.Int64
	all := make(chan struct{})
	if wanted {
		onebot.On(c, func(context.Context, onebot.Event) error {
			if count.Add(1)%pushes == 0 {
				all <- struct{}{}
			}
			return nil
		})
	}
	go func() {
		if err := c.Run(context.Background()); err != nil {
			fail(err)
		}
	}()
	push := map[string]int{"n": pushes}
	return func() {
		if _, err := c.Call(context.Background(), "push", push); err != nil {
			fail(err)
		}
		if wanted {
			<-all
		} else if _, err := c.Call(context.Background(), "ping", nil); err != nil { // answered behind the last event
			fail(err)
		}
		if n := c.Stats().Overflowed; n > 0 {
			fail(fmt.Errorf("%d events dropped: %w", n, onebot.ErrOverflow))
		}
	}
}

func validated(server *child) func() {
	conn := bare(server)
	push := fmt.Appendf(nil, `{"action":"push","params":{"n":%d},"echo":"1"}`, pushes)
	return func() {
		if err := conn.WriteMessage(websocket.TextMessage, push); err != nil {
			fail(err)
		}
		for range pushes + 1 {
			_, frame, err := conn.ReadMessage()
			if err != nil || !json.Valid(frame) {
				fail(fmt.Errorf("cannot read %.100s: %w", frame, err))
			}
		}
	}
}
