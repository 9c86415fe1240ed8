package onebot_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport/ws"
)

// bench is a fake server in memory and a running client connected to it, in a synctest bubble.
type bench struct {
	t   *testing.T
	net *onebottest.Network
	srv *onebottest.Server
	c   *onebot.Client
	ran chan error // how Run ended
}

// benchSetup says how a bench differs from the usual one.
type benchSetup struct {
	persona onebottest.Persona
	server  []onebottest.Option
	ws      ws.Options
	client  []onebot.Option
	arm     []onebottest.Fault // before the client connects
}

const (
	benchAddr  = "127.0.0.1:3001"
	benchGroup = onebot.GroupID(onebottest.Group1)
)

// onBench runs f with a running client, and closes client and server after it.
func onBench(t *testing.T, setup benchSetup, f func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, net: onebottest.NewNetwork(), ran: make(chan error, 1)}
		b.start(setup.persona, setup.server...)
		b.srv.Fault(setup.arm...)
		o := setup.ws
		o.Dial = b.net.DialContext
		if o.Logger == nil {
			o.Logger = quiet()
		}
		conn, err := ws.Dial(t.Context(), b.srv.URL(), o)
		require.NoError(t, err)
		b.c, err = onebot.New(conn, append([]onebot.Option{onebot.WithLogger(quiet())}, setup.client...)...)
		require.NoError(t, err)
		go func() { b.ran <- b.c.Run(context.Background()) }()
		defer func() {
			assert.NoError(t, b.c.Close())
			if err := <-b.ran; err != nil {
				assert.ErrorIs(t, err, onebot.ErrUnauthorized, "nothing else ends Run for good")
			}
			assert.NoError(t, b.srv.Close())
		}()
		synctest.Wait()
		f(b)
	})
}

// start puts a server behind the address of the bench.
func (b *bench) start(p onebottest.Persona, opts ...onebottest.Option) {
	b.t.Helper()
	srv, err := onebottest.Start(p, append(opts, onebottest.WithNetwork(b.net), onebottest.WithAddr(benchAddr))...)
	require.NoError(b.t, err)
	b.srv = srv
}

// send sends one message with ten seconds of time, and checks that an error is of one class.
func (b *bench) send(text string) error {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 10*time.Second)
	defer cancel()
	_, err := b.c.SendGroupMsg(ctx, benchGroup, onebot.Text(text))
	if err != nil {
		assert.Equal(b.t, 1, classes(err), "%v", err)
	}
	return err
}

// goesOn checks that the client sends a message and hears one, within a minute of trouble.
func (b *bench) goesOn() {
	b.t.Helper()
	synctest.Wait() // a call in the moment of a loss fails as not sent, and the next one waits for the connection
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	_, err := b.c.SendGroupMsg(ctx, benchGroup, onebot.Text("goes on"))
	require.NoError(b.t, err)
	heard := make(chan error, 1)
	go func() {
		_, err := onebot.Await(ctx, b.c, func(m *onebot.MessageEvent) bool { return m.Message.PlainText() == "heard?" })
		heard <- err
	}()
	synctest.Wait()
	b.srv.Say(onebottest.Group1, onebottest.Friend1, "heard?")
	require.NoError(b.t, <-heard)
}

// class names the class of failure, and "ok" where there is none.
func class(err error) string {
	var refused *onebot.ActionError
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, onebot.ErrNotSent):
		return "not sent"
	case errors.Is(err, onebot.ErrOutcomeUnknown):
		return "unknown"
	case errors.As(err, &refused):
		return "refused"
	default:
		return "no class"
	}
}
