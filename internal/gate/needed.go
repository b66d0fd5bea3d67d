package gate

import (
	"math"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

const (
	level = 0.95
	alpha = 0.05
	tail  = alpha / 2
	power = 0.80
	// meanUnits is how many cases or clusters a mean takes: were 5 % of them of
	// another kind, 95 % of such samples would show one.
	meanUnits = 59
)

// needed is how many cases of the run's kind would decide an absolute
// threshold; 0 where no number would.
func needed(m score.Metric, rule Rule, limit float64, cases int) int {
	p := m.Estimate.Value
	if m.Exact == nil {
		n := neededSpread(p, m.Lower, m.Upper, limit, m.Denominator)
		return scaled(n, cases, m.Denominator)
	}
	side := stats.TwoSided
	if m.Unit == "rate" && limit <= rareLimit {
		side = stats.UpperBound
		if p > limit {
			side = stats.LowerBound
		}
	}
	effective := int(math.Round(m.Exact.EffectiveN))
	if effective < 1 || m.Exact.TwoSided.Method == score.ByUnknown {
		return 0 // more cases do not tell what the unknown ones were
	}
	if strings.HasPrefix(m.Name, "f1:") {
		p, limit = score.SharedOf(p), score.SharedOf(limit)
	}
	if x := m.Exact; x.Units != nil {
		times, err := stats.UnitsToBound(x.Units, x.Low, x.High, limit, level, side)
		if err != nil {
			return 0 // the limit is beyond what can be
		}
		return scaled(times.Or(0), cases, 1)
	}
	x := min(int(math.Round(p*float64(effective))), effective)
	n, err := stats.CasesToDecide(x, effective, limit, level, side, stats.ByClopperPearson)
	if err != nil {
		return 0 // the rate is at the limit
	}
	return max(scaled(float64(n), cases, float64(effective)), cases+1)
}

// neededSpread is how many values bring the end of a mean's interval that
// faces the limit up to it: widths shrink with the root of their number.
func neededSpread(estimate, lower, upper, limit, n float64) float64 {
	gap, half := estimate-limit, estimate-lower
	if gap < 0 {
		gap, half = -gap, upper-estimate
	}
	if gap == 0 || math.IsInf(half, 0) {
		return 0
	}
	ratio := half / gap
	return n * ratio * ratio
}

// neededWidth is the same for a paired difference, with the power that a
// comparison is planned by.
func neededWidth(estimate, lower, upper, limit float64, cases int) int {
	z := 1.959964
	withPower := (z + 0.841621) / z
	n := neededSpread(estimate, lower, upper, limit, float64(cases)) * withPower * withPower
	if n == 0 {
		return 0
	}
	return max(ceil(n), cases+1)
}

// neededPairs is how many cases show at the planned power that a candidate is,
// or is not, worse by more than the margin, if the discordance seen is the
// true one.
func neededPairs(d *compare.Difference, margin float64) int {
	n := float64(d.Cases)
	seen := stats.Discordance{OnlyA: float64(d.OnlyCandidate) / n, OnlyB: float64(d.OnlyBaseline) / n}
	if !d.Higher {
		seen.OnlyA, seen.OnlyB = seen.OnlyB, seen.OnlyA
	}
	if seen.OnlyA-seen.OnlyB < -margin {
		// To show it worse is to show the baseline better by the margin.
		seen.OnlyA, seen.OnlyB = seen.OnlyB, seen.OnlyA
		margin = -margin
	}
	size, err := stats.PairsForMargin(seen, margin, alpha, power)
	if err != nil {
		return 0
	}
	return max(size.N, d.Cases+1)
}

// scaled turns a number of units into one of cases, of which the run had so
// many for its units.
func scaled(n float64, cases int, units float64) int {
	if units <= 0 || n <= 0 {
		return 0
	}
	return ceil(n * float64(cases) / units)
}

func ceil(n float64) int {
	const most = 1 << 50
	return int(math.Ceil(math.Min(n, most) - 1e-9))
}
