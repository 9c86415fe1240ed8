package onebot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
)

// double is a transport in memory: a test says what a call answers and pushes events by hand.
type double struct {
	answer func(ctx context.Context, req transport.Request) (*transport.Response, error)
	final  chan error // a permanent failure of the source of events

	mu     sync.Mutex
	calls  []transport.Request
	sink   func(transport.Frame)
	ready  chan struct{}
	watch  func(transport.Change)
	closed int
}

func newDouble(answer func(ctx context.Context, req transport.Request) (*transport.Response, error)) *double {
	return &double{answer: answer, ready: make(chan struct{}), final: make(chan error, 1)}
}

// answers makes a double that answers each action with the given data, and failed/1404 otherwise.
func answers(data map[string]string) *double {
	return newDouble(func(_ context.Context, req transport.Request) (*transport.Response, error) {
		if d, ok := data[req.Action]; ok {
			return okResponse(d), nil
		}
		return &transport.Response{Status: "failed", Retcode: 1404, Data: []byte("null")}, nil
	})
}

func okResponse(data string) *transport.Response {
	return &transport.Response{Status: "ok", Data: []byte(data)}
}

func (d *double) Call(ctx context.Context, req transport.Request) (*transport.Response, error) {
	req.Params = append([]byte(nil), req.Params...)
	d.mu.Lock()
	d.calls = append(d.calls, req)
	d.mu.Unlock()
	return d.answer(ctx, req)
}

func (d *double) Receive(ctx context.Context, sink func(transport.Frame)) error {
	d.mu.Lock()
	d.sink = sink
	d.mu.Unlock()
	close(d.ready)
	select {
	case <-ctx.Done():
		return nil
	case err := <-d.final:
		return err
	}
}

func (d *double) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed++
	return nil
}

func (d *double) Watch(fn func(transport.Change)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watch = fn
}

// push hands a frame to the client as a transport's reader does.
func (d *double) push(frame string) { d.pushFrame(transport.Frame{Data: []byte(frame)}) }

func (d *double) pushFrame(f transport.Frame) {
	<-d.ready
	d.sink(f)
	for i := range f.Data {
		f.Data[i] = '!' // the bytes are the transport's again
	}
}

func (d *double) sent() []transport.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]transport.Request(nil), d.calls...)
}

// lastParams gives the parameters of the last call.
func (d *double) lastParams(t *testing.T) string {
	t.Helper()
	calls := d.sent()
	require.NotEmpty(t, calls)
	return string(calls[len(calls)-1].Params)
}

func newClient(t *testing.T, d transport.Transport, opts ...onebot.Option) *onebot.Client {
	t.Helper()
	c, err := onebot.New(d, append([]onebot.Option{onebot.WithLogger(quiet())}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// logTo makes a logger whose lines end up in b.
func logTo(b *lockedBuffer) *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// groupText is a group message as NapCat spells it.
func groupText(group, user, id int64, text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		return ""
	}
	return fmt.Sprintf(`{"self_id":10000,"user_id":%d,"time":1795295920,"message_id":%d,"message_seq":%d,"real_id":%d,"real_seq":"7","message_type":"group","sender":{"user_id":%d,"nickname":"n","card":"","role":"member"},"raw_message":%s,"font":14,"sub_type":"normal","message":[{"type":"text","data":{"text":%s}}],"message_format":"array","post_type":"message","group_id":%d,"group_name":"g"}`,
		user, id, id, id, user, quoted, quoted, group)
}

func privateText(user, id int64, text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		return ""
	}
	return fmt.Sprintf(`{"self_id":10000,"user_id":%d,"time":1795295920,"message_id":%d,"message_type":"private","sender":{"user_id":%d,"nickname":"n"},"raw_message":%s,"sub_type":"friend","message":[{"type":"text","data":{"text":%s}}],"post_type":"message"}`,
		user, id, user, quoted, quoted)
}

// runClient runs c until the test ends, and fails the test if Run returns an error.
func runClient(t *testing.T, c *onebot.Client) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
}
