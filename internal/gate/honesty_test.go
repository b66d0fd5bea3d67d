package gate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// TestHonesty is a short form of TestHonestyLong.
func TestHonesty(t *testing.T) {
	h := honesty{t, 1500, 80}
	for _, n := range []int{40, 400} {
		h.rates(n)
		h.margins(n)
	}
	h.clusters(20)
	h.means(60)
	h.costly = 20
	h.ratios(60)
	h.uneven(20)
	h.costly = 4
	h.figures(100, false)
}

// honesty runs designs that are exactly at their limit, and counts how often a
// gate passes them: at most in 2.5 % of runs, 5 % for limits of rare events.
type honesty struct {
	*testing.T
	counted, costly int // repetitions of a setting
}

// simulated allows for three standard errors of the count.
func (h honesty) simulated(name string, repetitions int, allowed float64, once func(*rand.Rand) Verdict) {
	h.Helper()
	r := rand.New(rand.NewPCG(7, uint64(len(name))))
	passed := 0
	for range repetitions {
		if once(r) == Pass {
			passed++
		}
	}
	share := float64(passed) / float64(repetitions)
	h.Logf("%5.2f%% of %d, allowed %.1f%%: %s", share*100, repetitions, allowed*100, name)
	if most := allowed + 3*math.Sqrt(allowed*(1-allowed)/float64(repetitions)); share > most {
		h.Errorf("%s: passed in %.2f%% of %d runs, want at most %.2f%%", name, share*100, repetitions, most*100)
	}
}

// computed adds up how likely the counts are that pass.
func (h honesty) computed(name string, n int, p, allowed float64, of func(x int) Verdict) {
	h.Helper()
	b := distuv.Binomial{N: float64(n), P: p}
	share := 0.0
	for x := range n + 1 {
		if likely := b.Prob(float64(x)); likely > 1e-9 && of(x) == Pass {
			share += likely
		}
	}
	h.Logf("%5.2f%%, allowed %.1f%%: %s", share*100, allowed*100, name)
	if share > allowed {
		h.Errorf("%s: passed in %.3f%% of runs, want at most %.1f%%", name, share*100, allowed*100)
	}
}

func (h honesty) rates(n int) {
	for _, p := range []float64{0.3, 0.5, 0.65, 0.9, 0.97} {
		h.computed(fmt.Sprintf("a rate at least %v, which it is, in %d cases", p, n), n, p, 0.025, func(x int) Verdict {
			return judged(atLeast(score.SystemAccuracy, p), rate(score.SystemAccuracy, x, n), n, nil)
		})
		h.computed(fmt.Sprintf("a rate at most %v, which it is, in %d cases", p, n), n, p, 0.025, func(x int) Verdict {
			return judged(atMost(score.EscalationRate, p), rate(score.EscalationRate, x, n), n, nil)
		})
	}
	for _, p := range []float64{0.01, 0.05} {
		h.computed(fmt.Sprintf("a rare event at most %v, which it is, in %d cases", p, n), n, p, 0.05, func(x int) Verdict {
			return judged(atMost(score.SilentFailureRate, p), rate(score.SilentFailureRate, x, n), n, nil)
		})
	}
	for _, f1 := range []float64{0.6, 0.9} {
		h.computed(fmt.Sprintf("F1 of a class at least %v, which it is, in %d cases", f1, n), n, score.SharedOf(f1), 0.025, func(x int) Verdict {
			return judged(atLeast("f1:a", f1), f1Metric(x, n), n, nil)
		})
	}
}

func (h honesty) margins(n int) {
	const margin = 0.02
	for _, discordant := range []float64{0.04, 0.1, 0.3} {
		h.simulated(fmt.Sprintf("worse by exactly the margin, %v discordant, in %d cases", discordant, n), h.counted, 0.025, func(r *rand.Rand) Verdict {
			var p stats.Pairs
			for range n {
				switch x := r.Float64(); {
				case x < (discordant-margin)/2:
					p.OnlyA++
				case x < discordant:
					p.OnlyB++
				case x < discordant+0.05:
					p.Neither++
				default:
					p.Both++
				}
			}
			return judged(notWorse(score.SystemAccuracy, margin), rate(score.SystemAccuracy, p.Both+p.OnlyA, n), n, pairs(score.SystemAccuracy, true, p))
		})
	}
}

// cluster draws how many cases a cluster has, and how likely each is right.
type cluster func(*rand.Rand) (size int, right float64)

// mixed are clusters of which so many are right less often than the others.
func mixed(few, low, high float64, size func(*rand.Rand) int) cluster {
	return func(r *rand.Rand) (int, float64) {
		if r.Float64() < few {
			return size(r), low
		}
		return size(r), high
	}
}

