package yield_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/onebot-go/onebot/internal/yield"
)

// occasions counts those up to the one that is taken.
func occasions(p *yield.Pace) int {
	n := 1
	for !p.Due() {
		n++
	}
	return n
}

func TestPace(t *testing.T) {
	t.Parallel()
	var p yield.Pace
	for range 3 {
		assert.Equal(t, 1, occasions(&p), "short offers are made each time")
		p.Took(time.Millisecond)
	}
	for want := 2; want <= 128; want *= 2 {
		p.Took(time.Millisecond + 1)
		assert.Equal(t, want, occasions(&p))
	}
	p.Took(time.Hour)
	assert.Equal(t, 128, occasions(&p), "bounded")
	p.Took(0)
	assert.Equal(t, 1, occasions(&p), "and back at once")
}
