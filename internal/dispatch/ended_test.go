package dispatch_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/dispatch"
)

// When no more items come, those that wait are handled yet, as far as the drain allows.
func TestRun_handlesWhatWaitsAtTheEnd(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		drain time.Duration
		want  []int
		takes time.Duration
	}{
		"in time":  {time.Minute, []int{1, 2, 3}, 3 * time.Second},
		"too late": {1500 * time.Millisecond, []int{1, 2}, 2 * time.Second},
		"no drain": {0, []int{1}, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var handled log
				r := newRig(dispatch.Options{}, func(_ context.Context, _ *dispatch.Turn, n int) {
					handled.add(n)
					<-time.After(time.Second)
				})
				noMore := make(chan struct{})
				go func() { r.ended <- r.Run(context.Background(), noMore, tt.drain) }()
				synctest.Wait()
				start := time.Now()
				for n := 1; n <= 3; n++ {
					require.True(t, r.Push("a", n))
				}
				synctest.Wait() // the first is being handled
				close(noMore)
				require.NoError(t, <-r.ended)
				assert.Equal(t, tt.want, handled.all())
				assert.Len(t, r.lost(), 3-len(tt.want))
				assert.Equal(t, tt.takes, time.Since(start))
			})
		})
	}
}
