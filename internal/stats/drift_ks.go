package stats

import (
	"math"
	"sort"
)

// maxExactKS bounds the lattice that the exact Kolmogorov-Smirnov p-value walks.
const maxExactKS = 20_000_000

// A KSResult is a two-sample Kolmogorov-Smirnov test; all is absent when a
// sample is empty, which is no sign of sameness.
type KSResult struct {
	D           Number // largest distance of the distribution functions
	PExact      Number // conditional on the pattern of ties; absent above 2·10⁷ pairs
	PAsymptotic Number // Kolmogorov's limit, conservative under ties
}

// P returns the exact p-value where there is one, else the asymptotic one.
func (r KSResult) P() Number {
	if r.PExact.Valid {
		return r.PExact
	}
	return r.PAsymptotic
}

// KolmogorovSmirnov tests whether two samples come from one distribution. NaN is
// refused: a missing value is its own rate.
func KolmogorovSmirnov(x, y []float64) (KSResult, error) {
	if err := firstErr(checkNotNaN("value of the first sample", x), checkNotNaN("value of the second sample", y)); err != nil {
		return KSResult{}, err
	}
	if len(x) == 0 || len(y) == 0 {
		return KSResult{}, nil
	}
	return ksSorted(sortedCopy(x), sortedCopy(y)), nil
}

// ksSorted takes samples in order, neither of them empty.
func ksSorted(xs, ys []float64) KSResult {
	ends, most := mergeSteps(xs, ys)
	m, n := len(xs), len(ys)
	d := float64(most) / (float64(m) * float64(n))
	r := KSResult{D: Num(d), PAsymptotic: Num(kolmogorov(d * math.Sqrt(float64(m)*float64(n)/float64(m+n))))}
	if float64(m)*float64(n) <= maxExactKS {
		r.PExact = Num(ksExact(m, n, most, ends))
	}
	return r
}

// mergeSteps walks both samples in order and returns where, in the pooled order,
// a run of ties ends, with the largest |i n - j m| at those places.
func mergeSteps(xs, ys []float64) (ends []bool, most int) {
	m, n := len(xs), len(ys)
	ends = make([]bool, m+n+1)
	i, j := 0, 0
	for i < m || j < n {
		v := math.Inf(1)
		if i < m {
			v = xs[i]
		}
		if j < n {
			v = math.Min(v, ys[j])
		}
		for i < m && xs[i] == v {
			i++
		}
		for j < n && ys[j] == v {
			j++
		}
		ends[i+j] = true
		most = max(most, abs(i*n-j*m))
	}
	return ends, most
}

// ksExact returns the share of the orderings of the pooled sample whose distance
// is at least the observed one: the chance that a random lattice path from (0,0)
// to (m,n) leaves the band at the end of some run of ties. Working with the
// share that left avoids cancellation in small p-values.
func ksExact(m, n, most int, ends []bool) float64 {
	if most == 0 {
		return 1
	}
	left := make([]float64, n+1)
	for i := range m + 1 {
		for j := range n + 1 {
			switch {
			case ends[i+j] && abs(i*n-j*m) >= most:
				left[j] = 1
			case i == 0 && j == 0:
				left[j] = 0
			default:
				var up, side float64 // from (i-1,j) and from (i,j-1)
				if i > 0 {
					up = left[j] * float64(i)
				}
				if j > 0 {
					side = left[j-1] * float64(j)
				}
				left[j] = (up + side) / float64(i+j)
			}
		}
	}
	return math.Min(1, left[n])
}

// kolmogorov returns P(sup |Brownian bridge| >= x).
func kolmogorov(x float64) float64 {
	if x <= 0 {
		return 1
	}
	if x < 1.18 {
		// The other form of the theta function converges fast here.
		sum := 0.0
		for k := 1; k <= 9; k += 2 {
			sum += math.Exp(-float64(k*k) * math.Pi * math.Pi / (8 * x * x))
		}
		return 1 - math.Sqrt(2*math.Pi)/x*sum
	}
	sum := 0.0
	for k := 1; k <= 6; k++ {
		term := math.Exp(-2 * float64(k*k) * x * x)
		if k%2 == 0 {
			term = -term
		}
		sum += term
	}
	return clamp(2*sum, 0, 1)
}

func sortedCopy(x []float64) []float64 {
	s := append([]float64(nil), x...)
	sort.Float64s(s)
	return s
}

func abs(i int) int { return max(i, -i) }
