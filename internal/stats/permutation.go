package stats

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// An Alternative is what a test would show.
type Alternative int

// Alternatives.
const (
	NotEqual Alternative = iota
	Greater
	Less
)

// maxExactFlips bounds the 2^n sign patterns that [SignFlipExact] visits.
const maxExactFlips = 24

// tieTolerance is the relative tolerance under which two sums of the same
// differences count as equal: 0.1+0.2+0.3-0.6 is not 0 in floating point.
const tieTolerance = 1e-12

// A PermutationResult is the outcome of a permutation test.
type PermutationResult struct {
	Statistic    Number // mean difference observed
	PValue       float64
	Permutations float64 // sign patterns or resamples behind the p-value
	Exact        bool    // all patterns were visited
}

// SignFlip tests that paired differences are symmetric about 0: exactly, by
// [SignFlipExact], for up to 20 differences that are not 0, else with resamples
// random sign patterns and [MonteCarloP]. Clustered cases give one difference
// per cluster, the sum of its cases' differences ([Moments.Sum]), so that whole
// clusters flip; the statistic is then the mean of those sums.
func SignFlip(differences []float64, alternative Alternative, resamples int, src rand.Source) (PermutationResult, error) {
	nonzero := 0
	for _, d := range differences {
		if d != 0 {
			nonzero++
		}
	}
	if nonzero <= 20 {
		return SignFlipExact(differences, alternative)
	}
	return SignFlipMonteCarlo(differences, alternative, resamples, src)
}

// SignFlipExact visits all 2^n sign patterns, zeros included; its p-value is the
// share with a statistic at least as extreme as the observed one. More than 24
// differences that are not 0 are refused.
func SignFlipExact(differences []float64, alternative Alternative) (PermutationResult, error) {
	if err := checkFinite("difference", differences); err != nil {
		return PermutationResult{}, err
	}
	r := PermutationResult{PValue: 1, Permutations: math.Pow(2, float64(len(differences))), Exact: true}
	if len(differences) == 0 {
		return r, nil
	}
	t := newFlipTest(differences, alternative)
	r.Statistic = Num(t.sum / float64(len(differences)))
	n := len(t.values)
	if n > maxExactFlips {
		return PermutationResult{}, refuse(TooLarge, "%d differences have 2^%d sign patterns; use random ones above %d", n, n, maxExactFlips)
	}
	// A Gray code flips one sign at a time; the sum is taken afresh now and then
	// so that rounding cannot pile up.
	extreme := 0
	signs := make([]float64, n)
	for i := range signs {
		signs[i] = 1
	}
	s := t.total
	for k := 1; ; k++ {
		if t.extreme(s) {
			extreme++
		}
		if k == 1<<n {
			break
		}
		i := bits.TrailingZeros(uint(k))
		signs[i] = -signs[i]
		if k%64 == 0 {
			s = 0
			for j, v := range t.values {
				s += signs[j] * v
			}
		} else {
			s += 2 * signs[i] * t.values[i]
		}
	}
	r.PValue = float64(extreme) / math.Pow(2, float64(n))
	return r, nil
}

// SignFlipMonteCarlo draws random sign patterns. Differences with few distinct
// magnitudes, as of right/wrong outcomes, are flipped by binomial counts instead
// of one by one, which is the same distribution at a fraction of the work.
func SignFlipMonteCarlo(differences []float64, alternative Alternative, resamples int, src rand.Source) (PermutationResult, error) {
	if err := firstErr(checkFinite("difference", differences), checkResamples(resamples)); err != nil {
		return PermutationResult{}, err
	}
	r := PermutationResult{PValue: 1, Permutations: float64(resamples)}
	if len(differences) == 0 {
		return r, nil
	}
	t := newFlipTest(differences, alternative)
	r.Statistic = Num(t.sum / float64(len(differences)))
	draw := flipOneByOne(t.values)
	if counts, magnitudes := groupEqual(t.values); len(magnitudes)*groupedDrawCost < len(t.values) {
		draw = flipByCount(counts, magnitudes)
	}
	hits := countInShards(resamples, src, func(rng *rand.Rand) bool { return t.extreme(draw(rng)) })
	r.PValue = MonteCarloP(hits, resamples)
	return r, nil
}

// MonteCarloP returns (hits + 1)/(resamples + 1), which is never 0 and keeps the
// test's size (Phipson and Smyth 2010).
func MonteCarloP(hits, resamples int) float64 {
	return float64(hits+1) / float64(resamples+1)
}

func checkResamples(n int) error {
	if n < 1 {
		return refuse(OutOfRange, "%d resamples; at least 1 is needed, and 10000 are usual", n)
	}
	return nil
}

// A flipTest judges sums of flipped magnitudes against the observed sum.
type flipTest struct {
	values      []float64 // magnitudes of the differences that are not 0
	total       float64   // their sum
	sum         float64   // the observed signed sum
	slack       float64
	alternative Alternative
}

func newFlipTest(differences []float64, alternative Alternative) flipTest {
	t := flipTest{alternative: alternative}
	for _, d := range differences {
		t.sum += d
		if d != 0 {
			t.values = append(t.values, math.Abs(d))
			t.total += math.Abs(d)
		}
	}
	t.slack = tieTolerance * t.total
	if math.Abs(t.sum) <= t.slack {
		t.sum = 0
	}
	return t
}

func (t flipTest) extreme(s float64) bool {
	switch t.alternative {
	case Greater:
		return s >= t.sum-t.slack
	case Less:
		return s <= t.sum+t.slack
	}
	return math.Abs(s) >= math.Abs(t.sum)-t.slack
}

func flipOneByOne(values []float64) func(*rand.Rand) float64 {
	return func(rng *rand.Rand) float64 {
		s, coins, left := 0.0, uint64(0), 0
		for _, v := range values {
			if left == 0 {
				coins, left = rng.Uint64(), 64
			}
			// The lowest coin becomes the sign without a branch.
			s += math.Float64frombits(math.Float64bits(v) | coins<<63)
			coins >>= 1
			left--
		}
		return s
	}
}

func flipByCount(counts []int, magnitudes []float64) func(*rand.Rand) float64 {
	return func(rng *rand.Rand) float64 {
		s := 0.0
		for i, m := range magnitudes {
			up := binomialDraw(rng, counts[i], 0.5)
			s += m * float64(2*up-counts[i])
		}
		return s
	}
}
