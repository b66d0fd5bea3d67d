package compare

import (
	"math/rand/v2"

	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// leastFigure and mostFigure are how low and how high figures can be.
const leastFigure, mostFigure = -1, 1

// figure is a design's figure that is no ratio of sums, with the bounds that a gate
// decides on.
func figure(r *score.Result, design int, name string, keep func(int) bool) (m score.Metric, cases int, ok bool) {
	f, cases, why := r.Vectors.Figure(design, name, keep)
	if f == nil {
		return m, 0, false
	}
	m = score.Metric{Name: name, Denominator: float64(cases), Unit: "score"}
	if why != "" {
		m.Warnings = []string{why}
		return m, cases, true
	}
	iv, err := stats.BoundedFigure(*f, leastFigure, mostFigure, level, count(cases), figureSource(r))
	if err != nil {
		panic("compare: " + err.Error()) // counts of the run's own
	}
	m.Interval = iv
	return m, cases, true
}

// figureDifference is the paired difference of such figures, on the cases that were
// measured under both designs.
func figureDifference(r *score.Result, candidate, baseline int, name string, keep func(int) bool) (d Difference, ok bool, err error) {
	v := r.Vectors
	both := func(i int) bool {
		return (keep == nil || keep(i)) && v.Designs[candidate].Escalated[i].Den > 0 && v.Designs[baseline].Escalated[i].Den > 0
	}
	a, cases, why := v.Figure(candidate, name, both)
	b, others, otherwise := v.Figure(baseline, name, both)
	if a == nil || b == nil {
		return d, false, nil
	}
	d = Difference{
		Candidate: r.Designs[candidate].Name, Baseline: r.Designs[baseline].Name, Metric: name, Unit: "score",
		Higher: name != score.ECE, Cases: min(cases, others),
		Interval: stats.Interval{Lower: leastFigure - mostFigure, Upper: mostFigure - leastFigure, Level: level},
	}
	if v.Cluster != nil {
		d.Clusters = Distinct(a.Unit)
	}
	if why == "" {
		why = otherwise
	}
	if d.Why = why; why != "" {
		return d, true, nil
	}
	if d.Interval, err = stats.BoundedFigureDifference(*a, *b, leastFigure, mostFigure, level, count(cases), figureSource(r)); !d.Estimate.Valid {
		d.Why = "the cases of one of the designs make no such figure"
	}
	return d, true, err
}

func figureSource(r *score.Result) rand.Source { return rand.NewPCG(r.Seed, 0xf16) }
