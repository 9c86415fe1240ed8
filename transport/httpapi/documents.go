package httpapi

import (
	"errors"
	"io"
)

var errNotJSON = errors.New("not a JSON object")

// documents takes the JSON objects out of a body one after the other, as they arrive: NapCat's *_stream actions answer
// with several, separated by CR LF CR LF. The limit is that of one object, since a download has no end to speak of.
type documents struct {
	body  io.Reader
	limit int64
	buf   []byte
	// start is where the present document begins, at how far it has been looked at.
	start, at int
	depth     int
	inString  bool
	escaped   bool
	err       error
}

func newDocuments(body io.Reader, limit int64) *documents {
	return &documents{body: body, limit: limit, buf: make([]byte, 0, 4096)}
}

// next gives the next object, valid until the next call. It finds where the object ends and checks no more of it.
// At the end it gives io.EOF, inside an object io.ErrUnexpectedEOF, and errNotJSON where no object begins.
func (d *documents) next() ([]byte, error) {
	d.start = d.at
	for {
		if doc, err := d.scan(); doc != nil || err != nil {
			return doc, err
		}
		if int64(d.at-d.start) > d.limit {
			return nil, errTooLarge
		}
		if d.err != nil {
			if errors.Is(d.err, io.EOF) && d.at > d.start {
				return nil, io.ErrUnexpectedEOF
			}
			return nil, d.err
		}
		d.fill()
	}
}

// rest gives what was read and not handed out.
func (d *documents) rest() []byte { return d.buf[d.start:] }

// scan looks at the unread bytes for the end of the object; nil when more are needed.
func (d *documents) scan() ([]byte, error) {
	for ; d.at < len(d.buf); d.at++ {
		ch := d.buf[d.at]
		switch {
		case d.depth == 0:
			switch ch {
			case ' ', '\t', '\r', '\n':
				d.start = d.at + 1
			case '{':
				d.depth = 1
			default:
				return nil, errNotJSON
			}
		case d.escaped:
			d.escaped = false
		case d.inString:
			d.escaped = ch == '\\'
			d.inString = ch != '"'
		case ch == '"':
			d.inString = true
		case ch == '{', ch == '[':
			d.depth++
		case ch == '}', ch == ']':
			if d.depth--; d.depth == 0 {
				d.at++
				if int64(d.at-d.start) > d.limit {
					return nil, errTooLarge
				}
				return d.buf[d.start:d.at], nil
			}
		}
	}
	return nil, nil
}

// fill reads more, after moving the present document to the front of the buffer.
func (d *documents) fill() {
	if d.start > 0 {
		n := copy(d.buf, d.buf[d.start:])
		d.buf = d.buf[:n]
		d.at -= d.start
		d.start = 0
	}
	if len(d.buf) == cap(d.buf) {
		d.buf = append(d.buf, 0)[:len(d.buf)]
	}
	n, err := d.body.Read(d.buf[len(d.buf):cap(d.buf)])
	d.buf = d.buf[:len(d.buf)+n]
	d.err = err
}