func five(*rand.Rand) int { return 5 }

// manySizes are of a few large clusters and many small ones.
func manySizes(r *rand.Rand) int { return 1 + min(60, int(4*r.ExpFloat64()*r.ExpFloat64())) }

// clustered is a setting of clusters.
type clustered struct {
	what    string
	p       float64 // of all cases right
	of      cluster
	allowed float64
}

func (h honesty) clusters(n int) {
	h.inClusters(n, []clustered{
		{"one in ten is right in 36% of its five cases, the others in 96%", 0.9, mixed(0.1, 0.36, 0.96, five), 0.025},
		{"one in ten is never right, the others always, five cases each", 0.9, mixed(0.1, 0, 1, five), 0.025},
		{"half are right in 30% of their five cases, half in 70%", 0.5, mixed(0.5, 0.3, 0.7, five), 0.025},
	})
	const margin = 0.1
	h.simulated(fmt.Sprintf("%d clusters, worse by exactly the margin: in one of eight, four cases of five are lost", n), h.costly, 0.025, func(r *rand.Rand) Verdict {
		lost := mixed(0.125, 0.8, 0, five)
		v := inClusters(r, n, func(r *rand.Rand) (int, func() [2]score.Ratio) {
			size, p := lost(r)
			return size, func() [2]score.Ratio { return [2]score.Ratio{right(true), right(r.Float64() >= p)} }
		})
		m, cases := v.Rate(score.SystemAccuracy, v.Designs[1].System, nil)
		return against(notWorse(score.SystemAccuracy, margin), v, m, cases)
	})
}

// uneven clusters are what bounds keep their promise of for no more than is said here,
// and in docs/proofs.md.
func (h honesty) uneven(n int) {
	h.inClusters(n, []clustered{
		{"all are alike, of uneven size", 0.9, mixed(0, 0, 0.9, manySizes), 0.025},
		{"one in ten is right in 36% of its cases, the others in 96%, of uneven size", 0.9, mixed(0.1, 0.36, 0.96, manySizes), 0.08},
		{"one in ten is never right, the others always, of uneven size", 0.9, mixed(0.1, 0, 1, manySizes), 0.1},
		{"half are never right, half always, of uneven size", 0.5, mixed(0.5, 0, 1, manySizes), 0.05},
	})
}

func (h honesty) inClusters(n int, of []clustered) {
	for _, c := range of {
		for _, limit := range []design.Threshold{atLeast(score.SystemAccuracy, c.p), atMost(score.SystemAccuracy, c.p)} {
			rule := "at least"
			if limit.AtMost != nil {
				rule = "at most"
			}
			h.simulated(fmt.Sprintf("%d clusters, %s %v: %s", n, rule, c.p, c.what), h.costly, c.allowed, func(r *rand.Rand) Verdict {
				v := inClusters(r, n, func(r *rand.Rand) (int, func() [2]score.Ratio) {
					size, p := c.of(r)
					return size, func() [2]score.Ratio { return [2]score.Ratio{{Den: 1}, right(r.Float64() < p)} }
				})
				m, cases := v.Rate(score.SystemAccuracy, v.Designs[1].System, nil)
				return judged(limit, m, cases, nil)
			})
		}
	}
}

func right(b bool) score.Ratio {
	if b {
		return score.Ratio{Num: 1, Den: 1}
	}
	return score.Ratio{Den: 1}
}

// inClusters draws whether the baseline and the candidate are right in cases.
func inClusters(r *rand.Rand, clusters int, of func(*rand.Rand) (int, func() [2]score.Ratio)) *score.Vectors {
	v := &score.Vectors{Cluster: []int32{}, Designs: make([]score.DesignVectors, 2)}
	for c := range clusters {
		size, draw := of(r)
		for range size {
			add(v, draw(), func(d *score.DesignVectors) *[]score.Ratio { return &d.System })
			v.Cluster = append(v.Cluster, int32(c))
		}
	}
	return v
}

// add takes in a case's figures under the baseline and the candidate.
func add(v *score.Vectors, x [2]score.Ratio, in func(*score.DesignVectors) *[]score.Ratio) {
	v.Weight = append(v.Weight, 1)
	for d := range v.Designs {
		to := in(&v.Designs[d])
		*to = append(*to, x[d])
		v.Designs[d].Escalated = append(v.Designs[d].Escalated, score.Ratio{Den: 1})
	}
}

