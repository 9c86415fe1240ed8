package onebottest

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// outQueue is how many frames wait for a client that does not read; after that Say and Push wait with them.
	outQueue = 1024
	// closeWait is how long a closed connection waits for the other side's close frame.
	closeWait = time.Second
)

// conn is one WebSocket.
type conn struct {
	s           *Server
	ws          *websocket.Conn // set once, under mu, before serve
	mu          sync.Mutex
	num         int
	api, events bool
	reads       bool
	mute        bool // it never writes
	out         chan frame
	held        []frame // answers that wait for others, under mu
	once        sync.Once
	done        chan struct{}
}

// frame is one thing to write. A close frame ends the connection.
type frame struct {
	kind int
	data []byte
	cut  bool // the connection ends without a close frame, after what was queued before
}

// serveWS makes the handshake and serves the connection until it ends.
func (s *Server) serveWS(w http.ResponseWriter, r *http.Request, ok, present bool) {
	fault := s.nextConnFault()
	c := s.newConn(r.URL.Path, ok, false)
	defer s.remove(c)
	status := 0
	if !ok {
		status = s.refusal(present)
	}
	if fault.kind == refuseConn {
		status = fault.code
	}
	if status != 0 {
		w.WriteHeader(status)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered the request itself.
	}
	c.attach(ws)
	switch fault.kind {
	case dropConn:
		c.cut()
	case stallReads:
		c.reads = false
	case stallWrites:
		c.mute = true
		ws.SetPingHandler(noAnswer)
	case noPong:
		ws.SetPingHandler(noAnswer)
	}
	c.serve(ok)
}

// noAnswer takes a ping and leaves it at that.
func noAnswer(string) error { return nil }

// newConn registers the connection before the handshake is answered, so that an event pushed right after it is not lost. A
// rejected one gets no events. Reverse tells that the server dials.
func (s *Server) newConn(path string, ok, reverse bool) *conn {
	api, events, reads := s.dialect.roles(path)
	c := &conn{s: s, api: api, events: events && ok, reads: reads, out: make(chan frame, outQueue), done: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	c.num = s.made
	if c.events {
		c.out <- frame{kind: websocket.TextMessage, data: s.lifecycle(reverse)}
	}
	s.conns[c] = struct{}{}
	s.changed()
	return c
}

func (s *Server) remove(c *conn) {
	c.cut()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	s.changed()
}

// serve runs the writer and the reader and returns when both have ended.
func (c *conn) serve(ok bool) {
	var writer sync.WaitGroup
	writer.Go(c.write)
	defer writer.Wait()
	defer c.cut()
	if !ok {
		c.s.reject(c)
	}
	if !c.reads {
		<-c.done
		return
	}
	var calls sync.WaitGroup
	defer calls.Wait()
	defer c.s.remove(c) // before its handlers have returned: it is open no more
	for {
		kind, data, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		if c.api && ok {
			c.s.receive(c, kind == websocket.BinaryMessage, data, &calls)
		}
	}
}

// write is the only goroutine that writes messages.
func (c *conn) write() {
	if c.mute {
		<-c.done
		return
	}
	for {
		select {
		case f := <-c.out:
			if f.cut {
				c.cut()
				return
			}
			if f.kind == websocket.CloseMessage {
				_ = c.ws.WriteControl(f.kind, f.data, time.Now().Add(closeWait))
				// The reader ends on the answer to the close frame, or here.
				_ = c.ws.SetReadDeadline(time.Now().Add(closeWait))
				if !c.reads {
					c.cut()
				}
				return
			}
			if err := c.ws.WriteMessage(f.kind, f.data); err != nil {
				c.cut()
				return
			}
		case <-c.done:
			return
		}
	}
}

// send queues a frame and waits for room. It gives up when the connection has ended.
func (c *conn) send(f frame) {
	select {
	case c.out <- f:
	case <-c.done:
	}
}

// attach takes over the socket after the handshake. A connection that was cut meanwhile is closed at once.
func (c *conn) attach(ws *websocket.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ws = ws
	if isClosed(c.done) {
		_ = ws.Close()
	}
}

// hold keeps an answer back; with the n-th it gives all of them, the last first.
func (c *conn) hold(f frame, n int) []frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = append(c.held, f)
	if len(c.held) < n {
		return nil
	}
	all := c.held
	c.held = nil
	slices.Reverse(all)
	return all
}

// cut ends the connection without a close frame.
func (c *conn) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.once.Do(func() { close(c.done) })
	if c.ws != nil {
		_ = c.ws.Close()
	}
}

// Connections counts the WebSocket handshakes tried so far, refused ones included.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.made
}

// Open counts the WebSocket connections that are open now.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// DropAll cuts all WebSocket connections without a close frame, as a lost network does, and all streams of server-sent events.
func (s *Server) DropAll() {
	s.dropStreams()
	for _, c := range s.open() {
		c.cut()
	}
}

// CloseAll ends all WebSocket connections with a close frame, after the frames that wait to be written; code 1005 sends a close
// frame without a code.
func (s *Server) CloseAll(code int, reason string) {
	for _, c := range s.open() {
		c.send(frame{kind: websocket.CloseMessage, data: websocket.FormatCloseMessage(code, reason)})
	}
}

// Revoke rejects the token of every open WebSocket the way the persona does after a handshake: NapCat with the 1403 frame and a
// close without a code, LLBot with the frame and close 1008, the others with close 1008 alone.
func (s *Server) Revoke() {
	for _, c := range s.open() {
		s.reject(c)
	}
}

func (s *Server) open() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		list = append(list, c)
	}
	return list
}
