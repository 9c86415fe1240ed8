package cqcode_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/cqcode"
)

func scan(src string) (tokens []cqcode.Token) {
	s := cqcode.NewScanner(src)
	for {
		tok, ok := s.Next()
		if !ok {
			return tokens
		}
		tokens = append(tokens, tok)
	}
}

func TestScanner(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]cqcode.Token{
		"":                        nil,
		"a[b]c":                   {{Body: "a[b]c"}},
		"a[CQ:x]b":                {{Body: "a"}, {Kind: "x"}, {Body: "b"}},
		"[CQ:x,a=1,b=c=d]":        {{Kind: "x", Body: ",a=1,b=c=d"}},
		"[CQ:x][CQ:y]":            {{Kind: "x"}, {Kind: "y"}},
		"[CQ:x,a][CQ:y]":          {{Body: "[CQ:x,a]"}, {Kind: "y"}},
		"[CQ:x,[CQ:y]":            {{Body: "[CQ:x,"}, {Kind: "y"}},
		"[CQ:x,a=1":               {{Body: "[CQ:x,a=1"}},
		"[CQ":                     {{Body: "[CQ"}},
		"[CQ:]":                   {{Body: "[CQ:]"}},
		"[CQ:x,a=1,]":             {{Body: "[CQ:x,a=1,]"}},
		"&#91;CQ:x&#93;[CQ:y,a=]": {{Body: "&#91;CQ:x&#93;"}, {Kind: "y", Body: ",a="}},
	} {
		assert.Equal(t, want, scan(in), in)
	}
}

func TestNextParam(t *testing.T) {
	t.Parallel()
	key, value, rest, ok := cqcode.NextParam(",a&#44;=1&amp;2=3,b=")
	require.True(t, ok)
	assert.Equal(t, []string{"a,", "1&2=3", ",b="}, []string{key, value, rest})
	key, value, rest, ok = cqcode.NextParam(rest)
	require.True(t, ok)
	assert.Equal(t, []string{"b", "", ""}, []string{key, value, rest})
	_, _, _, ok = cqcode.NextParam(rest)
	assert.False(t, ok)
}

// The table of dialects.md 8.1.
func TestEscape(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "&amp;&#91;&#93;,=", string(cqcode.AppendText(nil, "&[],=")))
	assert.Equal(t, "&amp;&#91;&#93;&#44;=", string(cqcode.AppendParam(nil, "&[],=")))
	assert.Equal(t, "a_b&#44;", string(cqcode.AppendKey(nil, "a=b,")))
	assert.Equal(t, "&#44;[", cqcode.UnescapeText("&#44;&#91;"))
	assert.Equal(t, ",&#91;&lt;&amp&", cqcode.UnescapeParam("&#44;&amp;#91;&lt;&amp&"))
}

// Joined again the tokens are the string they were taken from, and text never holds a whole code.
func FuzzScanner(f *testing.F) {
	f.Add("a[CQ:x,a=1][CQ:]b[CQ:y")
	f.Add("[[CQ:x,=][CQ:x,a=[CQ:y]]")
	f.Fuzz(func(t *testing.T, src string) {
		var b strings.Builder
		for _, tok := range scan(src) {
			if tok.Kind == "" {
				require.NotEmpty(t, tok.Body)
				b.WriteString(tok.Body)
				continue
			}
			b.WriteString("[CQ:" + tok.Kind + tok.Body + "]")
		}
		require.Equal(t, src, b.String())
		require.Equal(t, src, cqcode.UnescapeText(string(cqcode.AppendText(nil, src))))
		require.Equal(t, src, cqcode.UnescapeParam(string(cqcode.AppendParam(nil, src))))
	})
}
