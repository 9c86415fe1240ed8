package onebot_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
)

// Whatever a server answers, reading a forward ends, does not panic, and gives a tree that can be written and read again.
func FuzzReadForward(f *testing.F) {
	for _, file := range []string{"testdata/forwards/napcat-4.18.19-nested.json", "testdata/forwards/go-cqhttp-a5923f1-nested.json"} {
		f.Add([]byte(recordedData(f, file)))
	}
	for _, s := range []string{refTo("a", "b"), leaf, `{"message":{"type":"node","data":{"id":1}}}`, `{"messages":[[],null,7,"[CQ:forward,id=1]"]}`, `{"messages":[{"content":[[{"content":`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := newDouble(func(context.Context, transport.Request) (*transport.Response, error) {
			return okResponse(string(data)), nil
		})
		c := newClient(t, d)
		tree, err := c.ReadForward(t.Context(), onebot.ForwardRef("x"), 4)
		if err != nil {
			return
		}
		_, _ = tree.PlainText(), tree.String()
		if tree.Validate() != nil {
			return
		}
		for _, n := range tree.Nodes {
			written, err := json.Marshal(n)
			if err != nil {
				continue // a segment that lacks what it needs
			}
			var back onebot.Node
			require.NoError(t, json.Unmarshal(written, &back))
			again, err := json.Marshal(back)
			require.NoError(t, err)
			require.JSONEq(t, string(written), string(again))
		}
	})
}
