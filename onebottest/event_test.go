package onebottest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/onebot-go/onebot/onebottest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestGolden_events compares pushed events with recorded ones of the same kind: post type, kind, sub type, form of the message.
func TestGolden_events(t *testing.T) {
	t.Parallel()
	for _, rec := range recordings() {
		for _, want := range readLines[struct{ Kind, Frame string }](t, rec.name+"-events") {
			t.Run(rec.name+"/"+want.Kind, func(t *testing.T) {
				t.Parallel()
				opts := []onebottest.Option{onebottest.WithReportSelf()}
				if strings.HasSuffix(want.Kind, " string") {
					opts = append(opts, onebottest.WithMessageFormat("string"))
				}
				if strings.Contains(want.Kind, "heartbeat") {
					opts = append(opts, onebottest.WithHeartbeat(10*time.Millisecond))
				}
				srv := onebottest.NewServer(t, rec.persona, opts...)
				w := dial(t, srv, "/", nil)
				got := w.next()
				if !strings.Contains(want.Kind, "lifecycle") {
					raiseEvent(t, srv, w, want.Kind)
					got = w.next()
				}
				assert.Equal(t, shape(want.Frame, rec.ordered), shape(got, rec.ordered), "recorded %s\nfake %s", want.Frame, got)
			})
		}
	}
}

// raiseEvent makes the server push an event of a kind.
func raiseEvent(t *testing.T, srv *onebottest.Server, w *wire, kind string) {
	t.Helper()
	switch {
	case strings.HasPrefix(kind, "message private"):
		srv.SayPrivate(onebottest.Friend1, "x")
	case strings.HasPrefix(kind, "message group"):
		text := "x"
		if srv.Persona() == onebottest.GoCQHTTP {
			text = "first [CQ:at,qq=10000] tail" // as recorded
		}
		srv.Say(onebottest.Group1, onebottest.Friend1, text)
	case strings.HasPrefix(kind, "message_sent group"):
		w.send(sendFrame)
	case strings.HasPrefix(kind, "notice friend_recall"):
		srv.Recall(srv.SeedPrivate(onebottest.Friend1, 1)[0])
	case strings.HasPrefix(kind, "notice group_recall"):
		srv.RecallBy(srv.Seed(onebottest.Group1, 2)[1], onebottest.Friend2)
	case strings.HasPrefix(kind, "meta_event heartbeat"):
	default:
		require.Fail(t, "no way to raise "+kind)
	}
}

// fields decodes an event.
func fields(t *testing.T, frame string) map[string]any {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(frame), &m), frame)
	return m
}

// TestEvent_written: fields as dialects.md names them in the sections beside each case; these frames were not recorded.
func TestEvent_written(t *testing.T) {
	t.Parallel()
	const absent = "absent"
	tests := []struct {
		section string
		persona onebottest.Persona
		raise   func(srv *onebottest.Server)
		want    map[string]any
	}{
		{"7.1", onebottest.LLBot, private, map[string]any{
			"post_type": "message", "sub_type": "friend", "message_seq": 1001.0,
			"target_id": absent, "message_format": "array", "real_id": absent, "font": 14.0,
		}},
		{"7.1", onebottest.Lagrange, private, map[string]any{
			"post_type": "message", "target_id": 10000.0, "message_seq": absent,
			"message_format": absent, "message_style": nil, "font": 0.0,
		}},
		{"7.1", onebottest.Standard, private, map[string]any{"post_type": "message", "target_id": absent, "message_seq": absent}},
		{"7.1 temp", onebottest.NapCat, temp, map[string]any{
			"sub_type": "group", "temp_source": 0.0, "group_id": 100001.0,
			"target_id": 10003.0,
		}},
		{"7.1 temp", onebottest.GoCQHTTP, temp, map[string]any{
			"sub_type": "group", "temp_source": 0.0, "group_id": absent,
			"message_id": 1001.0,
		}},
		{"7.1 temp", onebottest.LLBot, temp, map[string]any{"sub_type": "group", "temp_source": 0.0, "group_id": absent}},
		{"7.1 temp", onebottest.Lagrange, temp, map[string]any{"sub_type": "group", "target_id": 0.0}},
		{"7.2", onebottest.LLBot, group, map[string]any{
			"group_name": "测试群一", "anonymous": absent, "message_seq": 1001.0,
			"target_id": absent,
		}},
		{"7.2", onebottest.Lagrange, group, map[string]any{"group_name": absent, "anonymous": nil, "message_format": absent}},
		{"7.2", onebottest.Standard, group, map[string]any{"anonymous": nil, "sub_type": "normal"}},
		{"7.4", onebottest.Lagrange, groupRecall, map[string]any{"notice_type": "group_recall", "operator_id": 10002.0, "tip": ""}},
		{"7.4", onebottest.LLBot, groupRecall, map[string]any{
			"notice_type": "group_recall", "operator_id": 10002.0,
			"user_id": 10001.0,
		}},
		// The user of a friend_recall is the author on LLBot and NapCat, the friend on go-cqhttp (T20).
		{"7.4", onebottest.NapCat, ownPrivateRecall, map[string]any{"notice_type": "friend_recall", "user_id": 10000.0}},
		{"7.4", onebottest.LLBot, ownPrivateRecall, map[string]any{"notice_type": "friend_recall", "user_id": 10000.0}},
		{"7.4", onebottest.GoCQHTTP, ownPrivateRecall, map[string]any{"notice_type": "friend_recall", "user_id": 10001.0}},
	}
	for _, tt := range tests {
		srv := onebottest.NewServer(t, tt.persona)
		w := dial(t, srv, "/", nil)
		w.next()
		tt.raise(srv)
		got := fields(t, w.next())
		for key, want := range tt.want {
			v, there := got[key]
			if want == absent {
				assert.False(t, there, "%s %s: %s", tt.section, tt.persona, key)
				continue
			}
			assert.True(t, there, "%s %s: %s", tt.section, tt.persona, key)
			assert.Equal(t, want, v, "%s %s: %s", tt.section, tt.persona, key)
		}
	}
}

