package onebot_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
)

// posts is a source of events that are answered in the reply to the post, without a caller.
type posts struct {
	*double
	ops   []string
	ended []error // what became of each post, in the order of their ends
}

// withoutCaller runs f with a client that has no caller, in a bubble.
func withoutCaller(t *testing.T, f func(t *testing.T, p *posts, c *onebot.Client), opts ...onebot.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &posts{double: answers(nil)}
		c, err := onebot.New(transport.Join(nil, p.double), append([]onebot.Option{onebot.WithLogger(quiet())}, opts...)...)
		require.NoError(t, err)
		ran := make(chan error, 1)
		go func() { ran <- c.Run(context.Background()) }()
		synctest.Wait()
		f(t, p, c)
		assert.NoError(t, c.Close())
		assert.NoError(t, <-ran)
	})
}

// post pushes an event that can be answered once, and waits until everybody has done what he can.
func (p *posts) post(event string) {
	p.pushFrame(transport.Frame{
		Data: []byte(event),
		Quick: func(op []byte) bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.ops = append(p.ops, string(op))
			return len(p.ops) == 1
		},
		Done: func(err error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.ended = append(p.ended, err)
		},
	})
	synctest.Wait()
}

// told gives what was handed over, and what became of each post.
func (p *posts) told() (ops []string, ended []error) {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.ops), slices.Clone(p.ended)
}

// An answer that cannot be made is not handed over in pieces.
func TestClient_quickReply_failures(t *testing.T) {
	t.Parallel()
	every := onebot.WithRateLimit(onebot.Rate{Every: time.Hour}, onebot.Rate{})
	for _, tt := range []struct {
		name   string
		answer func(ctx context.Context, m *onebot.MessageEvent) error
		want   error
		opts   []onebot.Option
	}{
		{"a file that is missing", func(ctx context.Context, m *onebot.MessageEvent) error {
			_, err := m.Send(ctx, onebot.Image(onebot.FilePath("/does/not/exist")))
			return err
		}, onebot.ErrInvalidArgument, nil},
		{"the context has ended", func(ctx context.Context, m *onebot.MessageEvent) error {
			ended, cancel := context.WithCancel(ctx)
			cancel()
			return m.ReplyText(ended, "pong")
		}, context.Canceled, nil},
		{"it is not its turn", func(ctx context.Context, m *onebot.MessageEvent) error {
			short, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			return m.ReplyText(short, "pong")
		}, context.DeadlineExceeded, []onebot.Option{every}},
	} {
		withoutCaller(t, func(t *testing.T, p *posts, c *onebot.Client) {
			var got []error
			c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
				if m.ID == "2" {
					got = append(got, tt.answer(ctx, m))
					return nil
				}
				return m.ReplyText(ctx, "first")
			})
			if tt.opts != nil {
				p.post(groupText(7, 1, 1, "x")) // it has the turn
			}
			before, _ := p.told()
			p.post(groupText(7, 1, 2, "x"))
			require.Len(t, got, 1, tt.name)
			require.ErrorIs(t, got[0], tt.want, tt.name)
			require.ErrorIs(t, got[0], onebot.ErrNotSent)
			assert.Equal(t, 1, classes(got[0]))
			after, _ := p.told()
			assert.Equal(t, before, after, tt.name)
			assert.Equal(t, tt.opts == nil, len(before) == 0)
		}, tt.opts...)
	}
}

// An event that takes no answer cannot be answered without a caller.
func TestClient_quickReply_none(t *testing.T) {
	t.Parallel()
	withoutCaller(t, func(t *testing.T, p *posts, c *onebot.Client) {
		var got []error
		c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			got = append(got, m.ReplyText(ctx, "pong"))
			return nil
		})
		p.push(groupText(7, 1, 1, "x"))
		synctest.Wait()
		require.Len(t, got, 1)
		require.ErrorIs(t, got[0], onebot.ErrUnsupported)
		require.ErrorIs(t, got[0], onebot.ErrNotSent)
	})
}

// A post whose event the queue had no room for is refused, so that the server may post it again, unless somebody else got it.
func TestClient_quickReply_queueFull(t *testing.T) {
	t.Parallel()
	for _, shared := range []bool{false, true} {
		withoutCaller(t, func(t *testing.T, p *posts, c *onebot.Client) {
			free := make(chan struct{})
			c.OnMessage(func(context.Context, *onebot.MessageEvent) error {
				<-free
				return nil
			})
			ctx, cancel := context.WithCancel(t.Context())
			seen, ended := 0, make(chan struct{})
			go func() {
				defer close(ended)
				if shared {
					for _, err := range c.Events(ctx) {
						assert.NoError(t, err)
						seen++
					}
				}
			}()
			synctest.Wait()
			for id := range int64(4) {
				p.post(groupText(7, 1, id+1, "x"))
			}
			assert.Positive(t, c.Stats().Overflowed)
			_, got := p.told()
			for _, err := range got { // of those that no handler will get
				if shared {
					assert.NoError(t, err, "the loop has had it")
				} else {
					assert.ErrorIs(t, err, onebot.ErrOverflow)
				}
			}
			assert.NotEmpty(t, got)
			cancel()
			close(free)
			<-ended
			assert.Equal(t, shared, seen == 4)
			sleep(time.Minute)
			_, got = p.told()
			assert.Len(t, got, 4, "each post has ended once")
		}, onebot.WithEventQueue(1))
	}
}

// A post that was given to Next, and is never answered, ends all the same.
func TestNext_quickReply_silent(t *testing.T) {
	t.Parallel()
	withoutCaller(t, func(t *testing.T, p *posts, c *onebot.Client) {
		c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			_, err := m.Next(ctx)
			return err
		})
		p.post(groupText(7, 1, 1, "x"))
		p.post(groupText(7, 1, 2, "x"))
		sleep(2 * time.Second)
		_, ended := p.told()
		assert.Equal(t, []error{nil}, ended, "whoever asked may answer still")
		sleep(time.Second)
		_, ended = p.told()
		assert.Equal(t, []error{nil, nil}, ended)
	})
}

// A post that was answered is over, however long the handler goes on.
func TestClient_quickReply_endsThePost(t *testing.T) {
	t.Parallel()
	withoutCaller(t, func(t *testing.T, p *posts, c *onebot.Client) {
		free := make(chan struct{})
		c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			err := m.ReplyText(ctx, "pong")
			<-free
			return err
		})
		p.post(groupText(7, 1, 1, "x"))
		ops, ended := p.told()
		assert.Len(t, ops, 1)
		assert.Equal(t, []error{nil}, ended)
		close(free)
		_, ended = p.told()
		assert.Equal(t, []error{nil}, ended, "once")
	})
}

// The server's refusal of a decision is told.
func TestRequestEvents_refused(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		var got []error
		onebot.On(c, func(ctx context.Context, ev *onebot.FriendRequestEvent) error {
			got = append(got, ev.Approve(ctx, "r"), ev.Reject(ctx))
			return nil
		})
		onebot.On(c, func(ctx context.Context, ev *onebot.GroupRequestEvent) error {
			got = append(got, ev.Approve(ctx), ev.Reject(ctx, "no"))
			return nil
		})
		d.push(`{"post_type":"request","request_type":"friend","user_id":1,"flag":"f1"}`)
		synctest.Wait()
		d.push(`{"post_type":"request","request_type":"group","sub_type":"add","group_id":7,"user_id":1,"flag":"g1"}`)
		synctest.Wait()
		require.Len(t, got, 4)
		for _, err := range got {
			var refused *onebot.ActionError
			require.ErrorAs(t, err, &refused)
		}
	})
}
