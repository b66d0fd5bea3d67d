// Package compare holds designs against the baseline on the same cases.
package compare

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Verdict is a word with a rule behind it.
type Verdict string

const (
	// Better and Worse: the adjusted p-value is at most 5 % and the interval
	// of the difference leaves out zero on that side.
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
	// OnlyCandidate and OnlyBaseline count cases right under one only, where
	// outcomes are right or wrong.
	OnlyCandidate int     `json:"only_candidate,omitempty"`
	OnlyBaseline  int     `json:"only_baseline,omitempty"`
	Verdict       Verdict `json:"verdict"`
	Margin        float64 `json:"margin,omitempty"` // of NotWorse
	// FurtherCases would decide at 80 % power if the discordance seen is the
	// true one; 0 where that cannot be said.
	FurtherCases int    `json:"further_cases,omitempty"`
	Why          string `json:"why,omitempty"` // why there is no difference to speak of
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

// metric is one that is compared.
type metric struct {
	name   string
	unit   string
	higher bool // is better
	of     func(*score.DesignVectors) []score.Ratio
	// ratio: the denominators differ by design, so the difference is one of
	// ratios.
	ratio bool
}

var metrics = []metric{
	{score.SystemAccuracy, "rate", true, func(v *score.DesignVectors) []score.Ratio { return v.System }, false},
	{score.AutomatedAccuracy, "rate", true, func(v *score.DesignVectors) []score.Ratio { return v.Automated }, true},
	{score.ForcedAccuracy, "rate", true, func(v *score.DesignVectors) []score.Ratio { return v.Forced }, false},
	{score.EscalationRate, "rate", false, func(v *score.DesignVectors) []score.Ratio { return v.Escalated }, false},
	{score.SilentFailureRate, "rate", false, func(v *score.DesignVectors) []score.Ratio { return v.Silent }, false},
	{score.HandoffFailureRate, "rate", false, func(v *score.DesignVectors) []score.Ratio { return v.Handoff }, false},
	{score.CostPerCase, "money", false, func(v *score.DesignVectors) []score.Ratio { return v.Cost }, false},
	{score.MinutesPerCase, "minutes", false, func(v *score.DesignVectors) []score.Ratio { return v.Minutes }, false},
}

// Run compares every candidate of a scored run with the baseline. Without a
// baseline there is nothing to compare, and the result is nil.
func Run(r *score.Result, baseline string, margins Margins) (*Result, error) {
	b := slices.IndexFunc(r.Designs, func(d score.Design) bool { return d.Name == baseline })
	if b < 0 || len(r.Designs) < 2 {
		return nil, nil
	}
	out := &Result{Baseline: baseline, Family: "every candidate and metric of this table, by Holm"}
	for c := range r.Designs {
		if c == b {
			continue
		}
		for i, m := range metrics {
			d := Difference{Candidate: r.Designs[c].Name, Baseline: baseline, Metric: m.name, Unit: m.unit, Higher: m.higher}
			seed := rand.NewPCG(r.Seed, uint64(i)+0x7ea)
			pair := newPairing(r.Vectors, &r.Vectors.Designs[c], &r.Vectors.Designs[b], m)
			if err := pair.difference(&d, m, seed); err != nil {
				return nil, fmt.Errorf("comparing %s of %s with %s: %w", m.name, d.Candidate, baseline, err)
			}
			out.Differences = append(out.Differences, d)
		}
	}
	if err := decide(out, margins); err != nil {
		return nil, err
	}
	return out, nil
}

// decide adjusts the p-values and finds the words.
func decide(r *Result, margins Margins) error {
	ps := make([]stats.Number, len(r.Differences))
	for i, d := range r.Differences {
		ps[i] = d.P
	}
	adjusted, err := stats.AdjustP(ps, stats.Holm)
	if err != nil {
		return err
	}
	for i := range r.Differences {
		d := &r.Differences[i]
		d.Adjusted = adjusted[i]
		m := metrics[slices.IndexFunc(metrics, func(m metric) bool { return m.name == d.Metric })]
		sign := 1.0
		lower, upper := d.Lower, d.Upper
		if !m.higher {
			sign, lower, upper = -1, -d.Upper, -d.Lower
		}
		d.Verdict = CannotTell
		margin, hasMargin := margins[d.Metric]
		switch {
		case !d.Estimate.Valid:
		case d.Adjusted.Valid && d.Adjusted.Value <= alpha && sign*d.Estimate.Value > 0 && lower > 0:
			d.Verdict = Better
		case d.Adjusted.Valid && d.Adjusted.Value <= alpha && sign*d.Estimate.Value < 0 && upper < 0:
			d.Verdict = Worse
		case hasMargin && lower > -margin:
			d.Verdict, d.Margin = NotWorse, margin
		}
		if d.Verdict != CannotTell || math.IsInf(d.Lower, 0) {
			d.FurtherCases = 0
		}
	}
	return nil
}
