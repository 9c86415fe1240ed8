package onebot

import (
	"strings"
	"sync"
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

// onceEach lets each text through once, as long as there are no more than onceMax of them: what strangers send is no reason to
// remember without end.
type onceEach struct {
	mu   sync.Mutex
	seen map[string]struct{}
}

const (
	onceMax     = 64
	onceMaxText = 100 // bytes of a text that are looked at
)

func (o *onceEach) allow(text string) bool {
	text = text[:min(len(text), onceMaxText)]
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, known := o.seen[text]; known || len(o.seen) >= onceMax {
		return false
	}
	if o.seen == nil {
		o.seen = make(map[string]struct{})
	}
	o.seen[strings.Clone(text)] = struct{}{}
	return true
}
