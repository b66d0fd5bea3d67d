package compare

import (
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// named is the metric of that name, whatever the number of its cases.
func named(v *score.Vectors, name string) (metric, uint64, bool) {
	if m, at, err := find(v, name); err == nil {
		return m, at, true
	}
	if v.Details == nil {
		return metric{}, 0, false
	}
	rest := append(others(v, 0), metric{score.Brier, "score", false, func(d *score.DesignVectors) []score.Ratio { return d.Detail.Brier }, false})
	i := slices.IndexFunc(rest, func(m metric) bool { return m.name == name })
	if i < 0 {
		return metric{}, 0, false
	}
	return rest[i], uint64(len(headline) + i), true
}

// Figure is one design's figure in any metric that is compared, with its bounds
// and the number of cases that it is over, on those that keep takes; nil for
// all. ok is false where the run has no such metric.
func Figure(r *score.Result, design int, name string, keep func(int) bool) (m score.Metric, cases int, ok bool) {
	by, _, ok := named(r.Vectors, name)
	if !ok {
		return figure(r, design, name, keep)
	}
	of := by.of(&r.Vectors.Designs[design])
	switch {
	case by.unit != "rate":
		m, cases = r.Vectors.Mean(name, by.unit, of, keep)
	case strings.HasPrefix(name, "f1:"):
		m, cases = r.Vectors.F1(name, of, keep)
	default:
		m, cases = r.Vectors.Rate(name, of, keep)
	}
	return m, cases, true
}

// OnCases is the difference of two designs of a result in any metric that is
// compared, on the cases that keep takes; nil for all. It is one of no family: its
// p-value is not adjusted and it has no verdict. ok is false where the result has
// no such metric.
func OnCases(r *score.Result, candidate, baseline int, name string, keep func(int) bool) (d Difference, ok bool, err error) {
	by, at, ok := named(r.Vectors, name)
	if !ok {
		return figureDifference(r, candidate, baseline, name, keep)
	}
	d, _, err = between(r, candidate, baseline, by, at, keep)
	return d, true, err
}

// Bounds are what a gate decides on in place of the interval of [OnCases] where
// that is shorter than it says; ok is false where it is not.
func Bounds(r *score.Result, candidate, baseline int, name string, keep func(int) bool) (iv stats.Interval, ok bool, err error) {
	by, at, ok := named(r.Vectors, name)
	if !ok {
		return iv, false, nil
	}
	p := newPairing(r.Vectors, &r.Vectors.Designs[candidate], &r.Vectors.Designs[baseline], by, keep)
	return p.bounds(by, source(r, at))
}

// Headline says whether every comparison decides a metric of that name.
func Headline(name string) bool {
	return slices.ContainsFunc(headline, func(m metric) bool { return m.name == name })
}
