package stats

import (
	"math"
	"sort"
)

// A ZeroMethod says how the population stability index meets an empty bin.
type ZeroMethod int

// AddHalf uses (count + 1/2)/(n + bins/2) in both samples always. Epsilon puts
// 1e-4 in the place of a zero share, without normalising again.
const (
	AddHalf ZeroMethod = iota
	Epsilon
)

// PSI returns the population stability index Σ (p-q) ln(p/q) of two lists of
// counts over the same bins. Absent when either sample is empty. Judge it by
// [PSIThreshold]: a fixed 0.1 alarms on noise in small samples.
func PSI(baseline, fresh []int, zero ZeroMethod) (Number, error) {
	if err := checkLengths("baseline bins", len(baseline), "fresh ones", len(fresh)); err != nil {
		return Number{}, err
	}
	n, m := 0, 0
	for i := range baseline {
		if baseline[i] < 0 || fresh[i] < 0 {
			return Number{}, refuse(InvalidCount, "bin %d counts %d and %d; counts must not be negative", i, baseline[i], fresh[i])
		}
		n, m = n+baseline[i], m+fresh[i]
	}
	if n == 0 || m == 0 {
		return Number{}, nil
	}
	share := func(c, n int) float64 {
		if zero == AddHalf {
			return (float64(c) + 0.5) / (float64(n) + 0.5*float64(len(baseline)))
		}
		if c == 0 {
			return 1e-4
		}
		return float64(c) / float64(n)
	}
	psi := 0.0
	for i := range baseline {
		p, q := share(baseline[i], n), share(fresh[i], m)
		psi += (p - q) * math.Log(p/q)
	}
	return Num(psi), nil
}

// BinCounts counts values into the bins [edge i-1, edge i) of ascending edges,
// with open ends. NaN stands for a missing value and is counted apart.
func BinCounts(values, edges []float64) (counts []int, missing int, err error) {
	if err := checkNotNaN("edge", edges); err != nil {
		return nil, 0, err
	}
	if !sort.Float64sAreSorted(edges) {
		return nil, 0, refuse(OutOfRange, "bin edges %v do not ascend", edges)
	}
	counts = make([]int, len(edges)+1)
	for _, v := range values {
		if math.IsNaN(v) {
			missing++
			continue
		}
		counts[sort.Search(len(edges), func(i int) bool { return edges[i] > v })]++
	}
	return counts, missing, nil
}

// PSIValues bins both samples by [BinCounts], with a last bin for missing values
// where either has one, and returns the counts and their [PSI].
func PSIValues(baseline, fresh, edges []float64, zero ZeroMethod) (base, now []int, psi Number, err error) {
	base, noBase, err := BinCounts(baseline, edges)
	if err != nil {
		return nil, nil, Number{}, err
	}
	now, noFresh, err := BinCounts(fresh, edges)
	if err != nil {
		return nil, nil, Number{}, err
	}
	if noBase+noFresh > 0 {
		base, now = append(base, noBase), append(now, noFresh)
	}
	psi, err = PSI(base, now, zero)
	return base, now, psi, err
}

// PSIThreshold returns the value that PSI exceeds with chance alpha when nothing
// has drifted, (1/n + 1/m) χ²_{1-α, bins-1} (Yurdakul and Naranjo 2020).
func PSIThreshold(nBaseline, nFresh, bins int, alpha float64) (float64, error) {
	if err := checkLevel("alpha", alpha); err != nil {
		return 0, err
	}
	if nBaseline < 1 || nFresh < 1 || bins < 2 {
		return 0, refuse(InvalidCount, "%d and %d cases in %d bins; both samples and two bins are needed", nBaseline, nFresh, bins)
	}
	return (1/float64(nBaseline) + 1/float64(nFresh)) * chiSquaredQuantile(1-alpha, float64(bins-1)), nil
}
