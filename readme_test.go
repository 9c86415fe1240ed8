package onebot_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
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

// actionTable gives, of the table of actions in a README, the actions of each row and what it says in its last column.
func actionTable(t *testing.T, name, header string) (actions [][]string, where []string) {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	_, table, found := strings.Cut(string(text), header+"\n| --- | --- | --- | --- |\n")
	require.True(t, found, name)
	quoted := regexp.MustCompile("`([a-z_]+)`")
	for line := range strings.Lines(table) {
		cells := strings.Split(line, " | ")
		if len(cells) != 4 {
			break
		}
		var row []string
		for _, m := range quoted.FindAllStringSubmatch(cells[1], -1) {
			row = append(row, m[1])
		}
		actions, where = append(actions, row), append(where, strings.TrimSuffix(strings.TrimSpace(cells[3]), " |"))
	}
	require.NotEmpty(t, actions, name)
	return actions, where
}

// TestReadme_actions compares what the table of actions says about the servers with the actions that their personas have.
func TestReadme_actions(t *testing.T) {
	t.Parallel()
	actions, where := actionTable(t, "README.md", "| what | action | parameters | where |")
	chinese, whereChinese := actionTable(t, "README.zh-CN.md", "| 用途 | 动作 | 参数 | 支持的服务端 |")
	require.Equal(t, actions, chinese)
	for _, persona := range onebottest.Personas() {
		srv := onebottest.NewServer(t, persona)
		c := dial(t, srv.URL())
		for i, row := range actions {
			said, but, _ := strings.Cut(where[i], " but ")
			said, _, _ = strings.Cut(said, ";")
			listed := said == "everywhere" && but != persona.String() || slices.Contains(strings.Split(said, ", "), dialectNames[persona])
			for _, action := range row {
				_, err := c.Call(t.Context(), action, nil)
				assert.Equal(t, listed, !errors.Is(err, onebot.ErrUnknownAction), "%s on %s: %v", action, persona, err)
			}
			if said, _, _ := strings.Cut(whereChinese[i], "；"); said != "全部" && said != "除 go-cqhttp 外全部" {
				assert.Equal(t, strings.Split(strings.Split(where[i], ";")[0], ", "), strings.Split(said, "、"), row)
			} else {
				assert.Equal(t, said != "全部", but != "", row)
			}
		}
	}
}

// dialectNames are the names that the table has for the servers.
var dialectNames = map[onebottest.Persona]string{ //nolint:gochecknoglobals // a table, never written
	onebottest.NapCat: "NapCat", onebottest.LLBot: "LLBot", onebottest.Lagrange: "Lagrange", onebottest.GoCQHTTP: "go-cqhttp",
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
