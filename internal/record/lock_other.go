//go:build !unix

package record

import (
	"fmt"
	"os"
	"path/filepath"
)

// acquire makes sure that one process at a time writes the run, as far as the
// system lets a program say so: a file that is open for writing cannot be
// removed.
func (w *Writer) acquire() error {
	name := filepath.Join(w.dir, ".lock")
	os.Remove(name)
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("%s is being written by another process", w.dir)
	}
	w.lock = f
	return nil
}

func (w *Writer) release() {
	if w.lock != nil {
		w.lock.Close()
		os.Remove(w.lock.Name())
		w.lock = nil
	}
}
