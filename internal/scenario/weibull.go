package scenario

import "math"

// NewWeibull is the Weibull distribution of a scale, in minutes, and a shape.
func NewWeibull(scale, shape float64) *Distribution {
	return &Distribution{Name: "weibull", Mean: scale * math.Gamma(1+1/shape), SCV: weibullSCV(shape), shape: shape, scale: scale}
}

// WeibullOf is the Weibull distribution of a mean, in minutes, and a squared
// coefficient of variation.
func WeibullOf(mean, scv float64) *Distribution {
	low, high := math.Log(0.1), math.Log(1000.) // of shapes; the larger, the less they vary
	for range 100 {
		if middle := (low + high) / 2; weibullSCV(math.Exp(middle)) > scv {
			low = middle
		} else {
			high = middle
		}
	}
	shape := math.Exp(low)
	return &Distribution{Name: "weibull", Mean: mean, SCV: scv, shape: shape, scale: mean / math.Gamma(1+1/shape)}
}

// weibullSCV is the squared coefficient of variation of a shape.
func weibullSCV(shape float64) float64 {
	once, _ := math.Lgamma(1 + 1/shape)
	twice, _ := math.Lgamma(1 + 2/shape)
	return math.Expm1(twice - 2*once)
}
