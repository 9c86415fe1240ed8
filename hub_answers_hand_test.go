package onebot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/onebot-go/onebot"
)

// TestHub_oneAnswerHeldUp: a message that waits behind something else, while another account's is handed on, keeps its place too.
func TestHub_oneAnswerHeldUp(t *testing.T) {
	t.Parallel()
	for name, goesOn := range map[string]func(one *dialler){
		"the other leaves":  func(one *dialler) { one.close() },
		"the other is late": func(*dialler) { sleep(4 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			share(t, func(t *testing.T, s *shared) {
				one, two := s.join(t, 1), s.join(t, 2)
				c, _ := s.hub.Client(2)
				onebot.On(c, func(context.Context, *onebot.GroupRecallEvent) error {
					sleep(10 * time.Second)
					return nil
				})
				tell(one, said(1, 77, 1, "first", 1))
				tell(two, said(2, 77, 2, "a", 2))
				tell(two, said(2, 77, 3, "b", 3))
				tell(two, `{"time":1795295450,"self_id":2,"post_type":"notice","notice_type":"group_recall","group_id":100,"user_id":5,`+
					`"operator_id":5,"message_id":99}`)
				tell(two, said(2, 77, 4, "c", 4))
				tell(two, said(2, 77, 5, "d", 5))
				goesOn(one)
				tell(two, said(2, 77, 6, "e", 6))
				sleep(time.Minute)
				tell(two, said(2, 77, 7, "f", 7))
				sleep(time.Minute)
				assert.Equal(t, []string{"1:first", "2:a", "2:b", "2:c", "2:d", "2:e", "2:f"}, s.handled())
			})
		})
	}
}

// TestHub_oneAnswerKeeperLeaves: what nobody else has got is handled by the account that has it, though it has gone.
func TestHub_oneAnswerKeeperLeaves(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two := s.join(t, 1), s.join(t, 2)
		tell(one, said(1, 77, 1, "first", 1))
		tell(two, said(2, 77, 1, "first", 1))
		tell(two, said(2, 77, 2, "only two has it", 2))
		two.close()
		assert.Equal(t, []string{"1:first"}, s.handled())
		sleep(4 * time.Second)
		assert.Equal(t, []string{"2:only two has it"}, s.handled())
		sleep(time.Minute)
		assert.Empty(t, s.handled())
	})
}

// TestHub_oneAnswerQueuedAtLoss: a message stands behind a slow handler when its account loses the connection and the group.
func TestHub_oneAnswerQueuedAtLoss(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two := s.join(t, 1), s.join(t, 2)
		tell(one, said(1, 77, 1, "slow", 1))
		tell(one, said(1, 77, 2, "queued", 2))
		one.close()
		synctest.Wait()
		tell(two, said(2, 77, 3, "next", 3))
		assert.Equal(t, []string{"1:slow", "2:next"}, s.handled())
		sleep(2 * time.Minute)
		assert.Equal(t, []string{"1:queued"}, s.handled())
	})
}

// TestHub_oneAnswerAsked: whoever is mentioned answers, and does not take the group over.
func TestHub_oneAnswerAsked(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two := s.join(t, 1), s.join(t, 2)
		tell(one, said(1, 77, 1, "first", 1))
		for i, frame := range []func(self int64) string{
			func(self int64) string { return asking(self, 77, 2, "hello", 2, 2) },
			func(self int64) string { return said(self, 77, 3, "second", 3) },
			func(self int64) string { return asking(self, 77, 4, "you", 4, 1) },
			func(self int64) string { return asking(self, 77, 5, "stranger", 5, 12345) },
		} {
			if i%2 == 0 {
				tell(one, frame(1))
				tell(two, frame(2))
			} else {
				tell(two, frame(2))
				tell(one, frame(1))
			}
		}
		sleep(time.Minute)
		assert.Equal(t, []string{"1:first", "2:hello", "1:second", "1:you", "1:stranger"}, s.handled())
		// The mentioned account is not in the group, or is gone.
		tell(one, asking(1, 77, 6, "not there", 6, 2))
		sleep(time.Minute)
		two.close()
		tell(one, asking(1, 77, 7, "gone", 7, 2))
		tell(one, said(1, 77, 8, "last", 8))
		assert.Equal(t, []string{"1:not there", "1:gone", "1:last"}, s.handled())
	})
}

// TestHub_oneAnswerOneSuccessor: two accounts have kept the same messages, and one of them takes over.
func TestHub_oneAnswerOneSuccessor(t *testing.T) {
	t.Parallel()
	for name, goesOn := range map[string]func(one *dialler){
		"left":   func(one *dialler) { one.close() },
		"silent": func(*dialler) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			share(t, func(t *testing.T, s *shared) {
				one := s.join(t, 1)
				others := []*dialler{s.join(t, 2), s.join(t, 3)}
				tell(one, said(1, 77, 1, "first", 1))
				for i := 2; i < 8; i++ {
					for k, d := range others {
						d.send(said(int64(2+k), 77, i, "slow"+string(rune('0'+i)), int64(i)))
					}
				}
				goesOn(one)
				sleep(10 * time.Minute)
				got := s.handled()
				want := []string{"1:first"}
				for i := 2; i < 8; i++ {
					want = append(want, got[1][:2]+"slow"+string(rune('0'+i)))
				}
				assert.Equal(t, want, got)
			})
		})
	}
}

// asking is said with a mention in front.
func asking(self, user int64, second int, text string, seq, whom int64) string {
	return strings.Replace(said(self, user, second, text, seq), `"message":[`,
		fmt.Sprintf(`"message":[{"type":"at","data":{"qq":"%d"}},`, whom), 1)
}
