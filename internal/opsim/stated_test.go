package opsim

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"testing"
)

// reviewDesk states cases by confidence: below the cutoff two people look.
const reviewDesk = `
cases:
  confidence:
    team: desk
    cutoff: 0.6
    bins: [{to: 0.5, share: 0.2, wrong: 0.3}, {to: 0.8, share: 0.3, wrong: 0.1}, {to: 1, share: 0.5, wrong: 0.01}]
  kinds: {usual: 0.9, sealed: {share: 0.1, escalated: {desk: 1}}}
arrivals: {per_hour: 12.6}
teams: {desk: {people: 2, minutes: {distribution: exponential, mean: 10}, wage: 45}}
error_cost: 60
wait_cost: 20
weeks: 6
replications: 6
`

// TestConfidence holds what a cutoff does to stated cases against the numbers.
func TestConfidence(t *testing.T) {
	for _, c := range []struct {
		why              string
		cutoff           float64
		escalated, wrong float64
	}{
		{"nobody but the kind that always goes to people", 0, 0.1, 0.9 * (0.2*0.3 + 0.3*0.1 + 0.5*0.01)},
		{"half of the first bin", 0.25, 0.1 + 0.9*0.1, 0.9 * (0.1*0.3 + 0.3*0.1 + 0.5*0.01)},
		{"a third of the second bin", 0.6, 0.1 + 0.9*0.3, 0.9 * (0.2*0.1 + 0.5*0.01)},
	} {
		sc := read(t, nil, reviewDesk)
		sc.Cases.Confidence.Cutoff = c.cutoff
		d := simulate(t, sc, nil).Designs[0]
		wantIn(t, c.why+": escalated", d.Escalated, c.escalated)
		wantIn(t, c.why+": wrong", *d.Wrong, c.wrong)
		pl, err := newPlan(sc, nil)
		if err != nil {
			t.Fatal(err)
		}
		escalated, cost := pl.replayed(&pl.designs[0])
		if want := 60*c.wrong + c.escalated*7.5; math.Abs(escalated-c.escalated) > 1e-12 || math.Abs(cost-want) > 1e-9 {
			t.Errorf("%s: %v escalated at %v a case, want %v at %v", c.why, escalated, cost, c.escalated, want)
		}
	}
}

// TestStatedCutoffs finds the cutoff where a case is worth as much to people as
// to the machine: at the end of the first bin, as an error costs 60 and a look 7.5.
func TestStatedCutoffs(t *testing.T) {
	sc := read(t, nil, reviewDesk)
	c, values, err := StatedCutoffs(context.Background(), sc, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(values) < coarseSteps+1 || !slices.IsSorted(values) || len(values) != len(c.Settings) {
		t.Fatalf("settings at %v", values)
	}
	between := c.Between(values)
	if values[c.Best] != 0.5 || between[0] >= 0.5 || between[1] <= 0.5 || between[1]-between[0] > 0.1 {
		t.Errorf("best at %v, between %v, want 0.5", values[c.Best], between)
	}
	for i, s := range c.Settings {
		if over := values[i] > 0.97; over != (len(s.Overloaded) > 0) {
			t.Errorf("cutoff %v: %+v", values[i], s)
		}
	}
	// The same case has the same confidence at every setting and in every grid.
	few, _, err := StatedCutoffs(context.Background(), sc, []float64{0.5, 0.3, 0.3}, 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(few.Settings) != 2 || few.Settings[1].Cost != c.Settings[c.Best].Cost {
		t.Errorf("%+v, in a finer grid %+v", few.Settings, c.Settings[c.Best])
	}
	for _, text := range []string{erlangDesk, officeHours} {
		w := office()
		if text == erlangDesk {
			w = nil
		}
		if _, _, err := StatedCutoffs(context.Background(), read(t, w, text), nil, 2); err == nil {
			t.Error("a cutoff is chosen of cases without confidence")
		}
	}
}

// TestSearchesDeterminism wants the same bytes at any number of workers.
func TestSearchesDeterminism(t *testing.T) {
	for name, ask := range map[string]func(workers int) (any, error){
		"staff": func(workers int) (any, error) {
			return Staff(context.Background(), read(t, nil, twoTeams), nil, workers)
		},
		"sweep": func(workers int) (any, error) {
			return SweepOver(context.Background(), read(t, nil, twoTeams), nil, SweepAsk{Volumes: []float64{0.5, 1}, People: []int{3, 4}}, workers)
		},
		"cutoff": func(workers int) (any, error) {
			c, _, err := StatedCutoffs(context.Background(), read(t, nil, reviewDesk), []float64{0.2, 0.5, 0.7}, workers)
			return c, err
		},
		"settings": func(workers int) (any, error) {
			return Cutoffs(context.Background(), cutoffWorld(t, 3), settings(t, 1000, 0.2, 0.5), nil, workers)
		},
		"compare": func(workers int) (any, error) {
			return Compare(context.Background(), cutoffWorld(t, 3), settings(t, 1000, 0.2, 0.5), "cutoff 0.2", workers)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var first string
			for _, workers := range []int{1, 2, 8} {
				answer, err := ask(workers)
				if err != nil {
					t.Fatal(err)
				}
				data, err := json.Marshal(answer)
				if err != nil {
					t.Fatal(err)
				}
				if first == "" {
					first = string(data)
				}
				if first != string(data) {
					t.Errorf("%d workers give another answer", workers)
				}
			}
		})
	}
}
