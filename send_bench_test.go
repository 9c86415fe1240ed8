package onebot_test

import (
	"context"
	"testing"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
)

// BenchmarkSend is a message of five segments, built, checked, encoded and answered, over a transport that does nothing.
func BenchmarkSend(b *testing.B) {
	reply := &transport.Response{Status: "ok", Data: []byte(`{"message_id":7}`)}
	c, err := onebot.New(newDouble(nil).always(reply), onebot.WithLogger(quiet()))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the double's Close gives none
	b.ReportAllocs()
	for b.Loop() {
		_, err := c.SendGroupMsg(context.Background(), 20001,
			onebot.Reply("-2059187533"), onebot.At(10086), onebot.Text(" some words, 一些文字，"),
			onebot.Image(onebot.FileURL("https://example.com/pictures/0123456789abcdef.png")), onebot.Face(14))
		if err != nil {
			b.Fatal(err)
		}
	}
}

// always answers every call with the same reply and remembers none.
func (d *double) always(reply *transport.Response) transport.Transport {
	return transport.Join(caller(func(context.Context, transport.Request) (*transport.Response, error) { return reply, nil }), d)
}

type caller func(context.Context, transport.Request) (*transport.Response, error)

func (f caller) Call(ctx context.Context, req transport.Request) (*transport.Response, error) {
	return f(ctx, req)
}
