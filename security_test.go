package onebot_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport/httpapi"
	"github.com/onebot-go/onebot/transport/ws"
)

// These must be in no error and no log, in none of the forms in which they travel.
const (
	secretToken     = "t0k+en/with?odd=characters"
	secretSignature = "s1gn&key"
)

// gossip collects every text that a user or a log could see.
type gossip struct{ lockedBuffer }

func (g *gossip) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(g, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// hear takes a value in every way in which programs print things.
func (g *gossip) hear(v any) {
	_, _ = fmt.Fprintf(g, "%v\n%+v\n%#v\n%s\n%q\n", v, v, v, v, v)
	g.logger().Error("heard", "value", v)
	slog.New(slog.NewJSONHandler(g, nil)).Error("heard", "value", v)
}

func (g *gossip) check(t *testing.T) {
	t.Helper()
	text := g.String()
	require.NotEmpty(t, text)
	for _, secret := range []string{secretToken, secretSignature} {
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret))} {
			if i := strings.Index(text, form); i >= 0 {
				t.Errorf("a secret in: %q", text[max(0, i-200):min(len(text), i+60)])
			}
		}
	}
}

// Every fault of a WebSocket, with a token in the header and one in the address.
func TestSecurity_noSecretOverWebSocket(t *testing.T) {
	t.Parallel()
	var g gossip
	for _, tc := range callTrouble() {
		onBench(t, benchSetup{
			persona: onebottest.NapCat, server: []onebottest.Option{onebottest.WithToken(secretToken)},
			ws: ws.Options{Token: secretToken, Logger: g.logger()}, client: []onebot.Option{onebot.WithLogger(g.logger()), onebot.WithToken(secretToken)},
		}, func(b *bench) {
			b.srv.Fault(tc.fault.On("send_group_msg"), onebottest.RefuseConn(http.StatusBadGateway))
			if err := b.send("one"); err != nil {
				g.hear(err)
			}
			g.hear(b.c)
			b.srv.Revoke()
			synctest.Wait()
			if err := b.send("two"); err != nil {
				g.hear(err)
			}
			passes(time.Minute)
		})
	}
	for _, status := range []int{200, 301, 400, 401, 403, 500} {
		srv := httptest.NewServer(echoing(status))
		address := strings.Replace(srv.URL, "http", "ws", 1) + "/?access_token=" + url.QueryEscape(secretToken)
		_, err := onebot.Dial(t.Context(), address, onebot.WithToken(secretToken), onebot.WithLogger(g.logger()))
		require.Error(t, err)
		g.hear(err)
		srv.Close()
		_, err = onebot.Dial(t.Context(), address, onebot.WithToken(secretToken), onebot.WithLogger(g.logger()))
		require.Error(t, err, "nobody listens")
		g.hear(err)
	}
	for _, address := range []string{"ws://x:" + secretToken + "@h/", "://" + secretToken, "ftp://h/?access_token=" + secretToken, "ws://h:bad/?t=" + secretToken} {
		_, err := onebot.Dial(t.Context(), address)
		require.Error(t, err)
		g.hear(err)
	}
	g.check(t)
}

// echoing answers with everything that it was told.
func echoing(status int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://127.0.0.1:1/?access_token="+url.QueryEscape(secretToken))
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "%s %s %s", r.Header.Get("Authorization"), r.URL, secretToken)
	})
}

