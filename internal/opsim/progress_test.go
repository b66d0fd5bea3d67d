package opsim

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// TestInterrupt ends a question within a replication, and counts what was done.
func TestInterrupt(t *testing.T) {
	sc := read(t, nil, erlangDesk)
	sc.Weeks = 20_000 // minutes of work in one replication
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	begun := time.Now()
	if _, err := Simulate(ctx, sc, nil, 2); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want the end of the context", err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it takes %v to end", took)
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
