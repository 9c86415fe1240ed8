package onebottest_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/onebot-go/onebot/onebottest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// nodeOf is the node that all servers accept (dialects 2.1).
func nodeOf(content string) string {
	return `{"type":"node","data":{"user_id":"10001","uin":"10001","nickname":"A","name":"A","content":` + content + `}}`
}

const textContent = `[{"type":"text","data":{"text":"hi"}}]`

// forwardID sends one node to a group and gives the id to read it by.
func forwardID(t *testing.T, w *wire, nodes string) string {
	t.Helper()
	data, ok := w.data("send_group_forward_msg", `{"group_id":100001,"messages":`+nodes+`}`).(map[string]any)
	require.True(t, ok)
	id, ok := data["forward_id"].(string)
	require.True(t, ok, "%v", data)
	return id
}

// TestForward_sendAndRead: dialects 1.6, T3.
func TestForward_sendAndRead(t *testing.T) {
	t.Parallel()
	for p, want := range map[onebottest.Persona]string{
		onebottest.LLBot:    `"messages":[{"content":[{"type":"text","data":{"text":"hi"}}],"sender":{"nickname":"A","user_id":10001},"time":`,
		onebottest.Lagrange: `"message":[{"type":"node","data":{"user_id":"10001","nickname":"A","content":[{"type":"text","data":{"text":"hi"}}]}}]`,
		onebottest.GoCQHTTP: `"messages":[{"content":[{"type":"text","data":{"text":"hi"}}],"group_id":0,"sender":{"nickname":"A","user_id":10001}`,
		onebottest.NapCat:   `"messages":[{"self_id":10000,"user_id":10001,`,
	} {
		srv := onebottest.NewServer(t, p)
		w := dial(t, srv, "/api", nil)
		id := forwardID(t, w, "["+nodeOf(textContent)+"]")
		sent, err := srv.NextSent(t.Context())
		require.NoError(t, err)
		assert.Equal(t, id, sent.ForwardID)
		assert.Equal(t, "[CQ:forward,id="+id+"]", sent.CQ)
		assert.Contains(t, w.call("get_forward_msg", `{"id":"`+id+`"}`), want, p.String())
	}
}

// TestForward_time: dialects 2.1. Lagrange ignores the time of a node, and so does NapCat where it has to send the nodes first.
func TestForward_time(t *testing.T) {
	t.Parallel()
	const dated = `{"type":"node","data":{"user_id":"10001","nickname":"A","name":"A","time":1600000000,"content":` + textContent + `}}`
	nested := `{"type":"node","data":{"user_id":"10001","nickname":"A","name":"A","content":[` + dated + `]}}`
	for _, p := range []onebottest.Persona{onebottest.NapCat, onebottest.LLBot, onebottest.GoCQHTTP} {
		srv := onebottest.NewServer(t, p)
		w := dial(t, srv, "/api", nil)
		for _, id := range []string{forwardID(t, w, "["+dated+"]"), srv.AddForward("[" + dated + "]")} {
			assert.Contains(t, w.call("get_forward_msg", `{"id":"`+id+`"}`), `"time":1600000000`, p.String())
		}
		if p != onebottest.LLBot { // gives the id of the inner one
			got := w.call("get_forward_msg", `{"id":"`+forwardID(t, w, "["+nested+"]")+`"}`)
			assert.Contains(t, got, `"time":1600000000`, p.String())
		}
	}
}

