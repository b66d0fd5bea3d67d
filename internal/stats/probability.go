package stats

import "math"

// Brier returns the mean of (probability - outcome)², in 0..1, absent for no
// cases; weights are nil for equal ones.
func Brier(probabilities []float64, outcomes []bool, weights []float64) (Number, error) {
	return scoreOutcomes(probabilities, outcomes, weights, func(p float64, right bool) float64 {
		d := p - indicator(right)
		return d * d
	})
}

// LogLoss returns the mean of -ln(probability of what happened), probabilities
// clipped to [eps, 1-eps]; absent for no cases; weights are nil for equal ones.
func LogLoss(probabilities []float64, outcomes []bool, weights []float64, eps float64) (Number, error) {
	if err := checkEps(eps); err != nil {
		return Number{}, err
	}
	return scoreOutcomes(probabilities, outcomes, weights, func(p float64, right bool) float64 {
		p = clamp(p, eps, 1-eps)
		if right {
			return -math.Log(p)
		}
		return -math.Log1p(-p)
	})
}

func scoreOutcomes(probabilities []float64, outcomes []bool, weights []float64, score func(float64, bool) float64) (Number, error) {
	if err := checkConfidences(probabilities, outcomes, weights); err != nil {
		return Number{}, err
	}
	var m Moments
	for i, p := range probabilities {
		m.AddWeighted(score(p, outcomes[i]), weightAt(weights, i))
	}
	return m.mean(), nil
}

func (m Moments) mean() Number {
	if m.Weight == 0 {
		return Number{}
	}
	return Num(m.Mean)
}

// BrierMulticlass returns the mean over cases of the squared distance, summed
// over classes, between the probabilities and the true class; in 0..2.
func BrierMulticlass(probabilities [][]float64, truth []int, weights []float64) (Number, error) {
	return scoreClasses(probabilities, truth, weights, func(ps []float64, t int) float64 {
		sum := 0.0
		for j, p := range ps {
			d := p - indicator(j == t)
			sum += d * d
		}
		return sum
	})
}

// LogLossMulticlass returns the mean of -ln(probability of the true class),
// probabilities clipped to [eps, 1-eps] and then made to sum to 1 again.
func LogLossMulticlass(probabilities [][]float64, truth []int, weights []float64, eps float64) (Number, error) {
	if err := checkEps(eps); err != nil {
		return Number{}, err
	}
	return scoreClasses(probabilities, truth, weights, func(ps []float64, t int) float64 {
		sum := 0.0
		for _, p := range ps {
			sum += clamp(p, eps, 1-eps)
		}
		return -math.Log(clamp(ps[t], eps, 1-eps) / sum)
	})
}

func scoreClasses(probabilities [][]float64, truth []int, weights []float64, score func([]float64, int) float64) (Number, error) {
	if err := firstErr(checkLengths("rows of probabilities", len(probabilities), "true classes", len(truth)), checkWeights(weights, len(truth))); err != nil {
		return Number{}, err
	}
	var m Moments
	for i, ps := range probabilities {
		if err := checkProbabilities("probability", ps); err != nil {
			return Number{}, err
		}
		if truth[i] < 0 || truth[i] >= len(ps) {
			return Number{}, refuse(UnknownLabel, "true class %d of case %d; there are %d classes", truth[i], i, len(ps))
		}
		m.AddWeighted(score(ps, truth[i]), weightAt(weights, i))
	}
	return m.mean(), nil
}

func checkEps(eps float64) error {
	if !(eps > 0 && eps < 0.5) {
		return refuse(OutOfRange, "eps is %v; it must lie between 0 and 0.5, as 1e-15", eps)
	}
	return nil
}

func checkConfidences(confidences []float64, outcomes []bool, weights []float64) error {
	return firstErr(checkLengths("probabilities", len(confidences), "outcomes", len(outcomes)),
		checkProbabilities("probability", confidences), checkWeights(weights, len(outcomes)))
}
