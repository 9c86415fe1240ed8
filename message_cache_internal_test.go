package onebot

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

// What the cache holds is bounded in bytes. It is tested from inside: sixteen real MiB take seconds under the race detector.
func TestMessageCache_bytes(t *testing.T) {
	t.Parallel()
	cache := messageCache{store: &messageStore{limit: 100}}
	chat := wire.ChatKey{Kind: 'g', ID: 7}
	put := func(id MessageID, size int) {
		cache.put(id, &incoming{trace: trace{lane: chat}}, size)
	}
	held := func() (ids []MessageID) {
		for e := cache.store.head; e != nil; e = e.next {
			ids = append(ids, e.key.id)
			assert.Same(t, e, cache.store.byKey[e.key])
		}
		return ids
	}
	put("1", 6<<20)
	put("2", 6<<20)
	assert.Equal(t, []MessageID{"1", "2"}, held())
	put("3", 5<<20)
	assert.Equal(t, []MessageID{"2", "3"}, held(), "the oldest gives way")
	put("too large", 17<<20)
	assert.Equal(t, []MessageID{"2", "3"}, held(), "what can never fit drives nothing out")
	put("2", 1<<20)
	assert.Equal(t, []MessageID{"3", "2"}, held())
	assert.Equal(t, 6<<20+2*entryBytes, cache.store.bytes, "the older one with the same id does not count any more")
	require.NotNil(t, cache.take(chatMessageID{chat, "3"}))
	require.NotNil(t, cache.take(chatMessageID{chat, "2"}))
	assert.Zero(t, cache.store.bytes)
	assert.Empty(t, cache.store.byID)
}

type callerFunc func(context.Context, transport.Request) (*transport.Response, error)

func (f callerFunc) Call(ctx context.Context, r transport.Request) (*transport.Response, error) {
	return f(ctx, r)
}

// A file that was sent counts with its size.
func TestMessageCache_sentFile(t *testing.T) {
	t.Parallel()
	c, err := New(transport.Join(callerFunc(func(context.Context, transport.Request) (*transport.Response, error) {
		return &transport.Response{Status: "ok", Data: []byte(`{"message_id":1}`)}, nil
	}), nil), WithLogger(slog.New(slog.DiscardHandler)))
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Close()) }()
	c.OnChatMessage(func(context.Context, *ChatMessage) error { return nil })
	const size = 1 << 20
	_, err = c.SendGroupMsg(t.Context(), 7, Image(FileBytes(make([]byte, size))))
	require.NoError(t, err)
	assert.Greater(t, c.life.cache.store.bytes, size)
}
