package onebot_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
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
