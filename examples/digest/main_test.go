package main

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

func TestRun_withoutFlags(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	start := time.Now()
	require.NoError(t, run(t.Context(), nil, &out, ""))
	assert.Less(t, time.Since(start), 3*time.Second)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 103, "a line about it, one that introduces, one for the forward inside, and what was said")
	assert.Contains(t, lines[0], "to group 100001")
	assert.Contains(t, lines[1], "digest: 100 messages of group 100001")
	assert.True(t, strings.HasSuffix(lines[3], ": message 21"))
	assert.True(t, strings.HasSuffix(lines[102], ": message 120"))
}

func TestRun_anyServer(t *testing.T) {
	t.Parallel()
	for _, persona := range []onebottest.Persona{onebottest.NapCat, onebottest.LLBot, onebottest.Lagrange, onebottest.GoCQHTTP} {
		srv := onebottest.NewServer(t, persona, onebottest.WithToken("secret"))
		srv.Seed(onebottest.Group1, 30)
		srv.Say(onebottest.Group1, onebottest.Friend1, "")
		args := []string{"-url", srv.URL(), "-group", strconv.FormatInt(onebottest.Group1, 10), "-to-user", strconv.FormatInt(onebottest.Friend1, 10), "-last", "25"}
		if persona == onebottest.Lagrange {
			srv.Fault(onebottest.Fail(9000, "").On("send_private_msg")) // the upload works, the first send does not
		}
		require.NoError(t, run(t.Context(), args, &bytes.Buffer{}, "secret"), persona.String())
		sent := srv.Sent()
		require.Len(t, sent, 1, persona.String())
		assert.Equal(t, onebottest.Friend1, sent[0].User)
	}
}

func TestRun_errors(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.NapCat, onebottest.WithToken("secret"))
	args := []string{"-url", srv.URL(), "-group", strconv.FormatInt(onebottest.Group1, 10)}
	require.ErrorContains(t, run(t.Context(), args, &bytes.Buffer{}, "secret"), "nothing was said")
	require.ErrorIs(t, run(t.Context(), args[:2], &bytes.Buffer{}, "secret"), onebot.ErrInvalidArgument)
	require.Error(t, run(t.Context(), args, &bytes.Buffer{}, "wrong"))
	require.Error(t, run(t.Context(), []string{"-nonsense"}, &bytes.Buffer{}, ""))
}
