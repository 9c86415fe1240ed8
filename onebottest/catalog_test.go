package onebottest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/onebot-go/onebot/onebottest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// catalog reads the signs of each action.
func catalog(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("actions.txt")
	require.NoError(t, err)
	list := make(map[string]string)
	before := ""
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, signs, _ := strings.Cut(strings.TrimSpace(line), " ")
		require.Len(t, signs, len(onebottest.Personas()), name)
		require.Empty(t, strings.Trim(signs, "-+0xo"), name)
		require.Less(t, before, name, "sorted, and none twice")
		list[name], before = signs, name
	}
	return list
}

// TestCatalog_counts: dialects 10 tells how many actions each server has.
func TestCatalog_counts(t *testing.T) {
	t.Parallel()
	list := catalog(t)
	assert.Len(t, list, 235)
	for p, want := range map[onebottest.Persona]int{
		onebottest.Standard: 39, onebottest.NapCat: 177, onebottest.LLBot: 122, onebottest.Lagrange: 79, onebottest.GoCQHTTP: 86,
	} {
		n := 0
		for _, signs := range list {
			if signs[p] != '-' {
				n++
			}
		}
		assert.Equal(t, want, n, p.String())
	}
}

// TestCatalog_answers calls everything on every persona. An action that the server has is never unknown, and what is not played says so.
func TestCatalog_answers(t *testing.T) {
	t.Parallel()
	list := catalog(t)
	for _, p := range onebottest.Personas() {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			srv := onebottest.NewServer(t, p)
			w := dial(t, srv, "/api", nil)
			params := fmt.Sprintf(`{"group_id":100001,"user_id":10001,"message_id":%d,"message":"x","flag":"f","file":"x","file_id":"x","id":"1","emoji_id":"76"}`,
				srv.Seed(onebottest.Group1, 1)[0])
			unknown := w.call("make_coffee", params)
			for name, signs := range list {
				frame := w.call(name, params)
				answer := fields(t, frame)
				data, given := answer["data"]
				switch signs[p] {
				case '-':
					assert.Equal(t, strings.ReplaceAll(unknown, "make_coffee", name), frame)
				case '+':
					assert.NotEqual(t, fields(t, unknown)["retcode"], answer["retcode"], "%s: %s", name, frame)
				default:
					require.Equal(t, "ok", answer["status"], "%s: %s", name, frame)
					assert.Equal(t, signs[p] != 'x', given, "%s: %s", name, frame)
					assert.Equal(t, signs[p] == 'o', data != nil, "%s: %s", name, frame)
				}
			}
			frame := w.call("get_group_honor_info", params)
			assert.Contains(t, frame, "onebottest: get_group_honor_info of "+p.String()+" is not played; answer it with Server.Handle")
			assert.Contains(t, frame, `"status":"failed"`)
		})
	}
}

// TestCatalog_noMessage: an essence or a reaction needs a message.
func TestCatalog_noMessage(t *testing.T) {
	t.Parallel()
	for p, want := range map[onebottest.Persona]string{
		onebottest.NapCat:   `"retcode":1200,"data":null,"message":"msg not found"`,
		onebottest.LLBot:    `"retcode":1200,"data":null,"message":"msg not found"`,
		onebottest.GoCQHTTP: `"msg":"MESSAGE_NOT_FOUND","retcode":100`,
		onebottest.Lagrange: `"retcode":200,"data":null`,
	} {
		w := dial(t, onebottest.NewServer(t, p), "/api", nil)
		assert.Contains(t, w.call("set_essence_msg", `{"message_id":7}`), want, p.String())
	}
}

// TestCatalog_oddNames: a name is looked up as a whole.
func TestCatalog_oddNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "#", " ", "get_msg ", "sgnbl", "get_image +++-+\nget_login_info"} {
		action, err := json.Marshal(name)
		require.NoError(t, err)
		w := dial(t, onebottest.NewServer(t, onebottest.NapCat), "/api", nil)
		assert.Contains(t, w.call(strings.Trim(string(action), `"`), `{}`), `"retcode":1404`, name)
	}
}
