package opsim

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// fit is a curve through a team's traced minutes.
type fit struct {
	*Distribution
	said    string
	warning string // where the minutes do not follow the curve
}

// fitted puts a family through hours that were traced: the same mean and the
// same spread for a gamma, the likeliest for the others. It is held against
// them by the Kolmogorov-Smirnov distance; with parameters taken from the same
// hours the test is kinder than its level, so a rejection is one.
func fitted(family, team string, hours []float64) (*fit, error) {
	values := make([]float64, 0, len(hours))
	for _, h := range hours {
		if h > 0 {
			values = append(values, 60*h)
		}
	}
	n := float64(len(values))
	if n < 20 {
		return nil, fmt.Errorf("team %q: %d traced cases have minutes, and it takes 20 to fit a curve", team, len(values))
	}
	mean, logs := 0.0, 0.0
	for _, v := range values {
		mean += v / n
		logs += math.Log(v) / n
	}
	variance, logVariance := 0.0, 0.0
	for _, v := range values {
		variance += (v - mean) * (v - mean) / n
		logVariance += (math.Log(v) - logs) * (math.Log(v) - logs) / n
	}
	if variance <= 1e-12*mean*mean {
		return nil, fmt.Errorf("team %q: all traced cases took the same time: there is no curve to fit", team)
	}
	f := &Distribution{Name: family, Mean: mean}
	var below func(x float64) float64
	switch family {
	case "exponential":
		below = distuv.Exponential{Rate: 1 / mean}.CDF
	case "lognormal":
		f.Mean, f.SCV = math.Exp(logs+logVariance/2), math.Expm1(logVariance)
		below = distuv.LogNormal{Mu: logs, Sigma: math.Sqrt(logVariance)}.CDF
	default:
		f.SCV = variance / (mean * mean)
		below = distuv.Gamma{Alpha: 1 / f.SCV, Beta: 1 / (mean * f.SCV)}.CDF
	}
	slices.Sort(values)
	distance := 0.0
	for i, v := range values {
		p := below(v)
		distance = max(distance, p-float64(i)/n, float64(i+1)/n-p)
	}
	out := &fit{Distribution: f, said: fmt.Sprintf("%s, n=%d, Kolmogorov-Smirnov distance %.3f", f, len(values), distance)}
	if distance > 1.358/math.Sqrt(n) {
		out.warning = fmt.Sprintf("%s: the traced minutes do not follow a %s curve (Kolmogorov-Smirnov distance %.3f, above the 5%% limit of %.3f): waits may be far off; resample the cases instead, minutes: case", team, family, distance, 1.358/math.Sqrt(n))
	}
	return out, nil
}
