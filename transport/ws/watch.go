package ws

import (
	"sync"

	"github.com/onebot-go/onebot/transport"
)

// watch passes on how the connection stands, to one listener. Of split sockets it tells what both together are: ready
// when both are, lost when one is.
type watch struct {
	mu     sync.Mutex
	fn     func(transport.Change)
	states []transport.State // of each link
	now    transport.Change
}

// Watch makes fn hear of every later change, and of the present state at once. A later Watch replaces the earlier one.
// Split sockets count as one connection: it is ready when both are. While a server is away, every failed attempt is told
// as StateLost with its reason. fn must neither block nor call Watch or Close.
func (c *Conn) Watch(fn func(transport.Change)) {
	w := &c.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fn = fn
	if fn != nil {
		fn(w.now)
	}
}

// set notes a change of link number i.
func (w *watch) set(i int, change transport.Change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.now.Final {
		return
	}
	w.states[i] = change.State
	if change.State == transport.StateReady {
		for _, other := range w.states {
			if other != transport.StateReady {
				return
			}
		}
	}
	if change.State == w.now.State && change.Err == nil {
		return // the other one of split sockets
	}
	w.now = change
	if w.fn != nil {
		w.fn(change)
	}
}
