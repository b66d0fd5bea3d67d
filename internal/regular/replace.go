package regular

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// Replace writes a file so that it is there whole or not at all: under another
// name beside it, synced, then renamed. A file that is replaced keeps its mode,
// a new one has that of the umask; a link is followed. What is no regular file,
// such as /dev/stdout, is written to as it stands. A file that was reserved and
// then read is left as it is.
func Replace(path string, write func(io.Writer) error) error {
	info, err := os.Stat(path)
	if err == nil {
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return through(path, write)
		}
		if r := reservation(info); r != nil && r.WasRead() {
			return &fs.PathError{Op: "replace", Path: path, Err: ErrReserved}
		}
	}
	f, err := beside(path)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // there is nothing to remove once it is renamed
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil && info != nil {
		err = os.Chmod(f.Name(), info.Mode().Perm())
	}
	if err != nil {
		return named(path, err)
	}
	return os.Rename(f.Name(), path)
}

// Writable says why [Replace] could not write a file; nil where it could. It
// leaves nothing behind.
func Writable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return &fs.PathError{Op: "open", Path: path, Err: ErrFolder}
	case err == nil && !info.Mode().IsRegular():
		return nil // opening a pipe would wait for its reader
	case err == nil:
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
	}
	f, err := beside(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// through writes to what is no regular file.
func through(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	err = write(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return named(path, err)
}

// beside creates a file in the folder of path. [os.CreateTemp] would keep it
// from all others, whatever the umask says.
func beside(path string) (*os.File, error) {
	for {
		name := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%08x", filepath.Base(path), rand.Uint32()))
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		var pe *fs.PathError
		if errors.As(err, &pe) {
			pe.Path = path // of which people know
		}
		return f, err
	}
}

// named says which file could not be written, by the name that people know.
func named(path string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", path, err)
}
