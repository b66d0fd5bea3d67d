// Package lockfile lets one process at a time do something. A lock goes with
// the process that holds it, however that ends.
package lockfile

import (
	"context"
	"errors"
	"os"
	"time"
)

// ErrHeld says that another process, or another part of this one, has the lock.
var ErrHeld = errors.New("held by another process")

// Lock is a lock that is held.
type Lock struct{ file *os.File }

// Wait acquires a lock once whoever holds it lets go.
func Wait(ctx context.Context, path string) (*Lock, error) {
	const look = 100 * time.Millisecond
	for {
		l, err := Acquire(path)
		if !errors.Is(err, ErrHeld) {
			return l, err
		}
		select {
		case <-time.After(look):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
