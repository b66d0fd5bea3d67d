//go:build unix

package record

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// acquire makes sure that one process at a time writes the run. The lock goes
// with the process, however it ends.
func (w *Writer) acquire() error {
	f, err := os.OpenFile(filepath.Join(w.dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return fmt.Errorf("%s is being written by another process", w.dir)
	}
	w.lock = f
	return nil
}

func (w *Writer) release() {
	if w.lock != nil {
		os.Remove(w.lock.Name())
		w.lock.Close()
		w.lock = nil
	}
}
