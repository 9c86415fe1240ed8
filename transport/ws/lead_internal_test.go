//go:build unix

package ws

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/correlate"
)

// newBox gives an outbox on a real socket, and the peer's end of it.
func newBox(t *testing.T) (*outbox, *net.TCPConn) {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
	require.NoError(t, err)
	accepted, err := l.Accept()
	require.NoError(t, err)
	peer, ok := accepted.(*net.TCPConn)
	require.True(t, ok)
	t.Cleanup(func() { _ = peer.Close() })
	return boxOn(t, conn), peer
}

func boxOn(t *testing.T, conn net.Conn) *outbox {
	t.Helper()
	b := newOutbox(conn, time.Hour, true)
	b.buffer(correlate.NewTable(new(correlate.Counter)))
	t.Cleanup(func() {
		b.refuse(errClosed)
		if conn != nil {
			_ = conn.Close()
		}
		b.flusher.Wait()
	})
	return b
}

// leads is lead, which returns at once.
func leads(t *testing.T, b *outbox) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		b.lead()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		_ = b.Close()
		require.Fail(t, "a leader waits for the peer")
	}
}

func TestOutbox_oneLeader(t *testing.T) {
	t.Parallel()
	b, peer := newBox(t)
	_, first, _, err := b.put([]byte("one "))
	require.NoError(t, err)
	_, second, _, err := b.put([]byte("two"))
	require.NoError(t, err)
	assert.True(t, first)
	assert.False(t, second, "the first writes for both")
	leads(t, b)
	got := make([]byte, 7)
	_, err = io.ReadFull(peer, got)
	require.NoError(t, err)
	assert.Equal(t, "one two", string(got))
}

// fillSocket writes past the outbox until the kernel takes no more, and gives how much that was.
func fillSocket(t *testing.T, conn net.Conn) (filled int64) {
	t.Helper()
	for rests := 0; rests < 3; {
		require.NoError(t, conn.SetWriteDeadline(time.Now().Add(20*time.Millisecond)))
		n, err := conn.Write(make([]byte, 64<<10))
		filled += int64(n)
		if err != nil && n == 0 {
			rests++ // what the peer's side makes room for comes a moment later
		}
	}
	require.NoError(t, conn.SetWriteDeadline(time.Time{}))
	return filled
}

// What the kernel does not take is the flusher's, in the same order, and nobody writes beside it.
func TestOutbox_leaderMeetsAFullSocket(t *testing.T) {
	t.Parallel()
	b, peer := newBox(t)
	filled := fillSocket(t, b.Conn)
	frame := bytes.Repeat([]byte("frame"), 100<<10) // more than the kernel may still have room for
	_, lead, _, err := b.put(bytes.Clone(frame))
	require.NoError(t, err)
	require.True(t, lead)
	leads(t, b)
	require.NoError(t, b.failure(), "a full socket is no broken one")
	_, lead, full, err := b.put([]byte("tail"))
	require.NoError(t, err)
	require.Nil(t, full)
	assert.False(t, lead, "the flusher is at work")
	_, err = io.CopyN(io.Discard, peer, filled)
	require.NoError(t, err)
	got := make([]byte, len(frame)+4)
	_, err = io.ReadFull(peer, got)
	require.NoError(t, err)
	assert.True(t, string(got) == string(frame)+"tail", "something is lost or out of order")
}

// What has come while a part was written goes behind the rest, and who waits for room hears of the part.
func TestOutbox_sentInPart(t *testing.T) {
	t.Parallel()
	b := boxOn(t, nil)
	batch, later := getBuffer(), getBuffer()
	*batch, *later = append(*batch, "onetwo"...), append(*later, "three"...)
	b.mu.Lock()
	b.pending, b.appended = later, 11
	room := b.watch()
	assert.False(t, b.sent(batch, 3))
	assert.Equal(t, "twothree", string(*b.pending))
	assert.Equal(t, int64(3), b.handed)
	b.pending = nil
	b.mu.Unlock()
	<-room
}

