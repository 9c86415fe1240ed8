package wire_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/wire"
)

// Eight bytes are looked at in one step. Whatever stands on the border of two words, or at the end, has to come out as encoding/json
// has it: U+FFFD for each byte that belongs to no rune.
func TestUTF8_everyPlaceOfAWord(t *testing.T) {
	t.Parallel()
	// The first and the last of every class of bytes that UTF-8 has.
	const bytes = "a \x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf4\xf5\xff"
	for i := range len(bytes) {
		for j := range len(bytes) {
			for k := range len(bytes) {
				odd := string([]byte{bytes[i], bytes[j], bytes[k]})
				for at := range 9 {
					sameText(t, strings.Repeat("x", at)+odd)
				}
				sameText(t, "xxxxxx"+odd+"一二三")
				sameText(t, "一二三四五"+odd+"\x80\x80 and more")
			}
		}
	}
}

// sameText reads and writes s, which needs no escapes, in front of other text and at the very end, alone and behind an escape.
func sameText(t *testing.T, s string) {
	t.Helper()
	want := string([]rune(s))
	for _, src := range []string{`"` + s + `"`, `"` + s + `"         `} {
		l := wire.NewLexer(src)
		got, ok := l.Text()
		if !ok || got != want {
			t.Fatalf("%q is read as %q", s, got)
		}
	}
	l := wire.NewLexer(`"` + `\n` + s + `"`)
	if got, ok := l.Text(); !ok || got != "\n"+want {
		t.Fatalf("%q behind an escape is read as %q", s, got)
	}
	if got := string(wire.AppendString(nil, s)); got != `"`+want+`"` {
		t.Fatalf("%q is written as %q", s, got)
	}
}

// What the test above takes for right is what encoding/json does.
func TestUTF8_likeEncodingJSON(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"\xe4\xbd", "\xe4\xe4\xbd\xa0", "\xed\xa0\x80", "\xf0\x9f\x98\x80", "\xf0\x9f\x98", "\xc0\x80", "\x80", "é", "\xff\xfe"} {
		var want string
		require.NoError(t, json.Unmarshal([]byte(`"`+s+`"`), &want))
		require.Equal(t, want, string([]rune(s)))
	}
}
