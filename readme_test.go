package onebot_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fragment is what stands around a Go block of the READMEs that is no file of its own: the block is the body of the function.
const fragment = `package %s

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/onebot-go/onebot"
)

// A block need not use every import.
var _ = []any{errors.Is, fmt.Println, slog.Warn, time.Second}

func block(ctx context.Context, client *onebot.Client, group onebot.GroupID, user onebot.UserID, m *onebot.MessageEvent) error {
%s%s}
`

// block is one fenced block of a README.
type block struct{ lang, text string }

// readme gives the blocks of a README and the levels of its headings, in order.
func readme(t *testing.T, name string) (blocks []block, levels []string) {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	var open *block
	for line := range strings.Lines(string(text)) {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && open == nil:
			open = &block{lang: strings.TrimSpace(fence)}
		case isFence:
			blocks = append(blocks, *open)
			open = nil
		case open != nil:
			open.text += line
		case strings.HasPrefix(line, "#"):
			level, _, _ := strings.Cut(line, " ")
			levels = append(levels, level)
		}
	}
	require.Nil(t, open, "%s ends within a block", name)
	require.NotEmpty(t, blocks, name)
	return blocks, levels
}

// file gives the name and the text of the Go file that b is, or that is made of it.
func (b block) file(pkg string) (name, text string) {
	switch {
	case !strings.HasPrefix(b.text, "package "):
		end := "\treturn nil\n"
		lines := strings.Split(strings.TrimSpace(b.text), "\n")
		if strings.HasPrefix(lines[len(lines)-1], "return ") {
			end = ""
		}
		return "block.go", fmt.Sprintf(fragment, pkg, b.text, end)
	case strings.Contains(b.text, "*testing.T"):
		return "block_test.go", b.text
	default:
		return "main.go", b.text
	}
}

func TestReadme_sameBlocksAndHeadings(t *testing.T) {
	t.Parallel()
	blocks, levels := readme(t, "README.md")
	chinese, chineseLevels := readme(t, "README.zh-CN.md")
	assert.Equal(t, blocks, chinese)
	assert.Equal(t, levels, chineseLevels)
}

// TestReadme_blocks builds a module as a user would who follows the README: with a replace, and offline. The tests among the
// blocks are run, too.
func TestReadme_blocks(t *testing.T) {
	t.Parallel()
	root, err := os.Getwd()
	require.NoError(t, err)
	dir := t.TempDir()
	writeModule(t, root, dir)

	blocks, _ := readme(t, "README.md")
	for i, b := range blocks {
		if b.lang != "go" {
			continue
		}
		pkg := fmt.Sprintf("block%d", i)
		name, text := b.file(pkg)
		require.NoError(t, os.Mkdir(filepath.Join(dir, pkg), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, pkg, name), []byte(text), 0o600))
	}

	for _, args := range [][]string{{"vet", "./..."}, {"test", "./..."}} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "go %s\n%s", args[0], out)
	}
}

// writeModule makes dir a module that uses the one in root, with the same versions of everything, so that no download is needed.
func writeModule(t *testing.T, root, dir string) {
	t.Helper()
	mod, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	const name = "github.com/onebot-go/onebot"
	text, found := strings.CutPrefix(string(mod), "module "+name+"\n")
	require.True(t, found, "go.mod begins with the module line")
	text = fmt.Sprintf("module readme\n%s\nrequire %s v0.0.0\n\nreplace %s => %q\n", text, name, name, root)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o600))

	sum, err := os.ReadFile("go.sum")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o600))
}