func private(srv *onebottest.Server) { srv.SayPrivate(onebottest.Friend1, "x") }
func temp(srv *onebottest.Server)    { srv.SayTemp(onebottest.Group1, onebottest.Stranger, "x") }
func group(srv *onebottest.Server)   { srv.Say(onebottest.Group1, onebottest.Friend1, "x") }
func groupRecall(srv *onebottest.Server) {
	srv.RecallBy(srv.Seed(onebottest.Group1, 2)[1], onebottest.Friend2)
}

func ownPrivateRecall(srv *onebottest.Server) { srv.Recall(srv.SeedPrivate(onebottest.Friend1, 2)[1]) }

// TestEvent_own: dialects 6.7, T15.
func TestEvent_own(t *testing.T) {
	t.Parallel()
	for p, want := range map[onebottest.Persona]map[string]any{
		onebottest.NapCat:   {"post_type": "message_sent", "message_sent_type": "self", "target_id": 100001.0},
		onebottest.LLBot:    {"post_type": "message_sent", "target_id": 100001.0},
		onebottest.GoCQHTTP: {"post_type": "message_sent"},
		onebottest.Lagrange: {"post_type": "message", "user_id": 10000.0},
	} {
		srv := onebottest.NewServer(t, p, onebottest.WithReportSelf())
		w := dial(t, srv, "/event", nil)
		w.next()
		_, body := post(t, srv, "GET", "/send_group_msg?group_id=100001&message=hi", "", "", nil)
		assert.Contains(t, body, `"ok"`)
		got := fields(t, w.next())
		for key, v := range want {
			assert.Equal(t, v, got[key], "%s: %s", p, key)
		}
	}
}

// TestEvent_stringFormat: dialects 6.7; temporary sessions of Lagrange stay arrays.
func TestEvent_stringFormat(t *testing.T) {
	t.Parallel()
	for _, p := range onebottest.Personas() {
		srv := onebottest.NewServer(t, p, onebottest.WithMessageFormat("string"))
		w := dial(t, srv, "/", nil)
		w.next()
		srv.Say(onebottest.Group1, onebottest.Friend1, "a &amp; [CQ:at,qq=10000] &#91;b&#93;")
		got := fields(t, w.next())
		assert.Equal(t, "a &amp; [CQ:at,qq=10000] &#91;b&#93;", got["message"], p.String())
		srv.SayTemp(onebottest.Group1, onebottest.Stranger, "x")
		_, isText := fields(t, w.next())["message"].(string)
		assert.Equal(t, p != onebottest.Lagrange, isText, p.String())
	}
}
