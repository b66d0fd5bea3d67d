package opsim

import (
	"context"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
	"github.com/rehearse-dev/rehearse/internal/traced"
)

// Inputs is how far the figures of a design could be off because the run is a
// sample: 95 % of the figures that other samples as large would have given. It
// stands beside the interval of the simulation, which more replications narrow;
// this one takes more traced cases.
type Inputs struct {
	Resamples int `json:"resamples"`
	// Overloaded is how many of the resamples overload a team or a service; the
	// figures of a steady state then have no upper end, or none at all.
	Overloaded int             `json:"overloaded"`
	Turnaround *stats.Interval `json:"turnaround_mean,omitempty"`
	P95        *stats.Interval `json:"turnaround_p95,omitempty"`
	Kept       *stats.Interval `json:"kept,omitempty"`
	// KeptByKind are the shares of those kinds of cases that have a service level
	// of their own.
	KeptByKind []KindInput     `json:"kept_by_kind,omitempty"`
	Cost       *stats.Interval `json:"cost_per_case"`
	Minutes    *stats.Interval `json:"minutes_per_case"`
	Escalated  *stats.Interval `json:"escalated"`
}

// KindInput is how far the share of one kind of cases could be off.
type KindInput struct {
	Kind string         `json:"kind"`
	Kept stats.Interval `json:"kept"`
}

const (
	inputResamples    = 50
	inputReplications = 2 // of each resample, on the same draws as the first of the result
)

// Uncertain adds the uncertainty of the inputs to a result of Simulate: the
// cases of the run are drawn again with replacement, whole, and so are the
// weeks in which they came, and every resample is simulated on the same random
// draws (an outer bootstrap under common random numbers). Stated cases have
// none: nobody knows how sure they are.
func Uncertain(ctx context.Context, sc *scenario.Scenario, p *Profile, res *Result, workers int) error {
	if sc.Cases != nil {
		return nil
	}
	base, err := newPlan(sc, p)
	if err != nil {
		return err
	}
	n := min(inputReplications, sc.Replications)
	plans := make([]*plan, inputResamples)
	for b := range plans {
		if plans[b], err = newPlan(sc, p.resampled(des.SubSeed(sc.Seed, -1-b))); err != nil {
			return err
		}
	}
	people := rosterOf(sc)
	for i := range res.Designs {
		d := &res.Designs[i]
		progressOf(ctx).at(d.Name + ": how sure the cases are")
		figures, err := des.Replicate(ctx, (inputResamples+1)*n, workers, sc.Seed, func(j int, _ uint64) (*inputFigures, error) {
			pl := base
			if b := j / n; b > 0 {
				pl = plans[b-1]
			}
			m, err := pl.run(ctx, &pl.designs[i], people, des.SubSeed(sc.Seed, j%n))
			if err != nil {
				return nil, err
			}
			return pl.figuresOf(m), nil
		})
		if err != nil {
			return err
		}
		in := &Inputs{Resamples: inputResamples}
		overloaded := make([]bool, inputResamples)
		for b, pl := range plans {
			names, _, err := pl.overloads(&pl.designs[i], people)
			if err != nil {
				return err
			}
			overloaded[b] = len(names) > 0
			if overloaded[b] {
				in.Overloaded++
			}
		}
		of := func(at stats.Interval, steady bool, worst float64, figure func(*inputFigures) float64) *stats.Interval {
			return spread(at, figures, n, func(b int) (float64, bool) { return worst, steady && overloaded[b] }, figure)
		}
		up := math.Inf(1)
		in.Cost = of(d.Cost, false, 0, func(f *inputFigures) float64 { return f.cost })
		in.Minutes = of(d.Minutes, false, 0, func(f *inputFigures) float64 { return f.minutes })
		in.Escalated = of(d.Escalated, false, 0, func(f *inputFigures) float64 { return f.escalated })
		if d.Turnaround != nil {
			in.Turnaround = of(d.Turnaround.Mean, true, up, func(f *inputFigures) float64 { return f.turnaround })
			in.P95 = of(d.Turnaround.P95, true, up, func(f *inputFigures) float64 { return f.p95 })
		}
		if d.Kept != nil {
			kept := func(at stats.Interval, p int) stats.Interval {
				return within01(*of(at, true, math.Inf(-1), func(f *inputFigures) float64 { return f.kept[p] }))
			}
			all := kept(*d.Kept, 0)
			in.Kept = &all
			for p, promised := range base.promises() {
				if promised.kind >= 0 {
					k := &d.KeptByKind[promised.kind]
					in.KeptByKind = append(in.KeptByKind, KindInput{Kind: k.Kind, Kept: kept(k.Kept, p)})
				}
			}
		}
		d.Inputs = in
	}
	return nil
}

