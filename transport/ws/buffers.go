package ws

import "sync"

// Buffers are taken for one frame or one write and given back, so that an idle connection holds none.
//
//nolint:gochecknoglobals // a pool of buffers without content is no state
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// writeBuffers is what gorilla asks for; it is used for nothing but the size, as frames are sealed in buffers of our own.
//
//nolint:gochecknoglobals // a pool of buffers without content is no state
var writeBuffers sync.Pool

func getBuffer() *[]byte {
	b, _ := buffers.Get().(*[]byte)
	return b
}

func putBuffer(b *[]byte) {
	if cap(*b) > maxKept {
		return
	}
	*b = (*b)[:0]
	buffers.Put(b)
}
