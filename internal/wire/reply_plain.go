package wire

import (
	"bytes"
	"strings"
	"unsafe"
)

// The shortcuts for answers in the order in which NapCat, LLBot and Lagrange write them, as nearly all come. They accept nothing that
// differs in a single byte; whatever they refuse goes the long way.

const (
	plainStart  = `{"status":"ok","retcode":0,"data":`
	plainTexts  = `,"message":"","wording":""`
	plainStream = `,"stream":"normal-action"}`
	plainEnd    = `}`
)

// plainReply reads an answer that has gone well and says nothing else, in a third of the time that it takes to look at each key. Of the data
// it looks at no more than where it ends.
func plainReply(frame string) (Reply, bool) {
	rest, ok := strings.CutPrefix(frame, plainStart)
	if !ok {
		return Reply{}, false
	}
	end := skimValue(unsafe.Slice(unsafe.StringData(rest), len(rest)), 0)
	if end < 0 {
		return Reply{}, false
	}
	r := Reply{Status: "ok", Data: rest[:end], Envelope: true}
	rest = strings.TrimPrefix(rest[end:], plainTexts)
	if after, ok := strings.CutPrefix(rest, `,"echo":`); ok {
		n := plainEcho(after)
		r.Echo, rest = after[:n], after[n:]
	}
	return r, rest == plainStream || rest == plainEnd
}

// plainEcho gives the length of an echo that is null, or a string of digits and small letters; 0 for every other.
func plainEcho(s string) int {
	const null = "null"
	if strings.HasPrefix(s, null) {
		return len(null)
	}
	if s == "" || s[0] != '"' {
		return 0
	}
	n := 1
	for n < len(s) && (s[n]-'0' <= 9 || s[n]-'a' <= 'z'-'a') {
		n++
	}
	if n == len(s) || s[n] != '"' {
		return 0
	}
	return n + 1
}

// plainTail is TailEcho for a frame that ends with its echo, or with that and NapCat's word on streams. The quote that it takes for the
// end of the echo can be nothing else, and the first one before it, without a backslash in front, is where that string begins.
func plainTail(frame []byte) []byte {
	rest, ok := bytes.CutSuffix(frame, []byte(plainStream))
	if !ok {
		rest, ok = bytes.CutSuffix(frame, []byte(plainEnd))
	}
	const key = `"echo":"`
	end := len(rest) - 1
	if !ok || end < len(key) || frame[end] != '"' {
		return nil
	}
	start := end
	for start > 0 && end-start <= maxEcho && frame[start-1] != '"' && frame[start-1] != '\\' {
		start--
	}
	at := start - len(key)
	if at < 1 || string(frame[at:start]) != key || frame[at-1] != ',' && frame[at-1] != '{' {
		return nil
	}
	return frame[start:end]
}

// maxEcho is how long an echo may be for plainTail; those that this library makes have at most 13 bytes.
const maxEcho = 16
