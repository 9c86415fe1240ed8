package onebot_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

func encode(t *testing.T, m ...onebot.Segment) string {
	t.Helper()
	b, err := onebot.Message(m).MarshalJSON()
	require.NoError(t, err)
	return string(b)
}

func decode(t *testing.T, text string) onebot.Message {
	t.Helper()
	var m onebot.Message
	require.NoError(t, m.UnmarshalJSON([]byte(text)))
	return m
}

// What a bot builds: textual fields are strings (dialects.md 1.1 and T7), spellings that differ are both there (section 4).
func TestSegment_built(t *testing.T) {
	t.Parallel()
	music := onebot.CustomMusic("http://u", "http://a.mp3", "t")
	music.Image = "http://i"
	sticker := onebot.Image(onebot.FileURL("http://x/a.png"))
	sticker.SubType = 1
	for name, c := range map[string]struct {
		in   onebot.Segment
		want string
	}{
		"text":        {onebot.Text("<a> & \"b\"\n"), `{"type":"text","data":{"text":"<a> & \"b\"\n"}}`},
		"empty text":  {onebot.Text(""), `{"type":"text","data":{"text":""}}`},
		"textf":       {onebot.Textf("%d", 3), `{"type":"text","data":{"text":"3"}}`},
		"at":          {onebot.At(10086), `{"type":"at","data":{"qq":"10086"}}`},
		"at all":      {onebot.AtAll(), `{"type":"at","data":{"qq":"all"}}`},
		"reply":       {onebot.Reply("-5"), `{"type":"reply","data":{"id":"-5"}}`},
		"forward":     {onebot.ForwardRef("7491567521670112331"), `{"type":"forward","data":{"id":"7491567521670112331"}}`},
		"face":        {onebot.Face(0), `{"type":"face","data":{"id":"0"}}`},
		"image":       {onebot.Image(onebot.FileURL("http://x/a.png")), `{"type":"image","data":{"file":"http://x/a.png"}}`},
		"sticker":     {sticker, `{"type":"image","data":{"file":"http://x/a.png","sub_type":1,"subType":1}}`},
		"image bytes": {onebot.Image(onebot.FileBytes([]byte("hello"))), `{"type":"image","data":{"file":"base64://aGVsbG8="}}`},
		"record":      {onebot.Record(onebot.FileURL("file:///a")), `{"type":"record","data":{"file":"file:///a"}}`},
		"video":       {onebot.Video(onebot.FileURL("http://v")), `{"type":"video","data":{"file":"http://v"}}`},
		"file":        {onebot.File("n.txt", onebot.FileURL("http://f")), `{"type":"file","data":{"file":"http://f","name":"n.txt"}}`},
		"json":        {onebot.JSON(`{"a":1}`), `{"type":"json","data":{"data":"{\"a\":1}"}}`},
		"xml":         {onebot.XML("<a/>"), `{"type":"xml","data":{"data":"<a/>"}}`},
		"markdown":    {onebot.Markdown("# t"), `{"type":"markdown","data":{"content":"# t"}}`},
		"keyboard":    {onebot.Keyboard(json.RawMessage(`{"rows":[]}`)), `{"type":"keyboard","data":{"content":{"rows":[]}}}`},
		"music":       {onebot.Music("163", "28949129"), `{"type":"music","data":{"type":"163","id":"28949129"}}`},
		"custom music": {music, `{"type":"music","data":{"type":"custom","url":"http://u","audio":"http://a.mp3","voice":"http://a.mp3",` +
			`"title":"t","image":"http://i"}}`},
		"location":      {onebot.Location(39.9, -116.25), `{"type":"location","data":{"lat":"39.9","lon":"-116.25"}}`},
		"null island":   {onebot.Location(0, 0), `{"type":"location","data":{"lat":"0","lon":"0"}}`},
		"share":         {onebot.Share("http://s", "t"), `{"type":"share","data":{"url":"http://s","title":"t"}}`},
		"contact":       {onebot.Contact("qq", "10001"), `{"type":"contact","data":{"type":"qq","id":"10001"}}`},
		"poke":          {onebot.Poke("126", "2003"), `{"type":"poke","data":{"type":"126","id":"2003"}}`},
		"poke user":     {onebot.PokeUser(10001), `{"type":"poke","data":{"qq":"10001"}}`},
		"dice":          {onebot.Dice(), `{"type":"dice","data":{}}`},
		"chosen dice":   {onebot.DiceSegment{Result: "3"}, `{"type":"dice","data":{"result":"3","value":"3"}}`},
		"rps":           {onebot.RPS(), `{"type":"rps","data":{}}`},
		"shake":         {onebot.Shake(), `{"type":"shake","data":{}}`},
		"mface":         {onebot.MFace(23, "e", "k", "s"), `{"type":"mface","data":{"summary":"s","emoji_id":"e","emoji_package_id":23,"key":"k"}}`},
		"anonymous":     {onebot.AnonymousMark(true), `{"type":"anonymous","data":{"ignore":"1"}}`},
		"tts":           {onebot.TTS("hi"), `{"type":"tts","data":{"text":"hi"}}`},
		"card image":    {onebot.CardImage(onebot.FileURL("http://c")), `{"type":"cardimage","data":{"file":"http://c"}}`},
		"long message":  {onebot.LongMsg("r"), `{"type":"longmsg","data":{"id":"r"}}`},
		"raw":           {onebot.Raw("sparkle", map[string]int{"x": 1}), `{"type":"sparkle","data":{"x":1}}`},
		"raw text":      {onebot.Raw("sparkle", `{"x": 1}`), `{"type":"sparkle","data":{"x": 1}}`},
		"raw nothing":   {onebot.Raw("sparkle", nil), `{"type":"sparkle","data":{}}`},
		"pointer":       {&music, `{"type":"music","data":{"type":"custom","url":"http://u","audio":"http://a.mp3","voice":"http://a.mp3","title":"t","image":"http://i"}}`},
		"made up quote": {onebot.ReplySegment{QQ: 10001, Time: 5, Text: "x"}, `{"type":"reply","data":{"qq":"10001","time":"5","text":"x"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, "["+c.want+"]", encode(t, c.in))
			alone, err := json.Marshal(c.in)
			require.NoError(t, err)
			assert.JSONEq(t, c.want, string(alone))
		})
	}
}

// What servers send is understood and comes back as it was (dialects.md, section 4).
func TestSegment_received(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{ // want: "" is the same as in
		"number for text":        {`{"type":"at","data":{"qq":10086}}`, `{"type":"at","data":{"qq":"10086"}}`},
		"at with name":           {`{"type":"at","data":{"qq":"10086","name":"A"}}`, ""},
		"at by target":           {`{"type":"at","data":{"target":"10086"}}`, `{"type":"at","data":{"qq":"10086"}}`},
		"at nobody known":        {`{"type":"at","data":{"qq":"abc"}}`, ""},
		"at without a user":      {`{"type":"at","data":{}}`, ""},
		"Lagrange null name":     {`{"type":"at","data":{"qq":"1","name":null}}`, `{"type":"at","data":{"qq":"1"}}`},
		"number for reply":       {`{"type":"reply","data":{"id":-2059187533}}`, `{"type":"reply","data":{"id":"-2059187533"}}`},
		"reply of go-cqhttp":     {`{"type":"reply","data":{"id":"1","seq":"2","qq":"3","time":"4","text":"x"}}`, ""},
		"face of NapCat":         {`{"type":"face","data":{"id":"14","raw":{"faceIndex":14,"faceText":"/x"},"resultId":null,"chainCount":null}}`, `{"type":"face","data":{"id":"14","raw":{"faceIndex":14,"faceText":"/x"}}}`},
		"face of Lagrange":       {`{"type":"face","data":{"id":"14","large":null}}`, `{"type":"face","data":{"id":"14"}}`},
		"face of LLBot":          {`{"type":"face","data":{"id":"14","sub_type":3}}`, ""},
		"image of LLBot":         {`{"type":"image","data":{"file":"f","subType":1,"url":"u","file_size":"5"}}`, `{"type":"image","data":{"file":"f","sub_type":1,"subType":1,"url":"u","file_size":"5"}}`},
		"odd sub type":           {`{"type":"image","data":{"file":"f","subType":"x"}}`, ""},
		"image of Lagrange":      {`{"type":"image","data":{"summary":"s","file":"http://u","url":"http://u","filename":"a.png"}}`, ""},
		"market face, NapCat":    {`{"type":"image","data":{"summary":"s","file":"f","url":"u","key":"k","emoji_id":"e","emoji_package_id":2}}`, ""},
		"flash image":            {`{"type":"image","data":{"file":"f","type":"flash"}}`, ""},
		"image of nothing":       {`{"type":"image","data":{}}`, ""},
		"mface of Lagrange":      {`{"type":"mface","data":{"url":null,"emoji_package_id":"2","emoji_id":"e","key":"k","summary":null}}`, `{"type":"mface","data":{"emoji_id":"e","emoji_package_id":2,"key":"k"}}`},
		"record of NapCat":       {`{"type":"record","data":{"file":"code","path":"/etc/passwd","url":"u","file_size":"5"}}`, ""},
		"video of LLBot":         {`{"type":"video","data":{"file":"f","url":"u","path":"p","file_size":"9"}}`, ""},
		"file of NapCat":         {`{"type":"file","data":{"file":"n","url":"u","file_id":"i","file_size":"5"}}`, ""},
		"file of go-cqhttp":      {`{"type":"file","data":{"path":"/p","name":"n","size":"5","busid":"102"}}`, ""},
		"file of LLBot":          {`{"type":"file","data":{"file":"n","url":"u","file_id":"i","file_size":"5","path":"p"}}`, ""},
		"file of Lagrange":       {`{"type":"file","data":{"url":"u","file_id":"i","file_name":"n","file_hash":"h"}}`, ""},
		"json as an object":      {`{"type":"json","data":{"data":{"app":"x"}}}`, ""},
		"json of go-cqhttp":      {`{"type":"json","data":{"data":"{}","resid":"0"}}`, ""},
		"xml of Lagrange":        {`{"type":"xml","data":{"data":"<a/>","service_id":35}}`, ""},
		"keyboard of LLBot":      {`{"type":"keyboard","data":{"rows":[{"buttons":[]}]}}`, ""},
		"poke of Lagrange":       {`{"type":"poke","data":{"type":"1","id":"-1","strength":"2"}}`, ""},
		"location of Lagrange":   {`{"type":"location","data":{"lat":"1.5","lon":"2","title":"t","content":"c"}}`, ""},
		"odd location":           {`{"type":"location","data":{"lon":"2","lat":"here"}}`, ""},
		"dice of go-cqhttp":      {`{"type":"dice","data":{"value":"4"}}`, `{"type":"dice","data":{"result":"4","value":"4"}}`},
		"rps of LLBot":           {`{"type":"rps","data":{"result":2}}`, `{"type":"rps","data":{"result":"2","value":"2"}}`},
		"dice without data":      {`{"type":"dice"}`, `{"type":"dice","data":{}}`},
		"red envelope":           {`{"type":"redbag","data":{"title":"t"}}`, ""},
		"online file":            {`{"type":"onlinefile","data":{"msgId":"7491567521670112331","elementId":"1","fileName":"n","fileSize":"3","isDir":true}}`, ""},
		"flash transfer":         {`{"type":"flashtransfer","data":{"fileSetId":"x"}}`, ""},
		"flash file":             {`{"type":"flash_file","data":{"title":"t","file_set_id":"x","scene_type":1}}`, ""},
		"music with voice":       {`{"type":"music","data":{"type":"custom","voice":"v"}}`, `{"type":"music","data":{"type":"custom","audio":"v","voice":"v"}}`},
		"unknown kind":           {`{"type":"sparkle","data":{"x": [1, 2.50, null]}}`, ""},
		"unknown kind, odd data": {`{"type":"sparkle","data":[1]}`, ""},
		"unknown fields":         {`{"type":"text","data":{"text":"a","b":null,"c":{"d":[1e3]},"\"":"\u00e9"}}`, ""},
		"text that is an object": {`{"type":"text","data":{"text":{"a":1}}}`, ""},
		"text without data":      {`{"type":"text","data":null}`, ""},
		"data before type":       {`{"data":{"text":"a"},"type":"text"}`, `{"type":"text","data":{"text":"a"}}`},
		"no type":                {`{"a":1}`, ""},
		"type is a number":       {`{"type":1,"data":{}}`, ""},
		"a number":               {`1.50`, ""},
		"a bare string":          {`"[CQ:at,qq=1]"`, `{"type":"text","data":{"text":"[CQ:at,qq=1]"}}`},
		"an array":               {`[1]`, ""},
		"forward with odd content": {
			`{"type":"forward","data":{"id":"1","content":"[object Object]"}}`, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.want == "" {
				c.want = c.in
			}
			m := decode(t, `[{"type":"text","data":{"text":"before"}},`+c.in+`,null,{"type":"at","data":{"qq":"1"}}]`)
			require.Len(t, m, 3)
			assert.Equal(t, onebot.Text("before"), m[0])
			assert.Equal(t, onebot.At(1), m[2])
			assert.JSONEq(t, "["+c.want+"]", encode(t, m[1]))
		})
	}
}

// Nothing that the recorded servers send gets lost or changes its meaning.
func TestSegment_captures(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/segments/*.jsonl")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		f, err := os.Open(name)
		require.NoError(t, err)
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var in, out struct {
				Type string         `json:"type"`
				Data map[string]any `json:"data"`
			}
			require.NoError(t, json.Unmarshal(lines.Bytes(), &in))
			m := decode(t, lines.Text())
			require.Len(t, m, 1)
			_, unknown := m[0].(onebot.UnknownSegment)
			assert.False(t, unknown, lines.Text())
			b, err := json.Marshal(m[0])
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(b, &out))
			assert.Equal(t, in.Type, out.Type)
			for key, value := range in.Data {
				if value == nil || value == float64(0) || key == "content" && in.Type == "forward" {
					continue // not written when not set; nodes have a form of their own
				}
				assert.Equal(t, value, out.Data[key], "%s: %s", lines.Text(), key)
			}
		}
		require.NoError(t, lines.Err())
		require.NoError(t, f.Close())
	}
}

func TestSegment_comparable(t *testing.T) {
	t.Parallel()
	m := decode(t, `[{"type":"at","data":{"qq":"1","x":2}},{"type":"at","data":{"qq":"1"}},{"type":"image","data":{"file":"a"}}]`)
	assert.False(t, m[0] == onebot.Segment(onebot.At(1)), "the unknown field makes a difference")
	assert.True(t, m[1] == onebot.Segment(onebot.At(1)))
	assert.True(t, m[2] == onebot.Segment(onebot.ImageSegment{File: "a"}))
	src := onebot.FileBytes([]byte{1})
	one, other := onebot.Segment(onebot.Image(src)), onebot.Segment(onebot.Image(src))
	assert.True(t, one == other)
}

func TestSegment_impossible(t *testing.T) {
	t.Parallel()
	var none *onebot.TextSegment
	loop := onebot.NewForward()
	loop.Nodes = []onebot.Node{onebot.NestedNode(1, "a", loop)}
	for name, s := range map[string]onebot.Segment{
		"nil": nil, "nil pointer": none, "at nobody": onebot.At(0), "at a negative id": onebot.At(-1),
		"reply to nothing": onebot.Reply(""), "no forward": onebot.ForwardRef(""),
		"no kind": onebot.Raw("", nil), "no JSON": onebot.Raw("a", "{"), "channel": onebot.Raw("a", make(chan int)),
		"unknown of nothing": onebot.UnknownSegment{}, "keyboard": onebot.Keyboard(json.RawMessage("x")),
		"no file": onebot.Image(onebot.FileSource{}), "empty url": onebot.Video(onebot.FileURL("")),
		"no bytes": onebot.Record(onebot.FileBytes(nil)), "no function": onebot.File("n", onebot.FileOpen(nil)),
		"no such file": onebot.Image(onebot.FilePath("testdata/none")), "folder": onebot.Image(onebot.FilePath("testdata")),
		"forward in itself": onebot.NodeSegment{Node: loop.Nodes[0]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := onebot.Message{onebot.Text("a"), s}
			_, err := m.MarshalJSON()
			require.ErrorIs(t, err, onebot.ErrInvalidArgument)
			assert.ErrorContains(t, err, "message[1]")
			assert.NotPanics(t, func() {
				_ = m.String()
				_ = m.PlainText()
				_ = onebot.FormatCQ(m)
				for range onebot.Segments[onebot.ImageSegment](m) {
					continue
				}
				for range onebot.Segments[*onebot.TextSegment](m) {
					continue
				}
			})
		})
	}
	_, err := json.Marshal(onebot.At(0))
	require.ErrorIs(t, err, onebot.ErrInvalidArgument)
}

func TestUnknownSegment_withoutData(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`[{"type":"sparkle"}]`:             `[{"type":"sparkle","data":{}}]`,
		`[{"type":"sparkle","data":null}]`: `[{"type":"sparkle","data":null}]`,
		`[{"type":"text"}]`:                `[{"type":"text","data":null}]`,
		`[{"type":"dice"}]`:                `[{"type":"dice","data":{}}]`,
	} {
		var m onebot.Message
		require.NoError(t, json.Unmarshal([]byte(in), &m))
		out, err := json.Marshal(m)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(out))
	}
}
