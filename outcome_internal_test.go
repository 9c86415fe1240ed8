package onebot

import (
	"context"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

// Receipts are bounded in number; the newest stay. From inside: who uses the client does not see which are forgotten.
func TestOutcomes_bounded(t *testing.T) {
	t.Parallel()
	var o outcomes
	chat := wire.ChatKey{Kind: 'g', ID: 7}
	id := func(n int) MessageID { return MessageID(strconv.Itoa(n)) }
	const n = 2*receiptsMax + 10
	for i := range n {
		o.begin(chat)
		assert.False(t, o.claim(chat, id(i)), "its own answer is still to come")
		o.end(chat, id(i))
	}
	assert.Len(t, o.given, receiptsMax)
	assert.Empty(t, o.flying)
	for i := range n {
		require.Equal(t, i >= n-receiptsMax, o.taken(chat, id(i)), i)
	}
	assert.False(t, o.claim(chat, id(n-1)), "given out before")
	assert.True(t, o.claim(wire.ChatKey{Kind: 'g', ID: 8}, id(n-1)), "the id of another chat")
	assert.True(t, o.claim(chat, id(n)))
	assert.False(t, o.claim(chat, id(n)))
	assert.False(t, o.claim(chat, ""))
}

// oneAnswer is a transport that answers every call with the same.
type oneAnswer string

func (a oneAnswer) Call(context.Context, transport.Request) (*transport.Response, error) {
	return &transport.Response{Status: "ok", Data: []byte(a)}, nil
}

func (oneAnswer) Receive(ctx context.Context, _ func(transport.Frame)) error {
	<-ctx.Done()
	return nil
}

func (oneAnswer) Close() error { return nil }

// A send that is over follows no events any more: what is left behind would hold up to 16 MiB of them.
func TestWithOutcomeCheck_letsGo(t *testing.T) {
	t.Parallel()
	c, err := New(oneAnswer(`{"message_id":1}`), WithOutcomeCheck(time.Second), WithLogger(slog.New(slog.DiscardHandler)))
	require.NoError(t, err)
	_, err = c.SendGroupMsg(t.Context(), 7, Text("x"))
	require.NoError(t, err)
	assert.Empty(t, c.inbox.subs.all())
	assert.Empty(t, c.outcomes.flying)
	require.NoError(t, c.Close())
}
