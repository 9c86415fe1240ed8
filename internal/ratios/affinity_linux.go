package main

import (
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

// keepTo lets the process with that id run on these processors only, a bit for each. Where the system does not want that, nothing
// changes.
func keepTo(pid int, processors uint64) {
	tasks, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
	if err != nil {
		return
	}
	for _, t := range tasks { // threads that are made later inherit it
		if tid, err := strconv.Atoi(t.Name()); err == nil {
			_, _, _ = syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, uintptr(tid), unsafe.Sizeof(processors), uintptr(unsafe.Pointer(&processors)))
		}
	}
}
