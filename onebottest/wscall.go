package onebottest

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// receive reads one frame as a call and answers it. Built-in actions run in the order of the calls; functions given to Handle
// and late answers do not hold the others up.
func (s *Server) receive(c *conn, binary bool, data []byte, calls *sync.WaitGroup) {
	if binary && s.persona == GoCQHTTP {
		return // It ignores binary frames (dialects 15.1).
	}
	call, refused := s.readCall(data)
	call.Connection = c.num
	if refused != nil {
		s.answer(c, call, *refused, Fault{})
		return
	}
	s.record(call)
	f := s.nextCallFault(call.Action)
	switch f.kind {
	case dropBeforeAction:
		c.cut()
		return
	case ignore:
		return
	case closeWith:
		c.send(frame{kind: websocket.CloseMessage, data: websocket.FormatCloseMessage(f.code, f.text)})
		return
	case revokeToken:
		s.reject(c)
		return
	}
	h := s.handler(call.Action)
	if h == nil && f.kind != late {
		s.answer(c, call, s.perform(call, nil, f), f)
		return
	}
	if h == nil {
		r := s.perform(call, nil, f)
		calls.Go(func() {
			if s.pause(c.done, f.delay) {
				s.answer(c, call, r, f)
			}
		})
		return
	}
	calls.Go(func() {
		r := s.perform(call, h, f)
		if f.kind != late || s.pause(c.done, f.delay) {
			s.answer(c, call, r, f)
		}
	})
}

// perform runs the action unless the fault says otherwise, and gives the answer that the fault leaves.
func (s *Server) perform(c *Call, h func(Call) Reply, f Fault) Reply {
	if f.kind == failCall {
		return Reply{Status: "failed", Retcode: f.retcode, Message: f.text}
	}
	var r Reply
	if h != nil {
		r = h(*c)
	} else {
		r = s.run(c)
	}
	switch f.kind {
	case failAfter:
		return Reply{Status: "failed", Retcode: f.retcode, Message: f.text}
	case timeoutAfter:
		return s.timedOut(c, r)
	case noReply:
		return Reply{Silent: true}
	}
	return r
}

// timedOut is the persona's own "timed out waiting" in place of the answer r.
func (s *Server) timedOut(c *Call, r Reply) Reply {
	if s.persona == NapCat && strings.HasPrefix(c.Action, "delete_msg") {
		return s.dialect.failure(failNotAllowed, "") // it tells a refusal by nothing but its silence (dialects 1.3)
	}
	data, _ := r.Data.(object)
	return s.dialect.failure(failTimeout, toText(firstOf(data, "forward_id")))
}

// pause waits, and tells whether the connection and the server are still there.
func (s *Server) pause(done <-chan struct{}, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-done:
	case <-s.done:
	}
	return false
}

// answer writes the reply and does what the fault wants around it.
func (s *Server) answer(c *conn, call *Call, r Reply, f Fault) {
	if f.kind == dropBeforeReply {
		c.cut()
		return
	}
	data := s.dress(call, r)
	kind := websocket.TextMessage
	if f.kind == garble {
		if f.frame != nil {
			data = f.frame
		}
		if f.binary {
			kind = websocket.BinaryMessage
		}
	}
	if f.kind == rewritten && data != nil {
		data = f.rewrite(bytes.Clone(data))
	}
	if data == nil {
		return
	}
	if f.kind == reversed {
		for _, waiting := range c.hold(frame{kind: kind, data: data}, f.code) {
			c.send(waiting)
		}
		return
	}
	if f.kind == foreignEcho {
		foreign := *call
		foreign.echo, foreign.hasEcho = "onebottest-foreign-echo", true
		c.send(frame{kind: kind, data: s.dress(&foreign, r)})
	}
	for _, part := range r.Parts {
		c.send(frame{kind: kind, data: s.dress(call, Reply{Data: part, stream: true})})
	}
	c.send(frame{kind: kind, data: data})
	if f.kind == double {
		c.send(frame{kind: kind, data: data})
	}
	if f.kind == dropAfterReply {
		c.send(frame{cut: true})
	}
}

