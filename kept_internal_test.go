package onebot

import (
	"runtime"
	"testing"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/wire"
)

// What is remembered of thousands of messages are their ids, bounded in number. An id that was a part of its frame would keep that too, of
// any size. From inside: that frames are kept shows nowhere but in the memory.
func TestIDs_keepNoFrame(t *testing.T) {
	t.Parallel()
	chat := wire.ChatKey{Kind: 'g', ID: 7}
	for name, keep := range map[string]func(*MessageEvent) any{
		"withdrawn": func(m *MessageEvent) any {
			w := &withdrawals{}
			w.add(chatMessageID{chat, m.ID}, true)
			assert.True(t, w.in(chat, "12345"))
			return w
		},
		"handled by one account of a hub": func(m *MessageEvent) any {
			x := newAnswers()
			x.enter(&taken{id: m.ID})
			assert.Equal(t, MessageID("12345"), x.find(&taken{}).id)
			return x
		},
		"given out as a receipt": func(m *MessageEvent) any {
			o := &outcomes{}
			o.begin(chat)
			o.end(chat, m.ID)
			assert.True(t, o.taken(chat, "12345"))
			return o
		},
		"caught up": func(m *MessageEvent) any {
			seen := markOf(m)
			assert.Equal(t, MessageID("12345"), seen.id)
			return &seen
		},
		"logged once": func(m *MessageEvent) any {
			o := &onceEach{}
			assert.True(t, o.allow(m.RawMessage))
			assert.False(t, o.allow("hello"))
			return o
		},
	} {
		assert.True(t, letsGo(t, keep), name)
	}
	assert.False(t, letsGo(t, func(m *MessageEvent) any { return &m.ID }), "the test itself")
}

// letsGo tells whether the frame of a message is collected while what keep has made of the message lives.
func letsGo(t *testing.T, keep func(*MessageEvent) any) bool {
	t.Helper()
	frame, what := func() (weak.Pointer[byte], any) {
		ev, err := ParseEvent([]byte(`{"post_type":"message","message_type":"group","group_id":7,"user_id":1,"message_id":12345,"message":"x","raw_message":"hello"}`))
		require.NoError(t, err)
		m, ok := ev.(*MessageEvent)
		require.True(t, ok)
		return weak.Make(&m.Raw[0]), keep(m)
	}()
	runtime.GC()
	gone := frame.Value() == nil
	runtime.KeepAlive(what)
	return gone
}
