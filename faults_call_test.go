package onebot_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// nested is an answer with data of so many levels.
func nested(levels int) onebottest.Fault {
	deep := []byte(`"data":` + strings.Repeat("[", levels) + strings.Repeat("]", levels) + `,"was":`)
	return onebottest.Rewrite(func(a []byte) []byte { return bytes.Replace(a, []byte(`"data":`), deep, 1) })
}

// swap replaces one text of the answer.
func swap(old, with string) onebottest.Fault {
	return onebottest.Rewrite(func(a []byte) []byte { return bytes.Replace(a, []byte(old), []byte(with), 1) })
}

// appended puts something behind the answer, or takes bytes away from its end.
func appended(text string) onebottest.Fault {
	return onebottest.Rewrite(func(a []byte) []byte { return append(a, text...) })
}

// callTrouble lists what can go wrong with one send: how the call ends, and how many messages the server has.
func callTrouble() []struct {
	name  string
	fault onebottest.Fault
	want  string
	sent  int
	lasts time.Duration // 0: no time passes
} {
	const deadline = 10 * time.Second
	return []struct {
		name  string
		fault onebottest.Fault
		want  string
		sent  int
		lasts time.Duration
	}{
		{"drop before action", onebottest.DropBeforeAction(), "unknown", 0, 0},
		{"sent, then the answer is lost", onebottest.DropBeforeReply(), "unknown", 1, 0},
		{"answer, then drop", onebottest.DropAfterReply(), "ok", 1, 0},
		{"ignored", onebottest.Ignore(), "unknown", 0, deadline},
		{"sent without an answer", onebottest.NoReply(), "unknown", 1, deadline},
		{"late within the deadline", onebottest.Late(9 * time.Second), "ok", 1, 9 * time.Second},
		{"late after the deadline", onebottest.Late(11 * time.Second), "unknown", 1, deadline},
		{"answered twice", onebottest.Double(), "ok", 1, 0},
		{"foreign echo first", onebottest.ForeignEcho(), "ok", 1, 0},
		{"failed", onebottest.Fail(0, "no"), "refused", 0, 0},
		{"1200 after delivery", onebottest.FailAfterAction(1200, "busy"), "refused", 1, 0},
		{"the server stopped waiting for QQ", onebottest.TimeoutAfterAction(), "unknown", 1, 0},
		{"close 1000", onebottest.CloseWith(1000, "bye"), "unknown", 0, 0},
		{"close 1001", onebottest.CloseWith(1001, ""), "unknown", 0, 0},
		{"close without a code", onebottest.CloseWith(1005, ""), "unknown", 0, 0},
		{"close 1009", onebottest.CloseWith(1009, "too big"), "unknown", 0, 0},
		{"close 1011", onebottest.CloseWith(1011, "oops"), "unknown", 0, 0},
		{"close 1013", onebottest.CloseWith(1013, "later"), "unknown", 0, 0},
		{"binary answer", onebottest.Binary(nil), "ok", 1, 0},
		{"answer of 1 MiB", onebottest.Padded(1 << 20), "ok", 1, 0},
		{"frame of one byte in its place", onebottest.Garble([]byte("{")), "unknown", 1, deadline},
		{"no JSON in its place", onebottest.Garble([]byte("<html>502</html>")), "unknown", 1, deadline},
		{"empty frame in its place", onebottest.Garble([]byte{}), "unknown", 1, deadline},
		{"truncated", onebottest.Rewrite(func(a []byte) []byte { return a[:len(a)/2] }), "unknown", 1, deadline},
		{"the last brace is missing", onebottest.Rewrite(func(a []byte) []byte { return a[:len(a)-1] }), "unknown", 1, deadline},
		{"white space behind it", appended(" \n"), "ok", 1, 0},
		{"more JSON behind it", appended(`{"x":1}`), "unknown", 1, 0},
		{"100,000 levels", nested(100_000), "unknown", 1, 0},
		{"number beyond float64", swap(`"retcode":0`, `"retcode":0,"x":1e400`), "ok", 1, 0},
		{"retcode beyond float64", swap(`"retcode":0`, `"retcode":1e400`), "ok", 1, 0},
		{"status twice", swap(`"status":"ok"`, `"status":"failed","status":"ok"`), "ok", 1, 0},
		{"invalid UTF-8", swap(`"message":""`, "\"message\":\"\xff\xfe\""), "ok", 1, 0},
		{"no message id", swap(`"message_id"`, `"nothing"`), "unknown", 1, 0},
		{"status of another type", swap(`"status":"ok"`, `"status":{"a":1}`), "ok", 1, 0},
	}
}

