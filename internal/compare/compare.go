// Package compare holds designs against the baseline on the same cases: those
// of one run, or of several.
package compare

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Verdict is a word with a rule behind it.
type Verdict string

const (
	// Better and Worse: the adjusted p-value is at most that of the family (5 %
	// by Holm, 10 % false discoveries) and the interval of the difference
	// leaves out zero on that side.
	Better Verdict = "better"
	Worse  Verdict = "worse"
	// NotWorse: the whole interval is inside the gate's margin.
	NotWorse Verdict = "not worse"
	// CannotTell: none of these.
	CannotTell Verdict = "cannot tell"
)

// Difference is a candidate against the baseline in one metric, on the cases
// that tell of both.
type Difference struct {
	Candidate string `json:"candidate"`
	Baseline  string `json:"baseline"`
	Metric    string `json:"metric"`
	Unit      string `json:"unit"`
	Higher    bool   `json:"higher_is_better"`
	// Candidate minus baseline.
	stats.Interval `json:"interval"`
	P              stats.Number `json:"p"`          // unadjusted
	Adjusted       stats.Number `json:"p_adjusted"` // Holm over the family
	Cases          int          `json:"cases"`
	Clusters       int          `json:"clusters,omitempty"` // of those; 0 where cases are independent
	// OnlyCandidate and OnlyBaseline count cases right under one only, where
	// outcomes are right or wrong.
	OnlyCandidate int     `json:"only_candidate,omitempty"`
	OnlyBaseline  int     `json:"only_baseline,omitempty"`
	Verdict       Verdict `json:"verdict"`
	// Simultaneous is the interval that holds for all differences of its family
	// at once, with 95 %; nil where it was not asked for.
	Simultaneous *stats.Interval `json:"simultaneous,omitempty"`
	Margin       float64         `json:"margin,omitempty"` // of NotWorse and Equivalent
	// Equivalent: the whole interval is inside the margin on both sides.
	Equivalent bool `json:"equivalent,omitempty"`
	// FurtherCases would decide at 80 % power and the family's level if the
	// discordance seen is the true one; 0 where that cannot be said.
	FurtherCases int `json:"further_cases,omitempty"`
	// Detectable is the smallest true difference that so many cases would find
	// with 80 % power, at the family's level; of what cannot be told alone.
	Detectable stats.Number `json:"detectable"`
	Why        string       `json:"why,omitempty"` // why there is no difference to speak of
	// Warnings say why the difference is weaker than it looks.
	Warnings []stats.Warning `json:"warnings,omitempty"`
}

// MarshalJSON writes the difference, with its interval under a key of its own.
func (d Difference) MarshalJSON() ([]byte, error) { return stats.MarshalEmbedding(d) }

// Result is every candidate against the baseline.
type Result struct {
	Baseline    string       `json:"baseline"`
	Family      string       `json:"family"` // what the p-values are adjusted over
	Differences []Difference `json:"differences"`
	// Same are candidates that digests prove to be the baseline.
	Same []string `json:"same,omitempty"`
}

// margins of the gate by metric; a metric without one has none.
type Margins map[string]float64

const (
	level     = 0.95
	alpha     = 0.05
	power     = 0.80
	resamples = 10_000
	// gatherLimit is how many units are resampled 10,000 times; with more, the
	// bootstrap takes fewer resamples, so that a large run is compared in
	// seconds.
	gatherLimit = 20_000
)

// Run compares every candidate of a scored run with the baseline. Without a
// baseline there is nothing to compare, and the result is nil.
func Run(r *score.Result, baseline string, margins Margins) (*Result, error) {
	b := slices.IndexFunc(r.Designs, func(d score.Design) bool { return d.Name == baseline })
	if b < 0 || len(r.Designs) < 2 {
		return nil, nil
	}
	f := newFamily(r, stats.Holm, alpha, margins)
	for c := range r.Designs {
		for i := range headline {
			if c == b {
				continue
			}
			if err := f.add(c, b, headline[i], uint64(i), nil); err != nil {
				return nil, err
			}
		}
	}
	if err := f.decide(); err != nil {
		return nil, err
	}
	return &Result{Baseline: baseline, Family: "every candidate and metric of this table, by Holm", Differences: f.differences()}, nil
}

// source is where the draws of a comparison in one metric come from: the same
// for all pairs of designs.
func source(r *score.Result, metric uint64) rand.Source { return rand.NewPCG(r.Seed, metric+0x7ea) }

// between is the difference of two designs in a metric, on the cases that keep
// takes; nil for all of them.
func between(r *score.Result, candidate, baseline int, m metric, at uint64, keep func(int) bool) (Difference, *pairing, error) {
	d := Difference{
		Candidate: r.Designs[candidate].Name, Baseline: r.Designs[baseline].Name,
		Metric: m.name, Unit: m.unit, Higher: m.higher, Verdict: CannotTell,
	}
	p := newPairing(r.Vectors, &r.Vectors.Designs[candidate], &r.Vectors.Designs[baseline], m, keep)
	if err := p.difference(&d, m, source(r, at)); err != nil {
		return d, p, fmt.Errorf("comparing %s of %s with %s: %w", m.name, d.Candidate, d.Baseline, err)
	}
	return d, p, nil
}
