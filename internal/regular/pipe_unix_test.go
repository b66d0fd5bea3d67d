//go:build unix

package regular

import (
	"path/filepath"
	"syscall"
	"testing"
)

func TestPipeIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := Open(path); err == nil { // without the check it waits for a writer
		t.Error("a pipe was opened")
	}
}