func TestSecurity_noSecretOverHTTP(t *testing.T) {
	t.Parallel()
	var g gossip
	for _, status := range []int{200, 301, 400, 401, 403, 404, 429, 500} {
		srv := httptest.NewServer(echoing(status))
		_, err := onebot.Dial(t.Context(), srv.URL+"/?access_token="+url.QueryEscape(secretToken),
			onebot.WithToken(secretToken), onebot.WithLogger(g.logger()))
		require.Error(t, err)
		g.hear(err)
		srv.Close()
	}
	fake := onebottest.NewServer(t, onebottest.NapCat, onebottest.WithToken(secretToken))
	c := dial(t, fake.HTTPURL(), onebot.WithToken(secretToken), onebot.WithLogger(g.logger()))
	g.hear(c)
	for _, fault := range []onebottest.Fault{
		onebottest.DropBeforeReply(), onebottest.HTTPStatus(502, secretToken, 0), onebottest.Garble([]byte("{")), onebottest.RevokeToken(),
	} {
		fake.Fault(fault)
		_, err := c.Call(t.Context(), "get_status", nil)
		require.Error(t, err)
		g.hear(err)
	}
	caller, err := httpapi.NewCaller(fake.HTTPURL(), httpapi.Options{Token: secretToken})
	require.NoError(t, err)
	g.hear(caller)
	require.NoError(t, caller.Close())
	conn, err := ws.Dial(t.Context(), fake.URL(), ws.Options{Token: secretToken, Logger: g.logger()})
	require.NoError(t, err)
	g.hear(conn)
	require.NoError(t, conn.Close())
	hub, err := onebot.NewHub(func(onebot.UserID, *onebot.Client) {}, onebot.WithToken(secretToken), onebot.WithLogger(g.logger()))
	require.NoError(t, err)
	g.hear(hub)
	require.NoError(t, hub.Close())
	r := httpapi.NewReceiver(httpapi.ReceiverOptions{Secret: secretSignature, Token: secretToken, Logger: g.logger()})
	g.hear(r)
	for _, header := range []http.Header{
		{}, {"X-Signature": {"sha1=00"}}, {"X-Signature": {secretSignature}, "Authorization": {"Bearer " + secretToken}},
	} {
		rec := httptest.NewRecorder()
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(`{"post_type":"notice"}`))
		req.Header = header
		r.ServeHTTP(rec, req)
		body, err := io.ReadAll(rec.Body)
		require.NoError(t, err)
		g.hear(string(body))
		assert.GreaterOrEqual(t, rec.Code, 400)
	}
	g.check(t)
}

// What a stranger writes into a message never makes the client read a file of this machine, whatever is done with the message.
func TestSecurity_receivedPathIsNeverOpened(t *testing.T) {
	t.Parallel()
	const content = "the content of a file that nobody may see"
	path := filepath.Join(t.TempDir(), "private")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))

	d := answers(map[string]string{"send_group_msg": `{"message_id":1}`, "send_forward_msg": `{"message_id":1,"res_id":"f"}`, "send_group_forward_msg": `{"message_id":1}`, "get_version_info": `{"app_name":"NapCat.Onebot"}`})
	sender := newClient(t, d)
	for _, kind := range []string{"image", "record", "video", "file"} {
		for _, value := range []string{path, "file://" + path, "FILE://" + path, "file:" + path} {
			for _, key := range []string{"file", "url", "path", "cover", "thumb"} {
				frame := groupText(7, 1, 1, "x")
				segment := fmt.Sprintf(`[{"type":%q,"data":{"file":"a",%q:%q}}]`, kind, key, value)
				frame = strings.Replace(frame, `[{"type":"text","data":{"text":"x"}}]`, segment, 1)
				ev, err := onebot.ParseEvent([]byte(frame))
				require.NoError(t, err)
				m, ok := ev.(*onebot.MessageEvent)
				require.True(t, ok)
				_, err = sender.SendMsg(t.Context(), onebot.GroupChat(7), m.Message...)
				require.NoError(t, err)
				_, err = sender.SendMsg(t.Context(), onebot.GroupChat(7), onebot.ParseCQ(onebot.FormatCQ(m.Message))...)
				require.NoError(t, err)
				_, err = sender.SendForwardMsg(t.Context(), onebot.GroupChat(7), onebot.NewForward(m.Node()))
				require.NoError(t, err)
			}
		}
	}

	encoded := base64.StdEncoding.EncodeToString([]byte(content))[:40]
	for _, call := range d.sent() {
		assert.NotContains(t, string(call.Params), content)
		assert.NotContains(t, string(call.Params), encoded)
	}
	// The test would see it: this is how a program sends its own file.
	_, err := sender.SendMsg(t.Context(), onebot.GroupChat(7), onebot.Image(onebot.FilePath(path)))
	require.NoError(t, err)
	assert.Contains(t, d.lastParams(t), encoded)
}

