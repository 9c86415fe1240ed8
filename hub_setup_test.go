package onebot_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

func TestHub_setupBeforeTheFirstEvent(t *testing.T) {
	t.Parallel()
	got := make(chan string, 8)
	called := make(chan string, 1)
	proceed := make(chan struct{})
	_, url := newHub(t, func(self onebot.UserID, c *onebot.Client) {
		called <- answeredBy(t, c) // setup may make calls
		<-proceed
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error {
			got <- m.Message.PlainText()
			return nil
		})
		assert.ErrorIs(t, c.Run(t.Context()), onebot.ErrInvalidArgument)
		assert.EqualValues(t, 10000, self)
	})
	d := universal(t, url, 10000, "it")
	d.send(groupTextOf(10000, 1, 2, 3, "one"))
	d.send(groupTextOf(10000, 1, 2, 4, "two"))
	assert.Equal(t, "it", take(t, called))
	close(proceed)
	assert.Equal(t, "one", take(t, got))
	assert.Equal(t, "two", take(t, got))
}

func TestHub_eventsDuringSetupAreBounded(t *testing.T) {
	t.Parallel()
	const held, said = 2048, 2100
	got := make(chan onebot.MessageID, said)
	proceed := make(chan struct{})
	h, url := newHub(t, func(_ onebot.UserID, c *onebot.Client) {
		<-proceed
		c.OnMessage(func(_ context.Context, m *onebot.MessageEvent) error {
			got <- m.ID
			return nil
		})
	})
	d := universal(t, url, 10000, "it")
	for i := range said {
		d.send(groupTextOf(10000, 1, 2, int64(i), "early"))
	}
	c := clientOf(t, h, 10000)
	require.Eventually(t, func() bool { return c.Stats().Discarded == said-held+1 }, 5*time.Second, time.Millisecond, "and the lifecycle event")
	assert.EqualValues(t, said-held+1, c.Stats().Events, "those that wait are counted when they go on")
	close(proceed)
	for i := said - held; i < said; i++ {
		require.Equal(t, onebot.MessageID(strconv.Itoa(i)), take(t, got))
	}
	assert.Zero(t, c.Stats().Overflowed)
}

func TestHub_setupPanics(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	h, url := newHub(t, func(onebot.UserID, *onebot.Client) { panic("setup is broken") }, //nolint:forbidigo // what is tested
		onebot.WithLogger(logTo(&log)))
	universal(t, url, 10000, "it")
	assert.Equal(t, "it", answeredBy(t, clientOf(t, h, 10000)))
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "setup is broken") }, 5*time.Second, time.Millisecond)
	assert.NotContains(t, log.String(), hubToken)
}

// What the User-Agent of a handshake says counts for the meaning of a failure as well: 404 to send_forward_msg is an upload that failed
// on Lagrange, and an unknown action everywhere else.
func TestHub_agentTellsWhatFailuresMean(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.Lagrange, onebottest.WithToken(hubToken))
	srv.Fault(onebottest.Fail(404, "").On("send_forward_msg"))
	h, url := newHub(t, func(onebot.UserID, *onebot.Client) {})
	require.NoError(t, srv.DialReverse(url))
	c := clientOf(t, h, onebot.UserID(onebottest.Account))
	_, err := c.UploadForward(t.Context(), onebot.NewForward(onebot.CustomNode(10001, "A", onebot.Text("x"))))
	var refused *onebot.ActionError
	require.ErrorAs(t, err, &refused)
	require.NotErrorIs(t, err, onebot.ErrUnknownAction)
	assert.NotErrorIs(t, err, onebot.ErrUnsupported)
}
