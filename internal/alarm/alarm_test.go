package alarm_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/onebot-go/onebot/internal/alarm"
)

func TestAlarm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var a alarm.Alarm
		start, rang := time.Now(), []time.Duration{}
		a.Ring = func() {
			mu.Lock()
			defer mu.Unlock()
			a.Rung()
			rang = append(rang, time.Since(start))
		}
		set := func(after time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			a.AtLatest(start.Add(after))
		}
		set(5 * time.Second)
		set(9 * time.Second) // later than it rings anyway
		set(3 * time.Second)
		<-time.After(4 * time.Second)
		mu.Lock()
		assert.Equal(t, []time.Duration{3 * time.Second}, rang)
		mu.Unlock()
		set(time.Second) // has passed
		synctest.Wait()
		set(7 * time.Second)
		<-time.After(4 * time.Second)
		mu.Lock()
		assert.Equal(t, []time.Duration{3 * time.Second, 4 * time.Second, 7 * time.Second}, rang)
		mu.Unlock()
		set(20 * time.Second)
		mu.Lock()
		a.Off()
		mu.Unlock()
		a.Wait()
		<-time.After(time.Minute)
		mu.Lock()
		assert.Len(t, rang, 3)
		mu.Unlock()
	})
}
