package lazyctx_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/alloctest"
	"github.com/onebot-go/onebot/internal/lazyctx"
)

type key struct{}

func TestWith_ends(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		do   func(ctx *lazyctx.Context, cancel func())
		want error
	}{
		{"deadline", func(*lazyctx.Context, func()) { <-time.After(time.Minute) }, context.DeadlineExceeded},
		{"deadline with Done", func(ctx *lazyctx.Context, _ func()) { <-ctx.Done() }, context.DeadlineExceeded},
		{"parent", func(_ *lazyctx.Context, cancel func()) { cancel() }, context.Canceled},
		{"parent with Done", func(ctx *lazyctx.Context, cancel func()) { done := ctx.Done(); cancel(); <-done }, context.Canceled},
		{"release", func(ctx *lazyctx.Context, _ func()) { ctx.Release() }, context.Canceled},
		{"release with Done", func(ctx *lazyctx.Context, _ func()) { done := ctx.Done(); ctx.Release(); <-done }, context.Canceled},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				parent, cancel := context.WithCancel(t.Context())
				defer cancel()
				ctx := lazyctx.With(parent, time.Now().Add(time.Minute))
				require.NoError(t, ctx.Err())
				tc.do(ctx, cancel)
				require.ErrorIs(t, ctx.Err(), tc.want)

				// What it said once it says for ever, and Done agrees.
				cancel()
				time.Sleep(2 * time.Minute) //nolint:forbidigo // fake time
				require.ErrorIs(t, ctx.Err(), tc.want)
				<-ctx.Done()
				require.ErrorIs(t, ctx.Err(), tc.want)
			})
		})
	}
}

func TestWith_keepsTheParent(t *testing.T) {
	t.Parallel()
	early := time.Now().Add(time.Minute)
	parent, cancel := context.WithDeadline(context.WithValue(t.Context(), key{}, "v"), early)
	defer cancel()
	ctx := lazyctx.With(parent, early.Add(time.Hour))
	defer ctx.Release()
	deadline, ok := ctx.Deadline()
	assert.True(t, ok)
	assert.Equal(t, early, deadline)
	assert.Equal(t, "v", ctx.Value(key{}))
}

func TestSplit(t *testing.T) {
	t.Parallel()
	parent, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, _, ok := lazyctx.Split(parent)
	assert.False(t, ok)

	early := time.Now().Add(time.Minute)
	inner := lazyctx.With(parent, early)
	outer := lazyctx.With(inner, early.Add(time.Hour))
	done, deadline, ok := lazyctx.Split(outer)
	require.True(t, ok)
	assert.Equal(t, early, deadline)
	cancel()
	<-done

	// A context around it may end earlier than Split could tell.
	wrapped, stop := context.WithCancel(outer)
	defer stop()
	_, _, ok = lazyctx.Split(wrapped)
	assert.False(t, ok)
}

func TestWith_allocatesOnce(t *testing.T) {
	parent := t.Context()
	deadline := time.Now().Add(time.Minute)
	allocs := alloctest.Fewest(1, func() {
		ctx := lazyctx.With(parent, deadline)
		_, _, _ = lazyctx.Split(ctx)
		ctx.Release()
	})
	assert.LessOrEqual(t, allocs, 1.0)
}