// inputFigures are those figures of one replication that are held against each
// other.
type inputFigures struct {
	turnaround, p95, cost, minutes, escalated float64
	kept                                      []float64 // by promise
}

func (pl *plan) figuresOf(m *measured) *inputFigures {
	out := &inputFigures{
		turnaround: m.total.Mean(), p95: m.turnaround.Quantile(0.95),
		cost: m.cost / float64(m.arrived), minutes: m.hours * 60 / float64(m.arrived), escalated: ratio(m.escalated, m.arrived),
	}
	for _, p := range pl.promises() {
		out.kept = append(out.kept, ratio(p.counted(m)))
	}
	return out
}

// spread is the 95 % range of a figure over the resamples: what it is, and how
// far each resample is from it on the same draws.
func spread(at stats.Interval, figures []*inputFigures, n int, worst func(b int) (float64, bool), figure func(*inputFigures) float64) *stats.Interval {
	mean := func(b int) float64 {
		sum := 0.0
		for _, f := range figures[b*n : (b+1)*n] {
			sum += figure(f) / float64(n)
		}
		return sum
	}
	base := mean(0)
	var shifts []float64
	for b := range len(figures)/n - 1 {
		shift := mean(b+1) - base
		if w, overloaded := worst(b); overloaded {
			shift = w
		}
		if !math.IsNaN(shift) {
			shifts = append(shifts, shift)
		}
	}
	out := &stats.Interval{Estimate: at.Estimate, Lower: math.Inf(-1), Upper: math.Inf(1), Level: confidence, Method: "bootstrap of cases"}
	if len(shifts) > 0 && at.Estimate.Valid {
		sort.Float64s(shifts)
		out.Lower = at.Estimate.Value + quantile(shifts, (1-confidence)/2)
		out.Upper = at.Estimate.Value + quantile(shifts, (1+confidence)/2)
	}
	return out
}

// quantile of sorted numbers, interpolated between them; infinite ones are not.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	low, high := sorted[i], sorted[i+1]
	if math.IsInf(low, 0) || math.IsInf(high, 0) {
		if at-float64(i) < 0.5 {
			return low
		}
		return high
	}
	return low + (at-float64(i))*(high-low)
}

// resampled is the profile of as many cases, drawn from this one's with
// replacement, that came in weeks drawn from this one's. Where the cases came
// within four weeks, their times are drawn one by one.
func (p *Profile) resampled(seed uint64) *Profile {
	out := *p
	cases := 0
	for _, c := range p.of {
		cases = max(cases, int(c)+1)
	}
	draws := des.NewDraws(seed, 0)
	times := drawnAgain(draws.For(0, 0), cases)
	weights := make([]float64, len(p.sum))
	for i := range weights {
		weights[i] = p.weight(i) * times[p.of[i]]
	}
	out.weigh(weights)
	out.waited = map[scenario.WaitColumns]*traced.Waits{}
	for from, w := range p.waited {
		again := drawnAgain(draws.For(2, 0), len(w.Minutes))
		for i := range again {
			again[i] *= w.Weights[i]
		}
		out.waited[from] = &traced.Waits{Minutes: w.Minutes, Left: w.Left, Weights: again}
	}
	if len(p.times) == 0 {
		return &out
	}
	out.counts = slices.Clone(p.counts)
	first := slices.MinFunc(p.times, time.Time.Compare)
	weeks := int(p.last().Sub(first).Hours())/scenario.WeekHours + 1
	if weeks < 4 {
		again := drawnAgain(draws.For(1, 0), len(p.times))
		for i := range out.counts {
			out.counts[i] *= again[i]
		}
		return &out
	}
	again := drawnAgain(draws.For(1, 0), weeks)
	for i := range out.counts {
		out.counts[i] *= again[int(p.times[i].Sub(first).Hours())/scenario.WeekHours]
	}
	return &out
}

// drawnAgain is how often each of n things is drawn in n draws with replacement.
func drawnAgain(d des.Draw, n int) []float64 {
	out := make([]float64, n)
	for range n {
		out[d.Index(n)]++
	}
	return out
}
