package opsim

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Comparison holds designs against a baseline in one world: all meet the same
// cases at the same times (common random numbers), so that what differs in a
// replication differs because of the design.
type Comparison struct {
	*Result
	Baseline   string     `json:"baseline"`
	Candidates []Contrast `json:"candidates"`
	// Level is the confidence of every interval of a difference: all candidates
	// together have 95 % for each measure (Bonferroni).
	Level float64 `json:"level"`
}

// Contrast is one candidate against the baseline.
type Contrast struct {
	Design      string       `json:"design"`
	Differences []Difference `json:"differences"`
}

// Difference is candidate minus baseline in one measure, replication by
// replication.
type Difference struct {
	Measure string         `json:"measure"`
	Kind    string         `json:"kind,omitempty"` // of the cases, where the measure is what is promised for one
	Unit    string         `json:"unit"`           // "rate", "h", "minutes", "cases" or "money"
	Higher  bool           `json:"higher_is_better"`
	Paired  stats.Interval `json:"difference"`
	Verdict string         `json:"verdict"`
	// Why says why there is no difference to speak of.
	Why string `json:"why,omitempty"`
	// Replications are those that would find a difference as large as the one
	// seen with 80 % power; null where none would.
	Replications stats.Number `json:"replications_needed"`
	// Unpaired is how many times as many replications it would take if the
	// designs met different cases.
	Unpaired stats.Number `json:"unpaired_factor"`
}

// What can be told of a difference.
const (
	Better     = "better"
	Worse      = "worse"
	CannotTell = "cannot tell"
)

// yardstick is one figure of a replication that designs are compared by.
type yardstick struct {
	name, unit string
	kind       string // of the cases; "": all
	higher     bool   // is better
	steady     bool   // means something in a steady state only
	of         func(*measured) float64
}

// yardsticks are those that every scenario has; what is promised comes first, for
// all cases and for kinds of their own.
func (pl *plan) yardsticks() []yardstick {
	out := []yardstick{
		{name: "mean turnaround", unit: "h", steady: true, of: func(m *measured) float64 { return m.total.Mean() }},
		{name: "p95 turnaround", unit: "h", steady: true, of: func(m *measured) float64 { return m.turnaround.Quantile(0.95) }},
		{name: "cost per case", unit: "money", of: func(m *measured) float64 { return m.cost / float64(m.arrived) }},
		{name: "people's minutes per case", unit: "minutes", of: func(m *measured) float64 { return m.hours * 60 / float64(m.arrived) }},
		{name: "backlog at the end", unit: "cases", of: func(m *measured) float64 { return float64(m.end) }},
	}
	if pl.sc.Service == nil {
		return out
	}
	var kept []yardstick
	for _, p := range pl.promises() {
		y := yardstick{name: "service level", unit: "rate", higher: true, steady: true, of: func(m *measured) float64 { return ratio(p.counted(m)) }}
		if p.kind >= 0 {
			y.kind = pl.kinds[p.kind]
			y.name += " of " + y.kind
		}
		kept = append(kept, y)
	}
	return append(kept, out...)
}

