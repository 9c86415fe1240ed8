package onebot

import (
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

// targetOf gives the chat that a send goes to, the zero Chat where it tells none.
func targetOf(req transport.Request) Chat {
	v := gjson.GetManyBytes(req.Params, "message_type", "group_id", "user_id")
	group, user := GroupID(v[1].Int()), UserID(v[2].Int())
	private := req.Action == "send_private_msg" || req.Action == "send_msg" && v[0].Str == "private"
	switch {
	case private && group != 0:
		return TempChat(group, user)
	case private || group == 0:
		return PrivateChat(user)
	default:
		return GroupChat(group)
	}
}

// messageOf reads the message of a send, in either form.
func messageOf(req transport.Request) Message {
	v := gjson.GetManyBytes(req.Params, "message", "auto_escape")
	if v[0].Type == gjson.String && v[1].Bool() {
		return Message{Text(v[0].Str)}
	}
	l := wire.NewLexer(v[0].Raw)
	return readMessage(&l)
}

// contentOf gives what two forms of one message have in common, as it is sent and as it comes back from a server. Text keeps its
// words; white space, quotes, and everything of media but their kind are left to the server.
func contentOf(m Message) string {
	var b strings.Builder
	var text strings.Builder
	flush := func() {
		if words := strings.Fields(text.String()); len(words) > 0 {
			b.WriteString("text:" + strings.Join(words, " ") + "\n")
		}
		text.Reset()
	}
	for _, s := range m {
		switch s := s.(type) {
		case TextSegment:
			text.WriteString(s.Text)
			continue
		case ReplySegment:
			continue
		case AtSegment:
			flush()
			if s.All {
				b.WriteString("at:all\n")
			} else {
				b.WriteString("at:" + strconv.FormatInt(int64(s.User), 10) + "\n")
			}
		default:
			flush()
			b.WriteString(familyOf(s) + "\n")
		}
	}
	flush()
	return b.String()
}

// familyOf gives the kind of a segment, where servers answer with another kind than was sent: that which they have in common.
func familyOf(s Segment) string {
	switch kind := s.Type(); kind {
	case "face":
		f, _ := s.(FaceSegment)
		switch f.ID {
		case "358": // what NapCat sends for a dice
			return "dice"
		case "359":
			return "rps"
		}
		return "face:" + f.ID
	case "mface", "marketface", "image", "flash":
		return "image"
	case "json", "xml", "music", "share", "location", "contact", "miniapp":
		return "card"
	case "node", "forward":
		return "forward"
	default:
		return kind
	}
}
