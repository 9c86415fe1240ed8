package onebot_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

func TestParseCQ(t *testing.T) {
	t.Parallel()
	text := func(s string) onebot.Message { return onebot.Message{onebot.Text(s)} }
	for name, c := range map[string]struct {
		in   string
		want onebot.Message
	}{
		"empty": {"", nil},
		"text":  {"hi, [x]", text("hi, [x]")},
		"mixed": {"[CQ:at,qq=10001] hi[CQ:face,id=14]", onebot.Message{onebot.At(10001), onebot.Text(" hi"), onebot.Face(14)}},
		"all":   {"[CQ:at,qq=all]", onebot.Message{onebot.AtAll()}},
		// dialects.md 8.1: a comma is escaped in values only, and '&' is unescaped last.
		"escapes in text":      {"&amp;amp; &#91;CQ:at&#93; &#44; &lt;", text("&amp; [CQ:at] &#44; &lt;")},
		"escapes in values":    {"[CQ:json,data=1&#44;2&amp;&#91;3&#93;&amp;#44;]", onebot.Message{onebot.JSON("1,2&[3]&#44;")}},
		"value with equals":    {"[CQ:image,file=a,url=http://x/?a=b]", onebot.Message{onebot.ImageSegment{File: "a", URL: "http://x/?a=b"}}},
		"empty value":          {"[CQ:image,file=a,summary=]", onebot.Message{onebot.ImageSegment{File: "a"}}},
		"no parameters":        {"[CQ:shake]", onebot.Message{onebot.Shake()}},
		"unclosed":             {"a[CQ:at,qq=1", text("a[CQ:at,qq=1")},
		"code in a broken one": {"[CQ:at,qq=[CQ:at,qq=1]", onebot.Message{onebot.Text("[CQ:at,qq="), onebot.At(1)}},
		"no kind":              {"[CQ:,qq=1]", text("[CQ:,qq=1]")},
		"no value":             {"[CQ:at,qq]x", text("[CQ:at,qq]x")},
		"no key":               {"[CQ:at,=1]x", text("[CQ:at,=1]x")},
		"trailing comma":       {"[CQ:at,qq=1,]x", text("[CQ:at,qq=1,]x")},
		"lower case":           {"[cq:at,qq=1]", text("[cq:at,qq=1]")},
		"other bracket":        {"[[CQ:at,qq=1]]", onebot.Message{onebot.Text("["), onebot.At(1), onebot.Text("]")}},
		"text as a code":       {"[CQ:text,text=a&#44;b]", text("a,b")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, onebot.ParseCQ(c.in))
		})
	}
}

// Codes that servers write and the parser must give back (dialects.md 8.2, captures of NapCat 4.18.19).
func TestParseCQ_servers(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		`[CQ:face,id=14,raw={"faceIndex":14&#44;"faceText":"/x"}]`,
		`[CQ:forward,id=7495295863500002516,content=&#91;object Object&#93;]`,
		`[CQ:image,summary=&#91;图片&#93;,file=A1.jpg,url=http://127.0.0.1:16803/img/A1.jpg,file_size=123]`,
		`[CQ:record,file=v.amr,path=/tmp/v.amr,url=http://127.0.0.1:16803/ptt,file_size=77]`,
		`[CQ:file,file=doc.pdf,url=http://127.0.0.1:16803/file,file_id=fuuid,file_size=5]`,
		`[CQ:markdown,content=# t]`,
		`[CQ:reply,id=-934853554]`,
		`[CQ:file]`,
		`[CQ:mface]`,
		`[CQ:at,qq=abc]`,
		`[CQ:sparkle,b=1,a=&#91;x&#93;]`,
	} {
		assert.Equal(t, code, onebot.FormatCQ(onebot.ParseCQ(code)))
	}
}

