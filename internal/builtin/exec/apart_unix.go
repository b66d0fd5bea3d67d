//go:build unix

package exec

import (
	osexec "os/exec"
	"syscall"
)

// apart gives a process a group of its own, so that it can be ended with all
// that it starts, and a key that interrupts the run does not interrupt it.
func apart(cmd *osexec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// kill ends a process and all that it started.
func kill(cmd *osexec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may have ended
}
