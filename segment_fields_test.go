package onebot_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

// Each kind has a type of its own, which says so, and is written as it was read.
func TestSegment_kinds(t *testing.T) {
	t.Parallel()
	for kind, data := range map[string]string{
		"text": `{"text":"a"}`, "at": `{"qq":"1"}`, "reply": `{"id":"1"}`, "face": `{"id":"1","large":true,"resultId":"r"}`, "image": `{"file":"a"}`,
		"record": `{"file":"a","magic":"1"}`, "video": `{"file":"a"}`, "file": `{"file_id":"a"}`, "forward": `{"id":"1"}`,
		"node": `{"id":"1"}`, "json": `{"data":"{}"}`, "xml": `{"data":"<a/>"}`, "markdown": `{"content":"a"}`,
		"mface": `{"emoji_id":"e"}`, "music": `{"type":"qq","id":"1"}`, "share": `{"url":"u"}`, "contact": `{"type":"qq","id":"1"}`,
		"location": `{"lat":"1","lon":"2"}`, "poke": `{"type":"1","id":"1"}`, "dice": `{}`, "rps": `{}`, "shake": `{}`,
		"keyboard": `{"content":{"rows":[]},"more":1}`, "anonymous": `{"ignore":"1","more":1}`, "redbag": `{"title":"t"}`, "tts": `{"text":"a"}`,
		"cardimage": `{"file":"a"}`, "longmsg": `{"id":"a"}`, "miniapp": `{"data":"{}"}`,
		"onlinefile": `{"msgId":"1","isDir":true,"more":1}`, "flashtransfer": `{"fileSetId":"a"}`, "flash_file": `{"title":"t"}`,
		"sparkle": `{"a":1}`,
	} {
		in := `{"type":"` + kind + `","data":` + data + `}`
		m := decode(t, "["+in+"]")
		require.Len(t, m, 1, kind)
		assert.Equal(t, kind, m[0].Type())
		_, unknown := m[0].(onebot.UnknownSegment)
		assert.Equal(t, kind == "sparkle", unknown, kind)
		assert.JSONEq(t, "["+in+"]", encode(t, m...))
		for _, s := range decode(t, `[{"type":"`+kind+`","data":null},{"type":"text","data":{"text":"b"}}]`) {
			assert.Contains(t, []string{kind, "text"}, s.Type(), "what stands behind is not lost")
		}
	}
	assert.Equal(t, onebot.Message{onebot.RPS(), onebot.Shake(), onebot.Dice(), onebot.Text("b")},
		decode(t, `[{"type":"rps","data":null},{"type":"shake","data":null},{"type":"dice","data":null},{"type":"text","data":{"text":"b"}}]`))
}

