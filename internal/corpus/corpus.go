// Package corpus makes the events that benchmarks decode: a thousand frames in the proportions, the key order and the sizes of a
// busy NapCat account, the same in every run. Benchmarks of several packages share it; nothing else imports it.
package corpus

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// shape is one kind of frame and how many of a thousand are of it.
type shape struct {
	count int
	make  func(*maker) string
}

func shapes() []shape {
	return []shape{
		{420, func(m *maker) string { return m.group(m.text(8, 60)) }},
		{60, func(m *maker) string { return m.private(m.text(8, 60)) }},
		{140, func(m *maker) string { return m.group(m.reply() + "," + m.at() + "," + m.text(6, 40)) }},
		{130, func(m *maker) string { return m.group(m.image()) }},
		{30, func(m *maker) string { return m.group(m.face("") + "," + m.text(2, 10)) }},
		{30, func(m *maker) string { return m.group(m.face(m.faceRaw())) }},
		{15, func(m *maker) string { return m.group(m.forward()) }},
		{15, func(m *maker) string { return m.group(m.text(1300, 1400)) }},
		{20, func(m *maker) string { return m.group(m.card()) }},
		{60, (*maker).heartbeat},
		{40, (*maker).recall},
		{20, (*maker).poke},
		{10, func(m *maker) string { return m.group(m.record()) }},
		{10, (*maker).upload},
	}
}

// groups is in how many groups the account is.
const groups = 64

// Array gives the thousand frames with messages in the array form.
func Array() [][]byte { return frames(false) }

// CQ gives the same with messages in the string form.
func CQ() [][]byte { return frames(true) }

func frames(cq bool) [][]byte {
	m := &maker{rand: rand.New(rand.NewPCG(20261121, 11)), cq: cq} //nolint:gosec // the same in every run
	var out [][]byte
	for _, s := range shapes() {
		for range s.count {
			out = append(out, []byte(s.make(m)))
		}
	}
	m.rand.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// History gives the answer to get_group_msg_history with n messages.
func History(n int) []byte {
	m := &maker{rand: rand.New(rand.NewPCG(20261121, uint64(n)))} //nolint:gosec // the same in every run
	messages := make([]string, 0, n)
	for i := range n {
		segments := m.text(8, 60)
		if i%5 == 4 {
			segments = m.reply() + "," + m.at() + "," + m.image()
		}
		messages = append(messages, m.group(segments))
	}
	return []byte(`{"status":"ok","retcode":0,"data":{"messages":[` + strings.Join(messages, ",") +
		`]},"message":"","wording":"","echo":"1k","stream":"normal-action"}`)
}

type maker struct {
	rand *rand.Rand
	cq   bool
	raw  string // the CQ form of the segments made since the last frame
}

func (m *maker) number(low, high int64) int64 { return low + m.rand.Int64N(high-low) }

func (m *maker) words(low, high int) string {
	const runes = "的一是了我不人在他有这上们来到时大地为子中你说生国年着就那和要她出也得里后自以会 ，。！abc 123"
	all := []rune(runes)
	var b strings.Builder
	for range low + m.rand.IntN(high-low) {
		b.WriteRune(all[m.rand.IntN(len(all))])
	}
	return b.String()
}

func (m *maker) hex(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte("0123456789ABCDEF"[m.rand.IntN(16)])
	}
	return b.String()
}

func (m *maker) text(low, high int) string {
	words := m.words(low, high)
	m.raw += words
	return `{"type":"text","data":{"text":"` + words + `"}}`
}

func (m *maker) at() string {
	who := m.number(10001, 4000000000)
	m.raw += fmt.Sprintf("[CQ:at,qq=%d]", who)
	return fmt.Sprintf(`{"type":"at","data":{"qq":"%d"}}`, who)
}

func (m *maker) reply() string {
	id := m.number(1, 1<<31)
	m.raw += fmt.Sprintf("[CQ:reply,id=%d]", id)
	return fmt.Sprintf(`{"type":"reply","data":{"id":"%d"}}`, id)
}

func (m *maker) image() string {
	file, size := m.hex(32)+".png", m.number(1000, 900000)
	url := "https://multimedia.nt.qq.com.cn/download?appid=1407&fileid=EhT" + m.hex(90) + "&spec=0&rkey=CAQSKAB6JWENi5LM_" + m.hex(60)
	m.raw += fmt.Sprintf("[CQ:image,summary=,file=%s,sub_type=0,url=%s,file_size=%d]", file, strings.ReplaceAll(url, "&", "&amp;"), size)
	return fmt.Sprintf(`{"type":"image","data":{"summary":"","file":"%s","sub_type":0,"url":"%s","file_size":"%d"}}`, file, url, size)
}

func (m *maker) face(raw string) string {
	id := m.rand.IntN(300)
	m.raw += fmt.Sprintf("[CQ:face,id=%d]", id)
	if raw == "" {
		raw = fmt.Sprintf(`{"faceIndex":%d,"faceType":1}`, id)
	}
	return fmt.Sprintf(`{"type":"face","data":{"id":"%d","raw":%s,"resultId":null,"chainCount":null}}`, id, raw)
}

