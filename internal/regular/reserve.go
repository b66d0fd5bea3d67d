package regular

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"
	"sync/atomic"
)

// ErrReserved says that a file was to be read which is to be replaced.
var ErrReserved = errors.New("it is to be written over, and would be lost")

// Reservation is of a file that the program is going to replace by what it makes:
// until it is released nothing of the process can read that file, by whatever path.
type Reservation struct {
	file os.FileInfo
	read atomic.Bool
}

// reserved are the reservations of the process. There is one set, as there is one
// file system: whoever opens a file knows nothing of who writes.
var reserved struct {
	sync.RWMutex
	all []*Reservation
}

// Reserve reserves a file; nil where there is none that could be lost.
func Reserve(path string) *Reservation {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	r := &Reservation{file: info}
	reserved.Lock()
	defer reserved.Unlock()
	reserved.all = append(reserved.all, r)
	return r
}

// WasRead says whether the file was to be read since. [Replace] refuses to write
// it then, so that what ignores the error of reading loses nothing either.
func (r *Reservation) WasRead() bool { return r.read.Load() }

// Release ends the reservation.
func (r *Reservation) Release() {
	reserved.Lock()
	defer reserved.Unlock()
	reserved.all = slices.DeleteFunc(reserved.all, func(x *Reservation) bool { return x == r })
}

// reservation is that of a file; nil for none.
func reservation(file os.FileInfo) *Reservation {
	reserved.RLock()
	defer reserved.RUnlock()
	for _, r := range reserved.all {
		if os.SameFile(r.file, file) {
			return r
		}
	}
	return nil
}

// Readable says why a file that others open, such as a database, is not to be
// read; nil where it may be. Its errors are of type *fs.PathError.
func Readable(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	switch m := info.Mode(); {
	case m.IsDir():
		err = ErrFolder
	case !m.IsRegular():
		err = errSpecial
	default:
		r := reservation(info)
		if r == nil {
			return nil
		}
		r.read.Store(true)
		err = ErrReserved
	}
	return &fs.PathError{Op: "open", Path: path, Err: err}
}