// Of two spellings of one field the first that says something counts; a value that is none of its kind is kept.
func TestSegment_values(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"type":"dice","data":{"result":"2","value":"3"}}`:                                `{"type":"dice","data":{"result":"2","value":"2"}}`,
		`{"type":"dice","data":{"result":"","value":"3"}}`:                                 `{"type":"dice","data":{"result":"3","value":"3"}}`,
		`{"type":"face","data":{"id":"1","large":"maybe"}}`:                                `{"type":"face","data":{"id":"1","large":"maybe"}}`,
		`{"type":"face","data":{"id":"1","large":false}}`:                                  `{"type":"face","data":{"id":"1"}}`,
		`{"type":"image","data":{"file":"a","file_size":"big"}}`:                           `{"type":"image","data":{"file":"a","file_size":"big"}}`,
		`{"type":"image","data":{"file":"a","emoji_package_id":9007199254740993}}`:         `{"type":"image","data":{"file":"a","emoji_package_id":"9007199254740993"}}`,
		`{"type":"image","data":{"file":"a","emoji_package_id":"9007199254740992"}}`:       `{"type":"image","data":{"file":"a","emoji_package_id":9007199254740992}}`,
		`{"type":"image","data":{"file":"a","emoji_package_id":-9007199254740993}}`:        `{"type":"image","data":{"file":"a","emoji_package_id":"-9007199254740993"}}`,
		`{"type":"image","data":{"file":"a","emoji_package_id":"-9007199254740992"}}`:      `{"type":"image","data":{"file":"a","emoji_package_id":-9007199254740992}}`,
		`{"type":"keyboard","data":{"rows":null,"content":{}}}`:                            `{"type":"keyboard","data":{"content":{}}}`,
		`{"type":"location","data":{"lat":"inf","lon":"2"}}`:                               `{"type":"location","data":{"lat":"inf","lon":"2"}}`,
		`{"type":"location","data":{"lat":"1","lon":"NaN"}}`:                               `{"type":"location","data":{"lat":"1","lon":"NaN"}}`,
		`{"type":"location","data":{"lat":"","lon":"2"}}`:                                  `{"type":"location","data":{"lat":"0","lon":"2"}}`,
		`{"type":"at","data":{"qq":"0"}}`:                                                  `{"type":"at","data":{"qq":"0"}}`,
		`{"type":"at","data":{"qq":"-5"}}`:                                                 `{"type":"at","data":{"qq":"-5"}}`,
		`{"type":"at","data":{"qq":"","name":"A"}}`:                                        `{"type":"at","data":{"qq":"","name":"A"}}`,
		`{"type":"forward","data":{"content":null,"id":"1"}}`:                              `{"type":"forward","data":{"id":"1"}}`,
		`{"type":"forward","data":{"id":"1","content":5}}`:                                 `{"type":"forward","data":{"id":"1","content":5}}`,
		`{"type":"forward","data":{"id":"1","content":{"content":"a","nickname":"A"}}}`:    `{"type":"forward","data":{"id":"1","content":[{"type":"node","data":{"nickname":"A","name":"A","content":[{"type":"text","data":{"text":"a"}}]}}]}}`,
		`{"type":"forward","data":{"content":[{"content":"a","nickname":"A"}],"more":[]}}`: `{"type":"forward","data":{"content":[{"type":"node","data":{"nickname":"A","name":"A","content":[{"type":"text","data":{"text":"a"}}]}}],"more":[]}}`,
	} {
		assert.JSONEq(t, "["+want+"]", encode(t, decode(t, "["+in+"]")...), in)
	}
}

// The values of a code that are none of their kind are kept as well.
func TestParseCQ_values(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		`[CQ:image,file=a,emoji_package_id=many]`,
		`[CQ:record,file=a,magic=maybe]`,
		`[CQ:face,id=1,large=true]`,
		`[CQ:keyboard,content={broken]`,
		`[CQ:keyboard,content={"rows":&#91;&#93;}]`,
		`[CQ:forward,id=1,content=5]`,
		`[CQ:forward,id=1,content=&#91;broken]`,
		`[CQ:location,lon=2,lat=here]`,
		`[CQ:anonymous,ignore=1]`,
	} {
		assert.Equal(t, code, onebot.FormatCQ(onebot.ParseCQ(code)))
	}
}

// A segment without what it is made of is refused; any of its names will do.
func TestSegment_missing(t *testing.T) {
	t.Parallel()
	inf, nan := math.Inf(1), math.NaN()
	for _, s := range []onebot.Segment{
		onebot.ImageSegment{},
		onebot.RecordSegment{},
		onebot.VideoSegment{},
		onebot.FileSegment{},
		onebot.RecordSegment{FileSize: 5, Magic: true},
		onebot.Location(nan, 0), onebot.Location(0, nan), onebot.Location(inf, 0), onebot.Location(0, -inf),
		onebot.ForwardSegment{Content: []onebot.Node{onebot.CustomNode(1, "A", onebot.At(0))}},
		onebot.ReplySegment{},
		onebot.AtSegment{Name: "A"},
		onebot.Raw("a", []byte("{")), onebot.Raw("a", json.RawMessage("[")),
	} {
		_, err := onebot.Message{s}.MarshalJSON()
		require.ErrorIs(t, err, onebot.ErrInvalidArgument, "%T", s)
		_, err = json.Marshal(s)
		require.Error(t, err)
	}
	for _, s := range []onebot.Segment{
		onebot.ImageSegment{File: "f"},
		onebot.ImageSegment{URL: "u"},
		onebot.ImageSegment{Path: "p"},
		onebot.ImageSegment{EmojiID: "e"},
		onebot.RecordSegment{File: "f"},
		onebot.RecordSegment{URL: "u"},
		onebot.RecordSegment{Path: "p"},
		onebot.VideoSegment{File: "f"},
		onebot.VideoSegment{URL: "u"},
		onebot.VideoSegment{Path: "p"},
		onebot.FileSegment{File: "f"},
		onebot.FileSegment{URL: "u"},
		onebot.FileSegment{Path: "p"},
		onebot.FileSegment{FileID: "i"},
		onebot.ReplySegment{Seq: 5},
		onebot.ReplySegment{Text: "x"},
	} {
		text := encode(t, s)
		assert.Equal(t, onebot.Message{s}, decode(t, text), text)
	}
	for _, kind := range []string{"image", "record", "video", "file"} { // all that is told is something that this library does not know
		in := `[{"type":"` + kind + `","data":{"token":"t"}}]`
		m := decode(t, in)
		_, unknown := m[0].(onebot.UnknownSegment)
		assert.False(t, unknown, kind)
		assert.JSONEq(t, in, encode(t, m...))
	}
	// What Raw is given may change afterwards.
	data := []byte(`{"a":1}`)
	raws := []onebot.Segment{onebot.Raw("a", data), onebot.Raw("a", json.RawMessage(data))}
	copy(data, `{"b":2}`)
	for _, s := range raws {
		assert.Equal(t, `[{"type":"a","data":{"a":1}}]`, encode(t, s))
	}
}
