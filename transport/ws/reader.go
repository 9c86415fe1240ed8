package ws

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/gorilla/websocket"

	"github.com/onebot-go/onebot/internal/correlate"
	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

// read hands on one frame after the other, text and binary alike, of at most limit bytes, until the connection fails or the token is
// rejected.
func (s *socket) read(limit int64) error {
	for {
		_, r, err := s.ws.NextReader()
		if err != nil {
			return err
		}
		buf := getBuffer()
		if err = readAll(r, buf, limit); err != nil {
			return err
		}
		err = s.route(*buf)
		putBuffer(buf)
		if err != nil {
			return err
		}
	}
}

// readAll is io.ReadAll into a buffer that is used again. gorilla counts what comes by the network, readAll what comes out of it.
func readAll(r io.Reader, buf *[]byte, limit int64) error {
	for {
		if _, err := readInto(r, buf); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if int64(len(*buf)) > limit {
			return websocket.ErrReadLimit
		}
	}
}

// readInto appends what one read gives.
func readInto(r io.Reader, buf *[]byte) (int, error) {
	b := *buf
	if len(b) == cap(b) {
		b = slices.Grow(b, max(512, len(b)))
	}
	n, err := r.Read(b[len(b):cap(b)])
	*buf = b[:len(b)+n]
	return n, err
}

// route brings a frame to the call or the sink that it is for. It fails only when the frame rejects the token.
func (s *socket) route(frame []byte) error {
	// The echo of a reply stands near its end on nearly every server: a long one need not be walked to find it.
	if id, ok := correlate.ParseEcho(wire.TailEcho(frame)); ok && s.deliver(id, frame) == correlate.Delivered {
		s.heard = true
		return nil
	}
	head := wire.ScanHead(frame)
	switch head.Kind {
	case wire.FrameReply:
		return s.routeReply(frame, &head)
	case wire.FrameBroken, wire.FrameUnscanned:
		s.dropped("ws: frame is no JSON object", len(frame))
	case wire.FrameEvent, wire.FrameChat, wire.FrameOther:
		if head.Heartbeat && head.Post == wire.PostMeta {
			s.heardBeat(head.Interval)
		}
		if s.events {
			s.conn.inbox.put(transport.Frame{Data: frame, SelfID: s.selfID, Head: head})
		}
	}
	s.heard = true
	return nil
}

// badToken is the retcode of a frame that says that the token was wrong (dialects.md, section 5.5). It answers no request.
const badToken = 1403

func (s *socket) routeReply(frame []byte, head *wire.Head) error {
	echo := head.Echo.Of(frame)
	none := len(echo) == 0 || string(echo) == "null" || string(echo) == `""`
	if none && head.Retcode == badToken {
		s.refused = !s.heard
		return errRejected
	}
	s.heard = true
	verdict := correlate.Unknown
	if !none && echo[0] == '"' {
		if id, ok := correlate.ParseEcho(echo[1 : len(echo)-1]); ok {
			verdict = s.deliver(id, frame)
		}
	}
	if verdict == correlate.Late && s.events && s.conn.events != s.conn.calls {
		verdict = correlate.Unknown // no call was written here, and the one that is meant may still wait on the other socket
	}
	switch verdict {
	case correlate.Delivered:
	case correlate.Late:
		s.conn.lateReplies.Add(1)
	case correlate.Unknown:
		s.conn.unknownEchoes.Add(1)
		s.conn.logger.Debug("ws: reply to no call", "bytes", len(frame))
	}
	return nil
}

// deliver gives a copy of a reply to its call.
func (s *socket) deliver(id correlate.ID, frame []byte) correlate.Verdict {
	s.box.answered = true
	return s.table.Deliver(id, frame, isPartial(frame))
}

// isPartial tells whether more frames follow with the same echo. The word that says so stands outside the data, so that
// of a long frame only the ends are looked at before it is walked.
func isPartial(frame []byte) bool {
	if bytes.HasSuffix(frame, []byte(`"stream":"normal-action"}`)) {
		return false
	}
	const small, end = 4 << 10, 512
	word := []byte(`"stream-action"`)
	if len(frame) <= small {
		if !bytes.Contains(frame, word) {
			return false
		}
	} else if !bytes.Contains(frame[:end], word) && !bytes.Contains(frame[len(frame)-end:], word) {
		return false
	}
	reply, err := wire.DecodeReply(string(frame))
	return err == nil && reply.Partial
}

// dropped logs frames that cannot be used, at most once in a second.
func (s *socket) dropped(what string, size int) {
	if count, ok := s.noise.add(time.Now()); ok {
		s.conn.logger.Warn(what, "url", s.conn.name, "bytes", size, "frames", count)
	}
}
