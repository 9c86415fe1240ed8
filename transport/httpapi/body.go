package httpapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
)

var errGivenUp = errors.New("request given up")

// outgoing is the body of a request, and knows whether any of it can have left the machine. The HTTP client takes the
// body when it writes the request, so while nothing has been read from it no server can have seen the call.
//
// The client repeats a POST only where the request has a GetBody and not one byte was written to a reused connection
// that turned out dead. It asks GetBody for the second body then, which makes it untouched again.
type outgoing struct {
	// small is set where request and body fit into one write, which net/http makes only of a reader it knows. It reads a copy: a server may
	// answer before the request is written.
	small *bytes.Reader
	room  [512]byte // for the usual copy

	mu   sync.Mutex
	data []byte
	at   int
	// touched: some of data was read. over: the call has ended, and data belongs to the caller again.
	touched, over bool
}

// attach makes the body r's.
func (b *outgoing) attach(r *http.Request, oneWrite bool) {
	r.ContentLength = int64(len(b.data))
	// With one of these keys the HTTP client would repeat a POST that it has written.
	safe := len(r.Header["Idempotency-Key"]) == 0 && len(r.Header["X-Idempotency-Key"]) == 0
	if oneWrite {
		b.data = append(b.room[:0], b.data...)
		b.small = bytes.NewReader(b.data)
		r.Body = io.NopCloser(b.small)
	} else {
		r.Body = b
	}
	if safe {
		r.GetBody = b.again
	}
}

// again is the request's GetBody.
func (b *outgoing) again() (io.ReadCloser, error) {
	if b.small != nil {
		b.small = bytes.NewReader(b.data)
		return io.NopCloser(b.small), nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at, b.touched = 0, false
	return b, nil
}

// Read hands out the data until the call has ended: a server may answer before it has read everything, and then the
// HTTP client goes on writing.
func (b *outgoing) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return 0, errGivenUp
	}
	b.touched = true
	if b.at >= len(b.data) {
		return 0, io.EOF
	}
	n := copy(p, b.data[b.at:])
	b.at += n
	return n, nil
}

// Close does nothing: the data belongs to the caller.
func (b *outgoing) Close() error { return nil }

// end makes the data the caller's again. The HTTP client may be at it still, where the server has answered early.
func (b *outgoing) end() {
	if b.small == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.over = true
	}
}

// untouched ends the body and reports whether nothing was sent. It is for a request that has failed: the HTTP client does not write
// any more then.
func (b *outgoing) untouched() bool {
	b.end()
	if b.small != nil {
		return b.small.Len() == len(b.data)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.touched
}

// largestKept is the largest buffer that goes back to the pool: one huge answer must not stay in memory for ever.
const largestKept = 1 << 20

// buffers recycles the buffers that answers and posted events are read into.
type buffers struct{ pool sync.Pool }

func (p *buffers) get() *[]byte {
	if b, ok := p.pool.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, 0, 4096)
	return &b
}

func (p *buffers) put(b *[]byte) {
	if cap(*b) <= largestKept {
		*b = (*b)[:0]
		p.pool.Put(b)
	}
}

var errTooLarge = errors.New("body larger than the limit")

// readAll appends r to dst until it ends, and gives errTooLarge where there is more than limit.
func readAll(dst []byte, r io.Reader, limit int64) ([]byte, error) {
	start := len(dst)
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if int64(len(dst)-start) > limit {
			return dst, errTooLarge
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return dst, err
		}
	}
}
