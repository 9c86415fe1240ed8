// Command ratios measures the library against a baseline in the same process and the same minute: the two take turns, and the
// shortest time of each counts, so that a busy machine changes little. Times are of no interest here, only how they compare.
//
//	go run ./internal/ratios          prints the table
//	go run ./internal/ratios -check   fails where a ratio or a number of allocations is beyond its limit
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"
)

// pair is one comparison.
type pair struct {
	name     string
	baseline string
	ours     func()
	theirs   func()
	units    int     // how many operations one run of each is
	goal     float64 // what is aimed at
	limit    float64 // beyond this -check fails: generous, for machines differ
	allocs   float64 // allocations for an operation, at most; negative: not looked at
}

type result struct {
	pair
	ratio  float64
	ns     float64
	allocs float64
}

func main() {
	check := flag.Bool("check", false, "fail where a limit is passed")
	rounds := flag.Int("rounds", 25, "how often the two take turns")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	failed := false
	fmt.Printf("%-34s %-34s %8s %8s %12s %10s\n", "what", "against", "ratio", "goal", "ns", "allocs")
	for _, p := range pairs() {
		r := measure(p, *rounds)
		mark := ""
		if r.ratio > p.limit || p.allocs >= 0 && r.allocs > p.allocs {
			mark, failed = "  beyond its limit", true
		}
		fmt.Printf("%-34s %-34s %8.3f %8.2f %12.0f %10.2f%s\n", p.name, p.baseline, r.ratio, p.goal, r.ns, r.allocs, mark)
	}
	if *check && failed {
		os.Exit(1)
	}
}

// measure lets the two take turns. Each turn is long enough for the clock, and short enough to fall between two disturbances.
func measure(p pair, rounds int) result {
	const turn = 4 * time.Millisecond
	ours, theirs := calibrate(p.ours, turn), calibrate(p.theirs, turn)
	best := [2]time.Duration{1 << 62, 1 << 62}
	for range rounds {
		best[0] = min(best[0], clock(p.ours, ours)/time.Duration(ours))
		best[1] = min(best[1], clock(p.theirs, theirs)/time.Duration(theirs))
	}
	return result{
		pair: p, ratio: float64(best[0]) / float64(best[1]), ns: float64(best[0]) / float64(p.units),
		allocs: testing.AllocsPerRun(20, p.ours) / float64(p.units),
	}
}

func calibrate(f func(), turn time.Duration) int {
	for n := 1; ; n *= 2 {
		if took := clock(f, n); took >= turn {
			return n
		}
	}
}

func clock(f func(), n int) time.Duration {
	start := time.Now()
	for range n {
		f()
	}
	return time.Since(start)
}
