package onebot

const (
	paramsSize = 512       // what a buffer begins with: most messages are shorter
	paramsKeep = 256 << 10 // a buffer that has grown beyond this is not kept
)

// params is a buffer that the parameters of a send are written into.
type params struct{ b []byte }

// newParams gives an empty buffer.
func (c *Client) newParams() *params {
	if p, ok := c.cfg.buffers.Get().(*params); ok {
		p.b = p.b[:0]
		return p
	}
	return &params{b: make([]byte, 0, paramsSize)}
}

// reuse keeps a buffer whose call was answered over a WebSocket, which has copied it. Elsewhere it is left alone: next to an HTTP
// request it costs little, and a transport or interceptor that reads on by mistake then harms no other call.
func (c *Client) reuse(p *params, resp *Response) {
	if resp.HTTPStatus == 0 && cap(p.b) <= paramsKeep {
		c.cfg.buffers.Put(p)
	}
}
