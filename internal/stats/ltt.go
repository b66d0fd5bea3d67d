package stats

import (
	"math"
	"slices"
	"sort"
)

// A GridPoint counts what a cutoff fixed beforehand would have automated.
type GridPoint struct {
	Threshold float64
	Accepted  int // calibration cases of at least Threshold
	Errors    int // wrong among them
}

// CountGrid counts calibration cases over a grid of cutoffs, which must have
// been fixed before anyone saw their labels. The points ascend by threshold.
func CountGrid(confidences []float64, correct []bool, grid []float64) ([]GridPoint, error) {
	err := firstErr(checkLengths("confidences", len(confidences), "outcomes", len(correct)),
		checkNotNaN("confidence", confidences), checkNotNaN("cutoff", grid))
	if err != nil {
		return nil, err
	}
	points := make([]GridPoint, len(grid))
	for i, t := range sortedCopy(grid) {
		points[i].Threshold = t
	}
	for i, c := range confidences {
		// The case is accepted at every cutoff up to its confidence.
		for k := range sort.Search(len(points), func(k int) bool { return points[k].Threshold > c }) {
			points[k].Accepted++
			if !correct[i] {
				points[k].Errors++
			}
		}
	}
	return points, nil
}

// A Selection method guards the choice of a cutoff against its own optimism.
type Selection int

// FixedSequence walks from the strictest cutoff that accepts enough cases to be
// able to pass down to the first that fails; it is the default. FromTheTop is
// the same walk from the strictest cutoff of all, which stops at once when that
// one accepts nobody. BonferroniGrid and HolmGrid test all cutoffs together and
// take the lowest that passes.
const (
	FixedSequence Selection = iota
	FromTheTop
	BonferroniGrid
	HolmGrid
)

// A Cutoff is a selected threshold with its guarantee: with probability at least
// 1-delta over the calibration draw, the error among the cases it automates is
// at most alpha, while calibration and deployment cases are exchangeable.
type Cutoff struct {
	Threshold Number    // absent when none earns the guarantee: escalate everything
	Accepted  int       // calibration cases it automates
	Errors    int       // wrong among them
	PValues   []float64 // of each grid point, in its order, for risk > alpha
}

// SelectThreshold chooses the lowest cutoff that earns the guarantee by
// Learn-then-Test (Angelopoulos et al. 2021) with exact binomial p-values. The
// points must ascend by threshold, as [CountGrid] has them. The calibration
// cases must be independent, and not those that the design was tuned on.
func SelectThreshold(points []GridPoint, alpha, delta float64, method Selection) (Cutoff, error) {
	if err := firstErr(checkLevel("alpha", alpha), checkLevel("delta", delta)); err != nil {
		return Cutoff{}, err
	}
	c := Cutoff{PValues: make([]float64, len(points))}
	for i, p := range points {
		var err error
		if c.PValues[i], err = RiskPValue(p.Errors, p.Accepted, alpha); err != nil {
			return Cutoff{}, err
		}
		if i > 0 && p.Threshold < points[i-1].Threshold {
			return Cutoff{}, refuse(OutOfRange, "cutoff %v follows %v; a grid must ascend", p.Threshold, points[i-1].Threshold)
		}
	}
	if chosen := choose(points, c.PValues, alpha, delta, method); chosen >= 0 {
		p := points[chosen]
		c.Threshold, c.Accepted, c.Errors = Num(p.Threshold), p.Accepted, p.Errors
	}
	return c, nil
}

// choose returns the index of the selected point, -1 for none.
func choose(points []GridPoint, pValues []float64, alpha, delta float64, method Selection) int {
	switch method {
	case BonferroniGrid, HolmGrid:
		adjustment := Bonferroni
		if method == HolmGrid {
			adjustment = Holm
		}
		ps := make([]Number, len(pValues))
		for i, p := range pValues {
			ps[i] = Num(p)
		}
		adjusted, err := AdjustP(ps, adjustment)
		if err != nil {
			panic(err) // probabilities of our own making are valid
		}
		return slices.IndexFunc(adjusted, func(p Number) bool { return p.Value <= delta })
	}
	n := len(points)
	able, passes := make([]bool, n), make([]bool, n)
	for i, p := range points { // the strictest first
		able[n-1-i] = method == FromTheTop || p.Accepted >= MinAccepted(alpha, delta)
		passes[n-1-i] = pValues[i] <= delta
	}
	for i, rejected := range slices.Backward(TestInSequence(able, passes)) {
		if rejected {
			return n - 1 - i
		}
	}
	return -1
}

