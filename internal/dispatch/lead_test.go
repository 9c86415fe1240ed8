package dispatch

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// pushesToOffer counts the pushes up to the next offer, with that many items waiting.
func pushesToOffer(l *lead, waiting int) int {
	for n := 1; n <= 1<<20; n++ {
		if l.push(waiting) {
			return n
		}
	}
	return -1
}

func TestLead(t *testing.T) {
	t.Parallel()
	var l lead
	assert.Equal(t, -1, pushesToOffer(&l, usualLead-1), "nobody is behind")
	assert.Equal(t, 1, pushesToOffer(&l, usualLead))
	l.Took(0)
	assert.Equal(t, usualLead, pushesToOffer(&l, usualLead))
	for want := 2 * usualLead; want <= 8192; want *= 2 {
		l.Took(time.Second)
		assert.Equal(t, want, pushesToOffer(&l, 1<<20))
	}
	l.Took(time.Second)
	assert.Equal(t, 8192, pushesToOffer(&l, 1<<20), "bounded")
	l.Took(0)
	assert.Equal(t, usualLead, pushesToOffer(&l, usualLead))
}
