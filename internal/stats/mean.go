package stats

import "math"

// MeanInterval returns the mean of independent values with its t interval,
// mean ± t_{n-1} sd/√n; with sampling weights, n is Kish's effective size. One
// value has no interval, and no values have no mean: the ends are infinite.
func MeanInterval(m Moments, level float64) Interval {
	iv := Interval{Lower: math.Inf(-1), Upper: math.Inf(1), Level: level, Method: "t"}
	if m.Weight == 0 {
		return iv
	}
	iv.Estimate = Num(m.Mean)
	n := m.EffectiveN()
	if m.N < 2 || n <= 1 {
		return iv
	}
	variance := math.Max(0, m.M2) / m.Weight * n / (n - 1)
	half := studentUpper(TwoSided.tail(level), n-1) * math.Sqrt(variance/n)
	iv.Lower, iv.Upper = m.Mean-half, m.Mean+half
	return iv
}
