package onebottest_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const sendFrame = `{"action":"send_group_msg","params":{"group_id":100001,"message":"hi"},"echo":"1"}`

// bubble runs f with a server in memory and a connected client whose greeting has been read.
func bubble(t *testing.T, p onebottest.Persona, f func(t *testing.T, srv *onebottest.Server, w *wire), opts ...onebottest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := onebottest.NewServer(t, p, append(opts, onebottest.InMemory())...)
		w := dial(t, srv, "/", nil)
		assert.Contains(t, w.next(), "lifecycle")
		f(t, srv, w)
	})
}

// lost expects the connection to end without a close frame.
func lost(t *testing.T, w *wire) {
	t.Helper()
	_, err := w.read(time.Hour)
	assert.True(t, websocket.IsCloseError(err, websocket.CloseAbnormalClosure), "%v", err)
}

// silent expects no frame.
func silent(t *testing.T, w *wire) {
	t.Helper()
	_, err := w.read(time.Hour)
	assert.ErrorContains(t, err, "timeout")
}

// callFault is a fault of one call: how many messages it lets out, and what the client sees.
type callFault struct {
	name  string
	fault onebottest.Fault
	sent  int
	check func(t *testing.T, w *wire)
}

func callFaults() []callFault {
	return []callFault{
		{"dropBeforeAction", onebottest.DropBeforeAction(), 0, lost},
		{"dropBeforeReply", onebottest.DropBeforeReply(), 1, lost},
		{"dropAfterReply", onebottest.DropAfterReply(), 1, func(t *testing.T, w *wire) {
			t.Helper()
			assert.Contains(t, w.next(), `"echo":"1"`)
			lost(t, w)
		}},
		{"ignore", onebottest.Ignore(), 0, silent},
		{"noReply", onebottest.NoReply(), 1, silent},
		{"late", onebottest.Late(time.Minute), 1, func(t *testing.T, w *wire) {
			t.Helper()
			start := time.Now()
			_, err := w.read(time.Hour)
			require.NoError(t, err)
			assert.Equal(t, time.Minute, time.Since(start))
		}},
		{"double", onebottest.Double(), 1, func(t *testing.T, w *wire) {
			t.Helper()
			assert.Equal(t, w.next(), w.next())
			silent(t, w)
		}},
		{"foreignEcho", onebottest.ForeignEcho(), 1, func(t *testing.T, w *wire) {
			t.Helper()
			assert.NotContains(t, w.next(), `"echo":"1"`)
			assert.Contains(t, w.next(), `"echo":"1"`)
		}},
		{"fail", onebottest.Fail(0, "no"), 0, func(t *testing.T, w *wire) {
			t.Helper()
			assert.Contains(t, w.next(), `{"status":"failed","retcode":1200,"data":null,"message":"no"`)
		}},
		{"failAfterAction", onebottest.FailAfterAction(7, "no"), 1, func(t *testing.T, w *wire) {
			t.Helper()
			assert.Contains(t, w.next(), `"retcode":7`)
		}},
		{"timeoutAfterAction", onebottest.TimeoutAfterAction(), 1, func(t *testing.T, w *wire) {
			t.Helper()
			assert.Contains(t, w.next(), `"message":"Timeout: NTEvent`)
		}},
		{"garble", onebottest.Garble([]byte(`{"status":`)), 1, func(t *testing.T, w *wire) {
			t.Helper()
			assert.Equal(t, `{"status":`, w.next())
		}},
		{"binary", onebottest.Binary(nil), 1, func(t *testing.T, w *wire) {
			t.Helper()
			kind, data, err := w.ws.ReadMessage()
			require.NoError(t, err)
			assert.Equal(t, websocket.BinaryMessage, kind)
			assert.Contains(t, string(data), `"echo":"1"`)
		}},
		{"rewrite", onebottest.Rewrite(func(a []byte) []byte { return a[:10] }), 1, func(t *testing.T, w *wire) {
			t.Helper()
			assert.Equal(t, `{"status":`, w.next())
		}},
		{"rewriteToNothing", onebottest.Rewrite(func([]byte) []byte { return nil }), 1, silent},
		{"padded", onebottest.Padded(1 << 20), 1, func(t *testing.T, w *wire) {
			t.Helper()
			frame := w.next()
			assert.Len(t, frame, 1<<20)
			assert.True(t, json.Valid([]byte(frame)))
			assert.Contains(t, frame, `"echo":"1"`)
		}},
		{"paddedTooSmall", onebottest.Padded(3), 1, func(t *testing.T, w *wire) {
			t.Helper()
			assert.Contains(t, w.next(), `"echo":"1"`)
		}},
		{"closeWith", onebottest.CloseWith(1013, "later"), 0, func(t *testing.T, w *wire) {
			t.Helper()
			_, err := w.read(time.Hour)
			assert.True(t, websocket.IsCloseError(err, 1013), "%v", err)
		}},
		{"revokeToken", onebottest.RevokeToken(), 0, func(t *testing.T, w *wire) {
			t.Helper()
			assert.Contains(t, w.next(), `"retcode":1403`)
			_, err := w.read(time.Hour)
			assert.True(t, websocket.IsCloseError(err, websocket.CloseNoStatusReceived), "%v", err)
		}},
	}
}

