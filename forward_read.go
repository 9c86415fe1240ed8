package onebot

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/onebot-go/onebot/internal/wire"
)

// What one ReadForward may cost, whatever the server says is in the forward: how many forwards it fetches, and how many nodes it
// looks at. A forward that stands in many places is fetched once and copied for each.
const (
	readMax      = 512
	readNodesMax = 65536
)

// GetForwardMsg reads a forward by its id: that of a received forward segment, or of a ForwardReceipt. The four shapes in which
// servers answer become one Forward; inner forwards are read as far as the server sends them along, else they are forward
// segments with an id, for ReadForward. An empty forward has no nodes. A message in which the server left nothing says so, as in
// MessageEvent.Node, so that what was read can be sent again.
//
// Errors: ErrInvalidArgument for an empty id; an *ActionError where the server does not know the id. NapCat cannot read a forward of
// the account itself by its message id, only by its ForwardID.
//
// OneBot action: get_forward_msg (OneBot 11, api/public.md).
func (c *Client) GetForwardMsg(ctx context.Context, id string) (*Forward, error) {
	const action = "get_forward_msg"
	if id == "" {
		return nil, refused(action, fmt.Errorf("empty forward id: %w", ErrInvalidArgument))
	}
	params := append(wire.AppendString([]byte(`{"id":`), id), '}')
	resp, err := c.do(ctx, request(action, params))
	if err != nil {
		return nil, err
	}
	f, err := readForward(string(resp.Data))
	if err != nil {
		return nil, fmt.Errorf("onebot: %s: %w: %w", action, ErrOutcomeUnknown, err)
	}
	return f, nil
}

var errNoForward = errors.New("the answer holds no forward")

func readForward(data string) (*Forward, error) {
	l := wire.NewLexer(data)
	if !l.BeginObject() {
		return nil, errNoForward
	}
	var f *Forward
	for {
		key, ok := l.NextKey()
		if !ok {
			break
		}
		// Over a string under "message" (an error text) the lexer passes.
		if kind := l.Peek(); (key == "messages" || key == "message") && (kind == wire.Array || kind == wire.Object || kind == wire.Null) {
			f = &Forward{Nodes: readNodes(&l)}
		} else {
			l.Skip()
		}
	}
	if err := l.End(); err != nil {
		return nil, err
	}
	if f == nil {
		return nil, errNoForward
	}
	return f.rewritten(filled), nil
}

// filled gives something in place of a message that came empty: no server takes an empty one back.
func filled(m Message) Message {
	if len(m) == 0 {
		return Message{Text(emptyMessage)}
	}
	return m
}

// rewritten gives f with what rewrite makes of each message in it, at every level. f itself is not changed.
func (f *Forward) rewritten(rewrite func(Message) Message) *Forward {
	out := *f
	out.Nodes = slices.Clone(f.Nodes)
	for i := range out.Nodes {
		switch n := &out.Nodes[i]; {
		case n.Nested != nil:
			n.Nested = n.Nested.rewritten(rewrite)
		case n.Ref == "":
			n.Content = rewrite(n.Content)
		}
	}
	return &out
}

// ReadForward reads a received forward with the forwards inside it: what the segment brought along first, the rest by
// GetForwardMsg. maxDepth is how many levels to read, 1 for the forward itself only; less counts as 1. A forward that contains
// itself is not followed, one that stands in several places is fetched once, and at most 512 are fetched, or fewer when the tree has
// grown to 65,536 nodes. An inner forward that cannot be read, for whatever reason, stays a forward segment with its id; only a
// failure to read s itself is an error, that of GetForwardMsg.
//
// OneBot action: get_forward_msg (OneBot 11, api/public.md).
func (c *Client) ReadForward(ctx context.Context, s ForwardSegment, maxDepth int) (*Forward, error) {
	r := forwardReader{c: c, have: map[string]*Forward{}, open: map[string]bool{}}
	f, err := r.fetch(ctx, s)
	if err != nil {
		return nil, err
	}
	return r.fill(ctx, f, s.ID, max(maxDepth, 1)), nil
}

type forwardReader struct {
	c       *Client
	have    map[string]*Forward // what was fetched; nil: cannot be read
	open    map[string]bool     // the forwards that are being filled: the way from the outermost to here
	fetched int
	nodes   int // looked at
}

func (r *forwardReader) fetch(ctx context.Context, s ForwardSegment) (*Forward, error) {
	if len(s.Content) > 0 {
		return &Forward{Nodes: s.Content}, nil
	}
	return r.c.GetForwardMsg(ctx, s.ID)
}

// fill reads what is inside f, depth levels in all.
func (r *forwardReader) fill(ctx context.Context, f *Forward, id string, depth int) *Forward {
	if depth <= 1 || r.nodes >= readNodesMax {
		return f
	}
	r.nodes += len(f.Nodes)
	if id != "" {
		r.open[id] = true
		defer delete(r.open, id)
	}
	out := *f
	out.Nodes = make([]Node, len(f.Nodes))
	for i, n := range f.Nodes {
		switch inner := soleForward(n.Content); {
		case n.Nested != nil:
			n.Nested = r.fill(ctx, n.Nested, "", depth-1)
		case inner != nil:
			if nested := r.inner(ctx, *inner, depth-1); nested != nil {
				n.Nested, n.Content = nested, nil
			}
		default:
			n.Content = r.fillContent(ctx, n.Content, depth-1)
		}
		out.Nodes[i] = n
	}
	return &out
}

// fillContent reads the forwards that stand in a message beside other segments.
func (r *forwardReader) fillContent(ctx context.Context, m Message, depth int) Message {
	var out Message
	for i, seg := range m {
		s, ok := seg.(ForwardSegment)
		if !ok {
			continue
		}
		if nested := r.inner(ctx, s, depth); nested != nil {
			if out == nil {
				out = append(out, m...)
			}
			s.Content = nested.Nodes
			out[i] = s
		}
	}
	if out == nil {
		return m
	}
	return out
}

// inner gives the filled forward that s stands for, nil where it cannot be had.
func (r *forwardReader) inner(ctx context.Context, s ForwardSegment, depth int) *Forward {
	if r.open[s.ID] && s.ID != "" {
		return nil
	}
	f, known := r.have[s.ID]
	switch {
	case len(s.Content) > 0:
		f = &Forward{Nodes: s.Content}
	case known:
	case s.ID == "" || r.fetched >= readMax || ctx.Err() != nil:
		return nil
	default:
		r.fetched++
		got, err := r.c.GetForwardMsg(ctx, s.ID)
		if err != nil {
			r.c.log.Debug("onebot: an inner forward stays a reference", "id", s.ID, "error", err)
			got = nil
		}
		f = got
		r.have[s.ID] = f
	}
	if f == nil {
		return nil
	}
	return r.fill(ctx, f, s.ID, depth)
}

// soleForward gives the forward that is all of a message.
func soleForward(m Message) *ForwardSegment {
	if len(m) != 1 {
		return nil
	}
	switch s := m[0].(type) {
	case ForwardSegment:
		return &s
	case *ForwardSegment:
		return s
	}
	return nil
}
