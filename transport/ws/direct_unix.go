//go:build unix

package ws

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// direct writes to a socket of the system without ever waiting: what the kernel does not take at once is left over. With it a call
// writes its own request, which saves the way through another goroutine, and still no stuck peer can hold it.
type direct struct {
	raw   syscall.RawConn
	once  func(fd uintptr) bool // made once, as it would be allocated for each write
	p     []byte
	n     int
	tried bool
	err   error
}

// newDirect gives nil for what is not exactly a socket: a type around one may have a Write of its own.
func newDirect(conn net.Conn) *direct {
	var sock syscall.Conn
	switch conn := conn.(type) {
	case *net.TCPConn:
		sock = conn
	case *net.UnixConn:
		sock = conn
	default:
		return nil
	}
	raw, err := sock.SyscallConn()
	if err != nil {
		return nil
	}
	d := &direct{raw: raw}
	d.once = func(fd uintptr) bool {
		d.tried = true
		d.n, d.err = syscall.Write(int(fd), d.p)
		return true // never again: that would wait
	}
	return d
}

// write gives how much was taken. It is used by one goroutine at a time.
func (d *direct) write(p []byte) (int, error) {
	d.p, d.n, d.tried, d.err = p, 0, false, nil
	err := d.raw.Write(d.once)
	d.p = nil
	if d.tried {
		err = d.err
	}
	switch {
	case err == nil:
		return d.n, nil
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR), errors.Is(err, os.ErrDeadlineExceeded):
		return 0, nil // the deadline is an old one of the flusher, which sets a new one
	default:
		return 0, err
	}
}
