package stats

import (
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// BoundedRatioDifference returns the two-sided interval of the difference of two
// ratios of sums over the same independent units, ΣA.Num/ΣA.Den - ΣB.Num/ΣB.Den,
// where ratios of units lie between 0 and 1. It is the thought of [BoundedRatio]
// for a figure that is no ratio of sums itself: the quantiles of the difference
// with units weighted by independent standard exponentials (Rubin 1981), and one
// more unit among them, in which it is as low, or as high, as can be. They are
// those of so many draws, from src. That it covers as often as it says is
// simulated, not proven.
func BoundedRatioDifference(units []PairedRatio, level float64, draws int, src rand.Source) (Interval, error) {
	if err := checkLevel("level", level); err != nil {
		return Interval{}, err
	}
	iv := Interval{Lower: -1, Upper: 1, Level: level, Method: gaffkeDrawn}
	var all, n PairedRatio
	times := map[PairedRatio]int{}
	for _, u := range units {
		if err := firstErr(checkPart(u.A), checkPart(u.B)); err != nil {
			return iv, err
		}
		times[u]++
		all = all.plus(u, 1)
		n.A.Den += indicator(u.A.Den > 0)
		n.B.Den += indicator(u.B.Den > 0)
	}
	difference, ok := all.difference()
	if !ok {
		return iv, nil
	}
	iv.Estimate = Num(difference)
	distinct := make([]PairedRatio, 0, len(times))
	for u := range times {
		distinct = append(distinct, u)
	}
	slices.SortFunc(distinct, func(x, y PairedRatio) int {
		return slices.Compare([]float64{x.A.Num, x.A.Den, x.B.Num, x.B.Den}, []float64{y.A.Num, y.A.Den, y.B.Num, y.B.Den})
	})
	a, b := all.A.Den/n.A.Den, all.B.Den/n.B.Den
	worst := PairedRatio{A: Ratio{0, a}, B: Ratio{b, b}}
	best := PairedRatio{A: Ratio{a, a}, B: Ratio{0, b}}
	low, high := make([]float64, draws), make([]float64, draws)
	inShards(draws, src, func(from, to int, rng *rand.Rand) {
		for i := from; i < to; i++ {
			var sum PairedRatio
			for _, u := range distinct {
				weight := 0.0
				if n := times[u]; n == 1 {
					weight = rng.ExpFloat64()
				} else {
					weight = distuv.Gamma{Alpha: float64(n), Beta: 1, Src: rng}.Rand()
				}
				sum = sum.plus(u, weight)
			}
			weight := rng.ExpFloat64()
			low[i], _ = sum.plus(worst, weight).difference()
			high[i], _ = sum.plus(best, weight).difference()
		}
	})
	slices.Sort(low)
	slices.Sort(high)
	tail := TwoSided.tail(level)
	iv.Lower, iv.Upper = low[int(tail*float64(draws))], high[draws-1-int(tail*float64(draws))]
	return iv, nil
}

// plus adds a unit, so many times.
func (r PairedRatio) plus(u PairedRatio, times float64) PairedRatio {
	add := func(r, u Ratio) Ratio { return Ratio{r.Num + times*u.Num, r.Den + times*u.Den} }
	return PairedRatio{add(r.A, u.A), add(r.B, u.B)}
}

// checkPart refuses a ratio that is no part of a whole.
func checkPart(r Ratio) error {
	if !(r.Num >= 0 && r.Num <= r.Den*(1+1e-9)) {
		return refuse(OutOfRange, "a unit's ratio is %v of %v; it must lie between 0 and 1", r.Num, r.Den)
	}
	return nil
}
