package httpapi

import (
	"crypto/sha256"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func recentKey(name string) [sha256.Size]byte { return sha256.Sum256([]byte(name)) }

// The minute counts from the last post that was taken, not from the first.
func TestRecentPosts_again(t *testing.T) {
	t.Parallel()
	r, start := newRecentPosts(), time.Now()
	for _, step := range []struct {
		at    time.Duration
		taken bool
	}{{0, true}, {59 * time.Second, false}, {time.Minute, true}, {119 * time.Second, false}, {2 * time.Minute, true}} {
		assert.Equal(t, step.taken, r.add(recentKey("a"), start.Add(step.at)), "%v", step.at)
	}
}

// A post that was dropped and posted again is known by the second time: the first gives way without taking it along.
func TestRecentPosts_forgottenAndTakenAgain(t *testing.T) {
	t.Parallel()
	r, now := newRecentPosts(), time.Now()
	assert.True(t, r.add(recentKey("a"), now))
	r.forget(recentKey("a"))
	now = now.Add(time.Second)
	assert.True(t, r.add(recentKey("a"), now))
	for n := range maxRecent - 1 { // which overwrite the first
		assert.True(t, r.add(recentKey(strconv.Itoa(n)), now))
	}
	assert.False(t, r.add(recentKey("a"), now))
	assert.True(t, r.add(recentKey("one more"), now))
	assert.True(t, r.add(recentKey("a"), now), "only so many are remembered")
	assert.LessOrEqual(t, len(r.at), maxRecent)
	assert.Len(t, r.ring, maxRecent)
}
