package correlate_test

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/correlate"
)

var errEnded = errors.New("ended")

func newTable(t *testing.T) *correlate.Table {
	t.Helper()
	table := correlate.NewTable(&correlate.Counter{})
	t.Cleanup(func() {
		table.Close(errEnded)
		table.Wait()
	})
	return table
}

func mustAdd(t *testing.T, table *correlate.Table, deadline time.Time, parts bool) *correlate.Waiter {
	t.Helper()
	w, err := table.Add(deadline, parts)
	require.NoError(t, err)
	return w
}

func TestParseEcho(t *testing.T) {
	t.Parallel()
	for _, id := range []correlate.ID{1, 35, 36, 1 << 40, 1<<64 - 1} {
		got, ok := correlate.ParseEcho(correlate.AppendEcho(nil, id))
		assert.True(t, ok)
		assert.Equal(t, id, got)
	}
	for _, foreign := range []string{"", "0", "01", "A", "a-b", "echo ", "zzzzzzzzzzzzz", "3w5e11264sgsg", "12345678901234", "é"} {
		_, ok := correlate.ParseEcho([]byte(foreign))
		assert.False(t, ok, foreign)
	}
}

func TestTable_Deliver_verdicts(t *testing.T) {
	t.Parallel()
	table := newTable(t)
	first := mustAdd(t, table, time.Time{}, false)
	second := mustAdd(t, table, time.Time{}, false)
	id := first.ID()

	assert.Equal(t, correlate.Delivered, table.Deliver(id, []byte("a"), false))
	assert.Equal(t, correlate.Late, table.Deliver(id, []byte("a again"), false), "a doubled answer wakes nobody")
	assert.Equal(t, correlate.Unknown, table.Deliver(9999, []byte("foreign"), false))
	out := <-first.Ready()
	assert.Equal(t, "a", string(out.Data))
	table.Release(first)

	secondID := second.ID()
	table.Remove(second)
	assert.Equal(t, correlate.Late, table.Deliver(secondID, nil, false))
	assert.Zero(t, table.Len())
}

func TestTable_Remove_afterTheAnswer(t *testing.T) {
	t.Parallel()
	table := newTable(t)
	for range 100 {
		w := mustAdd(t, table, time.Time{}, false)
		table.Deliver(w.ID(), []byte("left over"), false)
		table.Remove(w)
		// The table hands the same waiter out again: it must not bring the answer that nobody took.
		w = mustAdd(t, table, time.Time{}, false)
		select {
		case out := <-w.Ready():
			t.Fatalf("got an outcome of another call: %q", out.Data)
		default:
		}
		table.Remove(w)
	}
}

func TestTable_Close_failsAll(t *testing.T) {
	t.Parallel()
	table := newTable(t)
	w := mustAdd(t, table, time.Now().Add(time.Hour), false)
	table.Close(errEnded)
	table.Close(errors.New("second"))
	out := <-w.Ready()
	require.ErrorIs(t, out.Err, errEnded)
	table.Release(w)
	_, err := table.Add(time.Time{}, false)
	require.ErrorIs(t, err, errEnded)
}

func TestTable_manyInFlight_eachGetsItsOwn(t *testing.T) {
	t.Parallel()
	table := newTable(t)
	const calls = 500
	ids := make(chan correlate.ID, calls)
	var wg sync.WaitGroup
	for range calls {
		wg.Go(func() {
			w, err := table.Add(time.Now().Add(time.Minute), false)
			if !assert.NoError(t, err) {
				return
			}
			want := w.ID()
			ids <- want
			out := <-w.Ready()
			assert.NoError(t, out.Err)
			assert.Equal(t, strconv.FormatUint(uint64(want), 10), string(out.Data))
			table.Release(w)
		})
	}
	var pending []correlate.ID
	for range calls {
		pending = append(pending, <-ids)
	}
	rand.Shuffle(len(pending), func(i, j int) { pending[i], pending[j] = pending[j], pending[i] })
	for _, id := range pending {
		assert.Equal(t, correlate.Delivered, table.Deliver(id, strconv.AppendUint(nil, uint64(id), 10), false))
	}
	wg.Wait()
	assert.Zero(t, table.Len())
}

