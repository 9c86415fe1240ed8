package onebot

import (
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

// TestCatchUp_messageOnItsWay: a chat is not finished between the noting of a message and its waiting, or what was missed after the message
// would be delivered before it.
func TestCatchUp_messageOnItsWay(t *testing.T) {
	t.Parallel()
	for _, wanted := range []bool{true, false} {
		t.Run(strconv.FormatBool(wanted), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, err := New(transport.Join(nil, silent{}), WithCatchUp(CatchUp{}))
				require.NoError(t, err)
				frame := []byte(`{"time":1795295450,"self_id":10000,"post_type":"message","message_type":"group","message_id":1,` +
					`"group_id":1,"user_id":2,"message":[{"type":"text","data":{"text":"hi"}}],"raw_message":"hi","sender":{}}`)
				head := wire.ScanHead(frame)
				of, caughtUp := c.catchUp.note(&head, frame)
				require.NotNil(t, of)
				require.False(t, caughtUp)
				finished := make(chan struct{})
				go func() {
					c.catchUp.finish(of, nil, c.catchUp.conn)
					close(finished)
				}()
				synctest.Wait()
				select {
				case <-finished:
					require.Fail(t, "the message is on its way")
				default:
				}
				if wanted {
					assert.False(t, c.catchUp.hold(&incoming{c: c, head: head}, of), "there was no gap")
				} else {
					c.catchUp.pass(of)
				}
				<-finished
				require.NoError(t, c.Close())
			})
		})
	}
}
