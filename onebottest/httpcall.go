package onebottest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxBody is the largest HTTP body that is read.
const maxBody = 64 << 20

// serveHTTP answers one HTTP call.
func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request, ok, present bool) {
	if !ok {
		s.refuseHTTP(w, present)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return
	}
	in := s.readHTTP(r, body)
	if in.hang {
		s.hang(r)
		return
	}
	if in.status != 0 {
		write(w, in.status, in.contentType, in.body)
		return
	}
	c := in.call
	c.Transport, c.Done = OverHTTP, s.done
	s.record(c)
	f := s.nextCallFault(c.Action)
	switch f.kind {
	case dropBeforeAction, closeWith:
		hijack(w)
		return
	case ignore:
		s.hang(r)
		return
	case revokeToken:
		s.refuseHTTP(w, true)
		return
	case httpStatus:
		if f.delay >= time.Second {
			w.Header().Set("Retry-After", strconv.Itoa(int(f.delay/time.Second)))
		}
		write(w, f.code, "text/plain; charset=utf-8", f.text)
		return
	}
	reply := s.perform(c, s.handler(c.Action), f)
	s.answerHTTP(w, r, c, reply, f)
}

// answerHTTP writes the reply and does what the fault wants.
func (s *Server) answerHTTP(w http.ResponseWriter, r *http.Request, c *Call, reply Reply, f Fault) {
	if f.kind == dropBeforeReply {
		hijack(w)
		return
	}
	data := s.dress(c, reply)
	if f.kind == garble && f.frame != nil {
		data = f.frame
	}
	if f.kind == rewritten && data != nil {
		data = f.rewrite(bytes.Clone(data))
	}
	if data == nil {
		s.hang(r)
		return
	}
	for i := len(reply.Parts) - 1; i >= 0; i-- {
		part := s.dress(c, Reply{Data: reply.Parts[i], stream: true})
		data = bytes.Join([][]byte{part, data}, []byte("\r\n\r\n"))
	}
	if !s.pause(r.Context().Done(), f.delay) {
		return
	}
	status := http.StatusOK
	if reply.kind == failUnknown && (s.persona == LLBot || s.persona == Standard) {
		status = http.StatusNotFound // dialects 5.4
	}
	if reply.kind == failParams && s.persona == Standard {
		status = http.StatusBadRequest
	}
	if f.kind == dropAfterReply {
		w.Header().Set("Connection", "close")
	}
	write(w, status, "application/json; charset=utf-8", string(data))
}

// refuseHTTP answers a call without the right token (dialects 5.4).
func (s *Server) refuseHTTP(w http.ResponseWriter, present bool) {
	status := http.StatusForbidden
	switch s.persona {
	case NapCat:
		write(w, status, "text/html; charset=utf-8", `{"message":"token verify failed!"}`)
		return
	case LLBot:
		write(w, status, "application/json; charset=utf-8", `{"message":"token verify failed"}`)
		return
	case Lagrange:
		if !present {
			w.Header().Set("WWW-Authenticate", "Bearer")
			status = http.StatusUnauthorized
		}
	default:
		if !present {
			status = http.StatusUnauthorized
		}
	}
	w.WriteHeader(status)
}

// hang waits until the client has enough, or the server closes.
func (s *Server) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.done:
	}
}

// hijack cuts the connection without an answer.
func hijack(w http.ResponseWriter) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = c.Close()
	}
}

func write(w http.ResponseWriter, status int, contentType, body string) {
	if contentType != "" {
		w.Header().Set("Content-Type", contentType)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // a client that has gone is its own affair
}

// incoming is an HTTP request as the persona reads it: a call, or an answer at once, or none ever.
type incoming struct {
	call        *Call
	status      int
	contentType string
	body        string
	hang        bool
}

// mediaType gives the content type without its parameters.
func mediaType(r *http.Request) string {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

// formParams turns form or query values into parameters: strings, all of them.
func formParams(values url.Values) params {
	p := params{}
	for key, list := range values {
		if key != "access_token" && len(list) > 0 {
			p = append(p, field{key, list[0]})
		}
	}
	return p
}

// newCall makes a call of parameters.
func newCall(action string, p params) *Call {
	c := &Call{Action: action, Params: json.RawMessage("{}"), params: p}
	if len(p) > 0 {
		c.Params = raw(object(p))
	}
	return c
}

// readHTTP reads a request the persona's way (dialects 5.4, 6.1).
func (s *Server) readHTTP(r *http.Request, body []byte) incoming {
	action := strings.TrimPrefix(r.URL.Path, "/")
	switch s.persona {
	case NapCat:
		return napcatHTTP(r, action, body)
	case LLBot:
		return llbotHTTP(r, action, body)
	case Lagrange:
		return lagrangeHTTP(r, action, body)
	case GoCQHTTP:
		return gocqHTTP(r, action, body)
	case Standard:
	}
	return standardHTTP(r, action, body)
}
