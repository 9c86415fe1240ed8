package ws

// A call that finds nobody writing leads: it writes its own frame, and with it what other calls have appended by then. A lone call
// thus costs one system call and no change of goroutines; of many at a time, one writes for all. The leader never waits for the
// peer: what the kernel does not take goes to the flusher.

// leaderTurns bounds how often a leader writes for others before it leaves them to the flusher.
const leaderTurns = 4

// put appends a frame and gives its position in the stream, or, where there is no room for it, what to wait for before asking again.
// With lead the caller has to call lead after it. The outbox may keep a frame that is larger than the buffers that are used again.
func (b *outbox) put(frame []byte) (position int64, lead bool, full <-chan struct{}, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed != nil:
		return 0, false, nil, b.closed
	case !b.fits(len(frame)):
		return 0, false, b.watch(), nil
	}
	position = b.appended
	b.take(frame)
	if b.leading || b.flushing() {
		return position, false, nil, nil
	}
	if b.direct == nil {
		b.direct = newDirect(b.Conn)
	}
	if b.direct == nil {
		b.follow()
		return position, false, nil, nil
	}
	b.leading = true
	b.flusher.Add(1) // who ends the connection waits for leaders too
	return position, true, nil, nil
}

// take is add, without a copy where that would be a large one: a picture is in memory twice without it. It needs the lock.
func (b *outbox) take(frame []byte) {
	if b.pending != nil || cap(frame) <= maxKept {
		b.add(frame)
		return
	}
	batch := frame // a variable of its own, as it goes to the heap
	b.pending = &batch
	b.appended += int64(len(batch))
}

// lead writes what is pending.
func (b *outbox) lead() {
	defer b.flusher.Done()
	b.gather()
	b.mu.Lock()
	defer b.mu.Unlock()
	for turn := 0; b.pending != nil && b.closed == nil; turn++ {
		if turn == leaderTurns {
			b.follow()
			break
		}
		batch := b.pending
		b.pending = nil
		b.mu.Unlock()
		n, err := b.direct.write(*batch)
		if err != nil {
			b.fail(err)
		}
		b.mu.Lock()
		if !b.sent(batch, n) {
			turn = leaderTurns - 1
		}
	}
	b.leading = false
}

// sent notes that n bytes of the batch have left. It reports false when there were more, which are pending again then. It needs
// the lock.
func (b *outbox) sent(batch *[]byte, n int) bool {
	b.handed += int64(n)
	if n > 0 {
		b.tell()
	}
	all := n == len(*batch)
	if !all {
		rest := append((*batch)[:0], (*batch)[n:]...)
		if later := b.pending; later != nil {
			rest = append(rest, *later...)
			putBuffer(later)
		}
		*batch = rest
		b.pending = batch
		return false
	}
	putBuffer(batch)
	return true
}