// TestInSequence tests hypotheses in an order that was fixed beforehand and
// says which are rejected: from the first that has enough cases to be rejected
// at all, up to the first whose test does not pass. If each test has size
// delta, the chance to reject any that is true is at most delta, so that any
// rule may then choose among those rejected, by the same cases too.
func TestInSequence(able, passes []bool) []bool {
	rejected := make([]bool, len(able))
	from := slices.Index(able, true)
	for i := max(from, 0); from >= 0 && i < len(passes) && passes[i]; i++ {
		rejected[i] = true
	}
	return rejected
}

// MinAccepted returns how many automated cases a cutoff needs to earn the
// guarantee without a single error: ceil(ln delta / ln(1-alpha)).
func MinAccepted(alpha, delta float64) int {
	return int(math.Ceil(math.Log(delta) / math.Log1p(-alpha)))
}

// AcceptedNeeded returns how many automated cases would earn the guarantee if
// the share of errors among them is errorRate. A rate of alpha or above is
// refused with [NoDifference].
func AcceptedNeeded(errorRate, alpha, delta float64) (int, error) {
	if err := firstErr(checkProbability("error rate", errorRate), checkLevel("alpha", alpha), checkLevel("delta", delta)); err != nil {
		return 0, err
	}
	if errorRate >= alpha {
		return 0, refuse(NoDifference, "an error rate of %v is not below %v; no number of cases earns the guarantee", errorRate, alpha)
	}
	enough := func(n int) bool {
		return binomialAtMost(int(math.Ceil(errorRate*float64(n))), n, alpha) <= delta
	}
	if least := leastCases(MinAccepted(alpha, delta), enough); least > 0 {
		return least, nil
	}
	return 0, refuse(NoDifference, "an error rate of %v is too close to %v for any number of cases", errorRate, alpha)
}

// RiskPValue returns P(Bin(n, alpha) <= errors), a p-value of 'the risk is above
// alpha'; 1 for no cases.
func RiskPValue(errors, n int, alpha float64) (float64, error) {
	if err := firstErr(checkCount("errors", errors, n), checkLevel("alpha", alpha)); err != nil {
		return 0, err
	}
	return binomialAtMost(errors, n, alpha), nil
}

// A LossPValue is a p-value of 'the mean loss is above alpha' with its parts.
type LossPValue struct{ Hoeffding, Bentkus, PValue float64 }

// HoeffdingBentkus returns the p-value for losses in [0, 1] (Bates et al. 2021):
// the smaller of exp(-n h(min(r, alpha), alpha)), h the Bernoulli divergence,
// and e P(Bin(n, alpha) <= ceil(sum of losses)).
func HoeffdingBentkus(sumOfLosses float64, n int, alpha float64) (LossPValue, error) {
	if math.IsNaN(sumOfLosses) {
		return LossPValue{}, refuse(NaNInput, "the sum of losses is NaN")
	}
	if err := checkLevel("alpha", alpha); err != nil {
		return LossPValue{}, err
	}
	if n < 0 || sumOfLosses < 0 || sumOfLosses > float64(n)*(1+tieTolerance) {
		return LossPValue{}, refuse(InvalidCount, "losses in [0, 1] of %d cases cannot sum to %v", n, sumOfLosses)
	}
	if n == 0 {
		return LossPValue{1, 1, 1}, nil
	}
	// A sum of whole losses may carry rounding, which must not add one.
	events := int(math.Ceil(sumOfLosses * (1 - tieTolerance)))
	r := math.Min(sumOfLosses/float64(n), alpha)
	h := xlog(r, alpha) + xlog(1-r, 1-alpha)
	p := LossPValue{
		Hoeffding: math.Exp(-float64(n) * h),
		Bentkus:   math.Min(1, math.E*binomialAtMost(events, n, alpha)),
	}
	p.PValue = math.Min(p.Hoeffding, p.Bentkus)
	return p, nil
}

// ConformalRiskThreshold returns the lowest cutoff of an ascending grid, going
// down from the strictest, with (wrong and automated + 1)/(n + 1) <= alpha over
// n calibration cases (Angelopoulos et al. 2022). The share of all cases that is
// automated and wrong is then at most alpha on average over calibration draws,
// which is a weaker promise than [SelectThreshold]'s. Absent when none does.
func ConformalRiskThreshold(points []GridPoint, n int, alpha float64) (Number, error) {
	if err := firstErr(checkCount("cases", 0, n), checkLevel("alpha", alpha)); err != nil {
		return Number{}, err
	}
	var chosen Number
	for i := len(points) - 1; i >= 0; i-- {
		if float64(points[i].Errors+1)/float64(n+1) > alpha {
			break
		}
		chosen = Num(points[i].Threshold)
	}
	return chosen, nil
}
