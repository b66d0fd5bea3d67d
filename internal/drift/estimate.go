package drift

import (
	"fmt"
	"math"

	"github.com/rehearse-dev/rehearse/internal/learn"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

const (
	// enoughFitted labelled cases of the baseline, with so many right and wrong,
	// are needed to map confidences.
	enoughFitted, enoughEach = 50, 5
	// mostFitted are used: more move the map by less than it moves by chance.
	mostFitted = 100_000
	// reliabilityBins is how many groups of equal size the error of the map is
	// seen in.
	reliabilityBins = 10
)

// Assumption is what an accuracy that is estimated from confidence hangs on.
const Assumption = "that an answer of some confidence is right as often as in the baseline: it sees inputs that are harder or easier, and not that right answers changed"

// Estimate is the accuracy of what a design automates, estimated from its
// confidence without labels (confidence-based performance estimation): the mean
// of the confidences, mapped by a curve that was fitted to the baseline's labels.
// It is never alone a reason to hold that accuracy is good.
type Estimate struct {
	Fresh stats.Interval `json:"fresh"`
	// Baseline is the same estimate of the baseline's cases, and Seen their
	// accuracy by labels: where the two differ the curve is wrong.
	Baseline stats.Interval `json:"baseline"`
	Seen     stats.Number   `json:"baseline_by_labels"`
	Cases    int            `json:"cases"`     // fresh ones that were automated with a confidence
	FittedTo int            `json:"fitted_to"` // labelled ones of the baseline
	// Error is the expected calibration error of the mapped confidence, on the
	// halves of the baseline that it was not fitted to.
	Error   stats.Number `json:"calibration_error"`
	Spread  float64      `json:"calibration_se"` // of Fresh, from the fit of the curve alone
	Assumes string       `json:"assumes"`
	Why     string       `json:"why,omitempty"` // why there is none
}

// calibrated is a curve with what is not known of it.
type calibrated struct {
	learn.Curve
	covariance [2][2]float64
}

// estimate fits the curve and applies it to both samples; the signals say
// whether the estimate fell, and whether labelled cases are right less often
// than it says.
func estimate(b, f *Sample) (*Estimate, []Signal, error) {
	sure := automated | stated
	e := &Estimate{Assumes: Assumption}
	base, fresh := part{Sample: b, of: sure}, part{Sample: f, of: sure}
	curve, err := e.fit(base.among(judged))
	if err != nil || e.Why != "" {
		return e, nil, err
	}
	mapped := func(p part) []stats.Moments {
		groups, _ := p.moments(func(i int) float64 { return curve.At(p.confidence.numbers[i]) })
		return groups
	}
	alike := intraclass(mapped(base), mapped(fresh))
	was, err := curve.accuracy(base, alike)
	if err != nil {
		return e, nil, err
	}
	is, err := curve.accuracy(fresh, alike)
	if err != nil {
		return e, nil, err
	}
	e.Cases = is.cases
	if is.cases == 0 || was.cases == 0 {
		e.Why = "no fresh case was automated with a stated confidence"
		return e, nil, nil
	}
	e.Fresh, e.Baseline, e.Spread = is.interval, was.interval, math.Sqrt(curve.variance(is.gradient))
	seen, _, err := shares(base.among(judged), fresh.among(judged), flagged(right))
	if err != nil {
		return e, nil, err
	}
	e.Seen = stats.Num(seen.rate)
	fell, err := curve.fell(was, is)
	if err != nil {
		return e, nil, err
	}
	signals := []Signal{fell}
	if s, ok, err := curve.beside(base.among(judged), fresh.among(judged)); err != nil || ok {
		return e, append(signals, s), err
	}
	return e, signals, nil
}

// fit makes the curve from labelled cases.
func (e *Estimate) fit(p part) (*calibrated, error) {
	var confidence [3][]float64 // all, and the halves
	var rights [3][]bool
	var clusters []int32
	total := 0
	for i := range p.flags {
		if p.has(i) {
			total++
		}
	}
	every := max(1, (total+mostFitted-1)/mostFitted)
	wrong, n := 0, 0
	for i := range p.flags {
		if !p.has(i) {
			continue
		}
		if n++; n%every != 0 {
			continue
		}
		cluster := int32(i)
		if p.cluster != nil {
			cluster = p.cluster[i]
		}
		yes := p.flags[i]&right != 0
		if !yes {
			wrong++
		}
		clusters = append(clusters, cluster)
		for _, h := range []int{0, 1 + int(cluster)%2} {
			confidence[h], rights[h] = append(confidence[h], p.confidence.numbers[i]), append(rights[h], yes)
		}
	}
	e.FittedTo = len(clusters)
	if right := len(clusters) - wrong; len(clusters) < enoughFitted || wrong < enoughEach || right < enoughEach {
		e.Why = fmt.Sprintf("the baseline has %d labelled cases that were automated with a confidence, %d of them wrong; %d are needed, with %d right and %d wrong", len(clusters), wrong, enoughFitted, enoughEach, enoughEach)
		return nil, nil
	}
	curve, err := learn.FitCurve(learn.Platt, confidence[0], rights[0])
	if err != nil {
		return nil, err
	}
	if len(confidence[1]) > 0 && len(confidence[2]) > 0 {
		if err := e.cross(confidence, rights); err != nil {
			return nil, err
		}
	}
	return &calibrated{curve, curve.Spread(confidence[0], rights[0], clusters)}, nil
}

// cross fits on each half and looks at the other.
func (e *Estimate) cross(confidence [3][]float64, rights [3][]bool) error {
	sum := 0.0
	for held := 1; held <= 2; held++ {
		curve, err := learn.FitCurve(learn.Platt, confidence[3-held], rights[3-held])
		if err != nil {
			return err
		}
		mapped := make([]float64, len(confidence[held]))
		for i, x := range confidence[held] {
			mapped[i] = curve.At(x)
		}
		r, err := stats.ReliabilityEqualMass(mapped, rights[held], nil, reliabilityBins)
		if err != nil {
			return err
		}
		sum += r.ECE.Value * float64(len(mapped))
	}
	e.Error = stats.Num(sum / float64(len(confidence[1])+len(confidence[2])))
	return nil
}

// expected is the accuracy that confidences make expect.
type expected struct {
	cases    int
	clusters int
	interval stats.Interval
	variance float64 // of the mean confidence, the cases being a sample
	gradient [2]float64
}

// accuracy applies the curve.
func (c *calibrated) accuracy(p part, alike float64) (expected, error) {
	var out expected
	at := func(i int) float64 { return c.At(p.confidence.numbers[i]) }
	mean, variance, clusters, err := p.mean(at, alike)
	if err != nil || clusters == 0 {
		return out, err
	}
	out.cases, out.clusters, out.variance = p.size(), clusters, variance
	var spread, total float64
	for i := range p.flags {
		if !p.has(i) {
			continue
		}
		w, y, g := p.weight(i), at(i), c.Gradient(p.confidence.numbers[i])
		spread += w * w * y * (1 - y)
		out.gradient[0], out.gradient[1] = out.gradient[0]+w*g[0], out.gradient[1]+w*g[1]
		total += w
	}
	out.gradient[0], out.gradient[1] = out.gradient[0]/total, out.gradient[1]/total
	// The number of right answers is Poisson-binomial; what is not known of the
	// curve, and for a weighted sample of its cases, comes on top.
	sampled := 0.0
	if p.weights != nil {
		sampled = variance
	}
	half := normal * math.Sqrt(spread/(total*total)+sampled+c.variance(out.gradient))
	out.interval = stats.Interval{
		Estimate: stats.Num(mean), Lower: max(0, mean-half), Upper: min(1, mean+half), Level: level,
		Method: "confidence-based, Poisson-binomial with the uncertainty of the calibration",
	}
	return out, nil
}

// normal is the two-sided 95 % quantile of the normal distribution.
const normal = 1.959963984540054

// variance is that of a mean of mapped confidences with this gradient, from the
// fit of the curve.
func (c *calibrated) variance(g [2]float64) float64 {
	v := 0.0
	for a := range 2 {
		for b := range 2 {
			v += g[a] * c.covariance[a][b] * g[b]
		}
	}
	return max(0, v)
}

// fell tests whether the estimate is lower than the baseline's.
func (c *calibrated) fell(was, is expected) (Signal, error) {
	delta := is.interval.Estimate.Value - was.interval.Estimate.Value
	variance := was.variance + is.variance + c.variance([2]float64{is.gradient[0] - was.gradient[0], is.gradient[1] - was.gradient[1]})
	s := Signal{
		Group: Estimated, Name: "estimated accuracy", Test: "t of the mean mapped confidence", EffectName: "fall", Floor: accuracyFloor,
		Baseline: was.cases, Fresh: is.cases, Effect: stats.Num(math.Abs(delta)), harmless: delta > 0,
	}
	s.What = fmt.Sprintf("%s to %s (95%% interval %.1f to %.1f), from confidence", percent(was.interval.Estimate.Value), percent(is.interval.Estimate.Value), is.interval.Lower*100, is.interval.Upper*100)
	s.Moves = []Move{{Name: s.Name, Baseline: was.interval.Estimate, Fresh: is.interval.Estimate}}
	var err error
	s.P, err = studentP(delta, variance, min(was.clusters, is.clusters))
	return s, err
}

// beside tests whether labelled cases are right less often than confidence says:
// what changes of the inputs, as far as confidence sees them, do not explain.
func (c *calibrated) beside(base, fresh part) (Signal, bool, error) {
	s := Signal{Group: Performance, Name: confidenceHolds, Test: "t of right less mapped confidence", EffectName: "shortfall", Floor: accuracyFloor}
	rest := func(p part) func(i int) float64 {
		return func(i int) float64 { return number(p.flags[i]&right != 0) - c.At(p.confidence.numbers[i]) }
	}
	var groups [2][]stats.Moments
	for side, p := range []part{base, fresh} {
		groups[side], _ = p.moments(rest(p))
	}
	mean, variance, clusters, err := fresh.mean(rest(fresh), intraclass(groups[0], groups[1]))
	if s.Fresh = fresh.size(); err != nil || s.Fresh < enoughFitted {
		return s, false, err
	}
	of, err := c.accuracy(fresh, 0)
	if err != nil {
		return s, false, err
	}
	if s.P, err = studentP(mean, variance+c.variance(of.gradient), clusters); err != nil {
		return s, false, err
	}
	says := of.interval.Estimate.Value
	s.Effect, s.harmless = stats.Num(math.Abs(mean)), mean > 0
	s.What = fmt.Sprintf("right in %s, where confidence says %s", percent(says+mean), percent(says))
	s.Moves = []Move{{Name: "right", Baseline: stats.Num(says), Fresh: stats.Num(says + mean)}}
	s.series = func(i int) (float64, bool) {
		if !fresh.has(i) {
			return 0, false
		}
		return rest(fresh)(i), true
	}
	return s, true, nil
}

// confidenceHolds names the signal of labels against confidence.
const confidenceHolds = "right as often as confidence says"

// studentP is the two-sided p-value of a difference from 0, by the clusters of
// the smaller side.
func studentP(delta, variance float64, clusters int) (stats.Number, error) {
	if !(variance > 0) || math.IsInf(variance, 1) || clusters < 2 {
		return stats.Number{}, nil
	}
	p, err := stats.StudentTail(delta/math.Sqrt(variance), float64(clusters-1))
	return stats.Num(p), err
}
