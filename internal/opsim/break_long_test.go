//go:build long

package opsim

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// TestBreakCoverageLong wants the interval that is printed around the volume at
// which the service level breaks to hold the one of the Erlang C formula in 95 of
// 100 seeds.
func TestBreakCoverageLong(t *testing.T) {
	const (
		want  = 6.37453852 * scenario.WeekHours // cases a week
		seeds = 200
	)
	sc := read(t, nil, strings.Replace(erlangDesk, "weeks: 10", "weeks: 4", 1))
	held, width := 0, 0.0
	for i := range seeds {
		sc.Seed = uint64(1000 + i)
		b, err := newVolumes(context.Background(), sc, nil, 2).breaks(0)
		if err != nil {
			t.Fatal(err)
		}
		if b.Why != "" {
			t.Fatal(b.Why)
		}
		if b.PerWeek.Lower <= want && want <= b.PerWeek.Upper {
			held++
		}
		width += b.PerWeek.Width() / want / seeds
	}
	t.Logf("%d of %d intervals hold the volume, and are %.1f %% of it wide", held, seeds, 100*width)
	slack := 3 * math.Sqrt(0.95*0.05/seeds)
	if share := float64(held) / seeds; share < 0.95-slack {
		t.Errorf("%.3f of %d intervals hold the volume, want 0.95", share, seeds)
	}
}
