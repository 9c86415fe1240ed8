package corpus_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/corpus"
)

func TestCorpus(t *testing.T) {
	t.Parallel()
	for name, frames := range map[string][][]byte{"array": corpus.Array(), "cq": corpus.CQ()} {
		require.Len(t, frames, 1000, name)
		sizes, total := make([]int, 0, 1000), 0
		for _, f := range frames {
			require.True(t, json.Valid(f), "%s: %s", name, f)
			sizes = append(sizes, len(f))
			total += len(f)
		}
		slices.Sort(sizes)
		t.Logf("%s: mean %d, median %d, 90%% %d, 99%% %d, max %d bytes", name, total/1000, sizes[500], sizes[900], sizes[990], sizes[999])
		assert.Greater(t, total/1000, 600, name)
		assert.Less(t, sizes[999], 64<<10, name)
	}
	assert.Equal(t, corpus.Array(), corpus.Array(), "the same in every run")
	require.True(t, json.Valid(corpus.History(200)))
	assert.Greater(t, len(corpus.History(200)), 100<<10)
}
