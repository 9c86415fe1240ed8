package wire_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/wire"
)

// tree reads one value as encoding/json with UseNumber would, through nothing but the lexer.
func tree(l *wire.Lexer) any {
	switch l.Peek() {
	case wire.Object:
		m := map[string]any{}
		l.BeginObject()
		for {
			k, ok := l.NextKey()
			if !ok {
				return m
			}
			m[k] = tree(l)
		}
	case wire.Array:
		a := []any{}
		l.BeginArray()
		for l.NextElem() {
			a = append(a, tree(l))
		}
		return a
	case wire.String:
		s, _ := l.Text()
		return s
	case wire.Number:
		again := *l
		raw := l.Raw()
		want, wantOK := wire.ParseInt(raw)
		if n, ok := again.Int(); n != want || ok != wantOK || l.Err() == nil && again.Pos() != l.Pos() {
			return errors.New("Int reads another number than Raw: " + raw)
		}
		return json.Number(raw)
	case wire.Bool:
		b, _ := l.Bool()
		return b
	case wire.Null:
		l.Skip()
		return nil
	default:
		l.Skip()
		return nil
	}
}

func viaJSON(src string) (any, error) {
	d := json.NewDecoder(strings.NewReader(src))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err == nil || err.Error() != "EOF" {
		return nil, assert.AnError
	}
	return v, nil
}

//nolint:gochecknoglobals // seeds for both tests below
var samples = []string{
	`{}`, `[]`, `null`, `true`, `false`, `0`, `-0`, `1.5e-3`, `1E400`, `01`, `-`, `1.`, `.5`, `+1`, `1e`, `nul`, `truex`,
	`""`, `"a\u00e9\ud83d\ude00"`, `"\ud83d"`, `"\ude00\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`, `"\x"`, `"\u12"`, "\"a\nb\"",
	"\"\xff\xfe\"", "\"\xe4\xbd\"", "\"\xed\xa0\x80\"", `"a/b\/c\b\f\n\r\t\"\\"`, `"unterminated`, `{"a":1,"a":2}`,
	`{"a":[1,2,{"b":null}],"c":"d"}`, `{,}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `[1,]`, `[,1]`, `[1 2]`, `{"a":1 "b":2}`, `[`, `{`,
	`]`, `}`, `[}`, `{]`, ` [ 1 , 2 ] `, `1 2`, `{"a":1}x`, "\u00a01", `{"\u0061":1}`, `[[[[[[[[]]]]]]]]`, `{"a":{"b":{"c":[[]]}}}`,
	`"一二三四五六七八九十 long enough for words"`, "\"ascii then \xe4\xb8\x80 then \xff broken\"", `[{},[],{"x":[{}]}]`, ``, ` `,
}

func TestLexer_likeEncodingJSON(t *testing.T) {
	t.Parallel()
	in := append([]string(nil), samples...)
	for _, n := range []int{63, 64, 65, 128, 129, 9999, 10000, 10001} {
		in = append(in, strings.Repeat("[", n)+strings.Repeat("]", n), strings.Repeat(`{"a":`, n)+"1"+strings.Repeat("}", n),
			strings.Repeat(`[{"a":`, n/2)+"1"+strings.Repeat("}]", n/2), strings.Repeat(`[`, n))
	}
	for _, src := range in {
		check(t, src)
	}
}

func check(t *testing.T, src string) {
	t.Helper()
	want, wantErr := viaJSON(src)
	name := src[:min(len(src), 60)]

	l := wire.NewLexer(src)
	got := tree(&l)
	err := l.End()
	if wantErr != nil {
		require.ErrorIs(t, err, wire.ErrSyntax, name)
	} else {
		require.NoError(t, err, name)
		require.True(t, reflect.DeepEqual(want, got), "%s: want %v, got %v", name, want, got)
	}

	l = wire.NewLexer(src)
	l.Skip()
	require.Equal(t, wantErr == nil, l.End() == nil, "Skip of %s: %v, json: %v", name, l.Err(), wantErr)

	l = wire.BytesLexer([]byte(src))
	if raw := l.Raw(); wantErr == nil {
		require.Equal(t, strings.Trim(src, " \t\r\n"), raw, name)
	}
}

func FuzzLexer(f *testing.F) {
	for _, s := range samples {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) { check(t, src) })
}

func FuzzAppendString(f *testing.F) {
	for _, s := range samples {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := wire.AppendString(nil, s)
		var back, want string
		require.NoError(t, json.Unmarshal(out, &back))
		raw, err := json.Marshal(s)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(raw, &want))
		require.Equal(t, want, back)
	})
}

func TestLexer_lenient(t *testing.T) {
	t.Parallel()
	ints := map[string]struct {
		n  int64
		ok bool
	}{
		`1`: {1, true}, `"1"`: {1, true}, `-7`: {-7, true}, `null`: {0, true}, `""`: {0, true}, `1e3`: {1000, true}, `1.0`: {1, true},
		`1.5`: {0, false}, `"x"`: {0, false}, `"+1"`: {0, false}, `{}`: {0, false}, `[1]`: {0, false}, `true`: {0, false},
		`9223372036854775807`: {1<<63 - 1, true}, `9223372036854775808`: {0, false}, `-9223372036854775808`: {-1 << 63, true},
		`1e400`: {0, false}, `1e16`: {0, false}, `"12 "`: {0, false}, `"0x10"`: {0, false}, `"1_0"`: {0, false}, `"Inf"`: {0, false},
	}
	for in, want := range ints {
		l := wire.NewLexer(in)
		n, ok := l.Int()
		assert.Equal(t, want.n, n, in)
		assert.Equal(t, want.ok, ok, in)
		assert.NoError(t, l.End(), in)
	}
	for in, want := range map[string]string{`"a"`: "a", `1.50`: "1.50", `true`: "true", `null`: "", `{}`: ""} {
		l := wire.NewLexer(in)
		s, _ := l.Text()
		assert.Equal(t, want, s, in)
		assert.NoError(t, l.End(), in)
	}
	for in, want := range map[string]bool{`true`: true, `"true"`: true, `1`: true, `"yes"`: true, `0`: false, `null`: false, `[]`: false} {
		l := wire.NewLexer(in)
		b, _ := l.Bool()
		assert.Equal(t, want, b, in)
		assert.NoError(t, l.End(), in)
	}
	l := wire.NewLexer(`"1.25"`)
	f, ok := l.Float()
	assert.True(t, ok)
	assert.InDelta(t, 1.25, f, 0)
}

func TestTailEcho(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"status":"ok","retcode":0,"data":{"x":[1]},"echo":"k1","stream":"normal-action"}`: "k1",
		`{"data":{},"echo":"k2","message":"","retcode":0,"status":"ok"}` + "\n":             "k2",
		`{"echo":"k3"}`:                                       "k3",
		`{"status":"ok","data":{"echo":"k4"}}`:                "",
		`{"status":"ok","data":[{"echo":"k5"}]}`:              "",
		`{"data":"x\",\"echo\":\"k6\"}`:                       "",
		`{"echo":"k7","data":{}}`:                             "",
		`{"echo":"k8","data":1`:                               "",
		`{"echo":12}`:                                         "",
		`{"echo":"a\"b"}`:                                     "",
		`{"post_type":"message","message":"no echo in here"}`: "",
	} {
		assert.Equal(t, want, string(wire.TailEcho([]byte(in))), in)
	}
	big := `{"status":"ok","data":"` + strings.Repeat("y", 1<<16) + `","message":"","wording":"","echo":"q9"}`
	assert.Equal(t, "q9", string(wire.TailEcho([]byte(big))))
}
