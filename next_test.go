package onebot_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

// talking makes a bot that asks three questions on "ask", with a second of work between an answer and the next question.
func talking(c *onebot.Client) (told, heard chan string) {
	told, heard = make(chan string, 16), make(chan string, 16)
	c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
		for range 3 {
			next, err := m.Next(ctx)
			if err != nil {
				return err
			}
			told <- next.Message.PlainText()
			sleep(time.Second)
			m = next
		}
		return nil
	}, onebot.Command("ask"))
	c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error {
		heard <- m.Message.PlainText()
		return nil
	}, onebot.Not(onebot.Command("ask")))
	return told, heard
}

// all empties a channel.
func all(ch <-chan string) []string {
	synctest.Wait()
	list := []string{}
	for len(ch) > 0 {
		list = append(list, <-ch)
	}
	return list
}

// TestNext_conversation: what is said while an answer is being handled is the next answer, and nobody else's; others wait their turn.
func TestNext_conversation(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		told, heard := talking(c)
		d.push(groupText(7, 1, 1, "ask"))
		synctest.Wait()
		d.push(groupText(7, 1, 2, "one"))
		synctest.Wait()
		d.push(groupText(7, 2, 3, "somebody"))
		d.push(groupText(7, 1, 4, "two"))
		d.push(groupText(8, 1, 5, "elsewhere"))
		assert.Equal(t, []string{"one"}, all(told))
		assert.Equal(t, []string{"elsewhere"}, all(heard))
		sleep(1500 * time.Millisecond)
		assert.Equal(t, []string{"two"}, all(told))
		assert.Equal(t, []string{"somebody"}, all(heard))
		d.push(groupText(7, 2, 6, "else"))
		d.push(groupText(7, 1, 7, "three"))
		d.push(groupText(7, 1, 8, "four"))
		sleep(time.Minute)
		assert.Equal(t, []string{"three"}, all(told))
		assert.Equal(t, []string{"else", "four"}, all(heard))
	})
}

// TestNext_givesUpAgain: whoever waits for something else than the next answer lets the chat go on.
func TestNext_givesUpAgain(t *testing.T) {
	t.Parallel()
	for name, giveUp := range map[string]func(ctx context.Context, c *onebot.Client){
		"release": func(ctx context.Context, _ *onebot.Client) { onebot.Release(ctx); sleep(time.Hour) },
		"await": func(ctx context.Context, c *onebot.Client) {
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			_, err := onebot.Await[*onebot.FriendRecallEvent](ctx, c, nil)
			assert.Error(t, err, "there is none")
		},
		"return": func(context.Context, *onebot.Client) {},
		"panic":  func(context.Context, *onebot.Client) { panic("boom") }, //nolint:forbidigo // the fault tested
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := answers(nil)
			bubble(t, d, func(t *testing.T, c *onebot.Client) {
				heard := make(chan string, 8)
				c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
					if _, err := m.Next(ctx); err != nil {
						return err
					}
					sleep(time.Second)
					giveUp(ctx, c)
					return nil
				}, onebot.Command("ask"))
				c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error {
					heard <- m.Message.PlainText()
					return nil
				}, onebot.Not(onebot.Command("ask")))
				d.push(groupText(7, 1, 1, "ask"))
				synctest.Wait()
				d.push(groupText(7, 1, 2, "one"))
				d.push(groupText(7, 1, 3, "two"))
				synctest.Wait()
				require.Empty(t, heard)
				start := time.Now()
				assert.Equal(t, "two", <-heard)
				assert.Equal(t, time.Second, time.Since(start))
			})
		})
	}
}

// TestNext_afterTheHandler: a goroutine that outlives its handler has no turn, and holds nothing up.
func TestNext_afterTheHandler(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		log := []string{}
		c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			go func() {
				sleep(time.Second)
				if _, err := m.Next(ctx); err == nil {
					sleep(time.Hour)
				}
			}()
			return nil
		}, onebot.Command("ask"))
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error {
			log = append(log, m.Message.PlainText())
			return nil
		}, onebot.Not(onebot.Command("ask")))
		d.push(groupText(7, 1, 1, "ask"))
		sleep(2 * time.Second)
		d.push(groupText(7, 1, 2, "claimed"))
		d.push(groupText(7, 1, 3, "free"))
		synctest.Wait()
		assert.Equal(t, []string{"free"}, log)
		sleep(2 * time.Hour)
	})
}

