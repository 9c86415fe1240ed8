package main

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/onebottest"
)

func TestRun(t *testing.T) {
	t.Parallel()
	group := strconv.FormatInt(onebottest.Group1, 10)
	refuse := func(onebottest.Call) onebottest.Reply { return onebottest.Reply{Status: "failed", Message: "muted"} }
	garbage := func(onebottest.Call) onebottest.Reply { return onebottest.Reply{Frame: []byte("<html>")} }
	tests := []struct {
		name   string
		args   []string
		stdin  string
		token  string
		answer func(onebottest.Call) onebottest.Reply
		status int
		sent   string
	}{
		{name: "text of the command line", args: []string{"-group", group, "backup", "done"}, token: "secret", sent: "backup done"},
		{name: "text of a pipe", args: []string{"-group", group}, stdin: "91% used\n", token: "secret", sent: "91% used"},
		{name: "no target", args: []string{"x"}, token: "secret", status: 2},
		{name: "no text", args: []string{"-group", group}, token: "secret", status: 2},
		{name: "unknown flag", args: []string{"-grop", group, "x"}, token: "secret", status: 2},
		{name: "wrong token", args: []string{"-group", group, "x"}, token: "wrong", status: 3},
		{name: "refused", args: []string{"-group", group, "x"}, token: "secret", answer: refuse, status: 3},
		{name: "unreadable answer", args: []string{"-group", group, "x"}, token: "secret", answer: garbage, status: 4},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := onebottest.NewServer(t, onebottest.NapCat, onebottest.WithToken("secret"))
			if test.answer != nil {
				server.Handle("send_group_msg", test.answer)
				server.Handle("send_msg", test.answer)
			}
			var out bytes.Buffer
			args := append([]string{"-url", server.HTTPURL()}, test.args...)
			err := run(t.Context(), args, strings.NewReader(test.stdin), &out, test.token)
			require.Equal(t, test.status, status(err), "%v", err)
			if test.status != 0 {
				assert.Empty(t, out.String())
				return
			}
			sent, err := server.NextSent(t.Context())
			require.NoError(t, err)
			assert.Equal(t, test.sent, sent.CQ)
			assert.Equal(t, strconv.FormatInt(sent.MessageID, 10)+"\n", out.String())
		})
	}
}

func TestRun_noServer(t *testing.T) {
	t.Parallel()
	err := run(t.Context(), []string{"-url", "http://127.0.0.1:1", "-group", "1", "x"}, strings.NewReader(""), &bytes.Buffer{}, "")
	assert.Equal(t, 1, status(err), "%v", err)
}
