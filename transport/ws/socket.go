package ws

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/onebot-go/onebot/internal/correlate"
)

// socket is one connection from its handshake to its end. Calls see it through the link that it belongs to.
type socket struct {
	conn   *Conn
	ws     *websocket.Conn
	box    *outbox
	table  *correlate.Table
	masked bool // a client masks its frames
	plain  bool // no TLS between the frames and the outbox
	events bool // events that come here are wanted
	selfID int64
	born   time.Time
	// gone is closed when the socket has ended and its link knows.
	gone chan struct{}
	// heard: a frame has come that does not reject the token. It belongs to the reader, and to who was told of the end.
	heard bool
	// refused: the first frame rejected the token, so that nothing that was written here has been looked at. It belongs to the same.
	refused bool
	noise   noise
	pings   pings
	load    load // of an accepted connection

	turn sync.Mutex // one frame after the other; nobody waits for the peer while holding it

	mu    sync.Mutex
	cause error
}

func newSocket(c *Conn, conn *websocket.Conn, box *outbox, readLimit int64, masked bool) *socket {
	s := &socket{
		conn: c, ws: conn, box: box, masked: masked,
		table: correlate.NewTable(&c.ids),
		born:  time.Now(),
		gone:  make(chan struct{}),
		plain: conn.NetConn() == net.Conn(box),
	}
	conn.SetReadLimit(readLimit)
	conn.SetPingHandler(s.answerPing)
	conn.SetPongHandler(s.heardPong)
	box.buffer(s.table)
	return s
}

// end is what follows when reading has failed. It tells why the socket ends; every call on it has been told then, and nothing of it runs.
func (s *socket) end(err error) error {
	if why := s.box.failure(); why != nil && isTimeout(err) {
		err = why // the reader had no deadline before a write failed
	}
	if saysGoodbye(err) {
		s.box.drain(goodbyeWait)
	}
	s.kill(lossOf(err))
	cause := s.reason()
	s.stopPings()
	// Only when the flusher has ended is it certain what was never written.
	s.box.flusher.Wait()
	s.table.Close(cause)
	s.table.Wait()
	return cause
}

// kill ends the socket for the given reason, unless it has one already.
func (s *socket) kill(why error) {
	s.blame(why)
	s.box.shut(s.reason())
}

// blame notes why the socket ends. Only the first reason counts.
func (s *socket) blame(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause == nil {
		s.cause = s.conn.mask.Error(why)
	}
}

func (s *socket) reason() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cause
}

// farewell ends the socket from our side: it says so to the peer, lets what is pending leave within goodbyeWait, and
// closes.
func (s *socket) farewell() {
	s.blame(errClosed) // first, or the peer's answer would be taken for a loss
	s.control(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
	s.box.drain(goodbyeWait)
	s.kill(errClosed)
}

// control appends a control frame. A failure is that of the connection, of which the reader hears.
func (s *socket) control(kind int, payload []byte) {
	_ = s.ws.WriteControl(kind, payload, time.Time{})
}

// write appends one frame, waiting for room until ctx ends, and gives its position in the stream. On an error nothing
// was appended.
func (s *socket) write(ctx context.Context, frame []byte) (int64, error) {
	for {
		position, changed, err := s.append(frame)
		if changed == nil {
			return position, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// append is write where there is room; else changed is what to wait for.
func (s *socket) append(frame []byte) (position int64, changed <-chan struct{}, err error) {
	if s.plain {
		position, lead, changed, err := s.box.put(frame)
		if lead {
			s.box.lead()
		}
		return position, changed, err
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	if ok, changed := s.box.room(len(frame)); !ok {
		return 0, changed, nil
	}
	position = s.box.position()
	_, err = s.ws.NetConn().Write(frame) // TLS makes records of it, which are appended
	return position, nil, err
}

// failure makes the error of a call whose frame stands at position when the socket has ended with why. A close with 1008 tells nothing
// about what was written before: onebots means the token by it, others a message that they have refused, or acted on.
func (s *socket) failure(action string, position int64, why error) error {
	written := s.box.reached(position)
	switch {
	case written && !s.refused:
		return unknown(action, why)
	case isFinal(why):
		return notSent(action, why)
	default:
		return notConnected(action, why)
	}
}

// answerPing appends a pong, unless the peer reads none: a flood of pings must not fill the memory.
func (s *socket) answerPing(payload string) error {
	s.box.heard()
	if ok, _ := s.box.room(len(payload) + headRoom); ok {
		s.control(websocket.PongMessage, []byte(payload))
	}
	return nil
}

// noise counts frames that cannot be used, and says when it is time to log them.
type noise struct {
	count  int
	logged time.Time
}

const noiseEvery = time.Second

func (n *noise) add(now time.Time) (count int, log bool) {
	n.count++
	if !n.logged.IsZero() && now.Sub(n.logged) < noiseEvery {
		return 0, false
	}
	count, n.count, n.logged = n.count, 0, now
	return count, true
}
