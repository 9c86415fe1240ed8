package onebot_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// What goes wrong with one send over HTTP: the class of the error, and how many messages the server has.
func TestFaults_http(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		fault onebottest.Fault
		want  string
		sent  int
	}{
		{"drop before action", onebottest.DropBeforeAction(), "unknown", 0},
		{"sent, then the answer is lost", onebottest.DropBeforeReply(), "unknown", 1},
		{"answer, then drop", onebottest.DropAfterReply(), "ok", 1},
		{"sent without an answer", onebottest.NoReply(), "unknown", 1},
		{"failed", onebottest.Fail(0, "no"), "refused", 0},
		{"1200 after delivery", onebottest.FailAfterAction(1200, "busy"), "refused", 1},
		{"the server stopped waiting for QQ", onebottest.TimeoutAfterAction(), "unknown", 1},
		{"no JSON in its place", onebottest.Garble([]byte("<html>502</html>")), "unknown", 1},
		{"truncated", onebottest.Rewrite(func(a []byte) []byte { return a[:len(a)/2] }), "unknown", 1},
		{"1 MiB", onebottest.Padded(1 << 20), "ok", 1},
		{"100,000 levels", nested(100_000), "unknown", 1},
		{"429", onebottest.HTTPStatus(429, "slow down", 3*time.Second), "not sent", 0},
		{"500", onebottest.HTTPStatus(500, "oops", 0), "unknown", 0},
		{"502", onebottest.HTTPStatus(502, "no gateway", 0), "unknown", 0},
		{"token rejected", onebottest.RevokeToken(), "not sent", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := onebottest.NewServer(t, onebottest.NapCat)
			c := dial(t, srv.HTTPURL())
			srv.Fault(tc.fault.On("send_group_msg"))
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			_, err := c.SendGroupMsg(ctx, benchGroup, onebot.Text("one"))
			assert.Equal(t, tc.want, class(err), "%v", err)
			assert.LessOrEqual(t, len(srv.CallsOf("send_group_msg")), 1, "never sent twice")
			assert.Len(t, srv.Sent(), tc.sent)
			_, err = c.SendGroupMsg(t.Context(), benchGroup, onebot.Text("goes on"))
			require.NoError(t, err)
		})
	}
}
