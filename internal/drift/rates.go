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

// rate compares two shares by Fisher's exact test.
func rate(group Group, name string, base, fresh share, floor float64, d direction) (Signal, error) {
	s := Signal{Group: group, Name: name, Test: "Fisher exact", EffectName: "difference", Floor: floor, Baseline: base.n, Fresh: fresh.n}
	if base.n == 0 || fresh.n == 0 {
		s.Why = "no cases that tell"
		return s, nil
	}
	test, err := stats.FisherExact([][]int{{base.x, base.n - base.x}, {fresh.x, fresh.n - fresh.x}})
	if err != nil {
		return s, err
	}
	change, err := stats.NewcombeUnpaired(fresh.x, fresh.n, base.x, base.n, level)
	if err != nil {
		return s, err
	}
	s.P, s.Change = test.PValue, &change
	delta := change.Estimate.Value
	s.Effect = stats.Num(max(delta, -delta))
	s.harmless = d == down && delta > 0
	s.What = fmt.Sprintf("%s to %s (%+.1f points, %.1f to %.1f)", percent(base), percent(fresh), delta*100, change.Lower*100, change.Upper*100)
	return s, nil
}

func percent(s share) string { return fmt.Sprintf("%.1f%%", 100*float64(s.x)/float64(s.n)) }

// promise holds the fresh automated accuracy against the one promised, or
// against the lower end of the baseline's interval where that is lower, by the
// exact binomial test.
func promise(base, fresh share, promised float64) (Signal, error) {
	s := Signal{Group: Performance, Name: "automated accuracy, as promised", Test: "exact binomial", EffectName: "shortfall", Floor: accuracyFloor / 2, Baseline: base.n, Fresh: fresh.n}
	if base.n == 0 || fresh.n == 0 {
		s.Why = "no automated case has a label"
		return s, nil
	}
	shown, err := stats.Wilson(base.x, base.n, level, stats.TwoSided)
	if err != nil {
		return s, err
	}
	source := "promised"
	if promised == 0 || promised > shown.Lower {
		promised, source = shown.Lower, "that the baseline had at least"
	}
	// P(at least so many errors) where errors are as frequent as promised.
	errors := fresh.n - fresh.x
	p := 1.0
	if errors > 0 {
		fewer, err := stats.RiskPValue(errors-1, fresh.n, max(1-promised, 1e-9))
		if err != nil {
			return s, err
		}
		p = min(1, max(0, 1-fewer))
	}
	s.P = stats.Num(p)
	got := float64(fresh.x) / float64(fresh.n)
	s.Effect = stats.Num(max(0, promised-got))
	s.What = fmt.Sprintf("%s, of %.1f%% %s", percent(fresh), promised*100, source)
	return s, nil
}
