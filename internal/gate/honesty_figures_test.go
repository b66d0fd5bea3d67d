package gate

import (
	"fmt"
	"math/rand/v2"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// decider decides between three classes of 70, 20 and 10 % of the cases: how often it
// decides each for each, rows being the truth.
type decider [3][3]float64

var classShare = [3]float64{0.7, 0.2, 0.1}

// few is worse at rare classes, and rare never so.
var (
	few  = decider{{0.97, 0.02, 0.01}, {0.08, 0.9, 0.02}, {0.2, 0.1, 0.7}}
	rare = decider{{0.99, 0.01, 0}, {0.01, 0.98, 0.01}, {0.01, 0.01, 0.98}}
)

// figure is what it comes to over all cases there could be.
func (d decider) figure(of stats.AgreementOf) float64 {
	a := &stats.Agreement{Classes: 3, Of: of}
	var weights []float64
	for t := range d {
		for c, share := range d[t] {
			a.Truth, a.Decided, weights = append(a.Truth, int16(t)), append(a.Decided, int16(c)), append(weights, classShare[t]*share)
		}
	}
	x, _, _ := a.Range(weights, 0)
	return x
}

func (d decider) decide(r *rand.Rand, truth int) int { return drawn(r, d[truth]) }

func drawn(r *rand.Rand, shares [3]float64) int {
	x := r.Float64()
	for i, s := range shares {
		if x -= s; x < 0 {
			return i
		}
	}
	return len(shares) - 1
}

// answers are so many cases that a baseline and a candidate have decided about and
// said how sure they are, alone or five to a cluster, of which each is like the first
// of it half the time.
func answers(r *rand.Rand, n int, clustered bool, of [2]decider, sure func(*rand.Rand) (confidence float64, right bool)) *score.Vectors {
	v := &score.Vectors{Details: []score.CaseDetail{}, Classes: []string{"a", "b", "c"}, Designs: make([]score.DesignVectors, 2)}
	for d := range v.Designs {
		v.Designs[d].Detail = &score.Detail{Routes: map[string][]score.Ratio{}}
	}
	type drawn5 struct {
		truth      int
		decided    [2]int
		confidence float64
		right      bool
	}
	var first drawn5
	for i := range n {
		x := drawn5{truth: drawn(r, classShare)}
		for d := range of {
			x.decided[d] = of[d].decide(r, x.truth)
		}
		x.confidence, x.right = sure(r)
		if clustered {
			v.Cluster = append(v.Cluster, int32(i/5))
			if i%5 == 0 {
				first = x
			} else if r.Float64() < 0.5 {
				x = first
			}
		}
		v.Weight = append(v.Weight, 1)
		for d := range v.Designs {
			in := &v.Designs[d]
			in.Escalated = append(in.Escalated, score.Ratio{Den: 1})
			in.Detail.Decisions = append(in.Detail.Decisions, score.Decided{Case: int32(i), Truth: int16(x.truth), Class: int16(x.decided[d])})
			in.Detail.Answers = append(in.Detail.Answers, score.Answer{Case: int32(i), Confidence: x.confidence, Right: x.right})
			off := x.confidence
			if x.right {
				off = 1 - off
			}
			in.Detail.Brier = append(in.Detail.Brier, score.Ratio{Num: float32(off * off), Den: 1})
		}
	}
	return v
}

// ordered answers are right in 85 % of cases, and then surer: the larger of two
// numbers where a wrong one has one, so that the area is 2/3.
func ordered(r *rand.Rand) (float64, bool) {
	if r.Float64() < 0.15 {
		return r.Float64(), false
	}
	return max(r.Float64(), r.Float64()), true
}

// bold answers are right a tenth less often than they say, which is in half of the
// cases 0.55 and in half 0.95: their ECE is 0.1, and their Brier score the mean of
// 0.45·0.2025 + 0.55·0.3025 and 0.85·0.0025 + 0.15·0.9025.
func bold(r *rand.Rand) (float64, bool) {
	confidence := 0.55
	if r.Float64() < 0.5 {
		confidence = 0.95
	}
	return confidence, r.Float64() < confidence-0.1
}

const (
	boldECE   = 0.1
	boldBrier = (0.45*0.2025 + 0.55*0.3025 + 0.85*0.0025 + 0.15*0.9025) / 2
)

// figures are those that are neither rates nor means of amounts.
func (h honesty) figures(n int, clustered bool) {
	where := fmt.Sprintf("in %d cases", n)
	if clustered {
		where += ", five to a cluster"
	}
	once := func(t design.Threshold, of [2]decider, sure func(*rand.Rand) (float64, bool)) func(*rand.Rand) Verdict {
		return func(r *rand.Rand) Verdict {
			scored := run(summaryOf(n))
			scored.Vectors = answers(r, n, clustered, of, sure)
			return must(Run(&record.Header{}, workflow(t), scored, &compare.Result{Baseline: "as-is"}, nil)).Verdict
		}
	}
	for name, of := range map[string]stats.AgreementOf{
		score.MacroPrecision: stats.MacroPrecision, score.MacroRecall: stats.MacroRecall, score.MacroF1: stats.MacroF1, score.Kappa: stats.Kappa, score.Matthews: stats.Matthews,
	} {
		for what, d := range map[string]decider{"few": few, "rare": rare} {
			limit := d.figure(of)
			h.simulated(fmt.Sprintf("%s at least %.3f, which it is (errors: %s), %s", name, limit, what, where), h.costly, 0.025, once(atLeast(name, limit), [2]decider{d, d}, ordered))
		}
	}
	margin := rare.figure(stats.MacroF1) - few.figure(stats.MacroF1)
	h.simulated(fmt.Sprintf("macro F1 worse by exactly the margin of %.3f, %s", margin, where), h.costly, 0.025, once(notWorse(score.MacroF1, margin), [2]decider{rare, few}, ordered))
	h.simulated("an area under the ROC curve of at least 2/3, which it is, "+where, h.costly, 0.025, once(atLeast(score.AUROC, 2./3), [2]decider{few, few}, ordered))
	h.simulated("an ECE of at most 0.1, which it is, "+where, h.costly, 0.025, once(atMost(score.ECE, boldECE), [2]decider{few, few}, bold))
	h.simulated("a Brier score of at most what it is, "+where, h.costly, 0.025, once(atMost(score.Brier, boldBrier), [2]decider{few, few}, bold))
}
