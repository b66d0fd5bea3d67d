//go:build unix

package app

import (
	"os/signal"
	"syscall"
)

// outgrow makes a file that grows beyond a limit of the system an error like a
// full disk, not the end of the program with a dump of its state.
func outgrow() { signal.Ignore(syscall.SIGXFSZ) }
