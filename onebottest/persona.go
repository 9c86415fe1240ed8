package onebottest

// Persona is the server that a [Server] plays.
type Persona int

// The personas. The zero value is Standard.
const (
	// Standard follows the OneBot 11 documents and offers nothing beyond them: no history, no sending of merged forwards.
	Standard Persona = iota
	// NapCat is NapCat 4.18.
	NapCat
	// LLBot is LLBot 8.1.7, formerly LLOneBot and LuckyLilliaBot.
	LLBot
	// Lagrange is Lagrange.OneBot V1.
	Lagrange
	// GoCQHTTP is go-cqhttp at its last commit.
	GoCQHTTP
)

// Personas lists all personas, for test tables.
func Personas() []Persona { return []Persona{Standard, NapCat, LLBot, Lagrange, GoCQHTTP} }

// String names the persona the way its makers do.
func (p Persona) String() string {
	switch p {
	case NapCat:
		return "NapCat"
	case LLBot:
		return "LLBot"
	case Lagrange:
		return "Lagrange"
	case GoCQHTTP:
		return "go-cqhttp"
	case Standard:
		return "Standard"
	}
	return "unknown persona"
}

// about is what can be said of a server in one table row.
type about struct {
	selfName   string
	appName    string
	appVersion string
	escapeHTML bool     // <, > and & are escaped in JSON, as Go does by default
	newline    bool     // replies and events end with a newline
	idLimit    int      // message ids kept; 0 keeps all
	aliases    []string // action suffixes that are stripped
}

// dialect is what a server does in its own way, all of it: whoever compares a persona with its server reads one type from top to
// bottom. Methods that take a *state are called with the server's lock held.
type dialect interface {
	about() about
	// authorize decides about a token; present tells "none given" from "wrong".
	authorize(r tokens, want string, ws bool) (ok, present bool)
	// roles tells what a WebSocket path serves; reads is false where the server never reads.
	roles(path string) (api, events, reads bool)
	// check looks at the parameters before the action runs; nil lets it run.
	check(action string, p params) *Reply
	// envelope dresses an answer for the wire.
	envelope(c *Call, r Reply) any

	messageID(m *message) int64
	// accept turns received segments into what is stored, or refuses them.
	accept(st *state, segs []segment) ([]segment, *Reply)
	// show turns a stored segment into what events and reads contain.
	show(st *state, s segment) segment
	event(st *state, m *message, f format) object
	stored(st *state, m *message, f format) object
	paged(st *state, m *message, f format) object
	recall(st *state, m *message, operator int64) object
	history(st *state, p params, k chatKey) ([]*message, *Reply)
	send(st *state, p params, action string) (target chatKey, refused *Reply)
	// versions, status and the people
	version(st *state) object
	status(st *state) object
	pulse(st *state) object // the status in a heartbeat
	friendInfo(m member) object
	strangerInfo(m member) object
	groupInfo(g *group) object
	memberInfo(g *group, m member) object
	// forwards
	readNodes(st *state, p params) (*forward, []segment, *Reply)
	writeForward(st *state, f *forward, format format) any
	forwardKeys(p params) (id string, refused *Reply)
	forwardAnswer(m *message, f *forward, packets bool) any
	// errors by situation
	failure(why failure, detail string) Reply
}

func newDialect(p Persona) dialect {
	switch p {
	case NapCat:
		return napcat{}
	case LLBot:
		return llbot{}
	case Lagrange:
		return lagrange{}
	case GoCQHTTP:
		return gocq{}
	case Standard:
	}
	return standard{}
}

// format is how messages are spelled in events and answers.
type format bool

const (
	arrayFormat  format = false
	stringFormat format = true
)

// spell gives the value of a `message` field.
func spell(segs []segment, f format) any {
	if f == stringFormat {
		return formatCQ(segs)
	}
	if segs == nil {
		return []segment{}
	}
	return segs
}

// word is the value of `message_format`.
func (f format) word() string {
	if f == stringFormat {
		return "string"
	}
	return "array"
}
