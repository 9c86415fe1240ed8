package wire_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/wire"
)

// recordedReplies gives the answers that real servers gave over WebSocket.
func recordedReplies(f *testing.F) []string {
	f.Helper()
	files, err := filepath.Glob("../../onebottest/testdata/*-ws-*.jsonl")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	var replies []string
	for _, name := range files {
		data, err := os.ReadFile(name)
		require.NoError(f, err)
		lines := bufio.NewScanner(strings.NewReader(string(data)))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var row struct {
				Recv string `json:"recv"`
			}
			if json.Unmarshal(lines.Bytes(), &row) == nil && row.Recv != "" {
				replies = append(replies, row.Recv)
			}
		}
	}
	return replies
}

// The envelope is read as encoding/json reads it, wherever that says the frame is an object of moderate depth, and whatever is
// cut off or put behind it is an error.
func FuzzDecodeReply(f *testing.F) {
	for _, reply := range recordedReplies(f) {
		f.Add(reply)
	}
	f.Add(`{"status":"ok","retcode":1e400,"data":[[[]]],"echo":null}`)
	f.Add("{\"message\":\"\xff\",\"status\":\"failed\",\"status\":\"ok\"}")
	f.Fuzz(func(t *testing.T, frame string) {
		reply, err := wire.DecodeReply(frame)
		if err == nil {
			require.True(t, strings.HasPrefix(strings.TrimSpace(frame), "{"))
			_, err := wire.DecodeReply(frame + "{}")
			require.Error(t, err, "something stands behind it")
		}
		var m map[string]json.RawMessage
		if json.Unmarshal([]byte(frame), &m) != nil || m == nil || strings.Count(frame, "[")+strings.Count(frame, "{") > 64 ||
			strings.Contains(frame, `\`) {
			return
		}
		require.NoError(t, err, frame)
		require.Equal(t, strings.TrimSpace(string(m["data"])), strings.TrimSpace(reply.Data))
		require.Equal(t, strings.TrimSpace(string(m["echo"])), strings.TrimSpace(reply.Echo))
	})
}
