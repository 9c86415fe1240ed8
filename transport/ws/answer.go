package ws

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

// decodeResponse reads an answer in place: its texts and its data are parts of frame, which is the call's own copy. The
// data may be changed by whoever gets it, as no text overlaps it.
func decodeResponse(frame []byte) (*transport.Response, error) {
	reply, err := readReply(frame)
	if err != nil {
		return nil, err
	}
	resp := new(transport.Response)
	fill(resp, &reply)
	if n := len(reply.Data); n > 0 {
		resp.Data = unsafe.Slice(unsafe.StringData(reply.Data), n)[:n:n]
	} else {
		resp.Data = []byte("null")
	}
	return resp, nil
}

// smallResponse is a response together with its data, where that is short: one allocation for both.
type smallResponse struct {
	transport.Response

	data [64]byte
}

// copyResponse reads an answer out of memory that is used again.
func copyResponse(frame []byte) (*transport.Response, error) {
	reply, err := readReply(frame)
	if err != nil {
		return nil, err
	}
	resp := new(smallResponse)
	fill(&resp.Response, &reply)
	resp.Status, resp.Message, resp.Wording = keep(reply.Status), keep(reply.Message), keep(reply.Wording)
	if reply.Data == "" {
		reply.Data = "null"
	}
	if n := len(reply.Data); n <= len(resp.data) {
		resp.Data = resp.data[:copy(resp.data[:], reply.Data):n]
	} else {
		resp.Data = []byte(reply.Data)
	}
	return &resp.Response, nil
}

func readReply(frame []byte) (wire.Reply, error) {
	reply, err := wire.DecodeReply(unsafe.String(unsafe.SliceData(frame), len(frame)))
	if err != nil {
		return wire.Reply{}, fmt.Errorf("unreadable answer: %w", err)
	}
	return reply, nil
}

func fill(resp *transport.Response, reply *wire.Reply) {
	resp.Status, resp.Retcode, resp.Partial = reply.Status, reply.Retcode, reply.Partial
	resp.Message, resp.Wording = reply.Message, reply.Wording
}

// keep copies a text, without allocating for the usual one.
func keep(s string) string {
	if s == "ok" {
		return "ok"
	}
	return strings.Clone(s)
}
