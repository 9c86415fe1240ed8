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
	freeLanes   *lane[K, T]  // the same
	entries     int
	idleLanes   int
}

// keep is how many entries and lanes are kept for reuse: enough that a steady stream allocates none.
const keep = 256

// lane is one key's items. It exists while items wait or one is being handled with its turn.
type lane[K comparable, T any] struct {
	key        K
	head, tail *entry[K, T]
	count      int
	bytes      int64
	busy       bool // an item of it has the turn
	ready      bool // it is in the list of ready lanes

	readyPrev, readyNext *lane[K, T]
}

type entry[K comparable, T any] struct {
	item         T
	size         int64
	lane         *lane[K, T]
	prev, next   *entry[K, T] // in the lane
	older, newer *entry[K, T] // of all
}

func (q *queue[K, T]) push(key K, item T, size int64) *lane[K, T] {
	l := q.lanes[key]
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

// settle puts the lane where it belongs: among the ready ones, out of them, or away.
func (q *queue[K, T]) settle(l *lane[K, T]) {
	switch ready := l.count > 0 && !l.busy; {
	case ready && !l.ready:
		l.ready, l.readyPrev = true, q.readyTail
		if q.readyTail != nil {
			q.readyTail.readyNext = l
		} else {
			q.readyHead = l
		}
		q.readyTail = l
	case !ready && l.ready:
		if l.readyPrev != nil {
			l.readyPrev.readyNext = l.readyNext
		} else {
			q.readyHead = l.readyNext
		}
		if l.readyNext != nil {
			l.readyNext.readyPrev = l.readyPrev
		} else {
			q.readyTail = l.readyPrev
		}
		l.ready, l.readyPrev, l.readyNext = false, nil, nil
	}
	if l.count == 0 && !l.busy {
		q.shut(l)
	}
}

func (q *queue[K, T]) open(key K) *lane[K, T] {
	l := q.freeLanes
	if l != nil {
		q.freeLanes = l.readyNext
		q.idleLanes--
		*l = lane[K, T]{key: key}
	} else {
		l = &lane[K, T]{key: key}
	}
	if q.lanes == nil {
		q.lanes = make(map[K]*lane[K, T])
	}
	q.lanes[key] = l
	return l
}

func (q *queue[K, T]) shut(l *lane[K, T]) {
	delete(q.lanes, l.key)
	*l = lane[K, T]{}
	if q.idleLanes < keep {
		l.readyNext = q.freeLanes
		q.freeLanes = l
		q.idleLanes++
	}
}

// clear takes all items out, the oldest first.
func (q *queue[K, T]) clear() []T {
	items := make([]T, 0, q.count)
	for q.oldest != nil {
		items = append(items, q.remove(q.oldest))
	}
	return items
}