func TestFaults_call(t *testing.T) {
	t.Parallel()
	for _, tc := range callTrouble() {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			onBench(t, benchSetup{persona: onebottest.NapCat}, func(b *bench) {
				b.srv.Fault(tc.fault.On("send_group_msg"))
				start := time.Now()
				err := b.send("one")
				assert.Equal(t, tc.want, class(err), "%v", err)
				assert.Equal(t, tc.lasts, time.Since(start))
				assert.Len(t, b.srv.CallsOf("send_group_msg"), 1, "never sent twice")
				assert.Len(t, b.srv.Sent(), tc.sent)
				b.goesOn()
			})
		})
	}
}

func TestFaults_call_reversedAnswers(t *testing.T) {
	t.Parallel()
	onBench(t, benchSetup{persona: onebottest.LLBot}, func(b *bench) {
		const n = 20
		b.srv.Fault(onebottest.Reverse(n))
		ids := make(chan onebot.MessageID, n)
		for range n {
			go func() {
				id, err := b.c.SendGroupMsg(b.t.Context(), benchGroup, onebot.Text("x"))
				assert.NoError(t, err)
				ids <- id
			}()
		}
		seen := map[onebot.MessageID]bool{}
		for range n {
			seen[<-ids] = true
		}
		assert.Len(t, seen, n, "each call has its own answer")
		b.goesOn()
	})
}

// streamed is the data of one frame of an answer in parts (dialects 5.7).
func streamed(kind string) any { return map[string]string{"type": kind} }

func TestFaults_call_streamLosesItsEnd(t *testing.T) {
	t.Parallel()
	onBench(t, benchSetup{persona: onebottest.NapCat}, func(b *bench) {
		b.srv.Handle("down_stream", func(onebottest.Call) onebottest.Reply {
			return onebottest.Reply{Parts: []any{streamed("stream"), streamed("stream")}, Data: streamed("response")}
		})
		collect := func() (parts int, failure error) {
			ctx, cancel := context.WithTimeout(b.t.Context(), 5*time.Second)
			defer cancel()
			for _, err := range b.c.CallStream(ctx, "down_stream", nil) {
				if err != nil {
					return parts, err
				}
				parts++
			}
			return parts, nil
		}
		parts, err := collect()
		require.NoError(t, err)
		assert.Equal(t, 3, parts)

		b.srv.Fault(onebottest.Rewrite(func([]byte) []byte { return nil }).On("down_stream"))
		_, err = collect()
		assert.Equal(t, "unknown", class(err), "%v", err)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		b.goesOn()
	})
}

func TestFaults_call_revokedToken(t *testing.T) {
	t.Parallel()
	for _, p := range onebottest.Personas() {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			onBench(t, benchSetup{persona: p}, func(b *bench) {
				b.srv.Fault(onebottest.RevokeToken().On("send_group_msg").Skip(1))
				require.NoError(t, b.send("one"))
				err := b.send("two")
				require.ErrorIs(t, err, onebot.ErrUnauthorized)
				assert.Equal(t, "unknown", class(err), "the connection was good before: it may have been sent")
				run := <-b.ran
				require.ErrorIs(t, run, onebot.ErrUnauthorized)
				b.ran <- run
				err = b.send("three")
				require.ErrorIs(t, err, onebot.ErrUnauthorized)
				assert.Equal(t, "not sent", class(err))
				time.Sleep(time.Hour) //nolint:forbidigo // fake time
				synctest.Wait()
				assert.Equal(t, 1, b.srv.Connections(), "nothing connects again")
			})
		})
	}
}
