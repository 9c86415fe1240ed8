package onebot

import (
	"fmt"
	"strings"
)

// maxLevels bounds how deep a forward may be nested on any server; QQ shows far fewer.
const maxLevels = 32

// Validate says what is wrong with f, naming the place: "nodes[2].nested.nodes[0]: no content". The error matches
// ErrInvalidArgument. A node needs a user and content, or a nested forward, or the id of a message.
func (f *Forward) Validate() error {
	return f.validate(nil)
}

func (f *Forward) validate(path []string) error {
	bad := func(what string) error {
		place := "forward"
		if len(path) > 0 {
			place = strings.Join(path, ".")
		}
		return fmt.Errorf("%s: %s: %w", place, what, ErrInvalidArgument)
	}
	switch {
	case f == nil:
		return bad("nil")
	case len(f.Nodes) == 0:
		return bad("no nodes")
	case len(path) >= 2*maxLevels:
		return bad(fmt.Sprintf("nested deeper than %d levels", maxLevels))
	}
	for i, n := range f.Nodes {
		here := append(path[:len(path):len(path)], fmt.Sprintf("nodes[%d]", i))
		if err := n.validate(here); err != nil {
			return err
		}
	}
	return nil
}

func (n *Node) validate(path []string) error {
	bad := func(what string) error {
		return fmt.Errorf("%s: %s: %w", strings.Join(path, "."), what, ErrInvalidArgument)
	}
	switch {
	case n.Ref != "" && (n.Nested != nil || len(n.Content) > 0):
		return bad("a reference with content of its own")
	case n.Ref != "":
		return nil
	case n.Nested != nil && len(n.Content) > 0:
		return bad("both content and a nested forward")
	case n.User <= 0:
		return bad("no user")
	case n.Nested != nil:
		return n.Nested.validate(append(path[:len(path):len(path)], "nested"))
	case len(n.Content) == 0:
		return bad("no content")
	case n.Content.hasNode():
		return bad("a node segment in the content, use NestedNode")
	}
	for i, s := range n.Content {
		if isNil(s) {
			return bad(fmt.Sprintf("content[%d] is nil", i))
		}
	}
	return nil
}
