// Package regular opens files that users name, and nothing else that may have
// a path: reading a pipe would wait for ever, a device may never end.
package regular

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// ErrFolder says that a file was wanted, and the path is a folder's.
var ErrFolder = errors.New("is a directory")

var errSpecial = errors.New("a pipe, device or socket, want a file")

// Problem says in words why a file cannot be read, without its path.
func Problem(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "the file may not be read"
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}

// Open opens a file for reading. Its errors are of type *fs.PathError.
func Open(path string) (*os.File, error) {
	if err := Readable(path); err != nil {
		return nil, err
	}
	return os.Open(path)
}

// Read is the content of a file.
func Read(path string) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
