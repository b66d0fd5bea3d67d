package stats

import (
	"math"
	"math/rand/v2"
	"sort"
)

// An MMDResult is a test by the maximum mean discrepancy.
type MMDResult struct {
	MMD2         Number // unbiased estimate of the squared discrepancy; may be below 0
	PValue       Number
	Permutations float64
}

// maxExactSplits bounds the splits that [MMDExact] visits.
const maxExactSplits = 200_000

// MMDExact tests two samples of vectors with the kernel exp(-gamma |x-y|²) by
// the unbiased MMD² of Gretton et al. (2012) over every split of the pooled
// sample; p is the share of splits with at least the observed value. Absent for
// samples below two rows; more than 200,000 splits are refused.
func MMDExact(x, y [][]float64, gamma float64) (MMDResult, error) {
	k, err := newKernel(x, y, gamma)
	if err != nil || k.m < 2 || k.n < 2 {
		return MMDResult{}, err
	}
	splits := math.Round(math.Exp(logChoose(k.m+k.n, k.m)))
	if splits > maxExactSplits {
		return MMDResult{}, refuse(TooLarge, "%d and %d rows have more than %d splits; use random ones", k.m, k.n, maxExactSplits)
	}
	observed := k.mmd2(k.identity())
	hits := 0
	order := k.identity()
	var choose func(from, chosen int)
	// choose moves each subset of m rows to the front of order in turn.
	choose = func(from, chosen int) {
		if chosen == k.m {
			if k.mmd2(order) >= observed-k.slack() {
				hits++
			}
			return
		}
		for i := from; i <= k.n+chosen; i++ {
			order[chosen], order[i] = order[i], order[chosen]
			choose(i+1, chosen+1)
			order[chosen], order[i] = order[i], order[chosen]
		}
	}
	choose(0, 0)
	return MMDResult{Num(observed), Num(float64(hits) / splits), splits}, nil
}

// MMDMonteCarlo is [MMDExact] with random splits and [MonteCarloP]. Time and
// space grow with the square of the rows: fine to about 2,000.
func MMDMonteCarlo(x, y [][]float64, gamma float64, resamples int, src rand.Source) (MMDResult, error) {
	k, err := newKernel(x, y, gamma)
	if err = firstErr(err, checkResamples(resamples)); err != nil || k.m < 2 || k.n < 2 {
		return MMDResult{}, err
	}
	order := k.identity()
	observed := k.mmd2(order)
	hits := countInShards(resamples, src, func(rng *rand.Rand) bool {
		return k.mmd2(rng.Perm(k.m+k.n)) >= observed-k.slack()
	})
	return MMDResult{Num(observed), Num(MonteCarloP(hits, resamples)), float64(resamples)}, nil
}

// MedianGamma returns 1 over the median squared distance between pooled rows,
// the usual width of the kernel; absent when that is 0 or there is one row.
func MedianGamma(x, y [][]float64) (Number, error) {
	rows, err := pooled(x, y)
	if err != nil {
		return Number{}, err
	}
	var squares []float64
	for i := range rows {
		for j := range i {
			squares = append(squares, squaredDistance(rows[i], rows[j]))
		}
	}
	if len(squares) == 0 {
		return Number{}, nil
	}
	sort.Float64s(squares)
	median := quantileSorted(squares, 0.5)
	if median == 0 {
		return Number{}, nil
	}
	return Num(1 / median), nil
}

// A kernel holds the similarities of the pooled rows, m of the first sample and
// n of the second.
type kernel struct {
	m, n  int
	k     [][]float64
	total float64 // over ordered pairs of different rows
}

func newKernel(x, y [][]float64, gamma float64) (kernel, error) {
	if !(gamma > 0) {
		return kernel{}, refuse(OutOfRange, "gamma is %v; it must be above 0", gamma)
	}
	rows, err := pooled(x, y)
	if err != nil {
		return kernel{}, err
	}
	k := kernel{m: len(x), n: len(y), k: make([][]float64, len(rows))}
	for i := range rows {
		k.k[i] = make([]float64, len(rows))
		for j := range i {
			v := math.Exp(-gamma * squaredDistance(rows[i], rows[j]))
			k.k[i][j], k.k[j][i] = v, v
			k.total += 2 * v
		}
	}
	return k, nil
}

func pooled(x, y [][]float64) ([][]float64, error) {
	rows := append(append([][]float64(nil), x...), y...)
	for _, r := range rows {
		if err := firstErr(checkLengths("numbers in a row", len(r), "in the first", len(rows[0])), checkFinite("number", r)); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func squaredDistance(a, b []float64) float64 {
	s := 0.0
	for i := range a {
		d := a[i] - b[i]
		s += d * d
	}
	return s
}

func (k kernel) identity() []int {
	order := make([]int, k.m+k.n)
	for i := range order {
		order[i] = i
	}
	return order
}

func (k kernel) slack() float64 { return tieTolerance * k.total }

// mmd2 takes the first m rows of order as the first sample.
func (k kernel) mmd2(order []int) float64 {
	within := func(rows []int) float64 {
		s := 0.0
		for a, i := range rows {
			for _, j := range rows[:a] {
				s += k.k[i][j]
			}
		}
		return 2 * s
	}
	m, n := float64(k.m), float64(k.n)
	xx, yy := within(order[:k.m]), within(order[k.m:])
	xy := (k.total - xx - yy) / 2
	return xx/(m*(m-1)) + yy/(n*(n-1)) - 2*xy/(m*n)
}
