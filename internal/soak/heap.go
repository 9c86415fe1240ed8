package main

import (
	"math"
	"runtime"
	"strings"
)

// heapRate is how many bytes are allocated between two samples of the memory profile: with less than usual a heap of a few
// megabytes can be told from a growing one.
const heapRate = 16 << 10

// ownHeap is how many bytes are in use that the fake server has not allocated. It is estimated, as a memory profile is, and as old as
// the last but one garbage collection.
func ownHeap() uint64 {
	records := make([]runtime.MemProfileRecord, 1000)
	for {
		n, ok := runtime.MemProfile(records, false)
		if ok {
			records = records[:n]
			break
		}
		records = make([]runtime.MemProfileRecord, 2*n)
	}
	sum := 0.0
	for i := range records {
		r := &records[i]
		if r.InUseObjects() == 0 || ofServer(r.Stack()) {
			continue
		}
		// An object of that size is sampled with this probability (see runtime/pprof).
		mean := float64(r.InUseBytes()) / float64(r.InUseObjects())
		sum += float64(r.InUseBytes()) / (1 - math.Exp(-mean/float64(runtime.MemProfileRate)))
	}
	return uint64(sum)
}

// ofServer tells whether a stack goes through the fake server, or makes a text for it to keep.
func ofServer(stack []uintptr) bool {
	frames := runtime.CallersFrames(stack)
	for {
		frame, more := frames.Next()
		if strings.Contains(frame.Function, "/onebottest.") || strings.HasSuffix(frame.Function, ".(*load).speak") {
			return true
		}
		if !more {
			return false
		}
	}
}
