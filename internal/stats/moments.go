package stats

import "math"

// Moments gathers values one at a time: of all cases, or of one cluster of
// them. The zero value is empty and ready. Two Moments of disjoint cases merge
// into the Moments of both, so shards of a run can be added up in any order.
type Moments struct {
	N       int     // values
	Weight  float64 // Σw; N for equal weights
	Weight2 float64 // Σw²; N for equal weights
	Mean    float64 // weighted mean; 0 while Weight is 0
	M2      float64 // Σw(y-mean)²
}

// Add takes in one value with weight 1.
func (m *Moments) Add(y float64) { m.AddWeighted(y, 1) }

// AddWeighted takes in one value with a sampling weight (West 1979).
func (m *Moments) AddWeighted(y, w float64) {
	m.N++
	m.Weight2 += w * w
	if w == 0 {
		return
	}
	m.Weight += w
	delta := y - m.Mean
	m.Mean += delta * w / m.Weight
	m.M2 += w * delta * (y - m.Mean)
}

// Merge takes in what o has gathered (Chan, Golub and LeVeque 1979).
func (m *Moments) Merge(o Moments) {
	m.N += o.N
	m.Weight2 += o.Weight2
	if o.Weight == 0 {
		return
	}
	w := m.Weight + o.Weight
	delta := o.Mean - m.Mean
	m.Mean += delta * o.Weight / w
	m.M2 += o.M2 + delta*delta*m.Weight*o.Weight/w
	m.Weight = w
}

// check refuses sums that NaN or infinite values have spoilt.
func (m Moments) check() error {
	for _, v := range [...]float64{m.Weight, m.Weight2, m.Mean, m.M2} {
		if math.IsNaN(v) {
			return refuse(NaNInput, "a value among %d is NaN", m.N)
		}
		if math.IsInf(v, 0) {
			return refuse(OutOfRange, "a value among %d is infinite, or their sum too large", m.N)
		}
	}
	return nil
}

// MomentsOf gathers values; weights are nil for equal ones.
func MomentsOf(values, weights []float64) (Moments, error) {
	if err := firstErr(checkFinite("value", values), checkWeights(weights, len(values))); err != nil {
		return Moments{}, err
	}
	var m Moments
	for i, y := range values {
		m.AddWeighted(y, weightAt(weights, i))
	}
	return m, nil
}

// RateMoments returns the Moments of n outcomes of which successes are 1.
func RateMoments(successes, n int) (Moments, error) {
	if err := checkCount("successes", successes, n); err != nil {
		return Moments{}, err
	}
	if n == 0 {
		return Moments{}, nil
	}
	p := float64(successes) / float64(n)
	return Moments{N: n, Weight: float64(n), Weight2: float64(n), Mean: p, M2: float64(n) * p * (1 - p)}, nil
}

// Sum returns Σwy.
func (m Moments) Sum() float64 { return m.Weight * m.Mean }

// EffectiveN returns Kish's (1965) effective sample size (Σw)²/Σw², which is N
// for equal weights.
func (m Moments) EffectiveN() float64 {
	if m.Weight2 == 0 {
		return 0
	}
	return m.Weight * m.Weight / m.Weight2
}

// Variance returns the sample variance with n-1 below, absent for fewer than
// two values and for unequal weights.
func (m Moments) Variance() Number {
	if m.N < 2 || !m.equalWeights() {
		return Number{}
	}
	n := float64(m.N)
	return Num(math.Max(0, m.M2) * n / m.Weight / (n - 1))
}

// equalWeights reports whether all weights are the same, which is when the
// effective sample size is the number of values.
func (m Moments) equalWeights() bool {
	n := float64(m.N)
	return m.Weight > 0 && math.Abs(m.EffectiveN()-n) <= 1e-12*n
}
