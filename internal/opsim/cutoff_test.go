package opsim

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// settings is a profile of cases with a confidence from 0 to 1, one a row, under
// cutoffs: below the cutoff a case takes the clerks half an hour, above it is
// wrong, at a cost, the more often the lower its confidence is.
func settings(t *testing.T, cases int, cutoffs ...float64) *Profile {
	t.Helper()
	var names []string
	for _, c := range cutoffs {
		names = append(names, fmt.Sprintf("cutoff %v", c))
	}
	b := NewProfileBuilder("r1", names)
	draws := des.NewDraws(5, 0)
	at := time.Date(2025, time.January, 6, 8, 0, 0, 0, time.UTC)
	for i := range cases {
		sure := (float64(i%100) + 0.5) / 100
		draw := draws.For(int64(i), 0)
		wrong := draw.Uniform() > sure
		for k, cutoff := range cutoffs {
			tr := flow.Trial{Design: names[k], Index: int64(i), Time: at, Weight: 1, Status: flow.Automated}
			w := Work{Known: true}
			switch {
			case sure < cutoff:
				tr.Status, tr.Team, w.Minutes = flow.Escalated, "clerks", 30
			case wrong:
				w.Cost = 30
			}
			b.Add(&tr, w)
		}
		at = at.Add(time.Minute)
	}
	p, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// cutoffWorld has clerks at 30 an hour, so that a case is worth escalating where it
// is wrong more often than every other time.
func cutoffWorld(t *testing.T, people int) *scenario.Scenario {
	w := office()
	w.Teams[0].Wage = 30
	return read(t, w, fmt.Sprintf(`
run: latest
arrivals: {per_hour: 10}
teams: {clerks: {people: %d, minutes: case}}
service_level: {turnaround: 8h, share: 0.9}
weeks: 4
replications: 8
seed: 3
`, people))
}

// TestCutoffs finds the cutoff that is cheapest without queues where there are
// people enough, and where there are not the cheapest that they can do.
func TestCutoffs(t *testing.T) {
	grid := []float64{0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 0.95}
	p := settings(t, 4_000, grid...)
	at := func(c float64) int { return slices.Index(grid, c) }
	many, err := Cutoffs(context.Background(), cutoffWorld(t, 12), p, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	if many.Alone != at(0.5) || many.Best != at(0.5) {
		t.Errorf("with people enough the best is %d, alone %d, want %d", many.Best, many.Alone, at(0.5))
	}
	// By the numbers: of a case with confidence s, min(15, 30(1-s)) at the best.
	for i, c := range grid {
		want := 15*c + 15*(1-c)*(1-c)
		if got := many.Settings[i].Replayed; math.Abs(got-want) > 0.6 {
			t.Errorf("cutoff %v costs %v, want %v", c, got, want)
		}
		if math.Abs(many.Settings[i].Escalated-c) > 0.011 {
			t.Errorf("cutoff %v escalates %v", c, many.Settings[i].Escalated)
		}
	}
	// Two people do four cases an hour, of ten that come.
	few, err := Cutoffs(context.Background(), cutoffWorld(t, 2), p, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	if few.Alone != at(0.5) || few.Best != at(0.3) {
		t.Errorf("with two people the best is %d, alone %d, want %d and %d", few.Best, few.Alone, at(0.3), at(0.5))
	}
	for i, c := range grid {
		s := few.Settings[i]
		if over := c >= 0.4; over != (len(s.Overloaded) > 0) || over == s.Cost.Estimate.Valid || over && (s.Allowed || s.Flat || s.Growth < 0) {
			t.Errorf("cutoff %v: %+v", c, s)
		}
	}
}

// TestFlatRegion holds what cannot be told from the best against how sure the
// cases are: few of them leave more that is as good.
func TestFlatRegion(t *testing.T) {
	grid := []float64{0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7}
	flat := func(cases int, clusters []string) int {
		c, err := Cutoffs(context.Background(), cutoffWorld(t, 12), settings(t, cases, grid...), clusters, 2)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, s := range c.Settings {
			if s.Flat {
				n++
			}
			if s.Flat && s.Over != nil && s.Over.Lower > 0 || !s.Flat && s.Over.Lower <= 0 {
				t.Errorf("%+v", s)
			}
		}
		return n
	}
	many, few := flat(4_000, nil), flat(300, nil)
	if !(many >= 1 && many < few && few <= len(grid)) {
		t.Errorf("%d settings are as good with 4,000 cases, %d with 300: want fewer with more", many, few)
	}
	alike := make([]string, 4_000)
	for i := range alike {
		alike[i] = fmt.Sprint(i % 100) // equally sure ones
	}
	if clustered := flat(4_000, alike); clustered < many {
		t.Errorf("%d are as good where cases are alike, %d where they are not", clustered, many)
	}
}

// TestCutoffsNone says so where no setting does.
func TestCutoffsNone(t *testing.T) {
	c, err := Cutoffs(context.Background(), cutoffWorld(t, 1), settings(t, 1000, 0.9, 0.95), nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	if c.Best != -1 {
		t.Errorf("best %d", c.Best)
	}
	if _, err := json.Marshal(c); err != nil {
		t.Error(err)
	}
	if _, err := Cutoffs(context.Background(), cutoffWorld(t, 1), settings(t, 1000, 0.9), nil, 2); err == nil {
		t.Error("one setting alone is chosen from")
	}
}
