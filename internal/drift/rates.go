package drift

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Effect floors of rates, as differences.
const (
	accuracyFloor = 0.02
	rateFloor     = 0.03
	missingFloor  = 0.03
)

const level = 0.95

// direction is which way a rate has to move to matter.
type direction int

const (
	either direction = iota
	down
)

// question is a rate that two samples are compared in.
type question struct {
	group Group
	name  string
	of    flags
	yes   func(s *Sample, i int) bool
	floor float64
	dir   direction
}

// flagged asks which cases have a flag.
func flagged(f flags) func(*Sample, int) bool {
	return func(s *Sample, i int) bool { return s.flags[i]&f != 0 }
}

// rate compares a share of two parts by Fisher's exact test.
func rate(q question, base, fresh part) (Signal, error) {
	s := Signal{Group: q.group, Name: q.name, Test: "Fisher exact", EffectName: "difference", Floor: q.floor}
	base, fresh = base.among(q.of), fresh.among(q.of)
	b, f, err := shares(base, fresh, q.yes)
	if err != nil {
		return s, err
	}
	s.Baseline, s.Fresh = b.cases, f.cases
	if why := untold(b, f); why != "" {
		s.Why = why
		return s, nil
	}
	test, err := stats.FisherExact([][]int{{b.x, b.n - b.x}, {f.x, f.n - f.x}})
	if err != nil {
		return s, err
	}
	change, err := stats.NewcombeUnpaired(f.x, f.n, b.x, b.n, level)
	if err != nil {
		return s, err
	}
	delta := f.rate - b.rate
	change.Estimate = stats.Num(delta)
	s.P, s.Change = test.PValue, &change
	s.Effect = stats.Num(max(delta, -delta))
	s.harmless = q.dir == down && delta > 0
	s.What = fmt.Sprintf("%s to %s (%+.1f points, %.1f to %.1f)", percent(b.rate), percent(f.rate), delta*100, change.Lower*100, change.Upper*100)
	s.Moves = []Move{{Name: q.name, Baseline: stats.Num(b.rate), Fresh: stats.Num(f.rate)}}
	s.series = func(i int) (float64, bool) { return number(q.yes(fresh.Sample, i)), fresh.has(i) }
	return s, nil
}

// untold says why shares cannot be compared, if they cannot.
func untold(b, f share) string {
	switch {
	case b.cases == 0 || f.cases == 0:
		return "no cases that tell"
	case b.n == 0 || f.n == 0:
		return "cases of one cluster alone"
	}
	return ""
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func percent(rate float64) string { return fmt.Sprintf("%.1f%%", 100*rate) }

// promise holds the fresh automated accuracy against the one promised, or
// against the lower end of the baseline's interval where that is lower, by the
// exact binomial test.
func promise(base, fresh part, promised float64) (Signal, error) {
	s := Signal{Group: Performance, Name: "automated accuracy, as promised", Test: "exact binomial", EffectName: "shortfall", Floor: accuracyFloor / 2}
	base, fresh = base.among(judged), fresh.among(judged)
	yes := flagged(right)
	b, f, err := shares(base, fresh, yes)
	if err != nil {
		return s, err
	}
	s.Baseline, s.Fresh = b.cases, f.cases
	if why := untold(b, f); why != "" {
		s.Why = why
		if why == "no cases that tell" {
			s.Why = "no automated case has a label"
		}
		return s, nil
	}
	shown, err := stats.Wilson(b.x, b.n, level, stats.TwoSided)
	if err != nil {
		return s, err
	}
	source := "promised"
	if promised == 0 || promised > shown.Lower {
		promised, source = shown.Lower, "that the baseline had at least"
	}
	// P(at least so many errors) where errors are as frequent as promised.
	errors := f.n - f.x
	p := 1.0
	if errors > 0 {
		fewer, err := stats.RiskPValue(errors-1, f.n, max(1-promised, 1e-9))
		if err != nil {
			return s, err
		}
		p = min(1, max(0, 1-fewer))
	}
	s.P = stats.Num(p)
	s.Effect = stats.Num(max(0, promised-f.rate))
	s.What = fmt.Sprintf("%s, of %.1f%% %s", percent(f.rate), promised*100, source)
	s.Moves = []Move{{Name: s.Name, Baseline: stats.Num(b.rate), Fresh: stats.Num(f.rate)}}
	s.series = func(i int) (float64, bool) { return number(yes(fresh.Sample, i)), fresh.has(i) }
	return s, nil
}
