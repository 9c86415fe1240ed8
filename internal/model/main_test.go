package model_test

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var (
	seedFlag  = flag.Uint64("model.seed", 0, "replay one seed")                                         //nolint:gochecknoglobals // a flag
	timeFlag  = flag.Duration("model.time", 0, "try new seeds for so long, in place of the fixed ones") //nolint:gochecknoglobals // a flag
	stepsFlag = flag.Int("model.steps", 200, "steps of one run")                                        //nolint:gochecknoglobals // a flag
)

// fixedSeeds is how many seeds an ordinary run tries.
const fixedSeeds = 12

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestModel runs the driver. A failure prints the seed; -model.seed replays what the driver does with it, in the same order and
// at the same times, apart from the order in which goroutines of one moment run.
func TestModel(t *testing.T) {
	switch {
	case *seedFlag != 0:
		drive(t, *seedFlag, *stepsFlag)
	case *timeFlag > 0:
		runs := 0
		for end := time.Now().Add(*timeFlag); time.Now().Before(end) && !t.Failed(); runs++ {
			drive(t, rand.Uint64(), *stepsFlag)
		}
		t.Logf("%d runs of %d steps", runs, *stepsFlag)
	default:
		for seed := range uint64(fixedSeeds) {
			drive(t, seed+1, *stepsFlag)
		}
	}
}
