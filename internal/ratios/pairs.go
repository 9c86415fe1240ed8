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
	return []pair{
		{"decode, array form", "json.Valid of the same bytes", over(array, parse), over(array, json.Valid), len(array), 0.9, 1.8, 5},
		{"decode, string form", "json.Valid of the same bytes", over(cq, parse), over(cq, json.Valid), len(cq), 0.9, 2.2, 5},
		{"event that nobody wants", "json.Valid of the same bytes", over(array, head), over(array, json.Valid), len(array), 0.35, 0.7, 0},
		{"history of 200", "json.Valid of the same bytes", func() {
			page, err := client.GetGroupMsgHistory(context.Background(), 20001, onebot.HistoryQuery{Count: 200})
			if err != nil || len(page) != 200 {
				fail(fmt.Errorf("%d messages: %w", len(page), err))
			}
		}, over([][]byte{history}, json.Valid), 1, 0.9, 2, -1},
		{"caller of a 150 KB reply", "json.Valid of the same bytes", over([][]byte{history}, func(frame []byte) bool {
			return string(wire.TailEcho(frame)) == "1k"
		}), over([][]byte{history}, json.Valid), 1, 0.01, 0.05, 0},
	}
}

func writing() []pair {
	client := answering(`{"status":"ok","retcode":0,"data":{"message_id":7,"forward_id":"x"}}`)
	send := func() {
		if _, err := client.SendGroupMsg(context.Background(), 20001, five()...); err != nil {
			fail(err)
		}
	}
	forward := func() {
		if _, err := client.SendGroupForwardMsg(context.Background(), 20001, onebot.NewForward(hundred()...)); err != nil {
			fail(err)
		}
	}
	buf := make([]byte, 0, 1<<20)
	return []pair{
		{"send 5 segments, built and encoded", "append-style encoder", send, func() { buf = appendFive(buf[:0]) }, 1, 2, 8, -1},
		{"forward 100 nodes by 3 segments", "append-style encoder", forward, func() { buf = appendHundred(buf[:0]) }, 1, 2, 6, -1},
		{"send 5 segments, built and encoded", "encoding/json of maps", send, func() { _, _ = json.Marshal(mapFive()) }, 1, 0.5, 1, -1},
	}
}

func codes() []pair {
	var list []pair
	for _, hostile := range []string{"[", "&", "&amp;", "[CQ:", "[CQ:a,", "[CQ:a]", "[CQ:a,b=c,"} {
		small, large := strings.Repeat(hostile, 4096/len(hostile)), strings.Repeat(hostile, 65536/len(hostile))
		list = append(list, pair{
			"CQ " + hostile + "… 64 KB", "the same, 4 KB (linear is 16)",
			func() { onebot.ParseCQ(large) }, func() { onebot.ParseCQ(small) }, 65536, 20, 60, -1,
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
	c, err := onebot.New(transport.Join(answer(reply.Data), nil), onebot.WithDialect(onebot.NapCat))
	if err != nil {
		fail(err)
	}
	return c
}

type answer string

func (a answer) Call(context.Context, transport.Request) (*transport.Response, error) {
	return &transport.Response{Status: "ok", Data: []byte(a)}, nil
}
