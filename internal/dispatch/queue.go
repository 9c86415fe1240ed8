package dispatch

// queue holds the waiting items twice linked: by lane, which is the order of handling, and by age, for the time before
// the first run, when the oldest of all gives way. It knows nothing of bounds and locks.
type queue[K comparable, T any] struct {
	lanes          map[K]*lane[K, T]
	oldest, newest *entry[K, T]
	count          int
	bytes          int64

	readyHead, readyTail *lane[K, T] // lanes whose first item may start, the longest waiting first

	freeEntries *entry[K, T] // for reuse, at most keep
	entries     int

	restHead, restTail *lane[K, T] // lanes at rest, the longest first
	resting            int
}

// keep is how many entries are kept for reuse, and how many lanes at rest: enough that a steady stream makes none.
const keep = 256

// lane is one key's items. It rests while none waits and none is being handled with its turn, and is forgotten when many rest.
type lane[K comparable, T any] struct {
	key        K
	head, tail *entry[K, T]
	count      int
	bytes      int64
	busy       bool // an item of it has the turn
	ready      bool // it is in the list of ready lanes
	resting    bool // it is in the list of those at rest

	prev, next *lane[K, T] // in that list
}

type entry[K comparable, T any] struct {
	item         T
	size         int64
	lane         *lane[K, T]
	prev, next   *entry[K, T] // in the lane
	older, newer *entry[K, T] // of all
}

// push adds an item to l, the lane of key, or to a new one where that is nil.
func (q *queue[K, T]) push(l *lane[K, T], key K, item T, size int64) *lane[K, T] {
	if l == nil {
		l = q.open(key)
	}
	e := q.freeEntries
	if e != nil {
		q.freeEntries = e.next
		q.entries--
	} else {
		e = new(entry[K, T])
	}
	*e = entry[K, T]{item: item, size: size, lane: l, prev: l.tail, older: q.newest}
	if l.tail != nil {
		l.tail.next = e
	} else {
		l.head = e
	}
	l.tail = e
	if q.newest != nil {
		q.newest.newer = e
	} else {
		q.oldest = e
	}
	q.newest = e
	q.count++
	q.bytes += size
	l.count++
	l.bytes += size
	q.settle(l)
	return l
}

// remove takes e out, wherever it stands.
func (q *queue[K, T]) remove(e *entry[K, T]) T {
	l := e.lane
	if e.prev != nil {
		e.prev.next = e.next
	} else {
		l.head = e.next
	}
	if e.next != nil {
		e.next.prev = e.prev
	} else {
		l.tail = e.prev
	}
	if e.older != nil {
		e.older.newer = e.newer
	} else {
		q.oldest = e.newer
	}
	if e.newer != nil {
		e.newer.older = e.older
	} else {
		q.newest = e.older
	}
	q.count--
	q.bytes -= e.size
	l.count--
	l.bytes -= e.size
	item := e.item
	*e = entry[K, T]{}
	if q.entries < keep {
		e.next = q.freeEntries
		q.freeEntries = e
		q.entries++
	}
	q.settle(l)
	return item
}

// next takes the first item of the lane that has been ready longest and gives that lane's turn away.
func (q *queue[K, T]) next() (item T, l *lane[K, T], ok bool) {
	l = q.readyHead
	if l == nil {
		return item, nil, false
	}
	l.busy = true
	return q.remove(l.head), l, true
}

// back gives the turn back to the lane.
func (q *queue[K, T]) back(l *lane[K, T]) {
	l.busy = false
	q.settle(l)
}

// settle puts the lane where it belongs: among the ready ones, among those at rest, or in neither list.
func (q *queue[K, T]) settle(l *lane[K, T]) {
	ready := l.count > 0 && !l.busy
	rests := l.count == 0 && !l.busy
	if l.ready && !ready {
		l.unlink(&q.readyHead, &q.readyTail)
		l.ready = false
	}
	if l.resting && !rests {
		l.unlink(&q.restHead, &q.restTail)
		l.resting = false
		q.resting--
	}
	switch {
	case ready && !l.ready:
		l.ready = true
		l.link(&q.readyHead, &q.readyTail)
	case rests && !l.resting:
		l.resting = true
		l.link(&q.restHead, &q.restTail)
		if q.resting++; q.resting > keep {
			q.forget(q.restHead)
		}
	}
}

func (l *lane[K, T]) link(head, tail **lane[K, T]) {
	l.prev = *tail
	if l.prev != nil {
		l.prev.next = l
	} else {
		*head = l
	}
	*tail = l
}

func (l *lane[K, T]) unlink(head, tail **lane[K, T]) {
	if l.prev != nil {
		l.prev.next = l.next
	} else {
		*head = l.next
	}
	if l.next != nil {
		l.next.prev = l.prev
	} else {
		*tail = l.prev
	}
	l.prev, l.next = nil, nil
}

func (q *queue[K, T]) open(key K) *lane[K, T] {
	if q.lanes == nil {
		q.lanes = make(map[K]*lane[K, T])
	}
	l := &lane[K, T]{key: key}
	q.lanes[key] = l
	return l
}

// forget removes a lane at rest.
func (q *queue[K, T]) forget(l *lane[K, T]) {
	l.unlink(&q.restHead, &q.restTail)
	q.resting--
	delete(q.lanes, l.key)
}

// clear takes all items out, the oldest first.
func (q *queue[K, T]) clear() []T {
	items := make([]T, 0, q.count)
	for q.oldest != nil {
		items = append(items, q.remove(q.oldest))
	}
	return items
}
