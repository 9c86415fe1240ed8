package onebot

import (
	"context"
	"errors"
	"fmt"
)

// forwardWay is how a dialect takes forwards.
type forwardWay struct {
	uploads  bool // send_forward_msg uploads and sends nothing; the id can be sent as a segment
	noNested bool // an inner forward has to be uploaded first and referred to
	noRefs   bool // a node that only names a message fails the whole call
	levels   int  // how deep forwards may be nested; 0: no limit of its own
}

func (d Dialect) forwardWay() forwardWay {
	switch d {
	case NapCat:
		return forwardWay{levels: 3}
	case Lagrange:
		return forwardWay{uploads: true, noNested: true, noRefs: true}
	default:
		return forwardWay{}
	}
}

func isUnknownAction(err error) bool { return errors.Is(err, ErrUnknownAction) }

// fitForward makes of f what this server takes. f itself is not changed.
func (c *Client) fitForward(ctx context.Context, action string, f *Forward, way forwardWay) (*Forward, error) {
	if depth := f.levels(); way.levels > 0 && depth > way.levels {
		return nil, refused(action, fmt.Errorf("%d levels of forwards, this server keeps %d and cannot take inner ones apart: %w",
			depth, way.levels, ErrInvalidArgument))
	}
	if !way.noNested && !way.noRefs {
		return f, nil
	}
	return c.flatten(ctx, f, way)
}

// flatten uploads inner forwards from the inside out and turns references into custom nodes.
func (c *Client) flatten(ctx context.Context, f *Forward, way forwardWay) (*Forward, error) {
	out := *f
	out.Nodes = make([]Node, len(f.Nodes))
	for i, n := range f.Nodes {
		switch {
		case n.Nested != nil && way.noNested:
			inner, err := c.flatten(ctx, n.Nested, way)
			if err != nil {
				return nil, fmt.Errorf("nodes[%d]: %w", i, err)
			}
			id, err := c.upload(ctx, inner)
			if err != nil {
				return nil, fmt.Errorf("nodes[%d]: %w", i, err)
			}
			n.Nested, n.Content = nil, Message{ForwardRef(id)}
		case n.Ref != "" && way.noRefs:
			m, err := c.GetMsg(ctx, n.Ref)
			if err != nil {
				return nil, fmt.Errorf("nodes[%d]: reading message %s: %w", i, n.Ref, err)
			}
			n = m.Node()
		}
		out.Nodes[i] = n
	}
	return &out, nil
}

// levels counts how deep forwards are nested; 1 for one without inner ones.
func (f *Forward) levels() int {
	depth := 0
	for _, n := range f.Nodes {
		if n.Nested != nil {
			depth = max(depth, n.Nested.levels())
		}
	}
	return depth + 1
}
