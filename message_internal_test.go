package onebot

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/wire"
)

func TestMessage_hasNode(t *testing.T) {
	t.Parallel()
	var none *NodeSegment
	node := NodeSegment{Node: RefNode("1")}
	assert.True(t, Message{Text("a"), node}.hasNode())
	assert.True(t, Message{&node}.hasNode())
	assert.True(t, Message{Raw("node", nil)}.hasNode())
	assert.False(t, Message{Text("a"), nil, none, ForwardRef("1")}.hasNode())
}

// The lists of get_forward_msg: an array of any shapes, one object, null; and what follows is still to be read.
func TestReadNodes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]Node{
		`null`:                                   nil,
		`[]`:                                     {},
		`{"sender":{"user_id":1},"content":"a"}`: {{User: 1, Content: Message{Text("a")}}},
		`[{"sender":{"user_id":1},"content":"a"},null,{"type":"node","data":{"id":"2"}},"b",{"c":1}]`: {{User: 1, Content: Message{Text("a")}}, {Ref: "2"}, {Content: Message{Text("b")}}, {Content: Message{UnknownSegment{Data: []byte(`{"c":1}`)}}}},
	} {
		l := wire.NewLexer(`[` + in + `,"next"]`)
		require.True(t, l.BeginArray() && l.NextElem())
		assert.Equal(t, want, readNodes(&l), in)
		require.True(t, l.NextElem())
		text, _ := l.Text()
		assert.Equal(t, "next", text)
	}
}
