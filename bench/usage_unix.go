//go:build unix

package main

import (
	"os"
	"syscall"
	"time"
)

// processorTime of this process until now.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// peakOf an ended process, in KiB.
func peakOf(state *os.ProcessState) (int64, bool) {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, false
	}
	return int64(usage.Maxrss), true //nolint:unconvert // 32 bits on some systems
}
