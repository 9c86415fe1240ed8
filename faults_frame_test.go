package onebot_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
	"github.com/onebot-go/onebot/transport/ws"
)

// oddFrames are pushes that are no events, or events with something odd about them. Those that can be read are delivered.
func oddFrames() map[string]struct {
	frame     string
	delivered bool
} {
	const head = `{"post_type":"notice","notice_type":"odd","time":1,"self_id":10000`
	const levels = 100_000
	deep := strings.Repeat("[", levels) + strings.Repeat("]", levels)
	return map[string]struct {
		frame     string
		delivered bool
	}{
		"one byte":              {"x", false},
		"one brace":             {"{", false},
		"white space":           {" ", false},
		"empty":                 {"", false},
		"null":                  {"null", false},
		"array":                 {`[` + head + `}]`, false},
		"text":                  {`"` + "hello" + `"`, false},
		"invalid UTF-8 alone":   {"\xff\xfe\xfd", false},
		"truncated":             {head + `,"x":"abc`, false},
		"trailing":              {head + `}{}`, false},
		"single quotes":         {`{'type':'chat.message'}`, false},
		"100,000 levels":        {head + `,"x":` + deep + `}`, false},
		"100,000 open brackets": {strings.Repeat("[", levels), false},
		"100,000 open objects":  {strings.Repeat(`{"a":`, levels), false},
		"invalid UTF-8 inside":  {head + ",\"x\":\"\xff\"}", true},
		"duplicate keys":        {head + `,"x":1,"x":2,"post_type":"notice"}`, true},
		"1e400":                 {head + `,"group_id":1e400,"x":-1e-400}`, true},
		"empty object":          {`{}`, true},
		"unknown event":         {head + `}`, true},
		"64 KiB":                {head + `,"x":"` + strings.Repeat("x", 64<<10) + `"}`, true},
		"1 MiB":                 {head + `,"x":"` + strings.Repeat("x", 1<<20) + `"}`, true},
	}
}

func TestFaults_frame_pushed(t *testing.T) {
	t.Parallel()
	for name, tc := range oddFrames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBench(t, benchSetup{persona: onebottest.NapCat}, func(b *bench) {
				got := 0
				off := onebot.On(b.c, func(_ context.Context, ev *onebot.UnknownEvent) error { got++; return nil })
				b.srv.Push(tc.frame)
				synctest.Wait()
				off()
				want := 0
				if tc.delivered {
					want = 1
				}
				assert.Equal(t, want, got)
				b.goesOn()
				assert.Equal(t, 1, b.srv.Connections(), "an odd frame costs no connection")
			})
		})
	}
}

// Frames up to the read limit pass, one byte more ends the connection: the call on it is of unknown outcome, and the next
// connection works.
func TestFaults_frame_limit(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1 << 16, 64 << 20} {
		if (testing.Short() || raceEnabled) && limit > 1<<20 {
			continue
		}
		setup := benchSetup{persona: onebottest.NapCat}
		if limit != 64<<20 { // which is the default
			setup.ws = ws.Options{ReadLimit: int64(limit)}
		}
		onBench(t, setup, func(b *bench) {
			b.srv.Fault(onebottest.Padded(limit).On("send_group_msg"))
			require.NoError(b.t, b.send("largest"))
			assert.Equal(b.t, 1, b.srv.Connections())
			b.srv.Fault(onebottest.Padded(limit + 1).On("send_group_msg"))
			err := b.send("too large")
			assert.Equal(b.t, "unknown", class(err), "%v", err)
			b.goesOn()
			assert.Equal(b.t, 2, b.srv.Connections())
		})
	}
}
