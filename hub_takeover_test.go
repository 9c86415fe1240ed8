package onebot_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

// TestHub_olderConnectionGivesWay: which connection is newer is told by their handshakes, not by when the hub learned whose they are.
func TestHub_olderConnectionGivesWay(t *testing.T) {
	t.Parallel()
	h, url := newHub(t, noSetup)
	older := dialHub(t, url, "older", headers("10000", "Universal", "Bearer "+hubToken)) // says nothing
	newer := universal(t, url, 10000, "newer")
	c := clientOf(t, h, 10000)
	assert.Equal(t, "newer", answeredBy(t, c))
	select {
	case <-older.done:
	case <-newer.done:
		t.Error("the newer connection was ended")
	}
	assert.Equal(t, "newer", answeredBy(t, c))
	assert.Zero(t, c.Stats().Reconnects)
}

// TestHub_otherAccount: a connection that speaks for another account later does not make its client that of the other.
func TestHub_otherAccount(t *testing.T) {
	t.Parallel()
	got := make(chan onebot.UserID, 2)
	h, url := newHub(t, func(_ onebot.UserID, c *onebot.Client) {
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error { got <- m.SelfID; return nil })
	})
	d := universal(t, url, 10000, "it")
	c := clientOf(t, h, 10000)
	d.send(groupTextOf(20000, 1, 2, 3, "x"))
	assert.Equal(t, onebot.UserID(20000), take(t, got), "the event says what it said")
	self, err := c.Self(t.Context())
	require.NoError(t, err)
	assert.Equal(t, onebot.UserID(10000), self)
	assert.Equal(t, "onebot.Client(10000)", c.String())
}
