package stats

import "math"

// maxExactPoissonBinomial bounds the exact distribution, whose time grows with
// the square of the cases; above it the normal limit is as good as exact.
const maxExactPoissonBinomial = 5000

// A ConfidenceBased is accuracy estimated without labels.
type ConfidenceBased struct {
	Interval
	SE Number // sqrt(Σp(1-p))/n
}

// ConfidenceBasedAccuracy returns the accuracy that calibrated confidences
// promise: their mean, with the quantiles of the Poisson-binomial number of
// right answers as interval. It holds only while the calibration does: it is
// blind to concept drift, and must never pass a gate alone. No cases give [0, 1]
// and no estimate.
func ConfidenceBasedAccuracy(confidences []float64, level float64) (ConfidenceBased, error) {
	if err := firstErr(checkProbabilities("confidence", confidences), checkLevel("level", level)); err != nil {
		return ConfidenceBased{}, err
	}
	r := ConfidenceBased{Interval: Interval{Lower: 0, Upper: 1, Level: level, Method: "confidence-based, Poisson-binomial"}}
	if len(confidences) == 0 {
		return r, nil
	}
	n := float64(len(confidences))
	mean, variance := 0.0, 0.0
	for _, p := range confidences {
		mean += p
		variance += p * (1 - p)
	}
	r.Estimate, r.SE = Num(mean/n), Num(math.Sqrt(variance)/n)
	tail := TwoSided.tail(level)
	if len(confidences) > maxExactPoissonBinomial {
		half := normalUpper(tail) * math.Sqrt(variance)
		r.Lower, r.Upper = clamp((mean-half)/n, 0, 1), clamp((mean+half)/n, 0, 1)
		return r, nil
	}
	cdf := 0.0
	low, high := -1, len(confidences)
	for k, p := range poissonBinomial(confidences) {
		cdf += p
		if low < 0 && cdf >= tail-tieTolerance {
			low = k
		}
		if cdf >= 1-tail-tieTolerance {
			high = k
			break
		}
	}
	r.Lower, r.Upper = float64(max(low, 0))/n, float64(high)/n
	return r, nil
}

// poissonBinomial returns the distribution of a sum of Bernoulli(p_i).
func poissonBinomial(ps []float64) []float64 {
	dist := make([]float64, 1, len(ps)+1)
	dist[0] = 1
	for _, p := range ps {
		dist = append(dist, 0)
		for k := len(dist) - 1; k > 0; k-- {
			dist[k] = dist[k]*(1-p) + dist[k-1]*p
		}
		dist[0] *= 1 - p
	}
	return dist
}

// ClassifierTwoSample returns the p-value of a classifier that tells two equally
// large samples apart: P(Bin(n, 1/2) >= correct) over n held-out cases (Lopez-Paz
// and Oquab 2017). Unbalanced samples need the AUC and a permutation test.
func ClassifierTwoSample(correct, n int) (float64, error) {
	if err := checkCount("correct", correct, n); err != nil {
		return 0, err
	}
	return binomialAtLeast(correct, n, 0.5), nil
}
