//go:build !unix

package ws

import (
	"errors"
	"net"
)

// direct is for systems whose sockets can be written to without waiting. On this one everything goes through the flusher.
type direct struct{}

func newDirect(net.Conn) *direct { return nil }

func (*direct) write([]byte) (int, error) { return 0, errors.ErrUnsupported }
