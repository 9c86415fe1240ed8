package transport_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
)

// value is a transport that is no pointer, of a type that cannot be compared.
type value struct {
	closed func()
	told   map[string]int
}

func (v value) Call(context.Context, transport.Request) (*transport.Response, error) {
	return &transport.Response{Status: "ok", Data: []byte("null")}, nil
}

func (v value) Receive(context.Context, func(transport.Frame)) error { return nil }

func (v value) Close() error {
	v.closed()
	return nil
}

func (v value) Watch(func(transport.Change)) { v.told["Watch"]++ }

func (v value) Counters() transport.Counters { return transport.Counters{Reconnects: 1} }

func (v value) IgnoreEvents() { v.told["IgnoreEvents"]++ }

func TestJoin_values(t *testing.T) {
	t.Parallel()
	closed := 0
	told := map[string]int{}
	v := value{func() { closed++ }, told}
	count := func(j transport.Transport) uint64 {
		t.Helper()
		watcher, ok := j.(transport.Watcher)
		require.True(t, ok)
		watcher.Watch(func(transport.Change) {})
		meter, ok := j.(transport.Meter)
		require.True(t, ok)
		require.NoError(t, j.Close())
		require.NoError(t, j.Close())
		return meter.Counters().Reconnects
	}
	assert.Equal(t, uint64(2), count(transport.Join(v, v)), "they cannot be compared, and count as two")
	assert.Equal(t, map[string]int{"Watch": 2, "IgnoreEvents": 1}, told)
	assert.Equal(t, 2, closed)

	clear(told)
	assert.Equal(t, uint64(1), count(transport.Join(&v, &v)), "the same pointer")
	assert.Equal(t, map[string]int{"Watch": 1}, told)
	assert.Equal(t, 3, closed)

	clear(told)
	assert.Equal(t, uint64(1), count(transport.Join(v, nil)))
	assert.Equal(t, map[string]int{"Watch": 1, "IgnoreEvents": 1}, told)
	assert.Equal(t, uint64(1), count(transport.Join(nil, v)))
	assert.Equal(t, 5, closed)
}
