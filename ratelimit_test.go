package onebot_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
)

// One of the two rates may be left out, and the other holds.
func TestWithRateLimit_oneOfTwo(t *testing.T) {
	t.Parallel()
	every := onebot.Rate{Every: time.Second}
	for _, tt := range []struct {
		name          string
		account, chat onebot.Rate
		took          time.Duration
	}{
		{"none", onebot.Rate{}, onebot.Rate{}, 0},
		{"account", every, onebot.Rate{}, 5 * time.Second},
		{"chat", onebot.Rate{}, every, 2 * time.Second},
		{"both", every, onebot.Rate{Every: 10 * time.Second}, 21 * time.Second},
	} {
		d := answers(map[string]string{"send_group_msg": `{"message_id":1}`, "send_private_msg": `{"message_id":1}`, "send_msg": `{"message_id":1}`})
		bubble(t, d, func(t *testing.T, c *onebot.Client) {
			start := time.Now()
			for range 3 {
				for _, to := range []onebot.Chat{onebot.GroupChat(1), onebot.PrivateChat(1)} {
					_, err := c.SendMsg(t.Context(), to, onebot.Text("x"))
					require.NoError(t, err)
				}
			}
			assert.Equal(t, tt.took, time.Since(start), tt.name)
			for range 5 {
				_, err := c.Call(t.Context(), "get_status", nil)
				require.Error(t, err)
			}
			assert.Equal(t, tt.took, time.Since(start), "only sends wait")
		}, onebot.WithRateLimit(tt.account, tt.chat))
	}
}

// A chat is one chat by whichever action it is written to, and people are told apart.
func TestWithRateLimit_chats(t *testing.T) {
	t.Parallel()
	const ok = `{"message_id":1}`
	d := answers(map[string]string{"send_group_msg": ok, "send_private_msg": ok, "send_msg": ok})
	bubble(t, d, func(t *testing.T, c *onebot.Client) {
		start := time.Now()
		send := func(action string, params map[string]any) {
			_, err := c.Call(t.Context(), action, params)
			require.NoError(t, err)
		}
		for user := range 5 {
			send("send_private_msg", map[string]any{"user_id": user + 1})
			send("send_group_msg", map[string]any{"group_id": user + 1, "user_id": 9})
		}
		assert.Zero(t, time.Since(start), "each has a limit of its own")
		send("send_msg", map[string]any{"user_id": "1", "group_id": 0})
		assert.Equal(t, time.Minute, time.Since(start))
		send("send_msg", map[string]any{"group_id": "1", "user_id": "8"})
		assert.Equal(t, time.Minute, time.Since(start), "the group had its minute meanwhile")
		send("send_group_msg", map[string]any{"group_id": 1})
		assert.Equal(t, 2*time.Minute, time.Since(start))

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := c.Call(ctx, "send_group_msg", map[string]any{"group_id": 1})
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, onebot.ErrNotSent)
		assert.Equal(t, 2*time.Minute+time.Second, time.Since(start))
	}, onebot.WithRateLimit(onebot.Rate{}, onebot.Rate{Every: time.Minute}))
}

// On Lagrange a forward takes several calls, of which one sends: it costs one turn, as everywhere.
func TestWithRateLimit_uploads(t *testing.T) {
	t.Parallel()
	minute := onebot.Rate{Every: time.Minute}
	for name, rates := range map[string][2]onebot.Rate{"account": {minute, {}}, "chat": {{}, minute}} {
		d := answers(map[string]string{"send_forward_msg": `"res"`, "send_msg": `{"message_id":1}`, "send_group_msg": `{"message_id":1}`})
		bubble(t, d, func(t *testing.T, c *onebot.Client) {
			start := time.Now()
			for range 2 {
				_, err := c.SendForwardMsg(t.Context(), onebot.GroupChat(1), threeLevels("9"))
				require.NoError(t, err)
			}
			assert.Equal(t, time.Minute, time.Since(start), name)
		}, onebot.WithDialect(onebot.Lagrange), onebot.WithRateLimit(rates[0], rates[1]))
	}
}
