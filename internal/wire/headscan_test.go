package wire_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/corpus"
	"github.com/onebot-go/onebot/internal/wire"
)

const (
	usual = `{"self_id":10000,"user_id":598862208,"time":1725884956,"message_id":262976353,"message_seq":5,"real_id":5,"real_seq":"14009",` +
		`"message_type":"group","sender":{"user_id":598862208},"raw_message":"x]","font":14,"sub_type":"normal",` +
		`"message":[{"type":"text","data":{"text":"x]"}}],"message_format":"array","post_type":"message","group_id":258381,"group_name":"]"}`
	// What stands behind the content of the inner message must not be taken for the outer one's, which says nothing.
	usualNested = `{"self_id":1,"user_id":2,"time":3,"message_id":4,"message_seq":5,"real_id":5,"real_seq":"6","message_type":"group","sender":{},` +
		`"x":{"message":[1],"message_format":"array","post_type":"message_sent","group_id":7},"group_id":8,"post_type":"message"}`
)

// Nothing that routes a frame may hide behind escapes: what ParseEvent reads as a message has to reach those who want messages.
func TestScanHead_escapes(t *testing.T) {
	t.Parallel()
	escape := func(s string) string {
		return strings.NewReplacer("_", `\u005f`, "e", `\u0065`, "1", `\u0031`, "5", `\u0035`).Replace(s)
	}
	for _, frame := range []string{
		strings.Replace(usual, `"x]"`, `"x"`, 2),
		`{"self_id":"10000","user_id":"7","message_id":5,"message_type":"private","sub_type":"group","post_type":"message"}`,
		`{"post_type":"notice","notice_type":"group_recall","message_id":42,"group_id":1}`,
		`{"post_type":"meta_event","meta_event_type":"heartbeat","interval":"5000"}`,
		`{"type":"chat.message","chat_id":"4","status":"withdraw message","msg_id":3}`,
		`{"status":"ok","retcode":"3","echo":"1"}`,
	} {
		want, _, _, _ := found(frame)
		var got strings.Builder
		for i, part := range strings.Split(frame, `"`) {
			if i > 0 {
				got.WriteByte('"')
			}
			if i%2 == 1 {
				part = escape(part)
			}
			got.WriteString(part)
		}
		head, _, _, _ := found(got.String())
		assert.Equal(t, want, head, "%s", got.String())
	}
	for _, broken := range []string{`{"post\xtype":1}`, `{"post\u00":1}`, `{"\u":"\u"}`, `{"post_type":"\u12"}`, `{"a\\u0062":1,"post\\u005ftype":"message"}`} {
		h, _, _, _ := found(broken)
		assert.Equal(t, wire.PostOther, h.Post, broken)
		assert.NotEqual(t, wire.FrameBroken, h.Kind, broken)
	}
}

// spaced writes a space behind the first bracket and the commas, so that no member stands where NapCat writes it.
func spaced(frame string) string {
	return strings.ReplaceAll(strings.Replace(frame, "{", "{ ", 1), `,"`, `, "`)
}

// found is what a head says, without where it stood.
func found(frame string) (h wire.Head, id, echo, status string) {
	h = wire.ScanHead([]byte(frame))
	id, echo, status = frame[h.ID.Start:h.ID.End], frame[h.Echo.Start:h.Echo.End], frame[h.Status.Start:h.Status.End]
	h.ID, h.Echo, h.Status = wire.Span{}, wire.Span{}, wire.Span{}
	return h, id, echo, status
}

func requireSameHead(t *testing.T, frame string) {
	t.Helper()
	got, id, echo, status := found(frame)
	want, wantID, wantEcho, wantStatus := found(spaced(frame))
	require.Equal(t, want, got, "%s", frame)
	tight := strings.NewReplacer("{ ", "{", ", ", ",")
	require.Equal(t, []string{id, echo, status}, []string{tight.Replace(wantID), tight.Replace(wantEcho), tight.Replace(wantStatus)}, "%s", frame)
}

// TestScanHead_usualOrder holds what is compared with NapCat's order against what is looked up.
func TestScanHead_usualOrder(t *testing.T) {
	t.Parallel()
	for _, frame := range corpus.Array() {
		requireSameHead(t, string(frame))
	}
	got, id, _, _ := found(usual)
	assert.Equal(t, wire.Head{
		Kind: wire.FrameEvent, Post: wire.PostMessage, Scope: wire.ScopeGroup, SelfID: 10000, UserID: 598862208, GroupID: 258381,
	}, got)
	assert.Equal(t, "262976353", id)
	nested, _, _, _ := found(usualNested)
	assert.Equal(t, wire.ChatKey{Kind: 'g', ID: 8}, nested.Chat())
	assert.Equal(t, wire.PostMessage, nested.Post)
	for _, value := range []string{
		`598862208`, `"598862208"`, "-5", "0", "007", "1.5", "1e3", "null", "true", `"x"`, `""`, "123456789012345678", "1234567890123456789",
		"12345678901234567890", "[]", `{"user_id":9}`, "12x", "",
	} {
		for _, old := range []string{`10000`, `598862208,"time"`, `1725884956`, `262976353`, `"14009"`, `"group"`, `"array"`, `"message",`, `258381`} {
			tail := ""
			if i := strings.IndexByte(old, ','); i >= 0 {
				tail = old[i:]
			}
			requireSameHead(t, strings.Replace(usual, old, value+tail, 1))
		}
	}
	for n := 1; n < len(usual); n++ {
		assert.Equal(t, wire.FrameBroken, wire.ScanHead([]byte(usual[:n])).Kind, usual[:n])
	}
	for _, tail := range []string{"}", "]", "x", `,"group_id":5}`} {
		requireSameHead(t, usual+tail)
	}
}

