//go:build !linux

package exec

import (
	"fmt"
	"runtime"
)

// canLimitMemory says why it cannot be limited.
func canLimitMemory() error {
	return fmt.Errorf("the memory of a program cannot be limited on %s: run on linux, or leave memory out", runtime.GOOS)
}

// limitMemory is never asked for, see canLimitMemory.
func limitMemory(int, uint64) error { return canLimitMemory() }
