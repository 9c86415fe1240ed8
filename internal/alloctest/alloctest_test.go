package alloctest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/onebot-go/onebot/internal/alloctest"
)

var kept []byte //nolint:gochecknoglobals // what is kept is not taken off the heap by the compiler

func TestFewest(t *testing.T) {
	calls := 0
	noisy := func() {
		if calls++; calls < 20 { // somebody else's
			kept = make([]byte, 100)
		}
		kept = make([]byte, 100)
	}
	assert.InDelta(t, 1, alloctest.Fewest(1, noisy), 0)
	assert.InDelta(t, 1, alloctest.Fewest(0, noisy), 0, "what is always there is counted")
	assert.Zero(t, alloctest.Fewest(0, func() {}))
}
