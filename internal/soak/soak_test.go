package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSoak_twoSeconds(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "soak.svg")
	var out strings.Builder
	err := command(t.Context(), []string{"-for", "2s", "-every", "200ms", "-trouble", "100ms", "-svg", file}, &out)
	require.NoError(t, err, out.String())
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	assert.GreaterOrEqual(t, len(lines), 9, out.String())
	assert.Len(t, strings.Fields(lines[0]), 12, "ten columns, two of them with a unit")

	svg, err := os.ReadFile(file)
	require.NoError(t, err)
	lineCount := 0
	for d := xml.NewDecoder(strings.NewReader(string(svg))); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "polyline" {
			lineCount++
		}
	}
	assert.Equal(t, len(allSeries()), lineCount)
}

func TestCommand_badFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-for", "0s"}, {"-rate", "0"}, {"-every", "-1s"}} {
		assert.Error(t, command(t.Context(), args, io.Discard), args)
	}
}

func TestGrowth(t *testing.T) {
	t.Parallel()
	steady := make([]sample, 40)
	for i := range steady {
		steady[i] = sample{at: time.Duration(i), heap: 100 << 20, own: 5 << 20, goroutines: 30}
	}
	require.NoError(t, growth(steady))
	leak := append([]sample(nil), steady...)
	leak[39].heap = 1 << 30
	require.ErrorContains(t, growth(leak), "heap")
	leak = append([]sample(nil), steady...)
	leak[30].own = 30 << 20
	require.ErrorContains(t, growth(leak), "outside of the server")
	leak = append([]sample(nil), steady...)
	leak[35].goroutines = 1000
	require.ErrorContains(t, growth(leak), "goroutines")
	require.NoError(t, growth(leak[:5]), "too short to tell")
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	l := &load{wrong: []string{"group 1: event 1 after 2"}}
	l.note(errors.New("of no class"))
	err := l.verdict()
	require.ErrorContains(t, err, "event 1 after 2")
	require.ErrorContains(t, err, "1 errors of no class")
	require.ErrorContains(t, err, "no event was handled")
}
