package onebot_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/internal/alloctest"
	"github.com/onebot-go/onebot/internal/corpus"
	"github.com/onebot-go/onebot/internal/wire"
)

// These numbers do not depend on the machine: a change that raises one of them has to say why. They count everything that runs
// meanwhile, so that these tests cannot run beside others.

func TestAllocs_ParseEvent(t *testing.T) {
	for name, frames := range map[string][][]byte{"array form": corpus.Array(), "string form": corpus.CQ()} {
		most := 5 * float64(len(frames))
		assert.LessOrEqual(t, alloctest.Fewest(most, func() {
			for _, frame := range frames {
				if _, err := onebot.ParseEvent(frame); err != nil {
					t.Error(err)
				}
			}
		}), most, name)
	}
}

func TestAllocs_head(t *testing.T) {
	frames := corpus.Array()
	assert.Zero(t, alloctest.Fewest(0, func() {
		for _, frame := range frames {
			if wire.TailEcho(frame) != nil || wire.ScanHead(frame).Kind != wire.FrameEvent {
				t.Errorf("no event: %.100s", frame)
			}
		}
	}))
}

func TestAllocs_ParseCQ(t *testing.T) {
	const n = 1000
	unknown := strings.Repeat("[CQ:a]", n)
	assert.LessOrEqual(t, alloctest.Fewest(2.05*n, func() { onebot.ParseCQ(unknown) }), 2.05*n, "an object and its data for each code")
	assert.LessOrEqual(t, alloctest.Fewest(4, func() { onebot.ParseCQ(strings.Repeat("[CQ:", n)) }), 4.0, "no codes")
}
