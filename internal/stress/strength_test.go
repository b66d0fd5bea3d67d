package stress

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// A strength that strikes nothing leaves every figure as it is clean, to the bit.
func TestStrengthOfNothing(t *testing.T) {
	job, r := world(t, t.TempDir(), looking, coded(60, 0.2, rand.New(rand.NewPCG(1, 1))))
	for _, f := range builtin(r.Plan()) {
		if f.slows || f.applies != nil && !f.applies(r.Plan()) {
			continue // people are slower by a share of their time, however small
		}
		f.Strengths = []float64{math.SmallestNonzeroFloat64, 1}
		job.Faults = []Fault{f}
		got, err := job.Run(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Faults) == 0 {
			continue
		}
		l := &got.Faults[0].Levels[0]
		if diff := cmp.Diff(got.Clean, l.Figures); diff != "" || l.Touched != 0 || l.Broken.X != 0 || l.Turned != 0 {
			t.Errorf("%s: %d touched, %d broken; figures (-clean +fault):\n%s", f.Name, l.Touched, l.Broken.X, diff)
		}
		for _, d := range l.Differences {
			if d.Estimate.Or(0) != 0 {
				t.Errorf("%s: %s changes by %v", f.Name, d.Metric, d.Estimate)
			}
		}
	}
}

// What a weak fault breaks of a design that nobody corrects, a stronger one breaks
// too.
func TestBrokenNests(t *testing.T) {
	dir := t.TempDir()
	job, r := world(t, dir, trusting, coded(80, 0.2, rand.New(rand.NewPCG(2, 1))))
	rapid.Check(t, func(t *rapid.T) {
		weak := rapid.Float64Range(1e-9, 1).Draw(t, "weak")
		strong := rapid.Float64Range(weak, 1).Draw(t, "strong")
		job.Seed = rapid.Uint64().Draw(t, "seed")
		name := rapid.SampledFrom([]string{"empty-lookups", "timeouts", "server-errors", "outage:erp"}).Draw(t, "fault")
		strengths := []float64{weak, strong}
		for _, f := range builtin(r.Plan()) {
			if f.Name != name {
				continue
			}
			f.Strengths = strengths
			job.Faults = []Fault{f}
			all := tried(t, job, r)
			for i, c := range all.cases {
				if all.clean[i].right == score.Yes && all.faulty[0][i].right != score.Yes && all.faulty[1][i].right == score.Yes {
					t.Errorf("%s breaks %s at %v, and not at %v", name, c.id, weak, strong)
				}
			}
		}
	})
}

func tried(t require, job *Job, r *engine.Runner) *tallies {
	drawn, err := choose(context.Background(), job.Card, job.Workflow, job.Request, math.MaxInt, job.Seed)
	if err != nil {
		t.Fatalf("%v", err)
	}
	all, _, err := job.tryAll(context.Background(), r, job.Faults, drawn)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return all
}
