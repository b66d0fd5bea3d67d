package opsim

import (
	"context"
	"errors"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// TestInterrupt ends a question within a replication, in its warm-up or after it:
// within a simulated hour, in which some cases come.
func TestInterrupt(t *testing.T) {
	sc := read(t, nil, erlangDesk)
	sc.Weeks = 1000
	pl, err := newPlan(sc, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, enough := range []int{100, 20_000} {
		ctx, cancel := context.WithCancel(context.Background())
		seen, at := 0, 0.0
		_, err = pl.watched(ctx, &pl.designs[0], rosterOf(sc), 1, func(tr des.Transition) {
			if seen++; seen == enough {
				at = tr.Time
				cancel()
			}
		})
		if warm := at < pl.from; warm != (enough == 100) {
			t.Fatalf("the end comes after %v hours, and the warm-up takes %v", at, pl.from)
		}
		if !errors.Is(err, context.Canceled) || seen > enough+100 {
			t.Errorf("it ends with %v after %d transitions, want the end of the context soon after %d", err, seen, enough)
		}
		if _, err := Simulate(ctx, sc, nil, 2); !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want the end of the context", err)
		}
	}
}

// TestProgress counts replications and their cases, and says what is asked.
func TestProgress(t *testing.T) {
	p := new(Progress)
	if p.Stage() != "" {
		t.Errorf("stage %q before anything is asked", p.Stage())
	}
	sc := read(t, nil, erlangDesk)
	if _, err := Simulate(WithProgress(context.Background(), p), sc, nil, 2); err != nil {
		t.Fatal(err)
	}
	want := 4. * scenario.WeekHours * float64(sc.Weeks*sc.Replications)
	if n := float64(p.Cases()); p.Replications() != int64(sc.Replications) || n < 0.95*want || n > 1.05*want {
		t.Errorf("%d replications with %v cases, want %d with about %v", p.Replications(), n, sc.Replications, want)
	}
	if p.Stage() != "stated" {
		t.Errorf("stage %q, want the design", p.Stage())
	}
}
