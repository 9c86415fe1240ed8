package onebottest

import (
	"net/http"
	"slices"
	"strings"
)

// ssePath is where NapCat's http-sse-server and every HTTP server of LLBot offer their stream of events (dialects 6.6).
const ssePath = "/_events"

// SSEURL is the address of the stream of server-sent events. NapCat and LLBot have one; the others answer 404 or what they make
// of an unknown action.
func (s *Server) SSEURL() string { return s.HTTPURL() + ssePath }

// streams tells whether a request asks for the stream of a persona that has one.
func (s *Server) streams(r *http.Request) bool {
	return r.Method == http.MethodGet && r.URL.Path == ssePath && (s.persona == NapCat || s.persona == LLBot)
}

// serveSSE sends every event from now on: lines of data and nothing else, on NapCat without lifecycle and heartbeats
// (dialects 6.6).
func (s *Server) serveSSE(w http.ResponseWriter, r *http.Request, ok, present bool) {
	if !ok {
		s.refuseHTTP(w, present)
		return
	}
	switch fault := s.nextConnFault(); fault.kind {
	case dropConn:
		hijack(w)
		return
	case refuseConn:
		w.WriteHeader(fault.code)
		return
	}
	h := &hook{out: make(chan []byte, outQueue), gone: r.Context().Done(), cut: make(chan struct{})}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(http.StatusOK)
	control := http.NewResponseController(w)
	s.mu.Lock()
	s.hooks = append(slices.Clone(s.hooks), h)
	s.changed()
	s.mu.Unlock()
	defer s.drop(h)
	for control.Flush() == nil {
		select {
		case data := <-h.out:
			line := "data: " + strings.TrimSpace(string(data)) + "\n\n"
			if _, err := w.Write([]byte(line)); err != nil {
				return
			}
		case <-h.gone:
			return
		case <-h.cut:
			hijack(w)
			return
		case <-s.done:
			return
		}
	}
}

// dropStreams cuts every stream that stands now. What is pushed from then on goes to none of them.
func (s *Server) dropStreams() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = slices.DeleteFunc(slices.Clone(s.hooks), func(h *hook) bool {
		if h.cut != nil {
			close(h.cut)
		}
		return h.cut != nil
	})
	s.changed()
}

// drop takes out a receiver of events that has gone. The list is made anew, as it may be walked.
func (s *Server) drop(h *hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = slices.DeleteFunc(slices.Clone(s.hooks), func(x *hook) bool { return x == h })
	s.changed()
}