// TestForward_received: a forward that somebody else made can be read on every persona, Standard included (dialects 1.6).
func TestForward_received(t *testing.T) {
	t.Parallel()
	for _, p := range onebottest.Personas() {
		srv := onebottest.NewServer(t, p)
		assert.Empty(t, srv.AddForward(`[]`))
		assert.Empty(t, srv.AddForward(`[`))
		id := srv.AddForward(`[` + nodeOf(`[`+nodeOf(textContent)+`]`) + `]`)
		w := dial(t, srv, "/", nil)
		w.next()
		srv.Say(onebottest.Group1, onebottest.Friend1, "[CQ:forward,id="+id+"]")
		var ev struct {
			Message []struct {
				Type string         `json:"type"`
				Data map[string]any `json:"data"`
			} `json:"message"`
		}
		require.NoError(t, json.Unmarshal([]byte(w.next()), &ev))
		require.Equal(t, "forward", ev.Message[0].Type)
		assert.Len(t, ev.Message[0].Data, 1, "%s: an event has the id only", p)
		frame := w.call("get_forward_msg", fmt.Sprintf(`{"id":%q}`, ev.Message[0].Data["id"]))
		assert.Contains(t, frame, `"status":"ok"`, p.String())
		inline := p == onebottest.NapCat || p == onebottest.GoCQHTTP
		assert.Equal(t, inline, json.Valid([]byte(frame)) && containsText(frame), "%s: nested content inline: %s", p, frame)
	}
}

func containsText(frame string) bool {
	var v any
	if json.Unmarshal([]byte(frame), &v) != nil {
		return false
	}
	found := false
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, e := range v {
				if k == "text" && e == "hi" {
					found = true
				}
				walk(e)
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(v)
	return found
}

// TestForward_lagrangeUpload: T2, a bare string, nothing sent, then a second call.
func TestForward_lagrangeUpload(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.Lagrange)
	w := dial(t, srv, "/api", nil)
	id, ok := w.data("send_forward_msg", `{"messages":[`+nodeOf(textContent)+`]}`).(string)
	require.True(t, ok)
	assert.Empty(t, srv.Sent())
	w.data("send_group_msg", `{"group_id":100001,"message":[{"type":"forward","data":{"id":"`+id+`"}}]}`)
	require.Len(t, srv.Sent(), 1)
	assert.Contains(t, w.call("get_forward_msg", `{"id":"`+id+`"}`), `"hi"`)
}

// TestForward_odd: nodes that one server takes and another refuses (dialects 1.7, 2.1, T13).
func TestForward_odd(t *testing.T) {
	t.Parallel()
	const ok, group = `"status":"ok"`, `{"group_id":100001,"messages":`
	nested := nodeOf(`[` + nodeOf(textContent) + `]`)
	tests := []struct {
		name    string
		persona onebottest.Persona
		params  string
		want    string
	}{
		{"id node", onebottest.Lagrange, group + `[{"type":"node","data":{"id":"%d"}}]}`, `"retcode":200`},
		{"id node", onebottest.LLBot, group + `[{"type":"node","data":{"id":"%d"}}]}`, ok},
		{"id node", onebottest.GoCQHTTP, group + `[{"type":"node","data":{"id":%d}}]}`, ok},
		{"number in a string field", onebottest.Lagrange, group + `[{"type":"node","data":{"user_id":10001,"nickname":"A","content":"x"}}]}`, `"retcode":200`},
		{"no author", onebottest.Lagrange, group + `[{"type":"node","data":{"nickname":"A","content":"x"}}]}`, `"retcode":200`},
		{"no author", onebottest.LLBot, group + `[{"type":"node","data":{"content":"x"}}]}`, ok},
		{"no author", onebottest.NapCat, group + `[{"type":"node","data":{"content":"x"}}]}`, ok},
		{"no author", onebottest.GoCQHTTP, group + `[{"type":"node","data":{"nickname":"A","content":"x"}}]}`, `EMPTY_NODES`},
		{"no name", onebottest.GoCQHTTP, group + `[{"type":"node","data":{"uin":1,"content":"x"}}]}`, `EMPTY_NODES`},
		{"no content", onebottest.NapCat, group + `[{"type":"node","data":{"user_id":"1","nickname":"A"}}]}`, `"retcode":1200`},
		{"no content", onebottest.Lagrange, group + `[{"type":"node","data":{"user_id":"1","nickname":"A"}}]}`, `"retcode":200`},
		{"mixed", onebottest.NapCat, group + `[` + nodeOf(textContent) + `,{"type":"text","data":{"text":"x"}}]}`, `"retcode":1400`},
		{"not nodes", onebottest.LLBot, group + `[{"type":"text","data":{"text":"x"}}]}`, `"retcode":1200`},
		{"nested", onebottest.LLBot, group + `[` + nested + `]}`, ok},
		{"nested", onebottest.Lagrange, group + `[` + nested + `]}`, ok},
		{"string", onebottest.GoCQHTTP, group + `"x"}`, `"message":"","msg":"","retcode":100`},
		{"one object", onebottest.GoCQHTTP, group + nodeOf(textContent) + `}`, ok},
		{"one object", onebottest.LLBot, group + nodeOf(textContent) + `}`, `"retcode":1400`},
		{"message instead of messages", onebottest.LLBot, `{"group_id":100001,"message":[` + nodeOf(textContent) + `]}`, ok},
	}
	for _, tt := range tests {
		t.Run(tt.persona.String()+"/"+tt.name, func(t *testing.T) {
			t.Parallel()
			srv := onebottest.NewServer(t, tt.persona)
			id := srv.Seed(onebottest.Group1, 1)[0]
			w := dial(t, srv, "/api", nil)
			params := tt.params
			if tt.name == "id node" {
				params = fmt.Sprintf(params, id)
			}
			assert.Contains(t, w.call("send_group_forward_msg", params), tt.want)
		})
	}
}

