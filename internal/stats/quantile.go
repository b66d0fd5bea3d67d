package stats

import (
	"math"
	"sort"
)

// Quantiles returns the quantiles of type 7 (Hyndman and Fan 1996), the default
// of R and numpy: linear between the order statistics around (n-1)p. All are
// absent when there are no values, one between -Inf and +Inf is too; NaN among
// the values is refused.
func Quantiles(values, probs []float64) ([]Number, error) {
	if err := firstErr(checkNotNaN("value", values), checkProbabilities("probability", probs)); err != nil {
		return nil, err
	}
	q := make([]Number, len(probs))
	if len(values) == 0 {
		return q, nil
	}
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	for i, p := range probs {
		if v := quantileSorted(sorted, p); !math.IsNaN(v) {
			q[i] = Num(v)
		}
	}
	return q, nil
}

// quantileSorted takes at least one value. An infinite value is returned only
// where it takes part; between -Inf and +Inf there is nothing, NaN.
func quantileSorted(sorted []float64, p float64) float64 {
	h := float64(len(sorted)-1) * p
	k := int(math.Floor(h))
	if k >= len(sorted)-1 {
		return sorted[len(sorted)-1]
	}
	frac := h - float64(k)
	lo, hi := sorted[k], sorted[k+1]
	if frac == 0 || lo == hi {
		return lo
	}
	return (1-frac)*lo + frac*hi
}
