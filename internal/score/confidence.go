package score

import (
	"fmt"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/learn"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Confidence is how well the deciding step's confidence tells right from
// wrong, judged on the outcome it would have had without people.
type Confidence struct {
	Step string `json:"step"`
	ConfidenceFigures
	// Raw are the figures of what the step stated before its own map; nil where
	// it has none.
	Raw *ConfidenceFigures `json:"raw,omitempty"`
	// Refit is what a new map would do; nil where there are too few cases.
	Refit *Refit `json:"refit,omitempty"`
	// Curve is risk against coverage as the cutoff falls, thinned where it has
	// many points.
	Curve []RiskPoint `json:"risk_coverage,omitempty"`
	// Coverage is how much could be automated at stated risks, at the best: the
	// cutoff is chosen on the cases that it is judged on.
	Coverage []CoverageAtRisk `json:"coverage_at_risk,omitempty"`
	// Cost is what a case costs at each cutoff; nil where the workflow states
	// no costs of errors, or nobody knows what people cost.
	Cost *CostCurve `json:"cost_over_cutoff,omitempty"`
}

// ConfidenceFigures say how near confidences are to how often answers are
// right, and how well they order them.
type ConfidenceFigures struct {
	N        int          `json:"n"`
	Mean     float64      `json:"mean"`
	Accuracy float64      `json:"accuracy"`
	Brier    stats.Number `json:"brier"`
	LogLoss  stats.Number `json:"log_loss"`
	ECE      stats.Number `json:"ece_equal_width"`
	ECEMass  stats.Number `json:"ece_equal_mass"`
	// Skill is how much nearer than the accuracy itself, stated for every case,
	// the confidences are: the mean difference of squared errors.
	Skill stats.Interval `json:"skill"`
	// AUROC is the chance that a right answer is more confident than a wrong one.
	AUROC      stats.Interval `json:"auroc"`
	AURC       stats.Number   `json:"aurc"`
	ExcessAURC stats.Number   `json:"excess_aurc"`
	AUGRC      stats.Number   `json:"augrc"`
	Use        Use            `json:"use"`
	Why        string         `json:"why"` // the rule behind Use, with its figures
	// Bins are those of the reliability diagram.
	EqualMass  []ReliabilityBin `json:"bins_equal_mass,omitempty"`
	EqualWidth []ReliabilityBin `json:"bins_equal_width,omitempty"`
}

// Use is what a confidence is good for, in a word with a rule behind it.
type Use string

const (
	// Usable: it orders answers, and is nearer to how often they are right than
	// their accuracy is.
	Usable Use = "usable"
	// Unusable: it orders answers, and is further from how often they are right
	// than their accuracy is, so that a cutoff does not mean what it says.
	Unusable Use = "unusable for a cutoff as it stands"
	// Useless: it hardly orders answers, so that no cutoff and no map helps.
	Useless Use = "useless"
	// Unclear: the cases do not tell.
	Unclear Use = "cannot tell"
)

const (
	// little is an area under the ROC curve that is little better than chance.
	little = 0.6
	// fewestAnswers is how many right and how many wrong answers have to be seen
	// before anything is said of what a confidence is good for.
	fewestAnswers = 10
	bins          = 15
	// maxPoints is how many points of a curve are kept.
	maxPoints = 60
)

// ReliabilityBin is one bin of a reliability diagram: it holds confidences above
// Low up to High.
type ReliabilityBin struct {
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Cases    int     `json:"cases"`
	Mean     float64 `json:"mean_confidence"`
	Accuracy float64 `json:"accuracy"`
}

// RiskPoint is what comes of automating the answers of at least Cutoff.
type RiskPoint struct {
	Cutoff   float64 `json:"cutoff"`
	Coverage float64 `json:"coverage"`
	Risk     float64 `json:"risk"` // share wrong of those automated
}

// CoverageAtRisk is how much can be automated with at most so much wrong.
type CoverageAtRisk struct {
	Risk     float64 `json:"risk"`
	Coverage float64 `json:"coverage"`
}

// Refit is a confidence before and after an isotonic map, fitted on one half of
// the cases, or clusters, and judged on the other.
type Refit struct {
	Fitted int               `json:"fitted_on"`
	Before ConfidenceFigures `json:"before"`
	After  ConfidenceFigures `json:"after"`
}

// stated is the confidences of a design, a trial each.
type stated struct {
	step       string
	value, raw []float64
	mapped     bool // some value is not what was stated first
	right      []bool
	weight     []float64 // nil where all weigh the same
	cluster    []int32   // nil where cases are independent
	half       []bool    // which of two halves the case, or its cluster, is in
	costs      choices   // where the workflow states what errors cost
}

// states pairs the last stated confidence of a trial with whether the design
// would have been right without people.
func (d *designTally) states(j Judge, t *flow.Trial, g *Judgement, label *flow.Label, cluster int32) {
	if g.Shadow == Unknown {
		return
	}
	for i := len(t.Spans) - 1; i >= 0; i-- {
		c := t.Spans[i].Confidence
		if c == nil || !(c.Calibrated >= 0 && c.Calibrated <= 1) {
			continue
		}
		s := &d.stated
		s.step = t.Spans[i].Step
		s.value, s.raw = append(s.value, c.Calibrated), append(s.raw, c.Raw)
		s.mapped = s.mapped || c.Raw != c.Calibrated
		s.right = append(s.right, g.Shadow == Yes)
		if d.detail != nil {
			d.detail.stated(c.Calibrated, g.Shadow == Yes)
		}
		if d.u.weighted {
			s.weight = append(s.weight, t.Weight)
		}
		if d.u.clustered {
			s.cluster = append(s.cluster, cluster)
		}
		s.half = append(s.half, secondHalf(t))
		if len(d.w.Costs) > 0 && t.Right == nil {
			s.costs.choose(j, t, g, label)
		}
		return
	}
}

// secondHalf divides cases into two halves by a digest of their cluster, or of
// their id: whole clusters, whatever the run.
func secondHalf(t *flow.Trial) bool {
	name := t.Cluster
	if name == "" {
		name = t.Case
	}
	return xxhash.Sum64String(name)&1 == 1
}

// confidence is what the design's confidences come to; nil where it states none.
func (s *stated) confidence(w *design.Workflow) *Confidence {
	if len(s.value) == 0 {
		return nil
	}
	c := &Confidence{Step: s.step, ConfidenceFigures: s.figures(s.value, nil)}
	probability := func(p float64) bool { return p >= 0 && p <= 1 }
	if s.mapped && !slices.ContainsFunc(s.raw, func(p float64) bool { return !probability(p) }) {
		raw := s.figures(s.raw, nil)
		c.Raw = &raw
	}
	c.Refit = s.refit()
	rc, err := stats.NewRiskCoverage(s.value, s.right, s.weight)
	must(err)
	for _, p := range thinned(rc.Curve, maxPoints) {
		c.Curve = append(c.Curve, RiskPoint{p.Threshold, p.Coverage, p.Risk})
	}
	for _, risk := range []float64{0.01, 0.02, 0.05, 0.1} {
		c.Coverage = append(c.Coverage, CoverageAtRisk{risk, rc.CoverageAtRisk(risk)})
	}
	teams := make([]string, len(w.Teams))
	for i, t := range w.Teams {
		teams[i] = t.Name
	}
	c.Cost = s.costCurve(teams)
	return c
}

// thinned are at most n of the points, the first and the last among them.
func thinned[T any](points []T, n int) []T {
	if len(points) <= n {
		return points
	}
	out := make([]T, n)
	for i := range out {
		out[i] = points[i*(len(points)-1)/(n-1)]
	}
	return out
}

// figures are those of values in the place of what was stated; of one half of
// the cases where in says which.
func (s *stated) figures(values []float64, in []bool) ConfidenceFigures {
	var p []float64
	var right []bool
	var weight []float64
	var cluster []int32
	for i, v := range values {
		if in != nil && !in[i] {
			continue
		}
		p, right = append(p, v), append(right, s.right[i])
		if s.weight != nil {
			weight = append(weight, s.weight[i])
		}
		if s.cluster != nil {
			cluster = append(cluster, s.cluster[i])
		}
	}
	f := ConfidenceFigures{N: len(p)}
	var mean, accuracy stats.Moments
	wrong := 0
	for i := range p {
		w, y := weightOf(weight, i), 1.0
		if !right[i] {
			wrong++
			y = 0
		}
		mean.AddWeighted(p[i], w)
		accuracy.AddWeighted(y, w)
	}
	f.Mean, f.Accuracy = mean.Mean, accuracy.Mean
	var err error
	f.Brier, err = stats.Brier(p, right, weight)
	must(err)
	f.LogLoss, err = stats.LogLoss(p, right, weight, 1e-15)
	must(err)
	wide, err := stats.ReliabilityEqualWidth(p, right, weight, bins)
	must(err)
	mass, err := stats.ReliabilityEqualMass(p, right, weight, bins)
	must(err)
	f.ECE, f.ECEMass = wide.ECE, mass.ECE
	f.EqualWidth, f.EqualMass = diagram(wide), diagram(mass)
	rc, err := stats.NewRiskCoverage(p, right, weight)
	must(err)
	f.AURC, f.ExcessAURC, f.AUGRC = rc.AURC, rc.EAURC, rc.AUGRC
	f.AUROC, err = stats.ROCAUCInterval(p, right, weight, cluster, level)
	must(err)
	f.Skill = skill(p, right, weight, cluster, f.Accuracy)
	f.judge(wrong)
	return f
}

func weightOf(weight []float64, i int) float64 {
	if weight == nil {
		return 1
	}
	return weight[i]
}

func diagram(r stats.Reliability) []ReliabilityBin {
	var out []ReliabilityBin
	for _, b := range r.Bins {
		out = append(out, ReliabilityBin{b.Low, b.High, b.Count, b.MeanConfidence, b.Accuracy})
	}
	return out
}

// skill is the mean of (accuracy - outcome)² - (confidence - outcome)².
func skill(p []float64, right []bool, weight []float64, cluster []int32, accuracy float64) stats.Interval {
	gains := make([]float64, len(p))
	for i := range p {
		y := 0.0
		if right[i] {
			y = 1
		}
		gains[i] = (accuracy-y)*(accuracy-y) - (p[i]-y)*(p[i]-y)
	}
	if cluster == nil {
		m, err := stats.MomentsOf(gains, weight)
		must(err)
		return stats.MeanInterval(m, level)
	}
	groups, err := stats.ClustersOf(gains, cluster, weight)
	must(err)
	est, err := stats.ClusterMean(groups, level)
	must(err)
	return est.Interval
}

// judge says what the confidence is good for.
func (f *ConfidenceFigures) judge(wrong int) {
	percent := func(x float64) string { return fmt.Sprintf("%.1f%%", 100*x) }
	orders := fmt.Sprintf("a right answer is more confident than a wrong one in %s of pairs (%s to %s)", percent(f.AUROC.Estimate.Or(0)), percent(f.AUROC.Lower), percent(f.AUROC.Upper))
	far := fmt.Sprintf("it says %s on average where %s are right, and is off by a squared %.4f where saying %s every time would be off by %.4f", percent(f.Mean), percent(f.Accuracy), f.Brier.Or(0), percent(f.Accuracy), f.Accuracy*(1-f.Accuracy))
	switch {
	case wrong < fewestAnswers || f.N-wrong < fewestAnswers:
		f.Use, f.Why = Unclear, fmt.Sprintf("%d right and %d wrong answers are too few: %d of each would do", f.N-wrong, wrong, fewestAnswers)
	case f.AUROC.Upper < little:
		f.Use, f.Why = Useless, "it hardly tells right answers from wrong ones: "+orders
	case f.AUROC.Lower <= 0.5:
		f.Use, f.Why = Unclear, "the cases do not show that it tells right answers from wrong ones: "+orders
	case f.Skill.Upper < 0:
		f.Use, f.Why = Unusable, "it orders answers, and its figures are no probabilities: "+far
	case f.Skill.Lower > 0:
		f.Use, f.Why = Usable, orders+"; it is off by a squared "+fmt.Sprintf("%.4f", f.Brier.Or(0))+", less than saying "+percent(f.Accuracy)+" every time"
	default:
		f.Use, f.Why = Unclear, "it orders answers, and the cases do not show that its figures are probabilities: "+far
	}
}

// refit maps the confidences of one half by an isotonic curve of the other.
func (s *stated) refit() *Refit {
	var p []float64
	var right []bool
	for i, judged := range s.half {
		if !judged {
			p, right = append(p, s.value[i]), append(right, s.right[i])
		}
	}
	r := &Refit{Fitted: len(p)}
	if len(p) < 2*fewestAnswers || len(s.value)-len(p) < 2*fewestAnswers {
		return nil
	}
	curve, err := learn.FitCurve(learn.Isotonic, p, right)
	must(err)
	after := make([]float64, len(s.value))
	for i, v := range s.value {
		after[i] = curve.At(v)
	}
	r.Before, r.After = s.figures(s.value, s.half), s.figures(after, s.half)
	return r
}
