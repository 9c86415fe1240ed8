package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/internal/corpus"
	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

func pairs() []pair {
	list := reading()
	list = append(list, writing()...)
	return append(list, codes()...)
}

func over(frames [][]byte, f func([]byte) bool) func() {
	return func() {
		for _, frame := range frames {
			if !f(frame) {
				fail(fmt.Errorf("cannot read %.200s", frame))
			}
		}
	}
}

func parse(frame []byte) bool {
	_, err := onebot.ParseEvent(frame)
	return err == nil
}

func reading() []pair {
	array, cq, history := corpus.Array(), corpus.CQ(), corpus.History(200)
	head := func(frame []byte) bool {
		h := wire.ScanHead(frame)
		return h.Kind == wire.FrameEvent
	}
	client := answering(string(history))
	const valid = "json.Valid of the same bytes"
	return []pair{
		{
			name: "decode, array form", baseline: valid, units: len(array), goal: 0.9, limit: 2, allocs: 4.6,
			ours: over(array, parse), theirs: over(array, json.Valid),
		},
		{
			name: "decode, string form", baseline: valid, units: len(cq), goal: 0.9, limit: 2, allocs: 3.7,
			ours: over(cq, parse), theirs: over(cq, json.Valid),
		},
		{
			name: "event that nobody wants", baseline: valid, units: len(array), goal: 0.35, limit: 0.6, allocs: 0,
			ours: over(array, head), theirs: over(array, json.Valid),
		},
		{
			name: "history of 200", baseline: valid, units: 1, goal: 0.9, limit: 2, allocs: 514,
			ours: func() {
				page, err := client.GetGroupMsgHistory(context.Background(), 20001, onebot.HistoryQuery{Count: 200})
				if err != nil || len(page) != 200 {
					fail(fmt.Errorf("%d messages: %w", len(page), err))
				}
			},
			theirs: over([][]byte{history}, json.Valid),
		},
		{
			name: "caller of a 150 KB reply", baseline: valid, units: 1, goal: 0.01, limit: 0.05, allocs: 0,
			ours:   over([][]byte{history}, func(frame []byte) bool { return string(wire.TailEcho(frame)) == "1k" }),
			theirs: over([][]byte{history}, json.Valid),
		},
	}
}

func writing() []pair {
	client := answering(`{"status":"ok","retcode":0,"data":{"message_id":1807345512}}`)
	forwards := answering(`{"status":"ok","retcode":0,"data":{"message_id":1807345512,"res_id":"x","forward_id":"x"}}`)
	send := func() {
		if _, err := client.SendGroupMsg(context.Background(), 20001, five()...); err != nil {
			fail(err)
		}
	}
	forward := func() {
		if _, err := forwards.SendGroupForwardMsg(context.Background(), 20001, onebot.NewForward(hundred()...)); err != nil {
			fail(err)
		}
	}
	buf := make([]byte, 0, 1<<20)
	return []pair{
		{
			name: "send 5 segments, built and encoded", baseline: "append-style encoder", units: 1, goal: 2, limit: 8, allocs: 8.1,
			ours: send, theirs: func() { buf = appendFive(buf[:0]) },
		},
		{
			name: "forward 100 nodes by 3 segments", baseline: "append-style encoder", units: 1, goal: 2, limit: 6, allocs: 606,
			ours: forward, theirs: func() { buf = appendHundred(buf[:0]) },
		},
		{
			name: "send 5 segments, built and encoded", baseline: "encoding/json of maps", units: 1, goal: 0.5, limit: 1, allocs: -1,
			ours: send, theirs: func() { _, _ = json.Marshal(mapFive()) },
		},
	}
}

func codes() []pair {
	var list []pair
	for _, hostile := range []string{"[", "&", "&amp;", "[CQ:", "[CQ:a,", "[CQ:a]", "[CQ:a]x", "[CQ:a,b=c]", "[CQ:a,b=c,"} {
		small, large := strings.Repeat(hostile, 4096/len(hostile)), strings.Repeat(hostile, 65536/len(hostile))
		list = append(list, pair{
			name: "CQ " + hostile + "… 64 KB", baseline: "the same, 4 KB (linear is 16)", units: 65536, goal: 20, limit: 60, allocs: -1,
			ours: func() { onebot.ParseCQ(large) }, theirs: func() { onebot.ParseCQ(small) },
		})
	}
	return list
}

// answering makes a client whose every call is answered at once with the data of frame.
func answering(frame string) *onebot.Client {
	reply, err := wire.DecodeReply(frame)
	if err != nil {
		fail(err)
	}
	c, err := onebot.New(transport.Join(&answer{transport.Response{Status: "ok", Data: []byte(reply.Data)}}, nil), onebot.WithDialect(onebot.NapCat))
	if err != nil {
		fail(err)
	}
	return c
}

// answer is the same for every call, so that nothing of what is measured is its own.
type answer struct{ transport.Response }

func (a *answer) Call(context.Context, transport.Request) (*transport.Response, error) {
	return &a.Response, nil
}