func TestTable_deadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table := correlate.NewTable(&correlate.Counter{})
		start := time.Now()
		var wg sync.WaitGroup
		const calls = 10000
		for i := range calls {
			// The later deadline first: the alarm has to be brought forward.
			after := time.Duration(calls-i) * time.Millisecond
			w := mustAdd(t, table, start.Add(after), false)
			wg.Go(func() {
				out := <-w.Ready()
				assert.ErrorIs(t, out.Err, correlate.ErrExpired)
				late := time.Since(start) - after
				assert.GreaterOrEqual(t, late, time.Duration(0))
				assert.LessOrEqual(t, late, 15*time.Millisecond)
				table.Release(w)
			})
		}
		endless := mustAdd(t, table, time.Time{}, false)
		wg.Wait()
		assert.Equal(t, 1, table.Len())
		table.Remove(endless)
		table.Close(errEnded)
		table.Wait()
	})
}

func TestTable_alarmIsExactForFewCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table := correlate.NewTable(&correlate.Counter{})
		for _, after := range []time.Duration{time.Second, time.Millisecond, time.Minute} {
			start := time.Now()
			w := mustAdd(t, table, start.Add(after), false)
			<-w.Ready()
			assert.Equal(t, after, time.Since(start))
			table.Release(w)
		}
		table.Close(errEnded)
		table.Wait()
	})
}

func TestTable_NextPart(t *testing.T) {
	t.Parallel()
	table := newTable(t)
	w := mustAdd(t, table, time.Time{}, true)
	id := w.ID()
	for _, part := range []string{"1", "2"} {
		assert.Equal(t, correlate.Delivered, table.Deliver(id, []byte(part), true))
	}
	assert.Equal(t, correlate.Delivered, table.Deliver(id, []byte("end"), false))
	assert.Equal(t, correlate.Late, table.Deliver(id, []byte("too late"), true))
	var got []string
	for last := false; !last; {
		var out correlate.Outcome
		out, last = table.NextPart(w, nil)
		require.NoError(t, out.Err)
		got = append(got, string(out.Data))
	}
	assert.Equal(t, []string{"1", "2", "end"}, got)
}

func TestTable_NextPart_abandoned(t *testing.T) {
	t.Parallel()
	table := newTable(t)
	w := mustAdd(t, table, time.Time{}, true)
	done := make(chan struct{})
	close(done)
	out, last := table.NextPart(w, done)
	assert.True(t, last)
	require.ErrorIs(t, out.Err, correlate.ErrAbandoned)
	assert.Zero(t, table.Len())
}

func TestTable_Deliver_partsAreBounded(t *testing.T) {
	t.Parallel()
	table := newTable(t)
	w := mustAdd(t, table, time.Time{}, true)
	for table.Deliver(w.ID(), []byte("x"), true) == correlate.Delivered {
		if table.Len() == 0 {
			break
		}
	}
	taken := 0
	for {
		out, last := table.NextPart(w, nil)
		if last {
			require.ErrorIs(t, out.Err, correlate.ErrTooMuch)
			break
		}
		taken++
	}
	assert.Equal(t, 1024, taken)
}

// What waits is bounded in bytes, and what was taken does not count: an answer may be longer than that.
func TestTable_Deliver_bytesAreBounded(t *testing.T) {
	t.Parallel()
	table := newTable(t)
	w := mustAdd(t, table, time.Time{}, true)
	part := make([]byte, 16<<20)
	for range 6 {
		table.Deliver(w.ID(), part, true)
		out, last := table.NextPart(w, nil)
		require.NoError(t, out.Err)
		assert.False(t, last)
		assert.Len(t, out.Data, len(part))
	}
	for range 5 {
		assert.Equal(t, 1, table.Len())
		table.Deliver(w.ID(), part, true)
	}
	assert.Zero(t, table.Len(), "the fifth was too much")
	for range 4 {
		out, last := table.NextPart(w, nil)
		require.NoError(t, out.Err)
		assert.False(t, last)
	}
	out, last := table.NextPart(w, nil)
	assert.True(t, last)
	require.ErrorIs(t, out.Err, correlate.ErrTooMuch)
}

func TestTable_Deliver_partOfAnOrdinaryCall(t *testing.T) {
	t.Parallel()
	table := newTable(t)
	w := mustAdd(t, table, time.Time{}, false)
	id := w.ID()
	assert.Equal(t, correlate.Delivered, table.Deliver(id, []byte("part"), true))
	assert.Equal(t, correlate.Delivered, table.Deliver(id, []byte("end"), false))
	out := <-w.Ready()
	assert.Equal(t, "end", string(out.Data), "Call gives the last frame")
	table.Release(w)
}

func BenchmarkTable(b *testing.B) {
	table := correlate.NewTable(&correlate.Counter{})
	deadline := time.Now().Add(time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		w, err := table.Add(deadline, false)
		if err != nil {
			b.Fatal(err)
		}
		table.Deliver(w.ID(), nil, false)
		<-w.Ready()
		table.Release(w)
	}
	table.Close(errEnded)
	table.Wait()
}
