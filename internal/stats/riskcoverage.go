package stats

import "math"

// A RiskPoint is what happens when cases of at least Threshold are automated.
type RiskPoint struct {
	Threshold float64
	Coverage  float64 // weight share automated
	Risk      float64 // share wrong among them: 1 - selective accuracy
	Accepted  int     // cases automated
	Errors    int     // wrong among them
}

// A RiskCoverage is the trade of coverage against risk as the threshold falls.
type RiskCoverage struct {
	ErrorRate       Number
	AURC            Number // mean over cases k of the risk among the k most confident; ties in mean over their orders
	AURCOracle      Number // the same for the best ranking possible
	EAURC           Number // AURC - AURCOracle: 0 for a perfect ranking
	EAURCAsymptotic Number // AURC - (r + (1-r) ln(1-r)), Geifman, Uziel and El-Yaniv 2019
	AUGRC           Number // mean risk of an undetected failure, Traub et al. 2024
	Curve           []RiskPoint
}

// NewRiskCoverage builds the curve, with a point at each distinct confidence, as
// cases of equal confidence move together. Everything is absent for no cases;
// weights are nil for equal ones. Within a tie of weighted cases each counts
// with the mean weight of the tie.
func NewRiskCoverage(confidences []float64, correct []bool, weights []float64) (RiskCoverage, error) {
	err := firstErr(checkLengths("confidences", len(confidences), "outcomes", len(correct)),
		checkNotNaN("confidence", confidences), checkWeights(weights, len(correct)))
	if err != nil {
		return RiskCoverage{}, err
	}
	var r RiskCoverage
	total := 0.0
	for i := range correct {
		total += weightAt(weights, i)
	}
	if total == 0 {
		return r, nil
	}
	accepted, wrong, augrc := 0.0, 0.0, 0.0
	n, errors := 0, 0
	for b := range tieBlocks(confidences, correct, weights, true) {
		n, errors = n+b.n, errors+b.misses
		// Trapezoid under the share of all cases accepted and wrong.
		augrc += (b.hit + b.miss) / total * (wrong + b.miss/2) / total
		accepted, wrong = accepted+b.hit+b.miss, wrong+b.miss
		r.Curve = append(r.Curve, RiskPoint{b.score, accepted / total, ratioOrZero(wrong, accepted), n, errors})
	}
	rate := wrong / total
	aurc := areaUnderRisk(confidences, correct, weights, total)
	ideal := make([]float64, len(correct))
	for i, right := range correct {
		ideal[i] = indicator(right)
	}
	oracle := areaUnderRisk(ideal, correct, weights, total)
	r.ErrorRate, r.AURC, r.AURCOracle, r.AUGRC = Num(rate), Num(aurc), Num(oracle), Num(augrc)
	r.EAURC = Num(math.Max(0, aurc-oracle))
	asymptote := rate
	if rate < 1 {
		asymptote += (1 - rate) * math.Log1p(-rate)
	}
	r.EAURCAsymptotic = Num(aurc - asymptote)
	return r, nil
}

// areaUnderRisk sums the risk after each case, a tie block of m cases and e
// errors after K cases and E errors giving (E + j e/m)/(K + j), j = 1..m.
func areaUnderRisk(confidences []float64, correct []bool, weights []float64, total float64) float64 {
	area, accepted, wrong := 0.0, 0.0, 0.0
	for b := range tieBlocks(confidences, correct, weights, true) {
		w := (b.hit + b.miss) / float64(b.n)
		e := b.miss / float64(b.n)
		for j := 1; j <= b.n; j++ {
			area += w * ratioOrZero(wrong+float64(j)*e, accepted+float64(j)*w)
		}
		accepted, wrong = accepted+b.hit+b.miss, wrong+b.miss
	}
	return area / total
}

// CoverageAtRisk returns the largest coverage whose empirical risk is at most
// risk, 0 when there is none. It is optimistic, having been chosen on the data
// that it describes; [SelectThreshold] gives a guarantee.
func (r RiskCoverage) CoverageAtRisk(risk float64) float64 {
	best := 0.0
	for _, p := range r.Curve {
		if p.Risk <= risk {
			best = math.Max(best, p.Coverage)
		}
	}
	return best
}
