package onebot_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

func TestHub_Shutdown(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one := s.join(t, 1)
		c, _ := s.hub.Client(1)
		sent := make(chan error, 1)
		var finished time.Time
		onebot.On(c, func(ctx context.Context, _ *onebot.GroupRecallEvent) error {
			sleep(2 * time.Second)
			_, err := c.Call(ctx, "get_status", nil)
			sent <- err
			finished = time.Now()
			return nil
		})
		tell(one, `{"time":1,"self_id":1,"post_type":"notice","notice_type":"group_recall","group_id":9,"user_id":5,"operator_id":5,"message_id":99}`)
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		ended := make(chan error, 1)
		go func() { ended <- s.hub.Shutdown(ctx) }()
		synctest.Wait()
		tell(one, said(1, 77, 1, "too late", 1))
		_, resp, err := s.dial.DialContext(t.Context(), "ws://hub:80/", headers("2", "Universal", "Bearer "+hubToken)) //nolint:bodyclose // gorilla has read it
		require.Error(t, err)
		assert.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
		require.NoError(t, <-ended)
		require.NoError(t, <-sent, "the handler's call goes through")
		assert.Equal(t, 2*time.Second, finished.Sub(start))
		assert.Empty(t, s.handled(), "no handler starts any more")
		assert.EqualValues(t, 1, c.Stats().Discarded)
		require.NoError(t, s.hub.Shutdown(ctx), "the second has nothing to do")
	})
}

// TestHub_ShutdownIdle: where no handler runs, a context that has ended is no failure.
func TestHub_ShutdownIdle(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		s.join(t, 1)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, s.hub.Shutdown(ctx))
	})
}

// TestHub_ShutdownInTime: handlers that do not end are left, with their contexts ended and calls that say why they failed.
func TestHub_ShutdownInTime(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one := s.join(t, 1)
		close(one.mute)
		c, _ := s.hub.Client(1)
		sent := make(chan error, 1)
		onebot.On(c, func(ctx context.Context, _ *onebot.GroupRecallEvent) error {
			_, err := c.Call(ctx, "get_status", nil)
			sent <- err
			return nil
		})
		tell(one, `{"time":1,"self_id":1,"post_type":"notice","notice_type":"group_recall","group_id":9,"user_id":5,"operator_id":5,"message_id":99}`)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		require.ErrorIs(t, s.hub.Shutdown(ctx), context.DeadlineExceeded)
		assert.Less(t, time.Since(start), 3*time.Second)
		err := <-sent
		require.ErrorIs(t, err, onebot.ErrClosed)
		require.ErrorIs(t, err, onebot.ErrOutcomeUnknown)
	})
}

// TestHub_ShutdownTwice waits for the same handlers.
func TestHub_ShutdownTwice(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one := s.join(t, 1)
		c, _ := s.hub.Client(1)
		ended := make(chan error, 1)
		onebot.On(c, func(ctx context.Context, _ *onebot.GroupRecallEvent) error {
			select {
			case <-ctx.Done():
			case <-time.After(2 * time.Second):
			}
			ended <- ctx.Err()
			return nil
		})
		tell(one, `{"time":1,"self_id":1,"post_type":"notice","notice_type":"group_recall","group_id":9,"user_id":5,"operator_id":5,"message_id":99}`)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		first := make(chan error, 1)
		go func() { first <- s.hub.Shutdown(ctx) }()
		synctest.Wait()
		require.NoError(t, s.hub.Shutdown(ctx))
		require.NoError(t, <-ended)
		require.NoError(t, <-first)
	})
}

// TestHub_ShutdownAndLateNames takes no account that a connection names only afterwards.
func TestHub_ShutdownAndLateNames(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one := s.join(t, 1)
		c, _ := s.hub.Client(1)
		onebot.On(c, func(context.Context, *onebot.GroupRecallEvent) error {
			sleep(2 * time.Second)
			return nil
		})
		tell(one, `{"time":1,"self_id":1,"post_type":"notice","notice_type":"group_recall","group_id":9,"user_id":5,"operator_id":5,"message_id":99}`)
		conn, resp, err := s.dial.DialContext(t.Context(), "ws://hub:80/", headers("2", "Universal", "Bearer "+hubToken))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		d := &dialler{ws: conn, done: make(chan struct{}), mute: make(chan struct{})}
		go d.read()
		t.Cleanup(d.close)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		ended := make(chan error, 1)
		go func() { ended <- s.hub.Shutdown(ctx) }()
		synctest.Wait()
		d.send(lifecycle(2))
		synctest.Wait()
		_, known := s.hub.Client(2)
		assert.False(t, known, "nobody is taken")
		require.NoError(t, <-ended)
	})
}