func (h honesty) means(n int) {
	spent := func(d *score.DesignVectors) *[]score.Ratio { return &d.Cost }
	for _, a := range []struct {
		what    string
		mean    float64
		worst   float64 // what a wrong decision costs, or 0 where nobody says
		of      func(*rand.Rand) float64
		allowed float64
	}{
		{"from 0 to 1", 0.5, 0, func(r *rand.Rand) float64 { return r.Float64() }, 0.025},
		{"from 0 to 1, and 50 more for one wrong decision in fifty", 1.5, 50, func(r *rand.Rand) float64 { return r.Float64() + mistake(r, 0.02) }, 0.025},
		{"without a known end, exponential", 1, 0, func(r *rand.Rand) float64 { return r.ExpFloat64() }, 0.025},
		{"without a known end, lognormal", math.Exp(0.5), 0, func(r *rand.Rand) float64 { return math.Exp(r.NormFloat64()) }, 0.05},
	} {
		h.simulated(fmt.Sprintf("a mean of %d amounts %s, at most %.3g, which it is", n, a.what, a.mean), h.costly, a.allowed, func(r *rand.Rand) Verdict {
			v := &score.Vectors{Worst: a.worst, Designs: make([]score.DesignVectors, 2)}
			for range n {
				add(v, [2]score.Ratio{{Den: 1}, {Num: float32(a.of(r)), Den: 1}}, spent)
			}
			m, cases := v.Mean(score.CostPerCase, "money", v.Designs[1].Cost, nil)
			return judged(atMost(score.CostPerCase, a.mean), m, cases, nil)
		})
	}
	h.simulated(fmt.Sprintf("%d cases dearer by exactly the margin, by three more wrong decisions in a hundred", n), h.costly, 0.025, func(r *rand.Rand) Verdict {
		v := &score.Vectors{Worst: 50, Designs: make([]score.DesignVectors, 2)}
		for range n {
			c, worse := mistake(r, 0.02), mistake(r, 0.03)
			add(v, [2]score.Ratio{{Num: float32(c), Den: 1}, {Num: float32(c + worse), Den: 1}}, spent)
		}
		m, cases := v.Mean(score.CostPerCase, "money", v.Designs[1].Cost, nil)
		return against(notWorse(score.CostPerCase, 1.5), v, m, cases)
	})
}

func mistake(r *rand.Rand, share float64) float64 {
	if r.Float64() < share {
		return 50
	}
	return 0
}

// ratios are differences of rates over different cases.
func (h honesty) ratios(n int) {
	automated := func(d *score.DesignVectors) *[]score.Ratio { return &d.Automated }
	for _, x := range []struct{ baseline, candidate float64 }{{0.9, 0.85}, {0.99, 0.94}} {
		h.simulated(fmt.Sprintf("of %d cases one automates 60%%, %v of them right, the other 70%%, %v, worse by exactly the margin", n, x.baseline, x.candidate), h.costly, 0.025, func(r *rand.Rand) Verdict {
			v := &score.Vectors{Designs: make([]score.DesignVectors, 2)}
			for range n {
				var of [2]score.Ratio
				easy := r.Float64()
				if easy < 0.6 {
					of[0] = right(r.Float64() < x.baseline)
				}
				if easy < 0.7 {
					of[1] = right(r.Float64() < x.candidate)
				}
				add(v, of, automated)
			}
			m, cases := v.Rate(score.AutomatedAccuracy, v.Designs[1].Automated, nil)
			return against(notWorse(score.AutomatedAccuracy, x.baseline-x.candidate), v, m, cases)
		})
	}
}

func judged(t design.Threshold, m score.Metric, n int, c *compare.Result) Verdict {
	return must(Run(&record.Header{}, workflow(t), run(summaryOf(n, m)), c, nil)).Verdict
}

// against judges a difference that has to be worked out from the cases.
func against(t design.Threshold, v *score.Vectors, m score.Metric, n int) Verdict {
	r := run(summaryOf(n, m))
	r.Vectors = v
	return must(Run(&record.Header{}, workflow(t), r, &compare.Result{Baseline: "as-is"}, nil)).Verdict
}

// f1Metric is the F1 of a class as score gives it, where x of n trials that are
// decided so or labelled so are right.
func f1Metric(x, n int) score.Metric {
	v := &score.Vectors{Weight: make([]float64, n)}
	of := make([]score.Ratio, n)
	for i := range of {
		v.Weight[i], of[i] = 1, score.Ratio{Den: 1}
		if i < x {
			of[i] = score.Ratio{Num: 2, Den: 2}
		}
	}
	m, _ := v.F1("f1:a", of, nil)
	return m
}
