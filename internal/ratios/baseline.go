package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/onebot-go/onebot"
)

// What the writing is measured by: the shortest code that makes the same bytes of the same segments, without checks or a client.

const picture = "https://example.com/pictures/0123456789abcdef.png"

func five() []onebot.Segment {
	return []onebot.Segment{
		onebot.Reply("-2059187533"), onebot.At(10086), onebot.Text(" some words, 一些文字，"),
		onebot.Image(onebot.FileURL(picture)), onebot.Face(14),
	}
}

// appendSegments is an encoder for these few kinds and nothing else.
func appendSegments(b []byte, list []onebot.Segment) []byte {
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		switch s := s.(type) {
		case onebot.ReplySegment:
			b = append(b, `{"type":"reply","data":{"id":"`...)
			b = appendPlain(b, string(s.ID))
		case onebot.AtSegment:
			b = append(b, `{"type":"at","data":{"qq":"`...)
			b = strconv.AppendInt(b, int64(s.User), 10)
		case onebot.TextSegment:
			b = append(b, `{"type":"text","data":{"text":"`...)
			b = appendPlain(b, s.Text)
		case onebot.ImageSegment:
			b = append(b, `{"type":"image","data":{"file":"`...)
			b = appendPlain(b, picture)
		case onebot.FaceSegment:
			b = append(b, `{"type":"face","data":{"id":"`...)
			b = appendPlain(b, s.ID)
		}
		b = append(b, `"}}`...)
	}
	return b
}

func appendFive(b []byte) []byte {
	b = append(b, `{"message_type":"group","group_id":`...)
	b = strconv.AppendInt(b, 20001, 10)
	b = append(b, `,"message":[`...)
	b = appendSegments(b, five())
	return append(b, `]}`...)
}

// appendPlain escapes byte by byte.
func appendPlain(b []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20:
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return b
}

func mapFive() map[string]any {
	segment := func(kind string, data map[string]any) map[string]any {
		return map[string]any{"type": kind, "data": data}
	}
	return map[string]any{"message_type": "group", "group_id": 20001, "message": []any{
		segment("reply", map[string]any{"id": "-2059187533"}), segment("at", map[string]any{"qq": "10086"}),
		segment("text", map[string]any{"text": " some words, 一些文字，"}),
		segment("image", map[string]any{"file": picture}),
		segment("face", map[string]any{"id": "14"}),
	}}
}

func hundred() []onebot.Node {
	nodes := make([]onebot.Node, 0, 100)
	for range 100 {
		nodes = append(nodes, onebot.CustomNode(10086, "somebody", onebot.Text("a line of text, 一行文字"), onebot.At(10001), onebot.Face(14)))
	}
	return nodes
}

func appendHundred(b []byte) []byte {
	b = append(b, `{"message_type":"group","group_id":20001,"messages":[`...)
	for i, n := range hundred() {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"type":"node","data":{"user_id":"`...)
		b = strconv.AppendInt(b, int64(n.User), 10)
		b = append(b, `","uin":"`...)
		b = strconv.AppendInt(b, int64(n.User), 10)
		b = append(b, `","nickname":"`...)
		b = appendPlain(b, n.Nickname)
		b = append(b, `","name":"`...)
		b = appendPlain(b, n.Nickname)
		b = append(b, `","content":[`...)
		b = appendSegments(b, n.Content)
		b = append(b, `]}}`...)
	}
	return append(b, `]}`...)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