func TestFault_calls(t *testing.T) {
	t.Parallel()
	for _, tt := range callFaults() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, onebottest.NapCat, func(t *testing.T, srv *onebottest.Server, w *wire) {
				t.Helper()
				srv.Fault(tt.fault.On("send_group_msg"))
				w.send(sendFrame)
				tt.check(t, w)
				assert.Len(t, srv.Sent(), tt.sent)
			})
		})
	}
}

func TestFault_skipTimesClear(t *testing.T) {
	t.Parallel()
	bubble(t, onebottest.NapCat, func(t *testing.T, srv *onebottest.Server, w *wire) {
		t.Helper()
		failed := func() bool {
			var r struct {
				Status string `json:"status"`
			}
			require.NoError(t, json.Unmarshal([]byte(w.call("get_status", "{}")), &r))
			return r.Status == "failed"
		}
		srv.Fault(onebottest.Fail(1, "x").Skip(1).Times(2), onebottest.Fail(1, "y").On("get_msg"))
		assert.Equal(t, []bool{false, true, true, false}, []bool{failed(), failed(), failed(), failed()})
		srv.Fault(onebottest.Fail(1, "x").Times(-1))
		assert.True(t, failed())
		assert.True(t, failed())
		srv.ClearFaults()
		assert.False(t, failed())
	})
}

func TestFault_reverse(t *testing.T) {
	t.Parallel()
	bubble(t, onebottest.NapCat, func(t *testing.T, srv *onebottest.Server, w *wire) {
		t.Helper()
		srv.Fault(onebottest.Reverse(3))
		for _, echo := range []string{"1", "2", "3", "4"} {
			w.send(`{"action":"get_status","echo":"` + echo + `"}`)
		}
		for _, echo := range []string{"3", "2", "1", "4"} {
			assert.Contains(t, w.next(), `"echo":"`+echo+`"`)
		}
	})
}

func TestFault_connections(t *testing.T) {
	t.Parallel()
	t.Run("refuse", func(t *testing.T) {
		t.Parallel()
		srv := onebottest.NewServer(t, onebottest.NapCat)
		srv.Fault(onebottest.RefuseConn(http.StatusServiceUnavailable))
		_, status, err := tryDial(srv, "/", nil)
		require.Error(t, err)
		assert.Equal(t, http.StatusServiceUnavailable, status)
		dial(t, srv, "/", nil).next()
		assert.Equal(t, 2, srv.Connections())
	})
	t.Run("acceptAndDrop", func(t *testing.T) {
		t.Parallel()
		srv := onebottest.NewServer(t, onebottest.NapCat)
		srv.Fault(onebottest.DropConn().Times(-1))
		for range 3 {
			w, _, err := tryDial(srv, "/", nil)
			require.NoError(t, err)
			for err == nil {
				_, err = w.read(5 * time.Second) // The greeting may still come.
			}
			assert.NotContains(t, err.Error(), "timeout")
		}
		assert.Equal(t, 3, srv.Connections())
	})
	t.Run("stallReads", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			srv := onebottest.NewServer(t, onebottest.NapCat, onebottest.InMemory())
			srv.Fault(onebottest.StallReads())
			w := dial(t, srv, "/", nil)
			w.next()
			w.send(sendFrame)
			srv.Push(`{"still":"pushing"}`)
			assert.Equal(t, `{"still":"pushing"}`, w.next())
			synctest.Wait()
			assert.Empty(t, srv.Calls())
			// The buffers fill up, and then the client's writes wait.
			require.NoError(t, w.ws.SetWriteDeadline(time.Now().Add(time.Second)))
			assert.ErrorContains(t, w.ws.WriteMessage(websocket.TextMessage, make([]byte, 200<<10)), "timeout")
		})
	})
}

