package onebot_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestHub_oneAnswerAuthorJoins hands on a message whose author has become an account of the hub: it is nobody's, and nobody waits for it.
func TestHub_oneAnswerAuthorJoins(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two, three := s.join(t, 1), s.join(t, 2), s.join(t, 3)
		tell(one, said(1, 77, 1, "first", 1))
		tell(two, said(2, 55, 2, "only two, of 55", 2))
		s.join(t, 55)
		sleep(5 * time.Second)
		assert.Equal(t, []string{"1:first"}, s.handled())
		// one is at it. From now on three keeps what one does not get:
		tell(three, said(3, 77, 3, "only three", 3))
		sleep(10 * time.Minute)
		assert.Equal(t, []string{"3:only three"}, s.handled(), "handed on after 3 s")
	})
}

// TestHub_oneAnswerAskedLeaves leaves a message for an account that goes away to who is at it, and the group too.
func TestHub_oneAnswerAskedLeaves(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two, three := s.join(t, 1), s.join(t, 2), s.join(t, 3)
		tell(one, said(1, 77, 1, "first", 1))
		tell(two, asking(2, 77, 2, "three?", 2, 3))
		tell(one, asking(1, 77, 2, "three?", 2, 3))
		three.close()
		synctest.Wait()
		sleep(10 * time.Second)
		tell(two, said(2, 77, 3, "second", 3))
		tell(one, said(1, 77, 3, "second", 3))
		sleep(10 * time.Second)
		assert.Equal(t, []string{"1:first", "1:three?", "1:second"}, s.handled())
	})
}

// TestHub_oneAnswerAskedInTime gives an account that is mentioned its time, though an earlier message is handed on.
func TestHub_oneAnswerAskedInTime(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two, three := s.join(t, 1), s.join(t, 2), s.join(t, 3)
		tell(one, said(1, 77, 1, "first", 1))
		tell(two, said(2, 77, 2, "only two", 2))
		sleep(2900 * time.Millisecond)
		tell(two, asking(2, 77, 3, "three?", 3, 3))
		sleep(200 * time.Millisecond)
		tell(three, asking(3, 77, 3, "three?", 3, 3))
		sleep(time.Minute)
		assert.Equal(t, []string{"1:first", "2:only two", "3:three?"}, s.handled())
	})
}

// TestHub_oneAnswerAbsent prefers an account that is connected.
func TestHub_oneAnswerAbsent(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two, three := s.join(t, 1), s.join(t, 2), s.join(t, 3)
		tell(one, said(1, 77, 1, "first", 1))
		tell(two, said(2, 77, 2, "not one", 2))
		tell(three, said(3, 77, 2, "not one", 2))
		two.close()
		synctest.Wait()
		sleep(time.Minute)
		assert.Equal(t, []string{"1:first", "3:not one"}, s.handled())
	})
}

// TestHub_oneAnswerClosed counts on no client that was closed.
func TestHub_oneAnswerClosed(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two, three := s.join(t, 1), s.join(t, 2), s.join(t, 3)
		tell(one, said(1, 77, 1, "first", 1))
		tell(two, said(2, 77, 2, "not one", 2))
		tell(three, said(3, 77, 2, "not one", 2))
		c, _ := s.hub.Client(2)
		assert.NoError(t, c.Close())
		sleep(3500 * time.Millisecond)
		assert.Equal(t, []string{"1:first", "3:not one"}, s.handled())
	})
}

// TestHub_oneAnswerAllLeft has all accounts leave and one of them come back: what it has kept comes before what it gets now.
func TestHub_oneAnswerAllLeft(t *testing.T) {
	t.Parallel()
	share(t, func(t *testing.T, s *shared) {
		one, two := s.join(t, 1), s.join(t, 2)
		tell(one, said(1, 77, 1, "first", 1))
		tell(two, said(2, 77, 2, "a", 2))
		tell(two, asking(2, 77, 3, "one?", 3, 1))
		tell(two, said(2, 77, 4, "b", 4))
		two.close()
		synctest.Wait()
		one.close()
		synctest.Wait()
		two = s.join(t, 2)
		tell(two, said(2, 77, 5, "c", 5))
		tell(two, said(2, 77, 6, "d", 6))
		sleep(time.Minute)
		assert.Equal(t, []string{"1:first", "2:a", "2:b", "2:c", "2:d", "2:one?"}, s.handled())
	})
}
