//go:build !unix

package main

import (
	"os"
	"time"
)

// Other systems do not report what a process used in this form.
func processorTime() time.Duration { return 0 }

func peakOf(*os.ProcessState) (int64, bool) { return 0, false }
