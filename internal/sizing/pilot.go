// Package sizing says how many cases a question needs, and what the cases at
// hand can show.
package sizing

import (
	"slices"

	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Rate is what is known of a rate beforehand.
type Rate struct {
	Design string  `json:"design,omitempty"` // "" where nothing is known
	Metric string  `json:"metric"`
	Rate   float64 `json:"rate"`
	// Cover is the share of cases that the rate is over: only automated ones
	// tell of automated accuracy.
	Cover float64 `json:"cover"`
	// Effect is how many cases tell as much as one independent case.
	Effect float64 `json:"design_effect"`
	Events int     `json:"events,omitempty"` // of a rare event, as seen
	Of     int     `json:"of,omitempty"`
}

// Pair is what is known of two designs beforehand.
type Pair struct {
	Candidate   string            `json:"candidate,omitempty"` // "" where nothing is known
	Baseline    string            `json:"baseline,omitempty"`
	Discordance stats.Discordance `json:"discordance"` // in system accuracy
	Effect      float64           `json:"design_effect"`
}

// Pilot is what a plan rests on.
type Pilot struct {
	Run   string `json:"run,omitempty"` // "" where all is assumed
	Rates []Rate `json:"rates"`         // to be known precisely
	Rare  []Rate `json:"rare"`          // to be shown to be at most so much
	Pairs []Pair `json:"pairs"`
}

// What is assumed where no run says.
const (
	assumedRate       = 0.90
	assumedDiscordant = 0.10
)

// Assumed is a pilot where there is none.
func Assumed() Pilot {
	return Pilot{
		Rates: []Rate{{Metric: score.SystemAccuracy, Rate: assumedRate, Cover: 1, Effect: 1}},
		Rare:  []Rate{{Metric: score.SilentFailureRate, Cover: 1, Effect: 1}},
		Pairs: []Pair{{Discordance: stats.Discordance{OnlyA: assumedDiscordant / 2, OnlyB: assumedDiscordant / 2}, Effect: 1}},
	}
}

// FromRun is what a scored run tells: the accuracies of its candidates, their
// silent failures, and how often they and the baseline differ. A run of the
// baseline alone tells of it.
func FromRun(r *score.Result) (Pilot, error) {
	p := Pilot{Run: r.Run}
	base := slices.IndexFunc(r.Designs, func(d score.Design) bool { return d.Baseline })
	for i := range r.Designs {
		d := &r.Designs[i]
		if i == base && len(r.Designs) > 1 {
			continue
		}
		for _, name := range []string{score.SystemAccuracy, score.AutomatedAccuracy} {
			if rate, ok := known(d, name); ok {
				p.Rates = append(p.Rates, rate)
			}
		}
		if rate, ok := known(d, score.SilentFailureRate); ok {
			p.Rare = append(p.Rare, rate)
		}
		if base < 0 || i == base {
			continue
		}
		pair, ok, err := between(r.Vectors, i, base)
		if err != nil {
			return p, err
		}
		if ok {
			pair.Candidate, pair.Baseline = d.Name, r.Designs[base].Name
			p.Pairs = append(p.Pairs, pair)
		}
	}
	return p, nil
}

// known is a metric as a run shows it; ok is false where it has no cases.
func known(d *score.Design, name string) (Rate, bool) {
	m, ok := d.Metric(name)
	if !ok || !m.Estimate.Valid || m.Denominator == 0 || d.Trials == 0 {
		return Rate{}, false
	}
	r := Rate{
		Design: d.Name, Metric: name, Rate: m.Estimate.Value, Cover: m.Denominator / float64(d.Trials), Effect: 1,
		Events: int(m.Numerator), Of: int(m.Denominator),
	}
	if m.Exact != nil && m.Exact.EffectiveN > 0 && r.Rate > 0 && r.Rate < 1 {
		r.Effect = max(1, m.Denominator/m.Exact.EffectiveN)
	}
	return r, true
}

// between is how often two designs differ in being right, repeats averaged.
func between(v *score.Vectors, candidate, baseline int) (Pair, bool, error) {
	var d stats.Discordance
	groups := map[int32]*stats.Moments{}
	var order []*stats.Moments
	n := 0
	a, b := v.Designs[candidate].System, v.Designs[baseline].System
	for i := range a {
		if a[i].Den == 0 || b[i].Den == 0 {
			continue
		}
		diff := float64(a[i].Num)/float64(a[i].Den) - float64(b[i].Num)/float64(b[i].Den)
		d.OnlyA += max(diff, 0)
		d.OnlyB += max(-diff, 0)
		n++
		cluster := int32(i)
		if v.Cluster != nil {
			cluster = v.Cluster[i]
		}
		m := groups[cluster]
		if m == nil {
			m = new(stats.Moments)
			groups[cluster] = m
			order = append(order, m)
		}
		m.Add(diff)
	}
	if n == 0 {
		return Pair{}, false, nil
	}
	d.OnlyA, d.OnlyB = d.OnlyA/float64(n), d.OnlyB/float64(n)
	p := Pair{Discordance: d, Effect: 1}
	moments := make([]stats.Moments, len(order))
	for i, m := range order {
		moments[i] = *m
	}
	mean, err := stats.ClusterMean(moments, level)
	if err != nil {
		return p, false, err
	}
	if mean.SECR1.Valid && mean.SECLT.Valid && mean.SECLT.Value > 0 {
		p.Effect = max(1, mean.SECR1.Value*mean.SECR1.Value/(mean.SECLT.Value*mean.SECLT.Value))
	}
	return p, true, nil
}
