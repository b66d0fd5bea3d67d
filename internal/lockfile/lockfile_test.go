package lockfile

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// One holds the lock at a time, however often it is let go and taken again.
func TestWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var holders atomic.Int32
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				l, err := Acquire(path)
				if errors.Is(err, ErrHeld) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d hold the lock", n)
				}
				holders.Add(-1)
				l.Release()
			}
		})
	}
	wg.Wait()

	l, err := Acquire(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Acquire(path); !errors.Is(err, ErrHeld) {
		t.Errorf("taken twice: %v", err)
	}
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := Wait(short, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting ended with %v", err)
	}
	time.AfterFunc(20*time.Millisecond, l.Release)
	l, err = Wait(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	l.Release()
	if _, err := Acquire(filepath.Join(path, "nowhere")); err == nil || errors.Is(err, ErrHeld) {
		t.Errorf("a file that cannot be: %v", err)
	}
}
