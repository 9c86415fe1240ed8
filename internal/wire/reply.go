package wire

import "bytes"

// Reply is the envelope of an answer.
type Reply struct {
	Status  string
	Retcode int64
	// Data is the JSON of data, "" when absent.
	Data string
	// Message is the server's short text: msg (a code word) where there is one, else message, else wording.
	Message string
	// Wording is wording, else message.
	Wording string
	// Echo is the JSON of echo, "" when absent.
	Echo string
	// Partial: stream-action, and the data says that more follows.
	Partial bool
	// Envelope: at least one of status, retcode and data was there.
	Envelope bool
}

// DecodeReply reads one envelope. The strings are substrings of frame. Of the data it looks at no more than where it ends, as a
// page of history is large and is walked by whoever reads it: that is who checks it.
func DecodeReply(frame string) (Reply, error) {
	if r, ok := plainReply(frame); ok {
		return r, nil
	}
	l := NewLexer(frame)
	r, err := readReply(&l, false)
	if err != nil {
		return Reply{}, err
	}
	if err := l.End(); err != nil {
		return Reply{}, err
	}
	return r, nil
}

// ReadReply reads one envelope and leaves l behind it: an HTTP body may hold several. It checks the data, too.
func ReadReply(l *Lexer) (Reply, error) {
	if r, ok := plainReply(l.src[l.pos:]); ok {
		data := NewLexer(r.Data)
		data.depth = l.depth + 1
		if data.Skip(); data.End() == nil {
			l.pos = len(l.src)
			return r, nil
		}
	}
	return readReply(l, true)
}

func readReply(l *Lexer, checked bool) (Reply, error) {
	var r Reply
	var message, msg string
	parts := false
	if !l.BeginObject() {
		l.fail("no object")
		return r, l.err
	}
	for {
		key, ok := l.NextKey()
		if !ok {
			break
		}
		switch key {
		case "status":
			r.Status, _ = l.Text()
			r.Envelope = true
		case "retcode":
			r.Retcode, _ = l.Int()
			r.Envelope = true
		case "data":
			if checked {
				r.Data = l.Raw()
			} else {
				r.Data = l.Skim()
			}
			r.Envelope = true
		case "message":
			message, _ = l.Text()
		case "msg":
			msg, _ = l.Text()
		case "wording":
			r.Wording, _ = l.Text()
		case "echo":
			r.Echo = l.Raw()
		case "stream":
			kind, _ := l.Text()
			parts = kind == "stream-action"
		default:
			l.Skip()
		}
	}
	if l.err != nil {
		return Reply{}, l.err
	}
	r.Message = first(msg, message, r.Wording)
	r.Wording = first(r.Wording, message)
	r.Partial = parts && moreFollows(r.Data)
	return r, nil
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// moreFollows tells a part of an answer from a whole one. NapCat's upload_file_stream gives each piece of the upload one answer of the same
// type; it names the upload by stream_id, which no part of a download does.
func moreFollows(data string) bool {
	l := NewLexer(data)
	if !l.BeginObject() {
		return false
	}
	kind := ""
	for {
		key, ok := l.NextKey()
		switch {
		case !ok:
			return kind == "stream"
		case key == "stream_id":
			return false
		case key == "type":
			kind, _ = l.Text()
		default:
			l.Skip()
		}
	}
}

// beginsEvent tells whether the first key is one that only events begin with, on every server that puts its keys in order. Nearly all
// frames are events, so that this spares the search.
func beginsEvent(frame []byte) bool {
	return bytes.HasPrefix(frame, []byte(`{"self_id":`)) || bytes.HasPrefix(frame, []byte(`{"time":`)) ||
		bytes.HasPrefix(frame, []byte(`{"post_type":`))
}

// tail is how far from the end an echo is looked for before the whole frame is walked.
const tail = 160

// TailEcho finds a string echo that stands near the end of a reply without reading what is before it: behind the echo
// come only members with scalar values and the bracket that closes the frame, so in valid JSON it can stand nowhere but
// at the top level, and its quotes cannot be part of a longer string. It gives the text between the quotes, nil where
// it cannot tell; then the frame has to be scanned.
func TailEcho(frame []byte) []byte {
	if beginsEvent(frame) {
		return nil
	}
	if echo := plainTail(frame); echo != nil {
		return echo
	}
	from := max(0, len(frame)-tail)
	end := frame[from:]
	at := bytes.LastIndex(end, []byte(`"echo":"`))
	if at <= 0 || end[at-1] != ',' && end[at-1] != '{' {
		return nil
	}
	start := at + len(`"echo":"`)
	n := bytes.IndexByte(end[start:], '"')
	if n < 0 || bytes.IndexByte(end[start:start+n], '\\') >= 0 {
		return nil
	}
	echo := end[start : start+n]
	i := start + n + 1
	for i < len(end) && end[i] == ',' {
		i++
		if i >= len(end) || end[i] != '"' {
			return nil
		}
		if i = skimString(end, i); i < 0 || i >= len(end) || end[i] != ':' {
			return nil
		}
		i++
		if i >= len(end) || end[i] == '{' || end[i] == '[' {
			return nil
		}
		if i = skimValue(end, i); i < 0 {
			return nil
		}
	}
	if i >= len(end) || end[i] != '}' || skimSpace(end, i+1) != len(end) {
		return nil
	}
	return echo
}