// Compare holds every design against the baseline.
func Compare(ctx context.Context, sc *scenario.Scenario, p *Profile, baseline string, workers int) (*Comparison, error) {
	pl, err := newPlan(sc, p)
	if err != nil {
		return nil, err
	}
	base := slices.IndexFunc(pl.designs, func(d boundDesign) bool { return d.name == baseline })
	if base < 0 {
		return nil, fmt.Errorf("there is no design %q to compare with", baseline)
	}
	if len(pl.designs) < 2 {
		return nil, fmt.Errorf("there is no design to compare with %q", baseline)
	}
	out := &Comparison{Result: pl.head(), Baseline: baseline, Level: 1 - (1-confidence)/float64(len(pl.designs)-1)}
	runs := make([][]*measured, len(pl.designs))
	for i := range pl.designs {
		progressOf(ctx).at(pl.designs[i].name)
		var d *DesignResult
		if d, runs[i], err = pl.observe(ctx, &pl.designs[i], rosterOf(sc), workers); err != nil {
			return nil, err
		}
		out.Designs = append(out.Designs, *d)
	}
	for i := range pl.designs {
		if i == base {
			continue
		}
		c := Contrast{Design: pl.designs[i].name}
		for _, m := range pl.yardsticks() {
			d := paired(m, runs[i], runs[base], out.Level)
			if m.steady {
				for _, k := range []int{i, base} {
					if len(out.Designs[k].Overloaded) > 0 {
						d = Difference{Measure: m.name, Kind: m.kind, Unit: m.unit, Higher: m.higher, Paired: unknown(out.Level), Verdict: CannotTell, Why: out.Designs[k].Name + " is overloaded: it has no steady state"}
					}
				}
			}
			c.Differences = append(c.Differences, d)
		}
		out.Candidates = append(out.Candidates, c)
	}
	return out, nil
}

// unknown is an interval of which nothing is known.
func unknown(level float64) stats.Interval {
	return stats.Interval{Lower: math.Inf(-1), Upper: math.Inf(1), Level: level, Method: "paired t"}
}

// paired is the difference of two designs in one measure; runs are aligned.
func paired(m yardstick, a, b []*measured, level float64) Difference {
	d := Difference{Measure: m.name, Kind: m.kind, Unit: m.unit, Higher: m.higher, Verdict: CannotTell}
	var diff []float64
	var of [2]des.Tally
	for i := range a {
		x, y := m.of(a[i]), m.of(b[i])
		if math.IsNaN(x) || math.IsNaN(y) {
			continue
		}
		diff = append(diff, x-y)
		of[0].Add(x)
		of[1].Add(y)
	}
	d.Paired = difference(diff, level)
	if !d.Paired.Estimate.Valid {
		if d.Why = "no replication has cases to measure it by"; m.kind != "" {
			d.Why = fmt.Sprintf("no case is of the kind %q under both designs", m.kind)
		}
		return d
	}
	switch {
	case d.Paired.Lower > 0 && m.higher, d.Paired.Upper < 0 && !m.higher:
		d.Verdict = Better
	case d.Paired.Lower > 0, d.Paired.Upper < 0:
		d.Verdict = Worse
	}
	sd := deviation(diff)
	if sd > 0 {
		d.Replications = replicationsFor(d.Paired.Estimate.Value, sd, 1-level)
		d.Unpaired = stats.Num((of[0].SD()*of[0].SD() + of[1].SD()*of[1].SD()) / (sd * sd))
	}
	return d
}

// difference is the t interval of the mean of differences, one a replication.
func difference(diff []float64, level float64) stats.Interval {
	iv := unknown(level)
	if len(diff) == 0 {
		return iv
	}
	t := des.TInterval(diff, level)
	iv.Estimate, iv.Lower, iv.Upper = stats.Num(t.Mean), t.Low, t.High
	return iv
}

func deviation(x []float64) float64 {
	var t des.Tally
	for _, v := range x {
		t.Add(v)
	}
	return t.SD()
}

// replicationsFor is how many replications show, with 80 % power, that a mean
// difference is not 0, where single ones have this standard deviation: the
// smallest n with n >= ((t(1-alpha/2; n-1) + z(0.8)) sd / difference)^2. It is
// not valid where that is more than a million.
func replicationsFor(difference, sd, alpha float64) stats.Number {
	const most = 1e6
	power := distuv.UnitNormal.Quantile(0.8)
	ratio := sd / math.Abs(difference)
	need := func(n float64) float64 {
		t := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(1 - alpha/2)
		return (t + power) * (t + power) * ratio * ratio
	}
	z := distuv.UnitNormal.Quantile(1-alpha/2) + power
	n := max(2, math.Ceil(z*z*ratio*ratio)) // the t quantile is larger: never too many
	if !(n <= most) {
		return stats.Number{}
	}
	for need(n) > n {
		n++
	}
	return stats.Num(n)
}
