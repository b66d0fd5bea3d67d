package llm

import (
	"context"
	"errors"
	"sync"
)

// flights holds the calls under way, so that a key in flight is not paid twice.
// The leader runs in its own goroutine with its own context (x/sync's
// singleflight would leave a paid answer unstored when that context ends).
type flights struct {
	mu sync.Mutex
	by map[Key]*flight
}

// flight is one call under way. Its fields may be read once landed is closed.
type flight struct {
	landed  chan struct{}
	payment payment
	err     error
}

// join returns the flight of a key, and whether the caller is to lead it.
func (f *flights) join(k Key) (*flight, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if under := f.by[k]; under != nil {
		return under, false
	}
	if f.by == nil {
		f.by = map[Key]*flight{}
	}
	fl := &flight{landed: make(chan struct{})}
	f.by[k] = fl
	return fl, true
}

// land ends the flight that the caller led.
func (f *flights) land(k Key, fl *flight, p payment, err error) {
	f.mu.Lock()
	delete(f.by, k)
	f.mu.Unlock()
	fl.payment, fl.err = p, err
	close(fl.landed)
}

var errAbandoned = errors.New("call abandoned")

// stopped reports whether a flight ended for reasons of the caller who led it:
// cancelled, out of time, or gone. A failure to store an answer is not among
// them, as asking again would pay again.
func stopped(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errAbandoned)
}
