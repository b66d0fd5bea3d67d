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
	v := m.Variance()
	if !v.Valid || n < 2 {
		return iv
	}
	half := studentUpper(TwoSided.tail(level), n-1) * math.Sqrt(v.Value/n)
	iv.Lower, iv.Upper = m.Mean-half, m.Mean+half
	return iv
}
