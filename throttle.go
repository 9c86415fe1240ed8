package onebot

import (
	"sync/atomic"
	"time"
)

// throttle lets one through each second, so that a flood of events does not become a flood of log lines.
type throttle struct{ next atomic.Int64 }

func (t *throttle) allow() bool {
	now := time.Now().UnixNano()
	next := t.next.Load()
	return now >= next && t.next.CompareAndSwap(next, now+int64(time.Second))
}
