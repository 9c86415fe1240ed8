package onebot_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/internal/corpus"
)

func TestMessageEvent_Detach(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, frame := range append(corpus.Array(), corpus.CQ()...) {
		ev, err := onebot.ParseEvent(frame)
		require.NoError(t, err)
		m, ok := ev.(*onebot.MessageEvent)
		if !ok {
			continue
		}
		seen++
		want := *m
		want.Raw = nil
		require.Equal(t, &want, m.Detach())
		require.Equal(t, string(frame), string(m.Raw), "the event itself is left alone")
	}
	assert.Greater(t, seen, 1000)
}

func TestMessageEvent_Detach_madeByHand(t *testing.T) {
	t.Parallel()
	m := &onebot.MessageEvent{
		ID: "7", Chat: onebot.GroupChat(1), Message: onebot.Message{onebot.Text("hi")}, Anonymous: &onebot.Anonymous{Name: "mask"},
	}
	d := m.Detach()
	assert.Equal(t, m, d)
	d.Message[0] = onebot.Text("other")
	d.Anonymous.Name = "other"
	assert.Equal(t, onebot.Text("hi"), m.Message[0])
	assert.Equal(t, "mask", m.Anonymous.Name)
}

// A copy of an event whose content was changed, to leave out a command say, keeps the change.
func TestMessageEvent_Detach_changed(t *testing.T) {
	t.Parallel()
	for _, content := range []string{`"/note buy milk"`, `[{"type":"text","data":{"text":"/note buy milk"}}]`} {
		ev, err := onebot.ParseEvent([]byte(`{"post_type":"message","message_type":"group","group_id":1,"user_id":2,"message":` + content + `}`))
		require.NoError(t, err)
		m, ok := ev.(*onebot.MessageEvent)
		require.True(t, ok)
		note := *m
		note.Message = onebot.Message{onebot.Text("buy milk")}
		assert.Equal(t, "buy milk", note.Detach().Message.PlainText())
		note.Message = nil
		assert.Empty(t, note.Detach().Message)
		assert.Equal(t, "/note buy milk", m.Detach().Message.PlainText())
	}
}

func TestMessageEvent_Detach_letsTheFrameGo(t *testing.T) {
	t.Parallel()
	detached := collected(t, func(m *onebot.MessageEvent) *onebot.MessageEvent { return m.Detach() })
	kept := collected(t, func(m *onebot.MessageEvent) *onebot.MessageEvent {
		return &onebot.MessageEvent{Sender: onebot.Sender{Role: m.Sender.Role}} // one string is enough
	})
	assert.True(t, detached)
	assert.False(t, kept)
}

// collected tells whether the frame of a message is collected while what keep has made of the message lives.
func collected(t *testing.T, keep func(*onebot.MessageEvent) *onebot.MessageEvent) bool {
	t.Helper()
	ev, err := onebot.ParseEvent([]byte(`{"post_type":"message","message_type":"group","time":1763700000,"self_id":10000,"group_id":20001,` +
		`"user_id":10001,"message_id":7,"sub_type":"normal","raw_message":"hi[CQ:face,id=14]","group_name":"somewhere",` +
		`"sender":{"user_id":10001,"nickname":"somebody","card":"card","role":"member","title":"title","level":"3","area":"here","sex":"male"},` +
		`"message":[{"type":"text","data":{"text":"hi"}},{"type":"face","data":{"id":"14","odd":"x"}},{"type":"odd","data":{"a":1}}]}`))
	require.NoError(t, err)
	m, ok := ev.(*onebot.MessageEvent)
	require.True(t, ok)
	gone := make(chan struct{})
	runtime.AddCleanup(&m.Raw[0], func(gone chan struct{}) { close(gone) }, gone)
	what := keep(m)
	defer runtime.KeepAlive(what)
	for range 3 {
		collectGarbage()
		select {
		case <-gone:
			return true
		default:
		}
	}
	return false
}

// collectGarbage returns when a whole collection has been made, cleanups of what it found included.
func collectGarbage() {
	done := make(chan struct{})
	runtime.AddCleanup(new([64]byte), func(done chan struct{}) { close(done) }, done)
	for {
		runtime.GC()
		select {
		case <-done:
			return
		default:
			runtime.Gosched()
		}
	}
}
