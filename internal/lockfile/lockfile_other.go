//go:build !unix

package lockfile

import (
	"errors"
	"io/fs"
	"os"
)

// Acquire takes the lock of a file, which it makes; [ErrHeld] where somebody
// has it, as far as the system lets a program say so: a file that is open for
// writing cannot be removed.
func Acquire(path string) (*Lock, error) {
	os.Remove(path)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o644)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, ErrHeld
	case err != nil:
		return nil, err
	}
	return &Lock{f}, nil
}

// Release lets go of the lock and removes its file.
func (l *Lock) Release() {
	l.file.Close()
	os.Remove(l.file.Name())
}
