package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
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

func TestResume_somethingElse(t *testing.T) {
	t.Parallel()
	whole := `{"id":7,"time":1,"user":2,"name":"A","message":[]}` + "\n"
	for content, want := range map[string]string{
		"my notes, without a line's end":      "line 1 is no message",
		"{":                                   "no whole message",
		`{"id":5,"title":"notes"}`:            "no whole message",
		`{"id":5,"title":"notes"}` + "\n":     "line 1 is no message",
		strings.TrimSpace(whole):              "no whole message",
		whole + "my notes":                    "line 2 is no message",
		whole + "\n":                          "line 2 is no message",
		whole + `{"id":"` + "\n":              "line 2: ",
		whole + `{"title":"notes"}`:           "line 2 is no message",
		whole + strings.Repeat("x", 20<<20):   "line 2 is no message",
		whole + `{"id":8}` + "\n" + `{"id":9`: "line 2 is no message",
	} {
		name := filepath.Join(t.TempDir(), "notes.json")
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
		file, err := os.OpenFile(name, os.O_RDWR, 0)
		require.NoError(t, err)
		_, err = resume(file)
		require.ErrorContains(t, err, want)
		require.NoError(t, file.Close())
		kept, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.True(t, content == string(kept), "%.40q was changed", content)
	}
}

// A message of any length can be gone on from, wherever the line behind it was cut off.
func TestResume_longLine(t *testing.T) {
	t.Parallel()
	long, err := line(&onebot.MessageEvent{ID: "7", Message: onebot.Message{onebot.Text(strings.Repeat("long", 5<<20))}})
	require.NoError(t, err)
	next, err := line(&onebot.MessageEvent{ID: "6", Message: onebot.Message{onebot.Text("x")}})
	require.NoError(t, err)
	for _, rest := range []int{0, 1, 3, len(begin), len(begin) + 1, len(next) - 1} {
		file, err := os.CreateTemp(t.TempDir(), "chat")
		require.NoError(t, err)
		_, err = file.Write(append(bytes.Clone(long), next[:rest]...))
		require.NoError(t, err)
		_, err = file.Seek(0, io.SeekStart)
		require.NoError(t, err)
		last, err := resume(file)
		require.NoError(t, err)
		assert.Equal(t, onebot.MessageRef{ID: "7"}, last)
		at, err := file.Seek(0, io.SeekCurrent)
		require.NoError(t, err)
		info, err := file.Stat()
		require.NoError(t, err)
		assert.Equal(t, []int64{int64(len(long)), int64(len(long))}, []int64{at, info.Size()})
		require.NoError(t, file.Close())
	}
}
