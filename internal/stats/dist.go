package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// normalUpper returns z with P(Z > z) = tail.
func normalUpper(tail float64) float64 { return -distuv.UnitNormal.Quantile(tail) }

func normalCDF(z float64) float64 { return distuv.UnitNormal.CDF(z) }

// studentUpper returns t with P(T > t) = tail < 1/2, for any df > 0. T²/(df+T²)
// has the beta distribution B(1/2, df/2); gonum's own quantile is good to 1e-9
// only. Far out in the tail 1 - 2 tail keeps too few digits: t is bisected there.
func studentUpper(tail, df float64) float64 {
	if tail < 1e-4 {
		low, high := 0.0, 1.0
		for studentTwoSided(high, df) > 2*tail {
			low, high = high, 2*high
		}
		for range 60 {
			if t := (low + high) / 2; studentTwoSided(t, df) > 2*tail {
				low = t
			} else {
				high = t
			}
		}
		return (low + high) / 2
	}
	y := betaQuantile(1-2*tail, 0.5, df/2)
	return math.Sqrt(df * y / (1 - y))
}

// studentTwoSided returns P(|T| > |t|).
func studentTwoSided(t, df float64) float64 { return mathext.RegIncBeta(df/2, 0.5, df/(df+t*t)) }

// binomialAtMost returns P(X <= k), X ~ Bin(n, p).
func binomialAtMost(k, n int, p float64) float64 {
	switch {
	case k < 0:
		return 0
	case k >= n:
		return 1
	case p <= 0:
		return 1
	case p >= 1:
		return 0
	}
	return mathext.RegIncBeta(float64(n-k), float64(k+1), 1-p)
}

// binomialAtLeast returns P(X >= k), X ~ Bin(n, p), without cancellation.
func binomialAtLeast(k, n int, p float64) float64 {
	switch {
	case k <= 0:
		return 1
	case k > n:
		return 0
	case p <= 0:
		return 0
	case p >= 1:
		return 1
	}
	return mathext.RegIncBeta(float64(k), float64(n-k+1), p)
}

// binomialPMF returns P(X = k), X ~ Bin(n, p).
func binomialPMF(k, n int, p float64) float64 {
	switch {
	case k < 0 || k > n:
		return 0
	case p <= 0:
		return indicator(k == 0)
	case p >= 1:
		return indicator(k == n)
	}
	return math.Exp(logChoose(n, k) + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
}

// logChoose returns ln C(n, k).
func logChoose(n, k int) float64 {
	return -math.Log(float64(n+1)) - mathext.Lbeta(float64(n-k+1), float64(k+1))
}

// betaQuantile returns x with I_x(a, b) = p.
func betaQuantile(p, a, b float64) float64 {
	x := mathext.InvRegIncBeta(a, b, p)
	// InvRegIncBeta stops at about 1e-9 of x near the ends; two Newton steps
	// bring it to the accuracy of RegIncBeta itself.
	for range 2 {
		if x <= 0 || x >= 1 {
			break
		}
		density := math.Exp((a-1)*math.Log(x) + (b-1)*math.Log1p(-x) - mathext.Lbeta(a, b))
		next := x - (mathext.RegIncBeta(a, b, x)-p)/density
		if !(next > 0 && next < 1) {
			break
		}
		x = next
	}
	return x
}

func chiSquaredUpper(x, df float64) float64 {
	return mathext.GammaIncRegComp(df/2, x/2)
}

func chiSquaredQuantile(p, df float64) float64 {
	return 2 * mathext.GammaIncRegInv(df/2, p)
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func clamp(x, lo, hi float64) float64 { return math.Max(lo, math.Min(hi, x)) }