func (m *maker) faceRaw() string {
	keys := strings.Fields("faceIndex faceText faceType packId stickerId sourceType stickerType resultId surpriseId randomType imageType " +
		"pokeType spokeSummary doubleHit vaspokeId vaspokeName vaspokeMinver pokeStrength msgType faceBubbleCount oldVersionStr pokeFlag chainCount")
	var b strings.Builder
	for i, key := range keys {
		if i > 0 {
			b.WriteByte(',')
		}
		if i%2 == 0 {
			fmt.Fprintf(&b, `%q:%d`, key, m.rand.IntN(9))
		} else {
			fmt.Fprintf(&b, `%q:null`, key)
		}
	}
	return "{" + b.String() + "}"
}

func (m *maker) record() string {
	file := m.hex(32) + ".amr"
	m.raw += "[CQ:record,file=" + file + "]"
	return fmt.Sprintf(`{"type":"record","data":{"file":"%s","url":"https://grouptalk.c2c.qq.com/?ver=2&rkey=%s","path":"/app/.config/QQ/nt_data/Ptt/%s","file_size":"%d"}}`,
		file, m.hex(120), file, m.number(1000, 90000))
}

func (m *maker) card() string {
	card := fmt.Sprintf(`{\"app\":\"com.tencent.structmsg\",\"desc\":\"新闻\",\"view\":\"news\",\"ver\":\"0.0.0.1\",\"prompt\":\"[分享]%s\",\"meta\":{\"news\":{\"title\":\"%s\",\"desc\":\"%s\",\"jumpUrl\":\"https:\/\/example.com\/%s\",\"preview\":\"https:\/\/example.com\/%s\"}},\"config\":{\"ctime\":%d,\"token\":\"%s\"}}`,
		m.words(10, 30), m.words(10, 30), m.words(400, 900), m.hex(40), m.hex(60), m.number(1700000000, 1800000000), m.hex(32))
	m.raw += "[CQ:json,data=" + strings.ReplaceAll(card, ",", "&#44;") + "]"
	return `{"type":"json","data":{"data":"` + card + `"}}`
}

func (m *maker) forward() string {
	id := m.number(7400000000000000000, 7500000000000000000)
	inner := &maker{rand: m.rand}
	list := make([]string, 0, 20)
	for range 12 + m.rand.IntN(8) {
		list = append(list, inner.group(inner.text(8, 80)))
	}
	m.raw += fmt.Sprintf("[CQ:forward,id=%d]", id)
	return fmt.Sprintf(`{"type":"forward","data":{"id":"%d","content":[%s]}}`, id, strings.Join(list, ","))
}

// message lays out a message event as NapCat does: what routes it comes behind the content.
func (m *maker) message(segments, kind, sub, role, tail string) string {
	user, id := m.number(10001, 4000000000), m.number(1, 1<<31)
	raw := m.raw
	m.raw = ""
	message, format := "["+segments+"]", "array"
	if m.cq {
		message, format = `"`+raw+`"`, "string"
	}
	return fmt.Sprintf(`{"self_id":10000,"user_id":%d,"time":%d,"message_id":%d,"message_seq":%d,"real_id":%d,"real_seq":"%d","message_type":"%s",`+
		`"sender":{"user_id":%d,"nickname":"%s","card":"%s"%s},"raw_message":"%s","font":14,"sub_type":"%s","message":%s,"message_format":"%s","post_type":"message"%s}`,
		user, m.number(1700000000, 1800000000), id, id, id, m.rand.IntN(90000), kind,
		user, m.words(2, 8), m.words(0, 6)+"c", role, raw, sub, message, format, tail)
}

func (m *maker) group(segments string) string {
	group := m.number(0, groups)*7919 + 100001
	return m.message(segments, "group", "normal", `,"role":"member"`, `,"group_id":`+strconv.FormatInt(group, 10)+`,"group_name":"`+m.words(3, 12)+`"`)
}

func (m *maker) private(segments string) string {
	return m.message(segments, "private", "friend", "", `,"target_id":10001`)
}

func (m *maker) heartbeat() string {
	return fmt.Sprintf(`{"time":%d,"self_id":10000,"post_type":"meta_event","meta_event_type":"heartbeat","status":{"online":true,"good":true},"interval":30000}`,
		m.number(1700000000, 1800000000))
}

func (m *maker) recall() string {
	return fmt.Sprintf(`{"time":%d,"self_id":10000,"post_type":"notice","group_id":%d,"user_id":%d,"notice_type":"group_recall","operator_id":%d,"message_id":%d}`,
		m.number(1700000000, 1800000000), m.number(0, groups)*7919+100001, m.number(10001, 4000000000), m.number(10001, 4000000000), m.number(1, 1<<31))
}

func (m *maker) poke() string {
	return fmt.Sprintf(`{"time":%d,"self_id":10000,"post_type":"notice","notice_type":"notify","sub_type":"poke","target_id":%d,"user_id":%d,"group_id":%d,"raw_info":[{"col":"1","nm":"","type":"qq","uid":"u_%s"},{"src":"http://tianquan.gtimg.cn/nudgeaction/item/0/expression.jpg","type":"img"},{"txt":"戳了戳","type":"nor"}]}`,
		m.number(1700000000, 1800000000), m.number(10001, 4000000000), m.number(10001, 4000000000), m.number(0, groups)*7919+100001, m.hex(22))
}

func (m *maker) upload() string {
	return fmt.Sprintf(`{"time":%d,"self_id":10000,"post_type":"notice","group_id":%d,"user_id":%d,"notice_type":"group_upload","file":{"id":"/%s","name":"%s.zip","size":%d,"busid":102}}`,
		m.number(1700000000, 1800000000), m.number(0, groups)*7919+100001, m.number(10001, 4000000000), m.hex(36), m.words(4, 12), m.number(1000, 900000000))
}
