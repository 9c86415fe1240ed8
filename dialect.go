package onebot

import (
	"strings"

	"github.com/onebot-go/onebot/transport"
)

// Dialect is which server one talks to, and with it everything that differs between servers. The zero value is Standard.
type Dialect int

// The dialects. A server that is none of the others is Standard, read with the same tolerance.
const (
	// Standard is the OneBot 11 document, and every server we do not know by name.
	Standard Dialect = iota
	// NapCat is NapCat (app_name NapCat.Onebot).
	NapCat
	// LLBot is LLBot, formerly LLOneBot (app_name LLOneBot).
	LLBot
	// Lagrange is Lagrange.OneBot V1.
	Lagrange
	// GoCQHTTP is go-cqhttp.
	GoCQHTTP
)

// String gives the name: "Standard", "NapCat", "LLBot", "Lagrange" or "go-cqhttp".
func (d Dialect) String() string {
	switch d {
	case NapCat:
		return "NapCat"
	case LLBot:
		return "LLBot"
	case Lagrange:
		return "Lagrange"
	case GoCQHTTP:
		return "go-cqhttp"
	default:
		return "Standard"
	}
}

// DialectOf tells the dialect from the app_name that get_version_info gives, or from a User-Agent. Upper and lower case
// and what follows the name do not matter; an unknown name is Standard.
func DialectOf(appName string) Dialect {
	name := strings.ToLower(strings.TrimSpace(appName))
	for _, known := range [...]struct {
		prefix  string
		dialect Dialect
	}{
		{"napcat", NapCat},
		{"llonebot", LLBot},
		{"llbot", LLBot},
		{"luckylillia", LLBot},
		{"lagrange", Lagrange},
		{"go-cqhttp", GoCQHTTP},
		{"cqhttp/", GoCQHTTP},
	} {
		if strings.HasPrefix(name, known.prefix) {
			return known.dialect
		}
	}
	return Standard
}

// traits is what a dialect decides. One value per server; the client asks for a trait, never for a name.
type traits struct {
	// tempSession: send_private_msg with group_id reaches people who are no friends.
	tempSession bool
	// noTempIDs: the id of a message in a temporary session is a sequence number that no action knows.
	noTempIDs bool
	// okProvesDelete: a delete_msg answered ok has withdrawn the message.
	okProvesDelete bool
	// completeHistory: what is not in the history was not written. Lagrange begins at the newest message of its own database, and
	// in private chats at the newest of the other side.
	completeHistory bool
	// noFriendHistory: get_friend_msg_history does not exist.
	noFriendHistory bool
}

func (d Dialect) traits() traits {
	switch d {
	case NapCat:
		return traits{tempSession: true, okProvesDelete: true, completeHistory: true}
	case LLBot:
		return traits{tempSession: true, completeHistory: true}
	case Lagrange:
		return traits{okProvesDelete: true}
	case GoCQHTTP:
		return traits{tempSession: true, noTempIDs: true, okProvesDelete: true, noFriendHistory: true, completeHistory: true}
	default:
		return traits{okProvesDelete: true}
	}
}

// unknownAction tells whether a failed answer says that the server has no such action. The code is 404 or 1404 nearly
// everywhere; over HTTP NapCat answers its general 200 and onebots -1, and only the text tells.
func unknownAction(d Dialect, action string, resp *transport.Response) bool {
	switch resp.Retcode {
	case 1404:
		return true
	case 404:
		// Lagrange says 404 for an upload that failed, too.
		return d != Lagrange || action != "send_forward_msg"
	case 200:
		return strings.HasPrefix(resp.Message, "不支持的Api")
	case -1:
		return strings.HasPrefix(resp.Message, "Unknown action")
	}
	return resp.HTTPStatus == 404
}

// serverTimedOut tells whether a failed answer can mean that the server stopped waiting for QQ: what was asked for may still have
// happened. NapCat's text names the kernel event it waited for, LLBot's the echo of its own message. Both say the same of a forward that
// timed out and of one that was refused: that it was uploaded, and that sending it failed.
func serverTimedOut(resp *transport.Response) bool {
	for _, text := range [...]string{resp.Message, resp.Wording} {
		for _, sign := range [...]string{
			"Timeout: NTEvent", "waitForSelfEcho timeout", "发送转发消息（res_id：", "发送伪造合并转发消息失败 (res_id:",
		} {
			if strings.Contains(text, sign) {
				return true
			}
		}
	}
	return false
}
