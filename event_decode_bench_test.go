package onebot_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/onebot-go/onebot"
)

// benchFrames are shaped and ordered like NapCat's, in the proportions of a busy group.
func benchFrames() [][]byte {
	const head = `{"self_id":10000,"user_id":10001,"time":1795295450,"message_id":1169124887,"message_seq":1169124887,"real_id":1169124887,"real_seq":"1002","message_type":"group","sender":{"user_id":10001,"nickname":"好友一","card":"群主名片","role":"owner"},"raw_message":`
	const tail = `,"message_format":"array","post_type":"message","group_id":100001,"group_name":"测试群一"}`
	message := func(raw, segments string) []byte {
		return []byte(head + `"` + raw + `","font":14,"sub_type":"normal","message":[` + segments + `]` + tail)
	}
	const image = `{"type":"image","data":{"summary":"","file":"5A0D6A1B2C3D4E5F60718293A4B5C6D7.jpg","sub_type":0,"url":"https://multimedia.nt.qq.com.cn/download?appid=1407&fileid=EhRkqB0yR2V1bXl0ZXN0ZmlsZWlkMTIzNDU2Nzg5MA&rkey=CAQSKAB6JWENi5LM_xp9vumLbuThJSaYf-yzMrbZsuq7Uz2qEc3Rbib9LP4","file_size":"182734"}}`
	text := message("今天晚上八点开会，记得来", `{"type":"text","data":{"text":"今天晚上八点开会，记得来"}}`)
	reply := message("[CQ:reply,id=1169124880][CQ:at,qq=10002] 好的，看这个[CQ:image,file=5A0D.jpg]",
		`{"type":"reply","data":{"id":"1169124880"}},{"type":"at","data":{"qq":"10002"}},{"type":"text","data":{"text":" 好的，看这个"}},`+image)
	words := strings.Repeat("一段很长的文字，说了很多事情。", 90)
	long := message(words, `{"type":"text","data":{"text":"`+words+`"}}`)
	inner := strings.TrimSuffix(strings.Repeat(string(text)+",", 8), ",")
	forward := message("[CQ:forward,id=7491567521670112331]", `{"type":"forward","data":{"id":"7491567521670112331","content":[`+inner+`]}}`)
	heartbeat := []byte(`{"time":1795296107,"self_id":10000,"post_type":"meta_event","meta_event_type":"heartbeat","status":{"online":true,"good":true},"interval":5000}`)
	recall := []byte(`{"time":1795295915,"self_id":10000,"post_type":"notice","group_id":100001,"user_id":10001,"notice_type":"group_recall","operator_id":10001,"message_id":1962068225}`)
	var frames [][]byte
	for frame, n := range map[*[]byte]int{&text: 60, &reply: 24, &long: 2, &forward: 2, &heartbeat: 7, &recall: 5} {
		for range n {
			frames = append(frames, *frame)
		}
	}
	return frames
}

// BenchmarkParseEvent reads a hundred events an iteration; json.Valid of the same bytes is what it is measured by.
func BenchmarkParseEvent(b *testing.B) {
	frames := benchFrames()
	var size int64
	for _, frame := range frames {
		size += int64(len(frame))
	}
	b.Run("ParseEvent", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			for _, frame := range frames {
				if _, err := onebot.ParseEvent(frame); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("json.Valid", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			for _, frame := range frames {
				if !json.Valid(frame) {
					b.Fatal("not valid")
				}
			}
		}
	})
}
