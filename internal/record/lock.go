package record

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/rehearse-dev/rehearse/internal/lockfile"
)

// acquire makes sure that one process at a time writes the run.
func (w *Writer) acquire() error {
	l, err := lockfile.Acquire(filepath.Join(w.dir, ".lock"))
	if errors.Is(err, lockfile.ErrHeld) {
		return fmt.Errorf("%s is being written by another process", w.dir)
	}
	w.lock = l
	return err
}

func (w *Writer) release() {
	if w.lock != nil {
		w.lock.Release()
		w.lock = nil
	}
}
