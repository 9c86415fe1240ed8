package main

import (
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"time"

	"github.com/gorilla/websocket"
)

// holding is what a process that holds idle connections says about itself.
type holding struct {
	heap, stack, resident int64 // bytes; resident is 0 where the system does not tell
	goroutines            int64
}

// idle makes n accounts connect to a process, each sending the two frames that every server sends, and gives what one costs there.
func idle(what string, n int) holding {
	c := startChild("hold:" + what)
	defer c.stop()
	before := look(c)
	conns := make([]*websocket.Conn, 0, n)
	defer func() {
		for _, conn := range conns {
			_ = conn.Close()
		}
	}()
	for i := range n {
		conns = append(conns, reverse(c.addr, int64(10001+i)))
	}
	for c.ask("frames") != strconv.Itoa(2*n) {
		<-time.After(20 * time.Millisecond)
	}
	after := look(c)
	each := func(a, b int64) int64 { return (a - b) / int64(n) }
	h := holding{heap: each(after.heap, before.heap), stack: each(after.stack, before.stack), goroutines: (after.goroutines - before.goroutines + int64(n)/2) / int64(n)}
	if before.resident > 0 {
		h.resident = each(after.resident, before.resident)
	}
	return h
}

func reverse(addr string, self int64) *websocket.Conn {
	header := http.Header{"X-Self-Id": {strconv.FormatInt(self, 10)}, "X-Client-Role": {"Universal"}}
	conn, resp, err := (&websocket.Dialer{ReadBufferSize: 256, WriteBufferSize: 256}).Dial("ws://"+addr+"/", header)
	if err != nil {
		fail(err)
	}
	_ = resp.Body.Close()
	for _, frame := range []string{
		fmt.Sprintf(`{"time":1763700000,"self_id":%d,"post_type":"meta_event","meta_event_type":"lifecycle","sub_type":"connect"}`, self),
		fmt.Sprintf(`{"time":1763700000,"self_id":%d,"post_type":"meta_event","meta_event_type":"heartbeat","status":{"online":true,"good":true},"interval":3000000}`, self),
	} {
		if err := conn.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
			fail(err)
		}
	}
	return conn
}

func look(c *child) holding {
	var h holding
	if _, err := fmt.Sscan(c.ask("look"), &h.heap, &h.stack, &h.resident, &h.goroutines); err != nil {
		fail(err)
	}
	return h
}

// hold is the role of a process that takes connections.
func hold(what string) (addr string, answer func(string) string) {
	h, frames := holder(what)
	return serve(h), func(command string) string {
		if command == "frames" {
			return strconv.FormatUint(frames(), 10)
		}
		runtime.GC()
		debug.FreeOSMemory() // the collector is through, and has given back what it can
		m := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
		metrics.Read(m)
		return fmt.Sprint(m[0].Value.Uint64(), m[1].Value.Uint64(), resident(), runtime.NumGoroutine())
	}
}

// accounts measures the memory of idle accounts and prints it. It reports false where a limit is passed.
func accounts(n int) bool {
	ours, theirs := idle("hub", n), idle("gorilla", n)
	const goal, limit, inUse = 8192, 16 << 10, 7680
	fmt.Printf("\n%d idle accounts        %16s %20s\n", n, "hub with clients", "gorilla, defaults")
	for _, row := range []struct {
		name         string
		ours, theirs int64
	}{
		{"resident bytes each", ours.resident, theirs.resident},
		{"heap in use each", ours.heap, theirs.heap},
		{"stack in use each", ours.stack, theirs.stack},
		{"goroutines each", ours.goroutines, theirs.goroutines},
	} {
		fmt.Printf("%-26s %16d %20d\n", row.name, row.ours, row.theirs)
	}
	fmt.Printf("%-26s %16d\n", "goal: bytes each", goal)
	return ours.resident <= limit && ours.heap+ours.stack <= inUse && ours.goroutines <= 1
}