// TestNext_closed: Close and the end of Run end conversations too.
func TestNext_closed(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		ended := make(chan error, 1)
		c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			if _, err := m.Next(ctx); err != nil {
				return err
			}
			<-ctx.Done()
			ended <- ctx.Err()
			return nil
		})
		d.push(groupText(7, 1, 1, "ask"))
		synctest.Wait()
		d.push(groupText(7, 1, 2, "one"))
		d.push(groupText(7, 1, 3, "two"))
		synctest.Wait()
		require.NoError(t, c.Close())
		require.ErrorIs(t, <-ended, context.Canceled)
	})
}

// TestNext_otherHandlers lets the chat go on when the handler that has the answer is done, whatever others of the same event do.
func TestNext_otherHandlers(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		heard := make(chan string, 8)
		returned := make(chan struct{}, 1)
		c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			_, err := m.Next(ctx)
			returned <- struct{}{}
			return err
		}, onebot.Command("ask"))
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error {
			if m.Message.PlainText() == "ask" {
				sleep(time.Hour)
			}
			heard <- m.Message.PlainText()
			return nil
		})
		d.push(groupText(7, 1, 1, "ask"))
		synctest.Wait()
		d.push(groupText(7, 1, 2, "one"))
		d.push(groupText(7, 2, 3, "somebody"))
		<-returned
		start := time.Now()
		assert.Equal(t, "somebody", <-heard)
		assert.Less(t, time.Since(start), time.Second)
		sleep(2 * time.Hour)
	})
}

// TestNext_overflow counts a message that Next has as handled, though the queue has no room for it.
func TestNext_overflow(t *testing.T) {
	t.Parallel()
	d := answers(nil)
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		next := make(chan string, 4)
		c.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			if m.Message.PlainText() != "ask" {
				sleep(time.Second)
				return nil
			}
			n, err := m.Next(ctx)
			if err == nil {
				next <- n.Message.PlainText()
			}
			return err
		})
		d.push(groupText(7, 1, 1, "ask"))
		synctest.Wait()
		d.push(groupText(7, 2, 2, "slow"))
		synctest.Wait()
		d.push(groupText(7, 2, 3, "queued"))
		synctest.Wait()
		told := pushDone(d, groupText(7, 1, 4, "answer"))
		synctest.Wait()
		assert.Equal(t, "answer", <-next)
		assert.NoError(t, <-told, "Next has it")
		assert.Zero(t, c.Stats().Overflowed)
		sleep(time.Minute)
	}, onebot.WithEventQueue(4))
}

// What a bot says is reported to it as well, on Lagrange as a plain message (dialects 7.2): it is no answer to what it has asked.
func TestNext_ownMessages(t *testing.T) {
	t.Parallel()
	for _, post := range []string{"message", "message_sent"} {
		own := func(id string) string {
			return `{"self_id":10000,"user_id":10000,"time":1,"message_id":` + id +
				`,"message_type":"group","group_id":7,"message":"x","post_type":"` + post + `"}`
		}
		d := answers(nil)
		bubble(t, d, func(t *testing.T, c *onebot.Client) {
			asked := make(chan error, 1)
			asking := true // read and written in the lane alone
			c.OnOwnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
				if !asking {
					return nil
				}
				asking = false
				sleep(time.Second) // the second one waits in the lane by then
				patience, cancel := context.WithTimeout(ctx, time.Minute)
				defer cancel()
				_, err := m.Next(patience)
				asked <- err
				return nil
			})
			d.push(own("1"))
			synctest.Wait()
			d.push(own("2"))
			sleep(2 * time.Second)
			d.push(own("3"))
			require.ErrorIs(t, <-asked, context.DeadlineExceeded, post)
		})
	}
}
