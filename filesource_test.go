package onebot_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

type closer struct {
	io.Reader
	closed *int
}

func (c closer) Close() error {
	*c.closed++
	return nil
}

func TestFilePath_readAtEachSend(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "a.txt")
	image := onebot.Image(onebot.FilePath(name))
	for _, content := range []string{"hello", strings.Repeat("long ", 9000)} {
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
		assert.Equal(t, encode(t, onebot.Image(onebot.FileBytes([]byte(content)))), encode(t, image))
	}
	require.NoError(t, os.WriteFile(name, nil, 0o600))
	_, err := image.MarshalJSON()
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	require.NoError(t, os.Remove(name))
	_, err = image.MarshalJSON()
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	require.ErrorIs(t, err, os.ErrNotExist)
}

// A received segment with a new source is sent with that alone: NapCat and LLBot take url before file, and would send the old content.
func TestFileSource_replaces(t *testing.T) {
	t.Parallel()
	source := onebot.FileBytes([]byte("new"))
	for name, s := range map[string]onebot.Segment{
		"image":  onebot.ImageSegment{File: "a", URL: "http://127.0.0.1/a", Path: "/a", Summary: "s", Source: source},
		"record": onebot.RecordSegment{File: "a", URL: "http://127.0.0.1/a", Path: "/a", Source: source},
		"video":  onebot.VideoSegment{File: "a", URL: "http://127.0.0.1/a", Path: "/a", Source: source},
		"file":   onebot.FileSegment{File: "a", URL: "http://127.0.0.1/a", Path: "/a", Source: source},
	} {
		var sent []struct {
			Data map[string]any `json:"data"`
		}
		require.NoError(t, json.Unmarshal([]byte(encode(t, s)), &sent), name)
		assert.Equal(t, "base64://bmV3", sent[0].Data["file"], name)
		assert.NotContains(t, sent[0].Data, "url", name)
		assert.NotContains(t, sent[0].Data, "path", name)
	}
}

func TestFilePath_tooLarge(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "large")
	f, err := os.Create(name)
	require.NoError(t, err)
	require.NoError(t, f.Truncate(100<<20+1))
	require.NoError(t, f.Close())
	_, err = onebot.Image(onebot.FilePath(name)).MarshalJSON()
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
	assert.ErrorContains(t, err, "100 MiB")
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestFileOpen(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		read io.Reader
		err  error
		want string // of the error; empty for success
	}{
		"content":      {iotest.OneByteReader(strings.NewReader("hello")), nil, ""},
		"read fails":   {iotest.ErrReader(broken), nil, "broken"},
		"open fails":   {strings.NewReader("x"), broken, "broken"},
		"nothing":      {strings.NewReader(""), nil, "empty"},
		"without end":  {endless{}, nil, "100 MiB"},
		"error at end": {io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), nil, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			closed := 0
			s := onebot.Record(onebot.FileOpen(func() (io.ReadCloser, error) { return closer{c.read, &closed}, c.err }))
			b, err := s.MarshalJSON()
			assert.Equal(t, 1, closed)
			if c.want == "" {
				require.NoError(t, err)
				assert.Equal(t, `{"type":"record","data":{"file":"base64://aGVsbG8="}}`, string(b))
				return
			}
			require.ErrorIs(t, err, onebot.ErrInvalidArgument)
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := onebot.Record(onebot.FileOpen(func() (io.ReadCloser, error) { return nil, nil })).MarshalJSON()
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
}

// A path or file:// URL that somebody sent must never make this machine give away a file.
func TestImageSegment_receivedPathIsNotOpened(t *testing.T) {
	t.Parallel()
	in := `[{"type":"image","data":{"file":"/etc/passwd","url":"file:///etc/passwd","path":"/etc/passwd"}}]`
	assert.JSONEq(t, in, encode(t, decode(t, in)...))
}

func TestFileSource_String(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]onebot.FileSource{
		"no file":          {},
		"url http://x/a":   onebot.FileURL("http://x/a?token=secret"),
		"base64 (6 bytes)": onebot.FileURL("base64://aGVsbG8h"),
		"path /a/b":        onebot.FilePath("/a/b"),
		"bytes (3)":        onebot.FileBytes([]byte("abc")),
		"reader":           onebot.FileOpen(nil),
	} {
		assert.Equal(t, want, fmt.Sprint(f))
		assert.Contains(t, fmt.Sprintf("%v", onebot.Image(f)), want)
	}
}
