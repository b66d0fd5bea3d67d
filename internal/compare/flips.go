package compare

import (
	"cmp"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/score"
)

// Flips are the cases that end right, people's work included, under one of two
// designs and wrong under the other: of several repeats, most of them.
type Flips struct {
	Candidate string `json:"candidate"`
	Baseline  string `json:"baseline"`
	Gained    int    `json:"gained"` // right under the candidate alone
	Lost      int    `json:"lost"`   // right under the baseline alone
	// What the wrong decisions of those cases cost.
	GainedCost float64 `json:"gained_cost"`
	LostCost   float64 `json:"lost_cost"`
	Gains      []Flip  `json:"gains,omitempty"` // most costly first
	Losses     []Flip  `json:"losses,omitempty"`
}

// Flip is one of them.
type Flip struct {
	Case      string  `json:"case"`
	Label     string  `json:"label,omitempty"`
	Candidate string  `json:"candidate,omitempty"` // what it decided
	Baseline  string  `json:"baseline,omitempty"`
	Cost      float64 `json:"cost"` // of the wrong decision
}

// flips are those of a candidate against the baseline.
func flips(r *score.Result, candidate, baseline int) Flips {
	v := r.Vectors
	a, b := &v.Designs[candidate], &v.Designs[baseline]
	out := Flips{Candidate: r.Designs[candidate].Name, Baseline: r.Designs[baseline].Name}
	saidA, saidB := decisions(v, a), decisions(v, b)
	for i := range v.Cases {
		if a.System[i].Den == 0 || b.System[i].Den == 0 {
			continue
		}
		now, before := a.System[i].Mean(), b.System[i].Mean()
		f := Flip{Case: v.Cases[i], Label: saidA[i].label, Candidate: saidA[i].class, Baseline: saidB[i].class}
		switch {
		case now > 0.5 && before < 0.5:
			f.Cost = cost(b, i)
			out.Gained++
			out.GainedCost += f.Cost
			out.Gains = append(out.Gains, f)
		case now < 0.5 && before > 0.5:
			f.Cost = cost(a, i)
			out.Lost++
			out.LostCost += f.Cost
			out.Losses = append(out.Losses, f)
		}
	}
	out.Gains, out.Losses = costly(out.Gains), costly(out.Losses)
	return out
}

// cost is what a design's wrong decision in a case costs.
func cost(d *score.DesignVectors, i int) float64 {
	if r := d.Detail.Errors[i]; r.Den > 0 {
		return r.Mean()
	}
	return 0
}

// costly are the most costly ones, those of equal cost in case order.
func costly(all []Flip) []Flip {
	slices.SortStableFunc(all, func(a, b Flip) int { return cmp.Compare(b.Cost, a.Cost) })
	return slices.Clip(all[:min(len(all), maxFlips)])
}

// decision is what was decided in a case's first trial, and what was right.
type decision struct{ class, label string }

func decisions(v *score.Vectors, d *score.DesignVectors) []decision {
	out := make([]decision, len(v.Cases))
	for _, x := range d.Detail.Decisions {
		if out[x.Case].label != "" {
			continue
		}
		out[x.Case].label = v.Classes[x.Truth]
		if x.Class >= 0 {
			out[x.Case].class = v.Classes[x.Class]
		}
	}
	return out
}
