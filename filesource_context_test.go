package onebot_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

// stuckFile is one whose second Read waits until the test lets it go on.
type stuckFile struct {
	reads, closed atomic.Int32
	goOn          chan struct{}
}

func (s *stuckFile) Read(p []byte) (int, error) {
	if s.reads.Add(1) > 1 {
		<-s.goOn
	}
	return copy(p, "abc"), nil
}

func (s *stuckFile) Close() error {
	s.closed.Add(1)
	return nil
}

func (s *stuckFile) open() (io.ReadCloser, error) { return s, nil }

func sends() *double {
	return answers(map[string]string{"send_group_msg": `{"message_id":1}`, "send_group_forward_msg": `{"message_id":1,"forward_id":"a"}`})
}

// TestFileOpen_deadline: a send ends with its context while the reader does not come back, and leaves the reader alone then.
func TestFileOpen_deadline(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(ctx context.Context, c *onebot.Client, s onebot.Segment) error{
		"message": func(ctx context.Context, c *onebot.Client, s onebot.Segment) error {
			_, err := c.SendGroupMsg(ctx, 1, onebot.Text("x"), s, s)
			return err
		},
		"forward": func(ctx context.Context, c *onebot.Client, s onebot.Segment) error {
			inner := onebot.NewForward(onebot.CustomNode(1, "A", s))
			_, err := c.SendGroupForwardMsg(ctx, 1, onebot.NewForward(onebot.NestedNode(1, "A", inner)))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := sends()
			bubble(t, d, func(t *testing.T, c *onebot.Client) {
				file := &stuckFile{goOn: make(chan struct{})}
				for _, want := range []error{context.DeadlineExceeded, context.Canceled} {
					file.reads.Store(0)
					start := time.Now()
					ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
					if errors.Is(want, context.Canceled) {
						ctx, cancel = context.WithCancel(t.Context())
						time.AfterFunc(200*time.Millisecond, cancel)
					}
					err := send(ctx, c, onebot.Image(onebot.FileOpen(file.open)))
					cancel()
					assert.Equal(t, 200*time.Millisecond, time.Since(start))
					require.ErrorIs(t, err, onebot.ErrNotSent)
					require.ErrorIs(t, err, want)
					require.NotErrorIs(t, err, onebot.ErrInvalidArgument)
					require.NotErrorIs(t, err, onebot.ErrOutcomeUnknown)
				}
				synctest.Wait()
				assert.EqualValues(t, 0, file.closed.Load(), "no Close during a Read")
				close(file.goOn)
				synctest.Wait()
				assert.EqualValues(t, 2, file.closed.Load())
				assert.EqualValues(t, 2, file.reads.Load(), "nothing is read after the end")
				for _, call := range d.calls {
					assert.NotContains(t, call.Action, "send")
				}
			})
		})
	}
}

// TestFileOpen_openWaits: the function may be what does not come back, and the reader may tell the end of the context itself.
func TestFileOpen_openWaits(t *testing.T) {
	t.Parallel()
	bubble(t, sends(), func(t *testing.T, c *onebot.Client) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.SendGroupMsg(ctx, 1, onebot.Record(onebot.FileOpen(func() (io.ReadCloser, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})))
		require.ErrorIs(t, err, onebot.ErrNotSent)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, onebot.ErrInvalidArgument)
	})
}

// TestFileOpen_withContext: a context that may end changes nothing as long as it does not.
func TestFileOpen_withContext(t *testing.T) {
	t.Parallel()
	d := sends()
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		closed := 0
		file := func(r io.Reader) onebot.Segment {
			return onebot.Image(onebot.FileOpen(func() (io.ReadCloser, error) { return closer{r, &closed}, nil }))
		}
		_, err := c.SendGroupMsg(t.Context(), 1, onebot.Text("x"), file(strings.NewReader("hello")))
		require.NoError(t, err)
		assert.Contains(t, string(d.calls[0].Params), `"file":"base64://aGVsbG8="}}]`)
		_, err = c.SendGroupMsg(t.Context(), 1, file(strings.NewReader("")))
		require.ErrorIs(t, err, onebot.ErrInvalidArgument)
		broken := fails(func() { panic("broken") }) //nolint:forbidigo // what a reader of somebody else may do
		assert.PanicsWithValue(t, "broken", func() { _, _ = c.SendGroupMsg(t.Context(), 1, file(broken)) })
		_, err = c.SendGroupMsg(t.Context(), 1, file(fails(runtime.Goexit)))
		require.ErrorIs(t, err, onebot.ErrInvalidArgument)
		assert.Equal(t, 4, closed)
	})
}

// fails is a reader that does not return.
type fails func()

func (f fails) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}
