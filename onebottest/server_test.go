package onebottest_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestServer_sayAndAnswer(t *testing.T) {
	t.Parallel()
	for _, p := range onebottest.Personas() {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			srv := onebottest.NewServer(t, p)
			w := dial(t, srv, "/", nil)
			assert.Contains(t, w.next(), `"lifecycle"`)

			id := srv.Say(onebottest.Group1, onebottest.Friend1, "ping [CQ:at,qq=10000]")
			var ev struct {
				MessageID int64 `json:"message_id"`
				GroupID   int64 `json:"group_id"`
				Message   []struct {
					Data map[string]any `json:"data"`
				} `json:"message"`
			}
			require.NoError(t, json.Unmarshal([]byte(w.next()), &ev))
			assert.Equal(t, id, ev.MessageID)
			assert.Equal(t, onebottest.Group1, ev.GroupID)
			require.Len(t, ev.Message, 2)
			assert.Equal(t, "10000", ev.Message[1].Data["qq"])

			w.data("send_group_msg", `{"group_id":100001,"message":[{"type":"text","data":{"text":"pong"}}]}`)
			sent, err := srv.NextSent(t.Context())
			require.NoError(t, err)
			assert.Equal(t, onebottest.Group1, sent.Group)
			assert.Equal(t, "pong", sent.CQ)
			assert.JSONEq(t, `[{"type":"text","data":{"text":"pong"}}]`, string(sent.Message))
			require.Len(t, srv.CallsOf("send_group_msg"), 1)
		})
	}
}

func TestServer_inMemoryInBubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := onebottest.NewServer(t, onebottest.NapCat, onebottest.InMemory(), onebottest.WithHeartbeat(30*time.Second))
		w := dial(t, srv, "/", nil)
		w.next()
		start := time.Now()
		data, err := w.read(time.Minute)
		require.NoError(t, err)
		assert.Contains(t, data, `"interval":30000`)
		assert.Equal(t, 30*time.Second, time.Since(start))

		srv.Fault(onebottest.Late(10 * time.Second).On("get_status"))
		w.send(`{"action":"get_status","echo":"late"}`)
		w.send(`{"action":"get_login_info","echo":"soon"}`)
		assert.Contains(t, w.next(), `"soon"`)
		data, err = w.read(time.Minute)
		require.NoError(t, err)
		assert.Contains(t, data, `"late"`)
		assert.Equal(t, 40*time.Second, time.Since(start))

		_, body := post(t, srv, "POST", "/get_login_info", "application/json", "{}", nil)
		assert.Contains(t, body, `"user_id":10000`)
	})
}

func TestServer_closeTwice(t *testing.T) {
	t.Parallel()
	srv, err := onebottest.Start(onebottest.NapCat)
	require.NoError(t, err)
	w := dial(t, srv, "/", nil)
	w.next()
	require.NoError(t, srv.Close())
	require.NoError(t, srv.Close())
	_, err = w.read(5 * time.Second)
	require.Error(t, err)
	_, err = srv.NextSent(t.Context())
	require.Error(t, err)
}

func TestServer_NextSent_context(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := srv.NextSent(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func TestServer_badOptions(t *testing.T) {
	t.Parallel()
	for _, o := range []onebottest.Option{
		onebottest.WithAccount(0), onebottest.WithMessageFormat("xml"), onebottest.WithHeartbeat(-1), onebottest.WithAddr("nonsense"),
		onebottest.WithReverseDelay(0), onebottest.WithNetwork(nil), onebottest.WithNetwork(new(onebottest.Network)), nil,
	} {
		_, err := onebottest.Start(onebottest.NapCat, o)
		require.Error(t, err)
	}
	for _, p := range []onebottest.Persona{-1, onebottest.GoCQHTTP + 1} {
		_, err := onebottest.Start(p)
		require.Error(t, err, "persona %d", p)
	}
}

func TestServer_dropAllAndConnections(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat)
	w := dial(t, srv, "/", nil)
	w.next()
	require.NoError(t, srv.WaitOpen(t.Context(), 1))
	srv.DropAll()
	_, err := w.read(5 * time.Second)
	require.True(t, websocket.IsCloseError(err, websocket.CloseAbnormalClosure), "%v", err)
	dial(t, srv, "/", nil).next()
	assert.Equal(t, 2, srv.Connections())
}

func TestServer_Seed_nothing(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat)
	for _, n := range []int{0, -1} {
		assert.Empty(t, srv.Seed(onebottest.Group1, n))
		assert.Empty(t, srv.SeedPrivate(onebottest.Friend1, n))
	}
}
