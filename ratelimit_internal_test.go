package onebot

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// The limiters of chats are bounded in number, and those that still hold somebody back are the last to go. From inside: who sends
// sees only that he has to wait.
func TestLimiter_bounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(Rate{}, Rate{Every: time.Hour})
		of := func(user int) bool {
			return l.of(request("send_private_msg", fmt.Appendf(nil, `{"user_id":%d}`, user))).Allow()
		}
		for user := range limitedChats {
			assert.True(t, of(user+1))
		}
		<-time.After(59 * time.Minute)
		assert.True(t, of(limitedChats+1))
		assert.Len(t, l.chats, limitedChats, "none is full again, so any one goes")
		<-time.After(2 * time.Minute)
		assert.True(t, of(limitedChats+2))
		assert.Len(t, l.chats, 2, "those that are full again forget nothing")
		assert.False(t, of(limitedChats+1), "it has to wait still")
	})
}
