package stats

import (
	"math"
	"math/rand/v2"
)

// SwapRatios tests that two designs are exchangeable within each unit by the
// difference of their ratios ΣNum/ΣDen: every resample swaps the two designs in
// a random half of the units, which may be whole clusters. Resamples in which a
// denominator is empty count as extreme, so that they cannot make a finding. The
// p-value is that of [MonteCarloP]; without a defined difference it is 1.
func SwapRatios(units []PairedRatio, alternative Alternative, resamples int, src rand.Source) (PermutationResult, error) {
	if err := checkResamples(resamples); err != nil {
		return PermutationResult{}, err
	}
	var sum, change total // both designs added; a minus b
	var changes []total
	for i, u := range units {
		t := total{u.A.Num, u.A.Den, u.B.Num, u.B.Den}
		if err := t.check(i); err != nil {
			return PermutationResult{}, err
		}
		sum.add(total{t[0] + t[2], t[1] + t[3]}, 1)
		c := total{t[0] - t[2], t[1] - t[3]}
		change.add(c, 1)
		if c != (total{}) {
			changes = append(changes, c)
		}
	}
	difference := func(c total) (float64, bool) {
		a := Ratio{(sum[0] + c[0]) / 2, (sum[1] + c[1]) / 2}
		b := Ratio{(sum[0] - c[0]) / 2, (sum[1] - c[1]) / 2}
		return PairedRatio{a, b}.difference()
	}
	r := PermutationResult{PValue: 1, Permutations: float64(resamples)}
	observed, defined := difference(change)
	if !defined {
		return r, nil
	}
	r.Statistic = Num(observed)

	draw := swapOneByOne(changes)
	if counts, distinct := groupEqual(changes); len(distinct)*groupedDrawCost < len(changes) {
		draw = swapByCount(counts, distinct)
	}
	extreme := func(d float64) bool {
		const slack = 1e-12 // differences of ratios are of the order of 1
		switch alternative {
		case Greater:
			return d >= observed-slack
		case Less:
			return d <= observed+slack
		}
		return math.Abs(d) >= math.Abs(observed)-slack
	}
	hits := countInShards(resamples, src, func(rng *rand.Rand) bool {
		d, ok := difference(draw(rng))
		return !ok || extreme(d)
	})
	r.PValue = MonteCarloP(hits, resamples)
	return r, nil
}

func swapOneByOne(changes []total) func(*rand.Rand) total {
	return func(rng *rand.Rand) total {
		var t total
		coins, left := uint64(0), 0
		for _, c := range changes {
			if left == 0 {
				coins, left = rng.Uint64(), 64
			}
			s := float64(coins&1)*2 - 1
			t[0] += s * c[0]
			t[1] += s * c[1]
			coins >>= 1
			left--
		}
		return t
	}
}

func swapByCount(counts []int, distinct []total) func(*rand.Rand) total {
	return func(rng *rand.Rand) total {
		var t total
		for i, c := range distinct {
			kept := binomialDraw(rng, counts[i], 0.5)
			t.add(c, float64(2*kept-counts[i]))
		}
		return t
	}
}
