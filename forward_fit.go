package onebot

import (
	"context"
	"fmt"
	"strings"
)

// forwardWay is how a dialect takes forwards.
type forwardWay struct {
	uploads  bool // send_forward_msg uploads and sends nothing; the id can be sent as a segment
	noNested bool // an inner forward has to be uploaded first and referred to
	noRefs   bool // a node that only names a message fails the whole call
	readIDs  bool // a received forward has a number for its id, which can be read and not sent
	levels   int  // how deep forwards may be nested; 0: no limit of its own
}

func (d Dialect) forwardWay() forwardWay {
	switch d {
	case NapCat:
		return forwardWay{readIDs: true, levels: 3}
	case Lagrange:
		return forwardWay{uploads: true, noNested: true, noRefs: true}
	default:
		return forwardWay{}
	}
}

// fitting makes of a forward what one server takes.
type fitting struct {
	c      *Client
	action string
	way    forwardWay
}

// fitForward makes of f what this server takes. f itself is not changed.
func (c *Client) fitForward(ctx context.Context, action string, f *Forward, way forwardWay) (*Forward, error) {
	t := fitting{c: c, action: action, way: way}
	// Looked at before anything is asked of the server; fit looks again at what it reads.
	if err := t.checkDepth(f.levels()); err != nil {
		return nil, err
	}
	return t.fit(ctx, f, nil)
}

func (t *fitting) checkDepth(levels int) error {
	if t.way.levels == 0 || levels <= t.way.levels {
		return nil
	}
	return refused(t.action, fmt.Errorf("%d levels of forwards, this server keeps %d and has no way to upload inner ones first: %w",
		levels, t.way.levels, ErrInvalidArgument))
}

// fit works from the inside out. above is the way from the outermost forward to f.
func (t *fitting) fit(ctx context.Context, f *Forward, above []string) (*Forward, error) {
	out := *f
	out.Nodes = make([]Node, len(f.Nodes))
	for i, n := range f.Nodes {
		place := append(above[:len(above):len(above)], fmt.Sprintf("nodes[%d]", i))
		fitted, err := t.node(ctx, n, place)
		if err != nil {
			return nil, err
		}
		out.Nodes[i] = fitted
	}
	return &out, nil
}

func (t *fitting) node(ctx context.Context, n Node, place []string) (Node, error) {
	if n.Ref != "" && t.way.noRefs {
		m, err := t.c.GetMsg(ctx, n.Ref)
		if err != nil {
			return n, t.failed(place, err)
		}
		n = m.Node()
	}
	nested, err := t.nested(ctx, &n)
	if err != nil {
		return n, t.failed(place, err)
	}
	if nested == nil {
		return n, nil
	}
	if err := t.checkDepth(len(place) + nested.levels()); err != nil {
		return n, err
	}
	inner, err := t.fit(ctx, nested, place)
	if err != nil {
		return n, err
	}
	n.Nested, n.Content = inner, nil
	if t.way.noNested {
		id, err := t.c.upload(ctx, inner)
		if err != nil {
			return n, t.failed(place, err)
		}
		n.Nested, n.Content = nil, Message{ForwardRef(id)}
	}
	return n, nil
}

// nested gives the forward that a node stands for: its own, one that came along with its segment, or one that has to be read
// because its id cannot be sent.
func (t *fitting) nested(ctx context.Context, n *Node) (*Forward, error) {
	if n.Nested != nil {
		return n.Nested, nil
	}
	s := soleForward(n.Content)
	switch {
	case s == nil, s.ID != "" && !(t.way.readIDs && isDigits(s.ID)):
		return nil, nil //nolint:nilnil // no forward is no failure
	case len(s.Content) > 0:
		return &Forward{Nodes: s.Content}, nil
	case s.ID == "":
		return nil, nil //nolint:nilnil // the encoder says what is wrong with it
	default:
		return t.c.GetForwardMsg(ctx, s.ID)
	}
}

// failed names the node that could not be prepared.
func (t *fitting) failed(place []string, err error) error {
	return notSent(t.action+": "+strings.Join(place, ".nested."), err)
}

// levels counts how deep forwards are nested; 1 for one without inner ones.
func (f *Forward) levels() int {
	depth := 0
	for i := range f.Nodes {
		nested := f.Nodes[i].Nested
		if s := soleForward(f.Nodes[i].Content); nested == nil && s != nil && s.ID == "" {
			nested = &Forward{Nodes: s.Content}
		}
		if nested != nil && len(nested.Nodes) > 0 {
			depth = max(depth, nested.levels())
		}
	}
	return depth + 1
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
