package traced

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// Curve is a distribution that was estimated from traced cases.
type Curve struct {
	*scenario.Distribution
	Said    string // what it rests on; "" where it is stated
	Warning string // why waits may be off with it; "" where nothing says so
}

const (
	minFit = 20 // cases that it takes to fit a curve
	// A fit is tested on so many of the cases, against so many samples drawn
	// from the curve and fitted again.
	fitTested, fitSamples = 500, 199
)

// Fit puts a family (exponential, lognormal, gamma or weibull) through hours that were traced: the same mean and the
// same spread for a gamma, the likeliest for the others. It is held against
// them by the Kolmogorov-Smirnov distance, with the p-value of the parametric
// bootstrap: of samples drawn from the curve and fitted again, how many are as
// far from theirs. Tables of the distance do not hold where parameters are
// taken from the sample itself.
func Fit(family string, hours []float64) (*Curve, error) {
	values := make([]float64, 0, len(hours))
	for _, h := range hours {
		if h > 0 {
			values = append(values, 60*h)
		}
	}
	if len(values) < minFit {
		return nil, fmt.Errorf("%d traced cases have minutes, and it takes %d to fit a curve", len(values), minFit)
	}
	slices.Sort(values)
	if values[len(values)-1]-values[0] <= 1e-6*values[0] {
		return nil, errors.New("all traced cases took the same time: there is no curve to fit")
	}
	f := fitOf(family, values)
	out := &Curve{Distribution: f}
	distance, p := ksDistance(f, values), fitP(f, values)
	out.Said = fmt.Sprintf("%s, n=%d, Kolmogorov-Smirnov distance %.3f, p=%.2g", f, len(values), distance, p)
	if p <= 0.05 {
		out.Warning = fmt.Sprintf("the traced minutes do not follow a %s curve (Kolmogorov-Smirnov distance %.3f, p=%.2g): waits may be far off; resample the cases instead, minutes: case", family, distance, p)
	}
	return out, nil
}

// fitOf is the curve of a family through positive values that are not all alike.
func fitOf(family string, values []float64) *scenario.Distribution {
	n, mean, logs := float64(len(values)), 0.0, 0.0
	for _, v := range values {
		mean += v / n
		logs += math.Log(v) / n
	}
	variance, logVariance := 0.0, 0.0
	for _, v := range values {
		variance += (v - mean) * (v - mean) / n
		logVariance += (math.Log(v) - logs) * (math.Log(v) - logs) / n
	}
	switch family {
	case "exponential":
		return &scenario.Distribution{Name: family, Mean: mean}
	case "lognormal":
		return &scenario.Distribution{Name: family, Mean: math.Exp(logs + logVariance/2), SCV: math.Expm1(logVariance)}
	case "weibull":
		shape := weibullLikeliest(values, logs, logVariance)
		powers := 0.0
		for _, v := range values {
			powers += math.Pow(v/mean, shape) / n
		}
		return scenario.NewWeibull(mean*math.Pow(powers, 1/shape), shape)
	}
	return &scenario.Distribution{Name: family, Mean: mean, SCV: variance / (mean * mean)}
}

// weibullLikeliest is the shape of the Weibull distribution of the largest
// likelihood, by Newton's method on the logarithm of the profile likelihood's
// condition, from where the spread of the logarithms puts it.
func weibullLikeliest(values []float64, logs, logVariance float64) float64 {
	shape := math.Pi / math.Sqrt(6*logVariance)
	for range 50 {
		var sum, first, second float64
		for _, v := range values {
			l := math.Log(v) - logs
			w := math.Exp(shape * l)
			sum += w
			first += w * l
			second += w * l * l
		}
		mean := first / sum
		slope := second/sum - mean*mean + 1/(shape*shape)
		step := (mean - 1/shape) / slope
		next := max(shape/2, min(shape*2, shape-step))
		if math.Abs(next-shape) <= 1e-10*shape {
			return next
		}
		shape = next
	}
	return shape
}

// ksDistance is the Kolmogorov-Smirnov distance of sorted values to a curve.
func ksDistance(f *scenario.Distribution, sorted []float64) float64 {
	below, n, distance := f.CDF(), float64(len(sorted)), 0.0
	for i, v := range sorted {
		p := below(v)
		distance = max(distance, p-float64(i)/n, float64(i+1)/n-p)
	}
	return distance
}

// fitP is the p-value of a fit, by the parametric bootstrap.
func fitP(f *scenario.Distribution, sorted []float64) float64 {
	draws := des.NewDraws(0, 0)
	values := sorted
	if len(values) > fitTested {
		values = slices.Clone(values)
		d := draws.For(-1, 0)
		for i := range fitTested {
			j := i + d.Index(len(values)-i)
			values[i], values[j] = values[j], values[i]
		}
		values = values[:fitTested]
		slices.Sort(values)
		f = fitOf(f.Name, values)
	}
	distance := ksDistance(f, values)
	as := 1.0
	sample := make([]float64, len(values))
	for i := range fitSamples {
		d := draws.For(int64(i), 0)
		for j := range sample {
			sample[j] = max(f.Draw(&d), math.SmallestNonzeroFloat64)
		}
		slices.Sort(sample)
		if ksDistance(fitOf(f.Name, sample), sample) >= distance {
			as++
		}
	}
	return as / (fitSamples + 1)
}
