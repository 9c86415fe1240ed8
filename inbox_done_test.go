package onebot_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
)

// pushDone pushes an event and gives what its source is told of it.
func pushDone(d *double, frame string) <-chan error {
	told := make(chan error, 2) // a second one would be a fault
	d.pushFrame(transport.Frame{Data: []byte(frame), Done: func(err error) { told <- err }})
	return told
}

// What no handler will get is not said to be handled, so that a server that posts again does.
func TestClient_Run_whatIsNotHandled(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	c := newClient(t, d, onebot.WithEventQueue(4)) // one for each chat
	gaveWay := pushDone(d, groupText(5, 7, 1, "gives way"))
	waits := pushDone(d, groupText(5, 7, 2, "waits"))
	require.ErrorIs(t, <-gaveWay, onebot.ErrOverflow)

	handled := make(chan string, 1)
	c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error {
		handled <- m.Message.PlainText()
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- c.Run(ctx) }()
	assert.Equal(t, "waits", <-handled)
	require.NoError(t, <-waits)
	cancel()
	require.NoError(t, <-ran)
	require.ErrorIs(t, <-pushDone(d, groupText(5, 7, 3, "after Run")), onebot.ErrClosed)
	require.NoError(t, c.Close())
	require.ErrorIs(t, <-pushDone(d, groupText(5, 7, 4, "after Close")), onebot.ErrClosed)
	assert.Empty(t, gaveWay)
	assert.Empty(t, waits)
}

func TestClient_Close_whatWaits(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	c := newClient(t, d)
	waits := pushDone(d, groupText(5, 7, 1, "waits for Run"))
	require.NoError(t, c.Close())
	require.ErrorIs(t, <-waits, onebot.ErrClosed)
}

// What Await or Events was given is not to be posted again.
func TestEvents_gaveWayInTheLane(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	c := newClient(t, d, onebot.WithEventQueue(4))
	defer func() { require.NoError(t, c.Close()) }()
	<-d.ready
	first := make(chan error, 1)
	begun := make(chan struct{})
	go func() {
		defer close(first)
		_, err := onebot.Await(t.Context(), c, func(*onebot.MessageEvent) bool {
			close(begun)
			return true
		})
		first <- err
	}()
	var told []<-chan error
	for {
		told = append(told, pushDone(d, groupText(5, 7, 1, "awaited")))
		select {
		case <-begun:
		default:
			continue
		}
		break
	}
	require.NoError(t, <-first)
	awaited := false
	pushDone(d, groupText(5, 7, 2, "pushes the last out"))
	for _, done := range told {
		err := <-done
		awaited = awaited || err == nil
	}
	assert.True(t, awaited)
}

// The same where the lane has no room for it: else Events would have it twice.
func TestEvents_noRoomInTheLane(t *testing.T) {
	t.Parallel()
	for name, listening := range map[string]bool{"Events has it": true, "nobody has it": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := answers(nil)
				c := newClient(t, d, onebot.WithEventQueue(4)) // one for each chat
				release := make(chan struct{})
				c.OnMessage(func(context.Context, *onebot.MessageEvent) error {
					<-release
					return nil
				})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				heard := 0
				if listening {
					go func() {
						for _, err := range c.Events(ctx) {
							assert.NoError(t, err)
							heard++
						}
					}()
				}
				go func() { assert.NoError(t, c.Run(ctx)) }()
				synctest.Wait()
				runs := pushDone(d, groupText(5, 7, 1, "runs"))
				synctest.Wait()
				waits := pushDone(d, groupText(5, 7, 2, "waits"))
				err := <-pushDone(d, groupText(5, 7, 3, "has no room"))
				synctest.Wait()
				assert.EqualValues(t, 1, c.Stats().Overflowed)
				if listening {
					assert.NoError(t, err)
					assert.Equal(t, 3, heard)
				} else {
					assert.ErrorIs(t, err, onebot.ErrOverflow)
				}
				close(release)
				assert.NoError(t, <-runs)
				assert.NoError(t, <-waits)
				cancel()
				synctest.Wait()
			})
		})
	}
}
