package onebot

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxLevels bounds how deep a forward may be nested on any server; QQ shows far fewer.
const maxLevels = 32

// Validate says what is wrong with f, naming the place: "nodes[2].nested.nodes[0]: no content". The error matches
// ErrInvalidArgument. A node needs a user and content, or a nested forward, or the id of a message.
func (f *Forward) Validate() error {
	bad := f.fault(1)
	if bad == nil {
		return nil
	}
	slices.Reverse(bad.place)
	place := strings.Join(bad.place, ".")
	if place == "" {
		place = "forward"
	}
	return fmt.Errorf("%s: %s: %w", place, bad.what, ErrInvalidArgument)
}

// fault is what is wrong. The place is put together on the way out, the innermost part first: a forward that is all right pays
// nothing for it.
type fault struct {
	place []string
	what  string
}

func (b *fault) in(part string) *fault {
	b.place = append(b.place, part)
	return b
}

func (f *Forward) fault(level int) *fault {
	switch {
	case f == nil:
		return &fault{what: "nil"}
	case len(f.Nodes) == 0:
		return &fault{what: "no nodes"}
	case level > maxLevels:
		return &fault{what: fmt.Sprintf("nested deeper than %d levels", maxLevels)}
	}
	for i := range f.Nodes {
		if bad := f.Nodes[i].fault(level); bad != nil {
			return bad.in("nodes[" + strconv.Itoa(i) + "]")
		}
	}
	return nil
}

func (n *Node) fault(level int) *fault {
	switch {
	case n.Ref != "" && (n.Nested != nil || len(n.Content) > 0):
		return &fault{what: "a reference with content of its own"}
	case n.Ref != "":
		return nil
	case n.Nested != nil && len(n.Content) > 0:
		return &fault{what: "both content and a nested forward"}
	case n.User <= 0:
		return &fault{what: "no user"}
	case n.Nested != nil:
		if bad := n.Nested.fault(level + 1); bad != nil {
			return bad.in("nested")
		}
		return nil
	case len(n.Content) == 0:
		return &fault{what: "no content"}
	case n.Content.hasNode():
		return &fault{what: "a node segment in the content, use NestedNode"}
	}
	for i, s := range n.Content {
		if isNil(s) {
			return &fault{what: fmt.Sprintf("content[%d] is nil", i)}
		}
	}
	return nil
}