// Text never becomes a code, in no place of a message and on no server.
func TestSecurity_forgedCodes(t *testing.T) {
	t.Parallel()
	forged := []string{
		"[CQ:at,qq=all]", "[CQ:image,file=http://evil/x]", "&#91;CQ:at,qq=all&#93;", "&amp;#91;CQ:at,qq=all]", "[CQ:at,qq=1],qq=all]",
		"x]y[CQ:at,qq=all]", "[[CQ:at,qq=all]]", "[CQ:", "]", ",text=[CQ:at,qq=all]", "a,b=c&d", "\x00[CQ:at,qq=all]\n",
	}
	for _, text := range forged {
		assert.Equal(t, onebot.Message{onebot.Text(text)}, onebot.ParseCQ(onebot.FormatCQ(onebot.Message{onebot.Text(text)})), text)
		share := onebot.ParseCQ(onebot.FormatCQ(onebot.Message{onebot.Share("http://h/?"+text, text)}))
		require.Len(t, share, 1, text)
		got, ok := share[0].(onebot.ShareSegment)
		require.True(t, ok, text)
		assert.Equal(t, text, got.Title)
		assert.Equal(t, "http://h/?"+text, got.URL)
	}
	for _, p := range onebottest.Personas() {
		srv := onebottest.NewServer(t, p, onebottest.WithMessageFormat("string"))
		c := dial(t, srv.URL())
		for _, text := range forged {
			_, err := c.SendGroupMsg(t.Context(), benchGroup, onebot.Text(text))
			require.NoError(t, err)
			sent, err := srv.NextSent(context.Background())
			require.NoError(t, err)
			assert.NotContains(t, sent.CQ, "[CQ:", "%s: %q", p, text)
		}
	}
}

// TestSecurity_serverRepeatsTheToken: what a server says in a refusal is shown to people, too.
func TestSecurity_serverRepeatsTheToken(t *testing.T) {
	t.Parallel()
	srv, open := onebottest.NewServer(t, onebottest.NapCat, onebottest.WithToken(secretToken)), onebottest.NewServer(t, onebottest.NapCat)
	for _, s := range []*onebottest.Server{srv, open} {
		s.Handle("whoami", func(onebottest.Call) onebottest.Reply {
			return onebottest.Reply{
				Status: "failed", Retcode: 100, Message: "you are " + secretToken + " or " + base64.StdEncoding.EncodeToString([]byte(secretToken)),
			}
		})
	}
	header := func(name, value string) onebot.Option { return onebot.WithHeader(http.Header{name: {value}}) }
	for _, tt := range []struct {
		address string
		opts    []onebot.Option
	}{
		{srv.URL(), []onebot.Option{onebot.WithToken(secretToken)}},
		{srv.HTTPURL(), []onebot.Option{onebot.WithToken(secretToken)}},
		{srv.HTTPURL() + "/?access_token=" + url.QueryEscape(secretToken), nil},
		{srv.URL(), []onebot.Option{header("Authorization", "Bearer "+secretToken)}},
		{srv.HTTPURL(), []onebot.Option{header("Authorization", "Bearer "+secretToken)}},
		{open.HTTPURL(), []onebot.Option{header("X-Api-Key", secretToken)}},
		{strings.Replace(open.HTTPURL(), "://", "://"+url.User(secretToken).String()+"@", 1), nil},
	} {
		var g gossip
		c, err := onebot.Dial(t.Context(), tt.address, append(tt.opts, onebot.WithLogger(g.logger()))...)
		require.NoError(t, err)
		_, err = c.Call(t.Context(), "whoami", nil)
		var refused *onebot.ActionError
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, "you are *** or ***", refused.Message)
		g.hear(err)
		g.hear(refused)
		g.check(t)
		require.NoError(t, c.Close())
	}
}

// TestSecurity_oddStatus: the status of a chat.message frame goes to the log, and is the server's text as well.
func TestSecurity_oddStatus(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.Standard, onebottest.WithToken(secretToken))
	var g gossip
	c, err := onebot.Dial(t.Context(), srv.URL(), onebot.WithToken(secretToken), onebot.WithLogger(g.logger()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	seen := make(chan struct{}, 2)
	onebot.On(c, func(context.Context, *onebot.UnknownEvent) error {
		seen <- struct{}{}
		return nil
	})
	go func() { _ = c.Run(t.Context()) }()
	for _, status := range []string{"seen by " + secretToken, strings.Repeat("s", 100-len(secretToken)/2) + secretToken} {
		srv.Push(json.RawMessage(nativeFrame(status, 1)))
		select {
		case <-seen:
		case <-time.After(10 * time.Second):
			t.Fatal("the frame was not handled")
		}
	}
	assert.Contains(t, g.String(), "seen by ***")
	assert.NotContains(t, g.String(), secretToken[:len(secretToken)/2], "no part of it either")
	g.check(t)
}
