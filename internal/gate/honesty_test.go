package gate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// TestHonesty is a short form of TestHonestyLong.
func TestHonesty(t *testing.T) {
	honest(t, 1500, []int{40, 400})
}

// honest repeats runs of designs that are exactly at their limit, and counts
// how often a gate passes them: at most in 2.5 % of runs, 5 % for limits of
// rare events. Three standard errors of the count are allowed for.
func honest(t *testing.T, repetitions int, sizes []int) {
	check := func(name string, allowed float64, once func(*rand.Rand) Verdict) {
		t.Helper()
		r := rand.New(rand.NewPCG(7, uint64(len(name))))
		passed := 0
		for range repetitions {
			if once(r) == Pass {
				passed++
			}
		}
		share := float64(passed) / float64(repetitions)
		t.Logf("%5.2f%% of %d, allowed %.1f%%: %s", share*100, repetitions, allowed*100, name)
		if most := allowed + 3*math.Sqrt(allowed*(1-allowed)/float64(repetitions)); share > most {
			t.Errorf("%s: passed in %.2f%% of %d runs, want at most %.2f%%", name, share*100, repetitions, most*100)
		}
	}
	for _, n := range sizes {
		for _, p := range []float64{0.3, 0.5, 0.65, 0.9, 0.97} {
			check(fmt.Sprintf("a rate at least %v, which it is, in %d cases", p, n), 0.025, func(r *rand.Rand) Verdict {
				return judged(atLeast(score.SystemAccuracy, p), rate(score.SystemAccuracy, binomial(r, n, p), n), n, nil)
			})
			check(fmt.Sprintf("a rate at most %v, which it is, in %d cases", p, n), 0.025, func(r *rand.Rand) Verdict {
				return judged(atMost(score.EscalationRate, p), rate(score.EscalationRate, binomial(r, n, p), n), n, nil)
			})
		}
		for _, p := range []float64{0.01, 0.05} {
			check(fmt.Sprintf("a rare event at most %v, which it is, in %d cases", p, n), 0.05, func(r *rand.Rand) Verdict {
				return judged(atMost(score.SilentFailureRate, p), rate(score.SilentFailureRate, binomial(r, n, p), n), n, nil)
			})
		}
		for _, f1 := range []float64{0.6, 0.9} {
			check(fmt.Sprintf("F1 of a class at least %v, which it is, in %d cases", f1, n), 0.025, func(r *rand.Rand) Verdict {
				return judged(atLeast("f1:a", f1), f1Metric(r, n, f1), n, nil)
			})
		}
		const margin = 0.02
		for _, discordant := range []float64{0.04, 0.1, 0.3} {
			check(fmt.Sprintf("worse by exactly the margin, %v discordant, in %d cases", discordant, n), 0.025, func(r *rand.Rand) Verdict {
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
}

func judged(t design.Threshold, m score.Metric, n int, c *compare.Result) Verdict {
	return must(Run(&record.Header{}, workflow(t), run(summaryOf(n, m)), c, nil)).Verdict
}

func binomial(r *rand.Rand, n int, p float64) int {
	x := 0
	for range n {
		if r.Float64() < p {
			x++
		}
	}
	return x
}

// f1Metric is the F1 of a class as score gives it for so many trials that are
// decided so or labelled so, each of which is right with the share that makes it.
func f1Metric(r *rand.Rand, n int, f1 float64) score.Metric {
	v := &score.Vectors{Weight: make([]float64, n)}
	of := make([]score.Ratio, n)
	for i := range of {
		v.Weight[i], of[i] = 1, score.Ratio{Den: 1}
		if r.Float64() < score.SharedOf(f1) {
			of[i] = score.Ratio{Num: 2, Den: 2}
		}
	}
	m, _ := v.F1("f1:a", of, nil)
	return m
}
