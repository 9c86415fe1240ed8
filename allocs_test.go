package onebot_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/internal/corpus"
	"github.com/onebot-go/onebot/internal/wire"
)

// These numbers do not depend on the machine: a change that raises one of them has to say why. They count everything that runs
// meanwhile, so that these tests cannot run beside others.

func TestAllocs_ParseEvent(t *testing.T) {
	for name, frames := range map[string][][]byte{"array form": corpus.Array(), "string form": corpus.CQ()} {
		all := testing.AllocsPerRun(3, func() {
			for _, frame := range frames {
				if _, err := onebot.ParseEvent(frame); err != nil {
					t.Error(err)
				}
			}
		})
		assert.LessOrEqual(t, all/float64(len(frames)), 5.0, name)
	}
}

func TestAllocs_head(t *testing.T) {
	frames := corpus.Array()
	assert.Zero(t, testing.AllocsPerRun(3, func() {
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
	assert.LessOrEqual(t, testing.AllocsPerRun(3, func() { onebot.ParseCQ(unknown) })/n, 2.05, "an object and its data for each code")
	assert.LessOrEqual(t, testing.AllocsPerRun(3, func() { onebot.ParseCQ(strings.Repeat("[CQ:", n)) }), 4.0, "no codes")
}
