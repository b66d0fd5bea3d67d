package compare

import (
	"testing"

	"github.com/rehearse-dev/rehearse/internal/score"
)

// TestCommonCases holds that a ratio is compared on the cases that were
// measured under both designs: the candidate was measured on four cases that
// the baseline gets all wrong, and the baseline is right on the other forty.
func TestCommonCases(t *testing.T) {
	const common, alone = 4, 40
	var v score.Vectors
	baseline, candidate := score.DesignVectors{}, score.DesignVectors{}
	put := func(d *score.DesignVectors, measured, escalated, right bool) {
		ratio := func(yes, of bool) score.Ratio {
			var r score.Ratio
			if of {
				r.Den = 1
			}
			if of && yes {
				r.Num = 1
			}
			return r
		}
		d.System = append(d.System, ratio(right || escalated, measured))
		d.Automated = append(d.Automated, ratio(right, measured && !escalated))
		d.Forced = append(d.Forced, ratio(right, measured))
		d.Escalated = append(d.Escalated, ratio(escalated, measured))
		d.Silent = append(d.Silent, ratio(!right && !escalated, measured))
		d.Handoff = append(d.Handoff, ratio(false, measured))
		d.Cost, d.Minutes = append(d.Cost, ratio(escalated, measured)), append(d.Minutes, ratio(escalated, measured))
	}
	for i := range common + alone {
		v.Cases, v.Weight = append(v.Cases, string(rune('a'+i))), append(v.Weight, 1)
		put(&baseline, true, false, i >= common)
		put(&candidate, i < common, i == 0, i == 1)
	}
	v.Designs = []score.DesignVectors{baseline, candidate}
	r, err := Run(&score.Result{Designs: []score.Design{{Name: "b"}, {Name: "c"}}, Vectors: &v, Seed: 1}, "b", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range r.Differences {
		if d.Cases != common {
			t.Errorf("%s is compared on %d cases, want %d", d.Metric, d.Cases, common)
		}
		// The candidate is right on one of the three that it automates, the
		// baseline on none of the four.
		if d.Metric == score.AutomatedAccuracy && (d.Estimate.Value < 0.333 || d.Estimate.Value > 0.334) {
			t.Errorf("automated accuracy differs by %v, want a third", d.Estimate.Value)
		}
	}
}
