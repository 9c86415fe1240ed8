package dispatch

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pushesToOffer counts the pushes up to the next offer, with that many items waiting.
func pushesToOffer(l *lead, waiting int) int {
	for n := 1; n <= 1<<20; n++ {
		if l.push(waiting, false) {
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
	assert.True(t, l.push(1, true), "a crowded queue does not wait for that many")
}

// Where a chat is crowded, or full, every event is an occasion, but not every one costs a turn of all that keep the processors busy:
// answers that stand behind these events would wait for that many turns.
func TestDispatcher_crowdedPace(t *testing.T) {
	t.Parallel()
	const limit, most = 300, 128
	d := New[string](Options{Queue: 4 * limit},
		func(ctx context.Context, _ *Turn, _ int) { <-ctx.Done() }, func(int) int { return 0 }, func(int, Reason) {})
	require.NoError(t, d.Start(t.Context()))
	defer func() {
		d.Close()
		d.Finish(t.Context())
	}()
	for d.Len() <= limit/2 {
		d.Push("a", 1)
	}
	slow := func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.lead = lead{}
		for range most {
			d.lead.Took(time.Hour)
		}
	}
	occasions := func() int {
		d.mu.Lock()
		defer d.mu.Unlock()
		n := 1
		for ; !d.lead.Due(); n++ {
			continue
		}
		return n
	}
	slow()
	for range 10 {
		assert.True(t, d.Push("a", 1), "crowded")
	}
	assert.Equal(t, most-10, occasions())
	for d.Push("a", 1) {
		continue
	}
	slow()
	for range 10 {
		assert.False(t, d.Push("a", 1), "full")
	}
	assert.Equal(t, most-10, occasions())
}
