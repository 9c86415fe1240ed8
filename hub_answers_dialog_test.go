package onebot_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/onebot-go/onebot"
)

// TestHub_oneAnswerDialog: an account that was mentioned asks back, and the one that is at the group leaves the answers to it, whichever
// gets them first.
func TestHub_oneAnswerDialog(t *testing.T) {
	t.Parallel()
	for _, first := range []int{0, 1} {
		share(t, func(t *testing.T, s *shared) {
			accounts := []*dialler{s.join(t, 1), s.join(t, 2)}
			for _, self := range []onebot.UserID{1, 2} {
				c, _ := s.hub.Client(self)
				c.OnGroupMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
					for range 2 {
						next, err := m.Next(ctx)
						if err != nil {
							return err
						}
						s.got <- fmt.Sprintf("%d heard %s", self, next.Message.PlainText())
						sleep(10 * time.Second)
					}
					return nil
				}, onebot.Mentioned)
			}
			both := func(frame func(self int64) string) {
				for i := range accounts {
					self := (i + first) % 2
					tell(accounts[self], frame(int64(self+1)))
				}
			}
			say := func(second int, user int64, text string) {
				both(func(self int64) string { return said(self, user, second, text, int64(second)) })
			}
			tell(accounts[0], said(1, 77, 1, "hello", 1))
			both(func(self int64) string { return asking(self, 77, 2, "ask", 2, 2) })
			assert.Equal(t, []string{"1:hello", "2:ask"}, s.handled())
			say(3, 77, "a")
			say(4, 77, "b") // while "a" is being handled
			assert.Equal(t, []string{"2 heard a"}, s.handled())
			say(5, 78, "somebody else")
			sleep(11 * time.Second)
			assert.ElementsMatch(t, []string{"1:somebody else", "2 heard b"}, s.handled())
			sleep(10 * time.Second)
			say(6, 77, "over")
			sleep(time.Minute)
			assert.Equal(t, []string{"1:over"}, s.handled(), "the group stays whose it was")

			// The account that asks gets no answer, and another one does.
			both(func(self int64) string { return asking(self, 77, 7, "again", 7, 2) })
			tell(accounts[0], said(1, 77, 8, "only here", 8))
			assert.Equal(t, []string{"2:again"}, s.handled())
			sleep(4 * time.Second)
			assert.Equal(t, []string{"1:only here"}, s.handled())
			accounts[1].close()
			tell(accounts[0], said(1, 77, 9, "it has gone", 9))
			assert.Equal(t, []string{"1:it has gone"}, s.handled())
		})
	}
}

// TestHub_oneAnswerDialogEnds: who has waited in vain hears no more than before.
func TestHub_oneAnswerDialogEnds(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two := s.join(t, 1), s.join(t, 2)
		c, _ := s.hub.Client(2)
		c.OnGroupMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			_, err := m.Next(ctx)
			return err
		}, onebot.Mentioned)
		tell(one, said(1, 77, 1, "hello", 1))
		tell(two, asking(2, 77, 2, "ask", 2, 2))
		sleep(2 * time.Second)
		tell(one, said(1, 77, 3, "late", 3))
		tell(two, said(2, 77, 3, "late", 3))
		assert.Equal(t, []string{"1:hello", "2:ask", "1:late"}, s.handled())
	})
}

// TestHub_oneAnswerDialogOfTheAbsent has one account ask while another one that has asked before is away, or gives up later.
func TestHub_oneAnswerDialogOfTheAbsent(t *testing.T) {
	t.Parallel()
	for _, leaves := range []bool{true, false} {
		share(t, func(t *testing.T, s *shared) {
			one, two, three := s.join(t, 1), s.join(t, 2), s.join(t, 3)
			for self, patience := range map[onebot.UserID]time.Duration{2: 10 * time.Second, 3: time.Hour} {
				c, _ := s.hub.Client(self)
				c.OnGroupMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
					ctx, cancel := context.WithTimeout(ctx, patience)
					defer cancel()
					next, err := m.Next(ctx)
					if err == nil {
						s.got <- fmt.Sprintf("%d heard %s", self, next.Message.PlainText())
					}
					return err
				}, onebot.Mentioned)
			}
			tell(one, said(1, 77, 1, "hello", 1))
			tell(two, asking(2, 77, 2, "two?", 2, 2))
			assert.Equal(t, []string{"1:hello", "2:two?"}, s.handled())
			if leaves {
				two.close()
			}
			tell(three, asking(3, 77, 3, "three?", 3, 3)) // two does not get it
			sleep(4 * time.Second)
			assert.Equal(t, []string{"3:three?"}, s.handled())
			if !leaves {
				sleep(10 * time.Second)
			}
			tell(one, said(1, 77, 4, "answer", 4))
			tell(three, said(3, 77, 4, "answer", 4))
			sleep(10 * time.Second)
			assert.Equal(t, []string{"3 heard answer"}, s.handled())
		})
	}
}