// dress makes the bytes of an answer; nil is no answer.
func (s *Server) dress(c *Call, r Reply) []byte {
	if r.Silent || r.noMessage && c.Transport == OverWebSocket {
		return nil
	}
	if r.Frame != nil {
		return r.Frame
	}
	r.stream = r.stream || len(r.Parts) > 0
	return s.marshal(s.dialect.envelope(c, r))
}

// marshal encodes the persona's way.
func (s *Server) marshal(v any) []byte {
	about := s.dialect.about()
	b, err := encode(v, about.escapeHTML)
	if err != nil {
		// Only data of a function given to Handle can fail to encode; the test shall see why.
		b = []byte(`{"status":"failed","retcode":-1,"data":null,"message":` + string(raw(err.Error())) + `}`)
	}
	if about.newline {
		b = append(b, '\n')
	}
	return b
}

// readCall reads a WebSocket frame. What cannot be read gets the persona's answer.
func (s *Server) readCall(data []byte) (*Call, *Reply) {
	c := &Call{Transport: OverWebSocket, Done: s.done, Params: json.RawMessage("{}")}
	v, err := decodeFrame(s.persona, data)
	o, isObject := v.(object)
	if err != nil || !isObject {
		_, isList := v.([]any)
		if s.persona == LLBot && err != nil {
			c.echo, c.hasEcho = brokenEcho(data)
		}
		return c, s.unreadable(err, v == nil, isList)
	}
	c.echo, c.hasEcho = o.get("echo")
	if c.hasEcho {
		var exact struct {
			Echo json.RawMessage `json:"echo"`
		}
		if err := json.Unmarshal(data, &exact); err == nil {
			c.Echo = exact.Echo // Lagrange gives it back byte for byte.
		}
	}
	action, ok := o.get("action")
	c.Action = toText(action)
	if !ok && (s.persona == NapCat || s.persona == LLBot) {
		c.Action = "undefined"
	}
	v, _ = o.get("params")
	switch p := v.(type) {
	case object:
		c.params = params(p)
		c.Params = raw(p)
	case nil:
	default:
		if s.persona == NapCat {
			return c, &Reply{kind: failParams, Message: "Schema compilation error: Expected object"}
		}
	}
	return c, nil
}

// decodeFrame reads a frame as far as the persona does: go-cqhttp looks keys up in the text, so that it runs what a broken frame
// says before the break, and of two equal keys it sees the first (dialects 15.1).
func decodeFrame(p Persona, data []byte) (any, error) {
	if p != GoCQHTTP {
		return decode(bytes.TrimPrefix(data, []byte("\ufeff")))
	}
	v, err := decode(data)
	o, ok := v.(object)
	if !ok {
		return v, err
	}
	first := object{}
	for _, f := range o {
		if _, seen := first.get(f.key); !seen {
			first = append(first, f)
		}
	}
	return first, nil
}

// unreadable is the answer to a frame that is no object (dialects 5.2, 5.3, 15.1).
func (s *Server) unreadable(err error, isNull, isList bool) *Reply {
	switch s.persona {
	case Lagrange:
		return &Reply{Silent: true}
	case GoCQHTTP:
		return &Reply{kind: failUnknown}
	case NapCat:
		if isList {
			return &Reply{kind: failUnknown, Message: "undefined"}
		}
		if !errors.Is(err, errNotJSON) && !isNull {
			return &Reply{Silent: true}
		}
		return &Reply{kind: failFrame, Message: "json解析失败,请检查数据格式"}
	case LLBot:
		if err != nil {
			return &Reply{kind: failFrame, Message: "JSON 解析失败: Unexpected token"}
		}
		if isNull {
			return &Reply{Silent: true}
		}
		return &Reply{kind: failUnknown, Message: "undefined"}
	case Standard:
	}
	return &Reply{kind: failFrame, Message: "bad request"}
}

// brokenEcho finds the echo in the text of a frame that is no JSON, as LLBot does: the value behind the first key of that name.
func brokenEcho(data []byte) (echo any, ok bool) {
	_, rest, found := bytes.Cut(data, []byte(`"echo"`))
	rest, colon := bytes.CutPrefix(bytes.TrimSpace(rest), []byte(":"))
	if !found || !colon {
		return nil, false
	}
	dec := json.NewDecoder(bytes.NewReader(rest))
	dec.UseNumber()
	echo, err := decodeNext(dec)
	return echo, err == nil
}
