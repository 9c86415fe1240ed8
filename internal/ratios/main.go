// Command ratios measures the library against a baseline in the same process and the same minute: the two take turns, and the
// shortest time of each counts, so that a busy machine changes little. Times are of no interest here, only how they compare.
//
//	go run ./internal/ratios          prints the table
//	go run ./internal/ratios -check   fails where a ratio or a number of allocations is beyond its limit
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
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

	clock func() time.Duration // what is measured; nil: the time that passes
	turn  time.Duration        // how long a turn is, at least; 0: 4 ms
	procs int                  // GOMAXPROCS while it is measured; 0: one
	apart *child               // a process that gets a processor of its own meanwhile; this one gets another
}

type result struct {
	pair
	ratio  float64
	ns     float64
	allocs float64
}

// retries is how often a pair that is beyond its limit is measured again, and for longer: what disturbs it passes, what has become
// slower stays.
const retries = 2

func (r result) within() bool {
	return r.ratio <= r.limit && (r.pair.allocs < 0 || r.allocs <= r.pair.allocs)
}

// best takes what is better of each.
func (r result) best(o result) result {
	r.ratio, r.ns, r.allocs = min(r.ratio, o.ratio), min(r.ns, o.ns), min(r.allocs, o.allocs)
	return r
}

// netTurn is the turn of pairs that use the network.
const netTurn = 20 * time.Millisecond

func main() {
	check := flag.Bool("check", false, "fail where a limit is passed")
	rounds := flag.Int("rounds", 40, "how often the two take turns")
	only := flag.String("only", "", "measure only what has this in its name")
	held := flag.Int("accounts", 5000, "how many idle accounts are held; 0: none")
	role := flag.String("role", "", "used by this program for the processes that it starts")
	flag.Parse()
	if *role != "" {
		playRole(*role)
		return
	}
	ok := table(*rounds, *only)
	if *held > 0 && strings.Contains("idle accounts", *only) {
		ok = accounts(*held) && ok
	}
	if *check && !ok {
		os.Exit(1)
	}
}

// table measures all pairs and prints them. It reports false where a limit is passed.
func table(rounds int, only string) bool {
	server := startChild("server")
	defer server.stop()
	ok := true
	fmt.Printf("%-36s %-34s %8s %8s %12s %10s\n", "what", "against", "ratio", "goal", "ns", "allocs")
	for _, p := range slices.Concat(pairs(), calls(server), stream(server)) {
		if !strings.Contains(p.name, only) {
			continue
		}
		r := measure(p, rounds)
		for range retries {
			if r.within() {
				break
			}
			r = r.best(measure(p, 4*rounds))
		}
		mark := ""
		if !r.within() {
			mark, ok = "  beyond its limit", false
		}
		fmt.Printf("%-36s %-34s %8.3f %8.2f %12.0f %10.2f%s\n", p.name, p.baseline, r.ratio, p.goal, r.ns, r.allocs, mark)
	}
	return ok
}

// measure lets the two take turns. Each turn is long enough for the clock, and short enough to fall between two disturbances.
func measure(p pair, rounds int) result {
	if p.turn == 0 {
		p.turn = 4 * time.Millisecond
	}
	if p.clock == nil {
		start := time.Now()
		p.clock = func() time.Duration { return time.Since(start) }
	}
	runtime.GOMAXPROCS(max(1, p.procs))
	if p.apart != nil && runtime.NumCPU() > 1 {
		keepTo(p.apart.cmd.Process.Pid, 1)
		keepTo(os.Getpid(), 2)
		defer keepTo(os.Getpid(), math.MaxUint64)
		defer keepTo(p.apart.cmd.Process.Pid, math.MaxUint64)
	}
	ours, theirs := p.calibrate(p.ours), p.calibrate(p.theirs)
	best := [2]float64{math.Inf(1), math.Inf(1)}
	for range rounds {
		best[0] = min(best[0], p.time(p.ours, ours))
		best[1] = min(best[1], p.time(p.theirs, theirs))
	}
	return result{
		pair: p, ratio: best[0] / best[1], ns: best[0] / float64(p.units),
		allocs: testing.AllocsPerRun(20, p.ours) / float64(p.units),
	}
}

// calibrate finds how many runs make a turn.
func (p *pair) calibrate(f func()) int {
	for n := 1; ; n *= 2 {
		if p.time(f, n)*float64(n) >= float64(p.turn) {
			return n
		}
	}
}

// time gives the nanoseconds of one run of f, the mean of n.
func (p *pair) time(f func(), n int) float64 {
	start := p.clock()
	for range n {
		f()
	}
	return float64(p.clock()-start) / float64(n)
}