func TestFault_silentConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := onebottest.NewServer(t, onebottest.NapCat, onebottest.InMemory())
		srv.Fault(onebottest.StallWrites(), onebottest.NoPong())
		pongs := 0
		ping := func(w *wire) {
			w.ws.SetPongHandler(func(string) error { pongs++; return nil })
			require.NoError(t, w.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)))
		}
		mute := dial(t, srv, "/", nil)
		ping(mute)
		mute.send(sendFrame)
		silent(t, mute) // not even a greeting
		assert.Len(t, srv.Sent(), 1)

		deaf := dial(t, srv, "/", nil)
		deaf.next()
		ping(deaf)
		assert.Contains(t, deaf.call("get_status", "{}"), `"online":true`)
		silent(t, deaf)
		assert.Zero(t, pongs)

		sound := dial(t, srv, "/", nil)
		sound.next()
		ping(sound)
		silent(t, sound)
		assert.Equal(t, 1, pongs)
	})
}

func TestServer_closeCodes(t *testing.T) {
	t.Parallel()
	for _, code := range []int{1000, 1001, 1005, 1008, 1009, 1011, 1013} {
		bubble(t, onebottest.NapCat, func(t *testing.T, srv *onebottest.Server, w *wire) {
			t.Helper()
			srv.CloseAll(code, "")
			_, err := w.read(time.Hour)
			assert.True(t, websocket.IsCloseError(err, code), "%d: %v", code, err)
			synctest.Wait()
			assert.Zero(t, srv.Open())
		})
	}
}

func TestServer_revoke(t *testing.T) {
	t.Parallel()
	// dialects 5.5: the frame and 1005 on NapCat, the frame and 1008 on LLBot; the others have no way of their own.
	tests := []struct {
		persona onebottest.Persona
		frame   bool
		code    int
	}{
		{onebottest.NapCat, true, 1005},
		{onebottest.LLBot, true, 1008},
		{onebottest.Standard, false, 1008},
	}
	for _, tt := range tests {
		bubble(t, tt.persona, func(t *testing.T, srv *onebottest.Server, w *wire) {
			t.Helper()
			srv.SetToken("new")
			srv.Revoke()
			if tt.frame {
				assert.Contains(t, w.next(), `"retcode":1403`)
			}
			_, err := w.read(time.Hour)
			assert.True(t, websocket.IsCloseError(err, tt.code), "%v", err)
		})
	}
}

func TestFault_http(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat)
	srv.Fault(onebottest.HTTPStatus(429, "slow down", 3*time.Second))
	resp, body := post(t, srv, "POST", "/get_status", "application/json", "{}", nil)
	assert.Equal(t, 429, resp.StatusCode)
	assert.Equal(t, "3", resp.Header.Get("Retry-After"))
	assert.Equal(t, "slow down", body)

	srv.Fault(onebottest.DropBeforeReply())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.HTTPURL()+"/send_group_msg?group_id=100001&message=x", nil)
	require.NoError(t, err)
	tr := &http.Transport{DisableKeepAlives: true}
	lost, err := tr.RoundTrip(req)
	if err == nil {
		require.NoError(t, lost.Body.Close())
	}
	require.Error(t, err)
	assert.Len(t, srv.Sent(), 1)

	srv.Fault(onebottest.RevokeToken())
	resp, _ = post(t, srv, "POST", "/get_status", "application/json", "{}", nil)
	assert.Equal(t, http.StatusForbidden, resp.StatusCode)
}

func TestServer_Handle(t *testing.T) {
	t.Parallel()
	bubble(t, onebottest.NapCat, func(t *testing.T, srv *onebottest.Server, w *wire) {
		t.Helper()
		srv.Handle("my_action", func(c onebottest.Call) onebottest.Reply {
			return onebottest.Reply{Data: map[string]any{"got": c.Params}}
		})
		assert.Contains(t, w.call("my_action", `{"a":1}`), `"data":{"got":{"a":1}}`)
		srv.Handle("get_status", func(onebottest.Call) onebottest.Reply { return onebottest.Reply{Retcode: 1500, Message: "bad"} })
		assert.Contains(t, w.call("get_status", `{}`), `"status":"failed","retcode":1500`)
		srv.Handle("get_status", nil)
		assert.Contains(t, w.call("get_status", `{}`), `"online":true`)
		srv.Handle("broken", func(onebottest.Call) onebottest.Reply { return onebottest.Reply{Data: make(chan int)} })
		assert.Contains(t, w.call("broken", `{}`), `unsupported type`)
		srv.Handle("raw", func(onebottest.Call) onebottest.Reply { return onebottest.Reply{Frame: []byte(`{"raw":1}`)} })
		assert.Equal(t, `{"raw":1}`, w.call("raw", `{}`))
	})
}
