package discover

import (
	"math"
	"slices"
)

// spread sums values up.
func spread(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	x := slices.Sorted(slices.Values(values))
	q := func(p float64) float64 { return quantile(x, p) }
	return Spread{N: len(x), Mean: mean(x), P10: q(0.1), P50: q(0.5), P90: q(0.9), Max: x[len(x)-1]}
}

// quantile of ordered values: the smallest that at least the share p is not above.
func quantile(x []float64, p float64) float64 {
	return x[max(0, min(len(x)-1, int(math.Ceil(p*float64(len(x))))-1))]
}

// at is a quantile of values in any order; 0 of none.
func at(p float64) func([]float64) float64 {
	return func(values []float64) float64 {
		if len(values) == 0 {
			return 0
		}
		return quantile(slices.Sorted(slices.Values(values)), p)
	}
}

// mean is 0 of no values.
func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(max(1, len(x)))
}
