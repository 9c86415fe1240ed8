package httpapi

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A process that was stopped finds the timer run out and the server's events unread. Fake time is never late, so that the test says when
// the timer was to ring.
func TestWatched_ringAfterSleep(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		late  time.Duration
		reads bool          // what has come is read after that
		want  time.Duration // until the server is given up
	}{
		{"in time", 0, false, 0},
		{"a little late", 99 * time.Millisecond, false, 0},
		{"slept, nothing has come", time.Minute, false, 10 * time.Second},
		{"slept, something has come", time.Minute, true, 25 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				given := make(chan error, 2)
				w := &watched{body: strings.NewReader(": here"), giveUp: func(err error) { given <- err }}
				w.heardBeat(5000)
				w.due = time.Now().Add(-tt.late)
				w.timer.Stop() // it rings now
				start := time.Now()
				w.ring()
				if tt.reads {
					_, err := w.Read(make([]byte, 64))
					require.NoError(t, err)
				}
				require.ErrorIs(t, <-given, errNoBeat)
				assert.Equal(t, tt.want, time.Since(start))
				w.stop()
				w.ring() // too late, as it was stopped
				assert.Empty(t, given)
			})
		})
	}
}