// The flusher leaves its deadline behind on the socket.
func TestOutbox_leaderMeetsAnOldDeadline(t *testing.T) {
	t.Parallel()
	b, peer := newBox(t)
	require.NoError(t, b.Conn.SetWriteDeadline(time.Unix(1, 0)))
	_, lead, _, err := b.put([]byte("late"))
	require.NoError(t, err)
	require.True(t, lead)
	leads(t, b)
	require.NoError(t, b.failure())
	got := make([]byte, 4)
	_, err = io.ReadFull(peer, got)
	require.NoError(t, err)
	assert.Equal(t, "late", string(got))
}

// What was refused before a leader came to write it counts as not sent, so it must not leave.
func TestOutbox_leaderAfterTheEnd(t *testing.T) {
	t.Parallel()
	b, peer := newBox(t)
	position, lead, _, err := b.put([]byte("never"))
	require.NoError(t, err)
	require.True(t, lead)
	b.refuse(errClosed)
	leads(t, b)
	assert.False(t, b.reached(position))
	_, _, _, err = b.put([]byte("nor this"))
	require.ErrorIs(t, err, errClosed)
	b.shut(errClosed)
	got, err := io.ReadAll(peer)
	require.NoError(t, err)
	assert.Empty(t, got)
}

// A large frame is in memory often enough: as the file, and as parameters.
func TestOutbox_largeFrameIsNotCopied(t *testing.T) {
	t.Parallel()
	for size, copied := range map[int]bool{100: true, maxKept + 1: false} { // the buffer of a small one is used again
		b := boxOn(t, nil)
		b.leading = true // somebody writes
		frame := make([]byte, size)
		_, _, full, err := b.put(frame)
		require.NoError(t, err)
		require.Nil(t, full)
		assert.Equal(t, copied, &frame[0] != &(*b.pending)[0], "%d bytes", size)
		assert.Equal(t, int64(size), b.appended)
	}
}

// Who says goodbye waits for what is pending, and no longer than that takes.
func TestOutbox_drain(t *testing.T) {
	t.Parallel()
	b, peer := newBox(t)
	filled := fillSocket(t, b.Conn)
	const size = 500 << 10 // more than the kernel may still have room for
	_, lead, _, err := b.put(make([]byte, size))
	require.NoError(t, err)
	require.True(t, lead)
	leads(t, b)
	b.drain(time.Millisecond)
	assert.False(t, b.reached(size-1), "its time is over before the peer takes anything")
	left := make(chan struct{})
	go func() {
		b.drain(time.Hour)
		close(left)
	}()
	_, err = io.CopyN(io.Discard, peer, filled+size)
	require.NoError(t, err)
	select {
	case <-left:
		assert.True(t, b.reached(size-1))
	case <-time.After(10 * time.Second):
		require.Fail(t, "everything has left, and it still waits")
	}
	b.drain(time.Hour) // nothing is pending
	b.shut(errClosed)
	b.drain(time.Hour)
}

func TestOutbox_bound(t *testing.T) {
	t.Parallel()
	conn, _ := net.Pipe() // takes nothing
	b := boxOn(t, conn)
	put := func(n int) <-chan struct{} {
		_, lead, full, err := b.put(make([]byte, n))
		require.NoError(t, err)
		assert.False(t, lead)
		return full
	}
	assert.Nil(t, put(maxPending*2/3))
	full := put(maxPending / 2)
	require.NotNil(t, full, "together they are over the bound")
	assert.Nil(t, put(maxPending/3))
	assert.NotNil(t, put(maxPending/3))
	ok, _ := b.room(maxPending / 3)
	assert.False(t, ok)
	b.refuse(errClosed)
	<-full

	alone, _ := net.Pipe()
	b = boxOn(t, alone)
	assert.Nil(t, put(maxPending*4), "one that is larger than the bound has to leave some time")
	assert.NotNil(t, put(1))
}
