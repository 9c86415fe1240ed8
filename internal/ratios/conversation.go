package main

import (
	"bytes"
	"encoding/binary"
	"net"
	"slices"
	"strconv"
)

// The frames of RFC 6455, section 5.2, that a conversation knows.
const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// flushAt is how many bytes are gathered for one write, at most.
const flushAt = 64 << 10

// conversation is the server's side of one connection. It takes frames out of its buffer by hand, looks at no more of a request than its
// ends, and answers everything that came in one read by one write: a server that took as long as its client would hide how long that takes.
type conversation struct {
	conn    net.Conn
	events  [][]byte
	in, out []byte
	next    int // the event that is pushed next
}

// run answers every request; the one with the action "push" it answers and then pushes the corpus, over and over, as many events as
// its params say.
func (c *conversation) run() {
	c.in = make([]byte, 0, 256<<10)
	for {
		n, err := c.conn.Read(c.in[len(c.in):cap(c.in)])
		if err != nil {
			return
		}
		c.in = c.in[:len(c.in)+n]
		used := 0
		for {
			size := c.frame(c.in[used:])
			if size < 0 {
				return
			}
			if size == 0 {
				break
			}
			used += size
		}
		c.in = c.in[:copy(c.in, c.in[used:])]
		if len(c.in) == cap(c.in) {
			c.in = slices.Grow(c.in, cap(c.in))
		}
		if !c.flush(0) {
			return
		}
	}
}

// frame handles the frame that b begins with, and gives its size: 0 where it is not complete, -1 where there will be no more.
func (c *conversation) frame(b []byte) int {
	size, at := headed(b)
	if at == 0 || len(b) < at+size {
		return 0
	}
	mask := b[at-4 : at]
	payload := b[at : at+size]
	switch b[0] & 0x0f {
	case opText:
		c.request(payload, mask)
	case opPing:
		c.out = append(frameHeader(c.out, opPong, size), unmasked(payload, mask, 0, size)...)
	case opClose:
		return -1
	}
	return at + size
}

// headed reads a header: how large the payload is, and where it begins; 0 where the header is not complete.
func headed(b []byte) (size, at int) {
	if len(b) < 14 {
		var room [14]byte
		copy(room[:], b)
		if size, at = headed(room[:]); at > len(b) {
			return 0, 0
		}
		return size, at
	}
	const mask = 4
	switch size = int(b[1] & 0x7f); size {
	case 126:
		return int(binary.BigEndian.Uint16(b[2:])), 4 + mask
	case 127:
		return int(binary.BigEndian.Uint64(b[2:])), 10 + mask //nolint:gosec // what a client of this program sends
	default:
		return size, 2 + mask
	}
}

func (c *conversation) request(payload, mask []byte) {
	const most = 64
	end := unmasked(payload, mask, max(0, len(payload)-most), len(payload))
	echo := end[bytes.LastIndex(end, []byte(`"echo":"`))+8 : len(end)-2]
	const stream = `","stream":"normal-action"}`
	c.out = frameHeader(c.out, opText, len(okReply)+len(echo)+len(stream))
	c.out = append(append(append(c.out, okReply...), echo...), stream...)
	for range pushed(unmasked(payload, mask, 0, min(len(payload), most))) {
		c.out = append(c.out, c.events[c.next%len(c.events)]...)
		if c.next++; !c.flush(flushAt) {
			return
		}
	}
}

// flush writes what has gathered where that is more than so many bytes.
func (c *conversation) flush(least int) bool {
	if len(c.out) <= least {
		return true
	}
	_, err := c.conn.Write(c.out)
	c.out = c.out[:0]
	return err == nil
}

// unmasked gives a copy of part of a payload.
func unmasked(payload, mask []byte, from, to int) []byte {
	part := bytes.Clone(payload[from:to])
	for i := range part {
		part[i] ^= mask[(from+i)%4]
	}
	return part
}

func frameHeader(b []byte, kind byte, size int) []byte {
	b = append(b, 0x80|kind)
	switch {
	case size < 126:
		return append(b, byte(size))
	case size < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, 126), uint16(size))
	default:
		return binary.BigEndian.AppendUint64(append(b, 127), uint64(size))
	}
}

// pushed reads how many events a request asks for.
func pushed(start []byte) int {
	_, rest, ok := bytes.Cut(start, []byte(`{"action":"push","params":{"n":`))
	if !ok {
		return 0
	}
	digits, _, _ := bytes.Cut(rest, []byte(`}`))
	n, err := strconv.Atoi(string(digits))
	if err != nil {
		return 0
	}
	return n
}
