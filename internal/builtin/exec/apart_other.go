//go:build !unix

package exec

import osexec "os/exec"

// apart has nothing to do where processes have no groups.
func apart(*osexec.Cmd) {}

// kill ends a process; what it started itself goes on.
func kill(cmd *osexec.Cmd) {
	_ = cmd.Process.Kill() // it may have ended
}
