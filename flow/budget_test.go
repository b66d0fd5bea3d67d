package flow

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// TestBudgetHolds: whatever calls cost, and however many run at once, what is
// spent and what is set aside stay within the limit; when it ends, the next
// call really did not fit.
func TestBudgetHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Float64Range(1, 20).Draw(t, "limit")
		costs := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 60).Draw(t, "costs")
		workers := rapid.IntRange(1, 8).Draw(t, "workers")
		var recorded float64
		b := NewBudget(limit, Spending{}, func(s Spending) error { recorded += s.Total(); return nil })
		work := make(chan float64, len(costs))
		for _, c := range costs {
			work <- c
		}
		close(work)
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for c := range work {
					if err := b.Reserve(context.Background(), 1); err != nil {
						if !errors.Is(err, ErrBudget) || b.Spent().Total()+1 <= limit {
							t.Errorf("stopped with %v of %v spent: %v", b.Spent(), limit, err)
						}
						return
					}
					b.Settle(1, c, (1-c)/2)
				}
			})
		}
		wg.Wait()
		if total := b.Spent().Total(); total > limit+1e-9 || math.Abs(total-recorded) > 1e-9 {
			t.Errorf("spent %v of %v, recorded %v", total, limit, recorded)
		}
	})
}

// TestBudgetWaits: a reservation that is short waits for what is under way.
func TestBudgetWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(10, Spending{Spent: 1}, nil)
		ctx := t.Context()
		if err := b.Reserve(ctx, 8); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		go func() {
			time.Sleep(time.Second)
			b.Settle(8, 2, 0)
		}()
		if err := b.Reserve(ctx, 5); err != nil || time.Since(start) != time.Second {
			t.Errorf("%v after %v, want to wait a second for the rest", err, time.Since(start))
		}
		// 8 will never fit, but the call under way is not to be stopped.
		start = time.Now()
		go func() {
			time.Sleep(time.Second)
			b.Settle(5, 0, 0)
		}()
		if err := b.Reserve(ctx, 8); !errors.Is(err, ErrBudget) || time.Since(start) != time.Second {
			t.Errorf("%v after %v, want the end a second later", err, time.Since(start))
		}
		if err := b.Reserve(ctx, 5); err != nil {
			t.Fatal(err)
		}
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if err := b.Reserve(short, 4); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want the caller's own end", err)
		}
	})
}

// TestBudgetRecords: money that cannot be written down is not spent on.
func TestBudgetRecords(t *testing.T) {
	full := errors.New("disk full")
	b := NewBudget(0, Spending{}, func(Spending) error { return full })
	if b.Limited() {
		t.Error("0 is a limit")
	}
	if err := b.Reserve(t.Context(), 1e9); err != nil {
		t.Fatal(err)
	}
	b.Settle(1e9, 0, 0) // nothing was paid: nothing to write down
	if err := b.Reserve(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	b.Settle(1, 1, 0)
	var stop *StopError
	if err := b.Reserve(t.Context(), 1); !errors.As(err, &stop) || !errors.Is(err, full) {
		t.Errorf("%v, want the run to stop", err)
	}
	var none *Budget
	if err := none.Reserve(t.Context(), 1); err != nil || none.Limited() {
		t.Errorf("no budget: %v", err)
	}
	none.Settle(1, 1, 0)
}