// TestForward_depth: dialects 1.7. NapCat drops what lies below three levels, Lagrange a node in a node.
func TestForward_depth(t *testing.T) {
	t.Parallel()
	deep := func(levels int) string {
		n := nodeOf(textContent)
		for range levels - 1 {
			n = nodeOf(`[` + n + `,` + nodeOf(`[{"type":"text","data":{"text":"beside"}}]`) + `]`)
		}
		return `[` + n + `]`
	}
	read := func(p onebottest.Persona, levels int) bool {
		srv := onebottest.NewServer(t, p)
		w := dial(t, srv, "/api", nil)
		id := forwardID(t, w, deep(levels))
		return containsText(w.call("get_forward_msg", `{"id":"`+id+`"}`))
	}
	assert.True(t, read(onebottest.NapCat, 3))
	assert.False(t, read(onebottest.NapCat, 4))
	assert.True(t, read(onebottest.GoCQHTTP, 6))
	assert.True(t, read(onebottest.Lagrange, 1))
	assert.False(t, read(onebottest.Lagrange, 2))
}

// TestForward_withoutPackets: dialects 1.7.
func TestForward_withoutPackets(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat, onebottest.WithoutPackets())
	w := dial(t, srv, "/api", nil)
	data, ok := w.data("send_group_forward_msg", `{"group_id":100001,"messages":[`+nodeOf(textContent)+`]}`).(map[string]any)
	require.True(t, ok)
	assert.Len(t, data, 1)
}

// TestForward_roundedID: T6, a 64-bit id sent as a number is not found.
func TestForward_roundedID(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat)
	w := dial(t, srv, "/", nil)
	w.next()
	id := srv.AddForward(`[` + nodeOf(textContent) + `]`)
	srv.Say(onebottest.Group1, onebottest.Friend1, "[CQ:forward,id="+id+"]")
	var ev struct {
		Message []struct {
			Data struct {
				ID string `json:"id"`
			} `json:"data"`
		} `json:"message"`
	}
	require.NoError(t, json.Unmarshal([]byte(w.next()), &ev))
	nt := ev.Message[0].Data.ID
	require.Len(t, nt, 19)
	assert.Contains(t, w.call("get_forward_msg", `{"id":"`+nt+`"}`), `"status":"ok"`)
	assert.Contains(t, w.call("get_forward_msg", `{"id":`+nt+`}`), `"status":"failed"`)
}
