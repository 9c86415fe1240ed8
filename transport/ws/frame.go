package ws

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/gorilla/websocket"

	"github.com/onebot-go/onebot/internal/correlate"
	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

// headRoom is the longest header of a frame: two bytes, a length of eight, a mask of four.
const headRoom = 14

// appendRequest appends one request as a server reads it, behind room for a frame's header.
func appendRequest(dst []byte, req transport.Request, id correlate.ID) []byte {
	var room [headRoom]byte
	dst = append(dst, room[:]...)
	dst = append(dst, `{"action":`...)
	dst = wire.AppendString(dst, req.Action)
	dst = append(dst, `,"params":`...)
	dst = append(dst, req.Params...)
	dst = append(dst, `,"echo":"`...)
	dst = correlate.AppendEcho(dst, id)
	return append(dst, `"}`...)
}

// sealFrame makes one text frame of what stands behind the room for its header, in place, and gives the frame. gorilla
// would allocate a writer for each message, copy it, and split what is longer than its buffer into several frames.
func sealFrame(buf []byte, mask bool) []byte {
	payload := buf[headRoom:]
	start := headRoom
	var maskBit byte
	if mask {
		start -= 4
		key := rand.Uint32()
		binary.LittleEndian.PutUint32(buf[start:], key)
		applyMask(payload, key)
		maskBit = 0x80
	}
	switch n := len(payload); {
	case n < 126:
		start--
		buf[start] = maskBit | byte(n)
	case n <= 0xffff:
		start -= 3
		buf[start] = maskBit | 126
		binary.BigEndian.PutUint16(buf[start+1:], uint16(n))
	default:
		start -= 9
		buf[start] = maskBit | 127
		binary.BigEndian.PutUint64(buf[start+1:], uint64(n))
	}
	start--
	buf[start] = 0x80 | websocket.TextMessage
	return buf[start:]
}

// applyMask goes eight bytes at a time: a picture sent as base64 has millions.
func applyMask(p []byte, key uint32) {
	wide := uint64(key)<<32 | uint64(key)
	for len(p) >= 8 {
		binary.LittleEndian.PutUint64(p, binary.LittleEndian.Uint64(p)^wide)
		p = p[8:]
	}
	for i := range p {
		p[i] ^= byte(key >> (8 * (i % 4)))
	}
}
