package onebot

import (
	"encoding/json"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/onebot-go/onebot/internal/corpus"
	"github.com/onebot-go/onebot/internal/wire"
)

// The benchmarks of reading. One iteration is the whole corpus of a thousand frames, and json.Valid of the same bytes is what
// they are measured by: the cheapest that encoding/json can do with a frame.

func overCorpus(b *testing.B, frames [][]byte, f func([]byte) bool) {
	b.Helper()
	var size int64
	for _, frame := range frames {
		size += int64(len(frame))
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, frame := range frames {
			if !f(frame) {
				b.Fatalf("cannot read %s", frame)
			}
		}
	}
}

func parses(frame []byte) bool {
	_, err := ParseEvent(frame)
	return err == nil
}

func BenchmarkDecode(b *testing.B) {
	for _, c := range []struct {
		name   string
		frames [][]byte
	}{{"array", corpus.Array()}, {"cq", corpus.CQ()}} {
		b.Run(c.name+"/onebot", func(b *testing.B) { overCorpus(b, c.frames, parses) })
		b.Run(c.name+"/json.Valid", func(b *testing.B) { overCorpus(b, c.frames, json.Valid) })
		b.Run(c.name+"/gjson.Valid", func(b *testing.B) { overCorpus(b, c.frames, gjson.ValidBytes) })
	}
}

// BenchmarkIgnored is an event that no handler wants: its head is found, and that is all.
func BenchmarkIgnored(b *testing.B) {
	frames := corpus.Array()
	b.Run("onebot", func(b *testing.B) {
		overCorpus(b, frames, func(frame []byte) bool {
			head := wire.ScanHead(frame)
			return head.Kind == wire.FrameEvent
		})
	})
	b.Run("json.Valid", func(b *testing.B) { overCorpus(b, frames, json.Valid) })
	b.Run("gjson.Get", func(b *testing.B) {
		overCorpus(b, frames, func(frame []byte) bool { return gjson.GetBytes(frame, "post_type").Exists() })
	})
}

func BenchmarkHistory200(b *testing.B) {
	frame := corpus.History(200)
	b.Run("onebot", func(b *testing.B) {
		overCorpus(b, [][]byte{frame}, func(frame []byte) bool {
			reply, err := wire.DecodeReply(string(frame))
			if err != nil {
				return false
			}
			messages, err := readHistory(&Client{}, "get_group_msg_history", GroupChat(1), reply.Data)
			return err == nil && len(messages) == 200
		})
	})
	b.Run("json.Valid", func(b *testing.B) { overCorpus(b, [][]byte{frame}, json.Valid) })
}

// BenchmarkRoute is finding the caller of a large reply.
func BenchmarkRoute(b *testing.B) {
	frame := corpus.History(200)
	b.Run("onebot", func(b *testing.B) {
		overCorpus(b, [][]byte{frame}, func(frame []byte) bool { return string(wire.TailEcho(frame)) == "1k" })
	})
	b.Run("json.Valid", func(b *testing.B) { overCorpus(b, [][]byte{frame}, json.Valid) })
}