func TestScanHead(t *testing.T) {
	t.Parallel()
	h := wire.ScanHead([]byte(`{"self_id":10000,"user_id":"10001","message_id":-5,"message_type":"group","message":[{"type":"text","data":{"text":"a]}\"{"}}],"post_type":"message","group_id":100001}`))
	assert.Equal(t, wire.FrameEvent, h.Kind)
	assert.Equal(t, wire.PostMessage, h.Post)
	assert.Equal(t, wire.ChatKey{Kind: 'g', ID: 100001}, h.Chat())
	assert.Equal(t, int64(10001), h.UserID)
	own := wire.ScanHead([]byte(`{"self_id":1,"user_id":1,"target_id":2,"message_type":"private","post_type":"message_sent"}`))
	assert.Equal(t, wire.ChatKey{Kind: 'p', ID: 2}, own.Chat())
	beat := wire.ScanHead([]byte(`{"time":1,"self_id":1,"post_type":"meta_event","meta_event_type":"heartbeat","status":{},"interval":30000}`))
	assert.True(t, beat.Heartbeat)
	assert.Equal(t, int64(30000), beat.Interval)
	for in, kind := range map[string]wire.FrameKind{
		`{"status":"ok","retcode":0}`: wire.FrameReply, `{"echo":"1"}`: wire.FrameReply, `{"type":"chat.message","chat_id":4,"status":"x"}`: wire.FrameChat,
		`{"a":1}`: wire.FrameOther, `{}`: wire.FrameOther, `[]`: wire.FrameBroken, `{'type': 'chat.message'}`: wire.FrameBroken, ``: wire.FrameBroken,
		`{"post_type":"message"`: wire.FrameBroken, `{"post_type":"x","a":"b}`: wire.FrameBroken, `{"post_type":"notice"} `: wire.FrameEvent,
	} {
		assert.Equal(t, kind, wire.ScanHead([]byte(in)).Kind, in)
	}
}

func FuzzScanHead(f *testing.F) {
	f.Add([]byte(`{"post_type":"message","user_id":1,"echo":"x","retcode":3}`))
	f.Add([]byte(`{"a":{"post_type":"message"},"status":"ok"}`))
	f.Add([]byte(`{"self_id":1,"user_id":2,"message_id":3,"message_type":"group","sender":{"user_id":2},"raw_message":"x","message":[{}],"post_type":"message","group_id":4}`))
	f.Add([]byte(`{"self_id":1,"user_id":2,"message_id":3,"message_type":"private","sender":{},"message":[],"target_id":5,"post_type":"message_sent"}`))
	f.Add([]byte(usual))
	f.Add([]byte(spaced(usual)))
	f.Add([]byte(usualNested))
	f.Add([]byte(`{"post\u005ftype":"me\u0073sage","\u0065cho":"\u0078","user\u005fid":"\u0034"}`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		h := wire.ScanHead(frame)
		var m map[string]json.RawMessage
		if json.Unmarshal(frame, &m) != nil || m == nil {
			return // what is broken is for the decoder to find
		}
		for key, got := range map[string]int64{"self_id": h.SelfID, "user_id": h.UserID, "group_id": h.GroupID, "target_id": h.TargetID} {
			once := bytes.Count(frame, []byte(`"`+key+`"`)) == 1 && bytes.IndexByte(frame, '\\') < 0 // a name may be written with escapes
			if once && h.Kind == wire.FrameEvent {
				l := wire.BytesLexer(m[key])
				want, _ := l.Int()
				require.Equal(t, want, got, "%s in %s", key, frame)
			}
		}
		_, post := m["post_type"]
		require.Equal(t, post, h.Kind == wire.FrameEvent, "%s", frame)
		if echo, ok := m["echo"]; ok && h.Kind == wire.FrameReply {
			require.Equal(t, string(echo), string(h.Echo.Of(frame)))
			if tail := wire.TailEcho(frame); tail != nil {
				require.Equal(t, string(echo), `"`+string(tail)+`"`)
			}
		}
	})
}
