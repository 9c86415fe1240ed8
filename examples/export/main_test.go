package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/onebottest"
)

func TestRun_withoutFlags(t *testing.T) {
	t.Parallel()
	var out, bar bytes.Buffer
	start := time.Now()
	require.NoError(t, run(t.Context(), nil, &out, &bar, ""))
	assert.Less(t, time.Since(start), 5*time.Second)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 7)
	assert.Equal(t, []string{"stopped after 120 messages", "went on with the other 130 messages"}, lines[:2])
	assert.True(t, strings.HasSuffix(lines[2], ": message 1"), lines[2])
	assert.NotEmpty(t, bar.String())
}

// seeded starts a server with messages and gives the flags that export them.
func seeded(t *testing.T, persona onebottest.Persona, n int) (srv *onebottest.Server, file string, args []string) {
	t.Helper()
	srv = onebottest.NewServer(t, persona, onebottest.WithToken("secret"))
	srv.Seed(onebottest.Group1, n)
	file = filepath.Join(t.TempDir(), "chat.jsonl")
	return srv, file, []string{"-url", srv.URL(), "-group", strconv.FormatInt(onebottest.Group1, 10), "-out", file}
}

// text gives what -from prints, without the times.
func text(t *testing.T, file string) []string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-from", file}, &out, &bytes.Buffer{}, ""))
	var texts []string
	for l := range strings.Lines(out.String()) {
		_, said, _ := strings.Cut(strings.TrimSpace(l), ": ")
		texts = append(texts, said)
	}
	return texts
}

func TestRun_resumes(t *testing.T) {
	t.Parallel()
	for _, persona := range []onebottest.Persona{onebottest.NapCat, onebottest.LLBot, onebottest.Lagrange, onebottest.GoCQHTTP} {
		srv, file, args := seeded(t, persona, 70)
		require.NoError(t, run(t.Context(), append(args, "-limit", "30"), &bytes.Buffer{}, &bytes.Buffer{}, "secret"))
		require.Len(t, text(t, file), 30, persona.String())

		// An interruption in the middle of a line.
		whole, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, whole[:len(whole)-10], 0o600))
		require.Len(t, text(t, file), 29)

		srv.Say(onebottest.Group1, onebottest.Friend1, "newer than the file")
		require.NoError(t, run(t.Context(), args, &bytes.Buffer{}, &bytes.Buffer{}, "secret"))
		said := text(t, file)
		require.Len(t, said, 70, persona.String())
		for i, s := range said {
			require.Equal(t, "message "+strconv.Itoa(i+1), s)
		}
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), args, &out, &bytes.Buffer{}, "secret"))
		assert.Contains(t, out.String(), "0 messages written", "a complete file stays as it is")
		require.Len(t, text(t, file), 70)
	}
}

func TestRun_interrupted(t *testing.T) {
	t.Parallel()
	srv, file, args := seeded(t, onebottest.LLBot, 250)
	srv.Fault(onebottest.Fail(0, "no").On("get_group_msg_history").Skip(1))
	err := run(t.Context(), args, &bytes.Buffer{}, &bytes.Buffer{}, "secret")
	require.ErrorContains(t, err, "goes on from there")
	require.Len(t, text(t, file), 100)
	require.NoError(t, run(t.Context(), args, &bytes.Buffer{}, &bytes.Buffer{}, "secret"))
	require.Len(t, text(t, file), 250)
}

func TestRun_errors(t *testing.T) {
	t.Parallel()
	srv, file, args := seeded(t, onebottest.NapCat, 3)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, run(ended, args, &bytes.Buffer{}, &bytes.Buffer{}, "secret"), context.Canceled)
	require.NoError(t, os.WriteFile(file, []byte("this is no export\n"), 0o600))
	require.ErrorContains(t, run(t.Context(), args, &bytes.Buffer{}, &bytes.Buffer{}, "secret"), "line 1")
	require.ErrorContains(t, run(t.Context(), []string{"-from", file}, &bytes.Buffer{}, &bytes.Buffer{}, ""), "line 1")
	kept, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "this is no export\n", string(kept), "a file of something else is not touched")
	require.Error(t, run(t.Context(), args, &bytes.Buffer{}, &bytes.Buffer{}, "wrong"))
	require.Error(t, run(t.Context(), []string{"-from", file + "x"}, &bytes.Buffer{}, &bytes.Buffer{}, ""))
	require.Error(t, run(t.Context(), []string{"-nonsense"}, &bytes.Buffer{}, &bytes.Buffer{}, ""))
	require.Error(t, run(t.Context(), []string{"-url", srv.URL(), "-out", file + "x"}, &bytes.Buffer{}, &bytes.Buffer{}, "secret"), "no chat")
}
