package onebot

import (
	"sync"

	"github.com/onebot-go/onebot/internal/wire"
)

// messageCache keeps the last messages of one client, so that a withdrawal can still tell what was withdrawn. The store is its
// own, or shared by the clients of a hub.
type messageCache struct{ store *messageStore }

// messageStore is bounded in entries and bytes, all its clients together; the oldest entry gives way.
type messageStore struct {
	limit int

	mu    sync.Mutex
	byKey map[cacheKey]*cached
	byID  map[cacheKey]*cached // the newest with that id, whatever the chat: the key's chat is zero
	head  *cached              // oldest
	tail  *cached              // newest
	bytes int
}

type cacheKey struct {
	owner *messageCache
	chatMessageID
}

// cached is one message. It is decoded when somebody asks for it, or by its handlers.
type cached struct {
	key        cacheKey
	in         *incoming
	size       int
	prev, next *cached
}

func (c *messageCache) key(chat wire.ChatKey, id MessageID) cacheKey {
	return cacheKey{c, chatMessageID{chat, id}}
}

// anywhere is the key of byID.
func (k cacheKey) anywhere() cacheKey { return cacheKey{k.owner, chatMessageID{id: k.id}} }

// entryBytes is what an entry costs beside its message.
const entryBytes = 512

// put keeps a message of so many bytes as the newest one, in place of an older one with the same id in the same chat.
func (c *messageCache) put(id MessageID, in *incoming, size int) {
	s := c.store
	if s.limit == 0 || id == "" || in.lane == (wire.ChatKey{}) {
		return
	}
	e := &cached{key: c.key(in.lane, id), in: in, size: size + entryBytes}
	if e.size > cacheBytes {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byKey == nil {
		s.byKey = make(map[cacheKey]*cached)
		s.byID = make(map[cacheKey]*cached)
	}
	s.unlink(s.byKey[e.key])
	for s.head != nil && (len(s.byKey) >= s.limit || s.bytes+e.size > cacheBytes) {
		s.unlink(s.head)
	}
	s.byKey[e.key], s.byID[e.key.anywhere()] = e, e
	s.bytes += e.size
	if e.prev = s.tail; s.tail == nil {
		s.head = e
	} else {
		s.tail.next = e
	}
	s.tail = e
}

func (s *messageStore) unlink(e *cached) {
	if e == nil {
		return
	}
	if e.prev == nil {
		s.head = e.next
	} else {
		e.prev.next = e.next
	}
	if e.next == nil {
		s.tail = e.prev
	} else {
		e.next.prev = e.prev
	}
	s.bytes -= e.size
	delete(s.byKey, e.key)
	if key := e.key.anywhere(); s.byID[key] == e {
		delete(s.byID, key)
	}
}

// has tells whether the message is held.
func (c *messageCache) has(key chatMessageID) bool {
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	return c.store.byKey[cacheKey{c, key}] != nil
}

// take gives the message and lets go of it; nil where it is not held.
func (c *messageCache) take(key chatMessageID) *incoming {
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	e := c.store.byKey[cacheKey{c, key}]
	if e == nil {
		return nil
	}
	c.store.unlink(e)
	return e.in
}

// find gives the newest message with that id in any chat, nil where none is held.
func (c *messageCache) find(id MessageID) *incoming {
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	if e := c.store.byID[c.key(wire.ChatKey{}, id)]; e != nil {
		return e.in
	}
	return nil
}

// clear lets go of everything of this client: nobody follows the lifecycle of its messages any more.
func (c *messageCache) clear() {
	s := c.store
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := s.head; e != nil; {
		next := e.next
		if e.key.owner == c {
			s.unlink(e)
		}
		e = next
	}
}
