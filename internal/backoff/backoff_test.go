package backoff_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/onebot-go/onebot/internal/backoff"
)

func TestSequence_Next_doublesUpToMax(t *testing.T) {
	t.Parallel()
	s := backoff.New(backoff.Policy{Min: time.Second, Max: 5 * time.Second})
	var got []time.Duration
	for range 5 {
		got = append(got, s.Next())
	}
	want := []time.Duration{1e9, 2e9, 4e9, 5e9, 5e9}
	assert.Equal(t, want, got)
}

func TestSequence_Next_jitterStaysWithinTheWait(t *testing.T) {
	t.Parallel()
	for _, jitter := range []float64{0.25, 1} {
		different := map[time.Duration]bool{}
		for range 200 {
			s := backoff.New(backoff.Policy{Min: time.Second, Max: time.Second, Jitter: jitter})
			wait := s.Next()
			assert.LessOrEqual(t, wait, time.Second)
			assert.GreaterOrEqual(t, wait, time.Duration((1-jitter)*float64(time.Second)))
			different[wait] = true
		}
		assert.Greater(t, len(different), 100, "jitter %v", jitter)
	}
}

func TestSequence_Lived(t *testing.T) {
	t.Parallel()
	s := backoff.New(backoff.Policy{Min: time.Second, Max: time.Minute})
	s.Next()
	s.Next()
	s.Lived(backoff.Stable - 1)
	assert.Equal(t, 4*time.Second, s.Next(), "a short life changes nothing")
	s.Lived(backoff.Stable)
	assert.Equal(t, time.Second, s.Next())
}

func TestSequence_Next_hugeMaxDoesNotOverflow(t *testing.T) {
	t.Parallel()
	s := backoff.New(backoff.Policy{Min: time.Hour, Max: 1<<63 - 1})
	for range 100 {
		assert.Positive(t, s.Next())
	}
}