func TestFormatCQ_roundTrip(t *testing.T) {
	t.Parallel()
	music := onebot.CustomMusic("http://u?a=1,2", "http://a", "[t]")
	music.Content = "&amp;"
	node := onebot.CustomNode(5, "n,[1]", onebot.Text("a]b"), onebot.At(7))
	for _, s := range []onebot.Segment{
		onebot.At(1),
		onebot.AtSegment{User: 5, Name: "a,b"},
		onebot.Reply("-3"), onebot.Face(3), onebot.ForwardRef("x="),
		onebot.ImageSegment{File: "f", URL: "u", SubType: 2, EmojiPackageID: 1 << 40},
		onebot.RecordSegment{File: "r", Magic: true},
		onebot.VideoSegment{File: "v", Cover: "c"},
		onebot.FileSegment{FileName: "n", FileID: "i", Size: 4, Busid: 102},
		onebot.JSON(`{"a":[1,2]}`), onebot.XML("<a>&amp;</a>"), onebot.Markdown("*a*\n"), onebot.Keyboard([]byte(`{"rows":[{}]}`)),
		onebot.Music("qq", "1"), music, onebot.Location(1.5, -2), onebot.Share("u", "t"), onebot.Contact("qq", "1"),
		onebot.Poke("1", "-1"), onebot.PokeUser(4), onebot.Dice(),
		onebot.DiceSegment{Result: "2"},
		onebot.RPS(), onebot.Shake(),
		onebot.MFace(1, "e", "k", "s"), onebot.AnonymousMark(true), onebot.TTS("a"),
		onebot.CardImageSegment{File: "f", MinWidth: 3},
		onebot.LongMsg("r"),
		onebot.MiniAppSegment{Data: "{}"},
		onebot.RedBagSegment{Title: "t"},
		onebot.OnlineFileSegment{MsgID: "7491567521670112331", IsDir: true},
		onebot.FlashTransferSegment{FileSetID: "x"},
		onebot.FlashFileSegment{Title: "t", SceneType: 1},
		onebot.Raw("sparkle", `{"a":"1,2"}`),
		onebot.NodeSegment{Node: node},
		onebot.NodeSegment{Node: onebot.RefNode("4")},
		onebot.ForwardSegment{ID: "1", Content: []onebot.Node{node}},
	} {
		m := onebot.Message{onebot.Text("a"), s, onebot.Text("[b]")}
		assert.Equal(t, m, onebot.ParseCQ(onebot.FormatCQ(m)), onebot.FormatCQ(m))
	}
	image := onebot.Message{onebot.Image(onebot.FileURL("http://x,y")), onebot.Image(onebot.FileBytes([]byte("hello")))}
	assert.Equal(t, "[CQ:image,file=http://x&#44;y][CQ:image,file=base64://aGVsbG8=]", onebot.FormatCQ(image))
	unsendable := onebot.Message{onebot.Record(onebot.FileURL("")), onebot.Text("a"), onebot.Video(onebot.FileBytes(nil)), onebot.Image(onebot.FileURL(""))}
	assert.Equal(t, "a", onebot.FormatCQ(unsendable))
}

// The time a string takes grows with its length and not faster, whatever is in it.
func TestParseCQ_linear(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"[", "&", "&amp;", "[CQ:", "[CQ:a,", "[CQ:a,b=", "[CQ:a]", "[CQ:a,b=1", "&#91;", ",", "]", "[CQ:a,b=1]", "[CQ:node,content=&#91;"} {
		cost := func(size, times int, enough time.Duration) time.Duration {
			in := strings.Repeat(unit, size/len(unit))
			best := time.Hour
			for ; times > 0 && best >= enough; times-- {
				start := time.Now()
				m := onebot.ParseCQ(in)
				best = min(best, time.Since(start))
				require.NotEmpty(t, m)
			}
			return best
		}
		// Sixty-four times as long; quadratic would be four thousand times, however often it is tried.
		limit := 600 * (cost(4<<10, 5, 0) + 10*time.Microsecond)
		assert.Less(t, cost(256<<10, 100, limit), limit, unit)
	}
}

// A long message of codes is read where an int has 32 bits, too: the room for it is guessed from products larger than that.
func TestParseCQ_long(t *testing.T) {
	t.Parallel()
	const codes = 200_000
	assert.Len(t, onebot.ParseCQ(strings.Repeat("[CQ:a]", codes)), codes)
}

// Codes can stand in codes, each level escaped once more. They are read to a bounded depth, so that no level after level of
// unescaping is paid for.
func TestParseCQ_nested(t *testing.T) {
	t.Parallel()
	code := "ground"
	for range 150 {
		code = "[CQ:node,content=" + strings.NewReplacer("&", "&amp;", "[", "&#91;", "]", "&#93;", ",", "&#44;").Replace(code) + "]"
	}
	m := onebot.ParseCQ(code)
	require.Len(t, m, 1)
	require.Contains(t, encode(t, m...), "ground")
	n, ok := m[0].(onebot.NodeSegment)
	require.True(t, ok)
	depth := 1
	for f := n.Node.Nested; f != nil; f = f.Nodes[0].Nested {
		depth++
	}
	assert.Equal(t, 33, depth, "thirty-two levels, and what the last of them holds as it came")
}

func FuzzCQ(f *testing.F) {
	for _, s := range []string{"", "hi", "[CQ:at,qq=1]", "&#91;&amp;#91;&#44;", "[CQ:a,b=&#44;]", "[CQ:[CQ:at,qq=all]", "[CQ:node,content=a]", "[CQ:a=b,c==]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip()
		}
		if s != "" {
			require.Equal(t, onebot.Message{onebot.Text(s)}, onebot.ParseCQ(onebot.FormatCQ(onebot.Message{onebot.Text(s)})))
		}
		m := onebot.ParseCQ(s)
		again := onebot.FormatCQ(m)
		require.Equal(t, again, onebot.FormatCQ(onebot.ParseCQ(again)))
		_, err := m.MarshalJSON()
		require.NoError(t, err)
	})
}
