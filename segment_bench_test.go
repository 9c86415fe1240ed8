package onebot

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/alloctest"
	"github.com/onebot-go/onebot/internal/wire"
)

// plainSegment is the obvious way with encoding/json, to compare with.
type plainSegment struct {
	Type string         `json:"type"`
	Data map[string]any `json:"data"`
}

func fiveSegments() Message {
	return Message{
		Reply("-2059187533"), At(10086),
		Text(strings.Repeat("a text that is \"quoted\", 你好。", 4)),
		ImageSegment{Source: FileURL("https://example.com/images/0123456789abcdef.png"), Summary: "[图片]"},
		Face(14),
	}
}

func forward100() []Node {
	nodes := make([]Node, 0, 100)
	for range 100 {
		nodes = append(nodes, CustomNode(10086, "somebody", Text("a line of text, 你好"), At(10001), Face(14)))
	}
	return nodes
}

func TestAppend_allocatesNothing(t *testing.T) {
	m, nodes := fiveSegments(), forward100()
	buf := make([]byte, 0, 1<<20)
	require.Zero(t, alloctest.Fewest(0, func() { buf, _ = appendMessage(t.Context(), buf[:0], m) }))
	require.Zero(t, alloctest.Fewest(0, func() { buf, _ = appendNodes(t.Context(), buf[:0], nodes) }))
	require.Zero(t, alloctest.Fewest(0, func() { buf = appendCQ(buf[:0], m) }))
}

func BenchmarkEncode5(b *testing.B) {
	b.Run("append", func(b *testing.B) {
		m, buf := fiveSegments(), make([]byte, 0, 4096)
		b.ReportAllocs()
		for b.Loop() {
			buf, _ = appendMessage(b.Context(), buf[:0], m)
		}
		b.SetBytes(int64(len(buf)))
	})
	b.Run("build", func(b *testing.B) {
		buf := make([]byte, 0, 4096)
		b.ReportAllocs()
		for b.Loop() {
			buf, _ = appendMessage(b.Context(), buf[:0], fiveSegments())
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		text, _ := appendMessage(b.Context(), nil, fiveSegments())
		var m []plainSegment
		require.NoError(b, json.Unmarshal(text, &m))
		b.ReportAllocs()
		for b.Loop() {
			_, _ = json.Marshal(m)
		}
	})
}

func BenchmarkForward100(b *testing.B) {
	b.Run("append", func(b *testing.B) {
		nodes, buf := forward100(), make([]byte, 0, 1<<16)
		b.ReportAllocs()
		for b.Loop() {
			buf, _ = appendNodes(b.Context(), buf[:0], nodes)
		}
		b.SetBytes(int64(len(buf)))
	})
	b.Run("build", func(b *testing.B) {
		buf := make([]byte, 0, 1<<16)
		b.ReportAllocs()
		for b.Loop() {
			buf, _ = appendNodes(b.Context(), buf[:0], forward100())
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		text, _ := appendNodes(b.Context(), nil, forward100())
		var m []plainSegment
		require.NoError(b, json.Unmarshal(text, &m))
		b.ReportAllocs()
		for b.Loop() {
			_, _ = json.Marshal(m)
		}
	})
}

func BenchmarkDecode5(b *testing.B) {
	text, _ := appendMessage(b.Context(), nil, fiveSegments())
	b.Run("lexer", func(b *testing.B) {
		frame := string(text)
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			l := wire.NewLexer(frame)
			_ = readMessage(&l)
		}
	})
	b.Run("only-valid", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			_ = json.Valid(text)
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var m []plainSegment
			_ = json.Unmarshal(text, &m)
		}
	})
}

func BenchmarkCQ(b *testing.B) {
	m := fiveSegments()
	text := FormatCQ(m)
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			_ = ParseCQ(text)
		}
	})
	b.Run("format", func(b *testing.B) {
		buf := make([]byte, 0, 4096)
		b.ReportAllocs()
		for b.Loop() {
			buf = appendCQ(buf[:0], m)
		}
	})
}
