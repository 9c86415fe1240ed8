package onebot

import (
	"sync"

	"github.com/onebot-go/onebot/internal/wire"
)

// messageCache keeps the last messages, so that a withdrawal can still tell what was withdrawn. It is bounded in entries and
// bytes; the oldest gives way.
type messageCache struct {
	limit int

	mu    sync.Mutex
	byKey map[chatMessageID]*cached
	byID  map[MessageID]*cached // the newest with that id, whatever the chat
	head  *cached               // oldest
	tail  *cached               // newest
	bytes int
}

type cached struct {
	key        chatMessageID
	message    *MessageEvent
	size       int
	prev, next *cached
}

// entryBytes is what an entry costs beside the frame that its message was decoded from.
const entryBytes = 512

func (c *messageCache) put(m *MessageEvent) {
	if c.limit == 0 || m.ID == "" || m.Chat == (Chat{}) {
		return
	}
	e := &cached{key: chatMessageID{m.Chat.key(), m.ID}, message: m, size: len(m.Raw) + entryBytes}
	if e.size > cacheBytes {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKey == nil {
		c.byKey = make(map[chatMessageID]*cached)
		c.byID = make(map[MessageID]*cached)
	}
	c.unlink(c.byKey[e.key])
	for c.head != nil && (len(c.byKey) >= c.limit || c.bytes+e.size > cacheBytes) {
		c.unlink(c.head)
	}
	c.byKey[e.key], c.byID[m.ID] = e, e
	c.bytes += e.size
	if e.prev = c.tail; c.tail == nil {
		c.head = e
	} else {
		c.tail.next = e
	}
	c.tail = e
}

func (c *messageCache) unlink(e *cached) {
	if e == nil {
		return
	}
	if e.prev == nil {
		c.head = e.next
	} else {
		e.prev.next = e.next
	}
	if e.next == nil {
		c.tail = e.prev
	} else {
		e.next.prev = e.prev
	}
	c.bytes -= e.size
	delete(c.byKey, e.key)
	if c.byID[e.key.id] == e {
		delete(c.byID, e.key.id)
	}
}

// get gives the message of that chat, nil where it is not held.
func (c *messageCache) get(chat wire.ChatKey, id MessageID) *MessageEvent {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.byKey[chatMessageID{chat, id}]; e != nil {
		return e.message
	}
	return nil
}

// find gives the newest message with that id in any chat, nil where none is held.
func (c *messageCache) find(id MessageID) *MessageEvent {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.byID[id]; e != nil {
		return e.message
	}
	return nil
}

func (c *messageCache) drop(chat wire.ChatKey, id MessageID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unlink(c.byKey[chatMessageID{chat, id}])
}

// clear lets go of everything: nobody follows the lifecycle of messages any more.
func (c *messageCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byKey, c.byID, c.head, c.tail, c.bytes = nil, nil, nil, nil, 0
}
