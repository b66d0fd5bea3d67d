package gate

import (
	"math"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// rate is a metric as score gives it for independent cases.
func rate(name string, x, n int) score.Metric {
	exact := func(side stats.Side) stats.Interval { return must(stats.ClopperPearson(x, n, level, side)) }
	return score.Metric{
		Name: name, Unit: "rate", Numerator: float64(x), Denominator: float64(n),
		Interval: must(stats.Wilson(x, n, level, stats.TwoSided)),
		Exact:    &score.Exact{TwoSided: exact(stats.TwoSided), Lower: exact(stats.LowerBound), Upper: exact(stats.UpperBound), EffectiveN: float64(n)},
	}
}

// mean is a metric as score gives it for values of independent cases.
func mean(name string, values ...float64) score.Metric {
	m := must(stats.MomentsOf(values, nil))
	return score.Metric{Name: name, Unit: "money", Numerator: m.Sum(), Denominator: float64(m.N), Interval: stats.MeanInterval(m, level)}
}

// spent is a run whose cases cost these values in turn.
func spent(worst float64, cases int, values ...float32) *score.Result {
	v := &score.Vectors{Worst: worst, Designs: make([]score.DesignVectors, 2)}
	for i := range cases {
		v.Weight = append(v.Weight, 1)
		for d := range v.Designs {
			v.Designs[d].Cost = append(v.Designs[d].Cost, score.Ratio{Num: values[i%len(values)], Den: 1})
		}
	}
	m, _ := v.Mean(score.CostPerCase, "money", v.Designs[1].Cost, nil)
	r := run(summaryOf(cases, m))
	r.Vectors = v
	return r
}

// summary is a summary of so many cases, all labelled and measured.
func summaryOf(cases int, metrics ...score.Metric) score.Summary {
	return score.Summary{Trials: cases, Cases: cases, Labelled: cases, Dispositions: map[score.Disposition]int{}, Metrics: append(metrics, rate(score.NotMeasuredRate, 0, cases))}
}

// run is a run of a baseline and one candidate.
func run(s score.Summary, segments ...score.Segment) *score.Result {
	return &score.Result{
		Run: "r", Workflow: "w", Dataset: "d", Cases: s.Cases, Complete: true, Baseline: "as-is",
		Designs: []score.Design{{Name: "as-is", Baseline: true, Summary: s}, {Name: "new", Summary: s, Segments: segments}},
	}
}

func workflow(thresholds ...design.Threshold) *design.Workflow {
	return &design.Workflow{Name: "w", Gate: design.Gate{Thresholds: thresholds}}
}

func atLeast(metric string, x float64) design.Threshold {
	return design.Threshold{Metric: metric, Critical: true, AtLeast: &x}
}

func atMost(metric string, x float64) design.Threshold {
	return design.Threshold{Metric: metric, Critical: true, AtMost: &x}
}

func notWorse(metric string, margin float64) design.Threshold {
	return design.Threshold{Metric: metric, Critical: true, NotWorse: true, Margin: margin}
}

func advisory(t design.Threshold) design.Threshold {
	t.Critical = false
	return t
}

func inSegment(t design.Threshold, column string, minCases int) design.Threshold {
	t.Segment, t.MinCases = column, minCases
	return t
}

// pairs compares the candidate with the baseline by counts of cases.
func pairs(metric string, higher bool, p stats.Pairs) *compare.Result {
	return &compare.Result{Baseline: "as-is", Differences: []compare.Difference{{
		Candidate: "new", Baseline: "as-is", Metric: metric, Unit: "rate", Higher: higher, Cases: p.N(),
		OnlyCandidate: p.OnlyA, OnlyBaseline: p.OnlyB, Interval: must(stats.NewcombePaired(p, level)),
	}}}
}

func TestRun(t *testing.T) {
	const auto, silent, system = score.AutomatedAccuracy, score.SilentFailureRate, score.SystemAccuracy
	segment := func(value string, s score.Summary) score.Segment {
		return score.Segment{Column: "channel", Value: value, Summary: s}
	}
	unmeasured := func(x, n int) score.Summary {
		s := summaryOf(n, rate(auto, n-x, n-x))
		s.Metrics[1] = rate(score.NotMeasuredRate, x, n)
		s.Dispositions[score.NotMeasured] = x
		return s
	}
	unlabelled := summaryOf(300, rate(auto, 0, 0))
	unlabelled.Labelled = 0
	incomplete := run(summaryOf(1000, rate(auto, 999, 1000)))
	incomplete.Complete = false
	clustered := run(summaryOf(400, rate(system, 390, 400)))
	clustered.Clusters = 8
	same := &compare.Result{Differences: []compare.Difference{{
		Candidate: "new", Metric: system, Unit: "rate", Higher: true, Cases: 400, Interval: stats.Interval{Estimate: stats.Num(0), Level: level},
	}}}
	grouped := &compare.Result{Differences: []compare.Difference{same.Differences[0]}}
	grouped.Differences[0].Clusters = 8
	tests := []struct {
		why      string
		w        *design.Workflow
		r        *score.Result
		c        *compare.Result
		want     Verdict
		reason   string // part of the candidate's, or of a line's
		cases    int    // needed, of the first line
		wantLine int    // lines in all
	}{
		{why: "the lower bound of 990 of 1000 is above 0.97", w: workflow(atLeast(auto, .97)), r: run(summaryOf(1000, rate(auto, 990, 1000))), want: Pass, reason: "lower bound 98.17%"},
		{why: "the upper bound of 940 of 1000 is below 0.97", w: workflow(atLeast(auto, .97)), r: run(summaryOf(1000, rate(auto, 940, 1000))), want: Fail, reason: "upper bound 95.39%"},
		{why: "97.5% of 200 is above 0.97 by luck", w: workflow(atLeast(auto, .97)), r: run(summaryOf(200, rate(auto, 195, 200))), want: Inconclusive, reason: "97.00% lies between"},
		{why: "all right in 50 cases does not show 0.97", w: workflow(atLeast(auto, .97)), r: run(summaryOf(50, rate(auto, 50, 50))), want: Inconclusive, cases: 122},
		{why: "an observed rate on the limit is decided by no number of cases", w: workflow(atLeast(auto, .9)), r: run(summaryOf(100, rate(auto, 90, 100))), want: Inconclusive, reason: "no number of cases decides"},
		{why: "no rare event in 300 cases shows 1%: 1-0.05^(1/300) is 0.99%", w: workflow(atMost(silent, .01)), r: run(summaryOf(300, rate(silent, 0, 300))), want: Pass, reason: "at or below 1.00%"},
		{why: "no rare event in 298 cases does not, and 299 would", w: workflow(atMost(silent, .01)), r: run(summaryOf(298, rate(silent, 0, 298))), want: Inconclusive, cases: 299},
		{why: "a limit of 5% takes one-sided bounds: 7 of 270 have the upper bound 4.81%, two-sided 5.27%", w: workflow(atMost(silent, .05)), r: run(summaryOf(270, rate(silent, 7, 270))), want: Pass, reason: "upper bound 4.8"},
		{why: "a limit above 5% takes the two-sided interval", w: workflow(atMost(silent, .0501)), r: run(summaryOf(270, rate(silent, 7, 270))), want: Inconclusive},
		{why: "a number that nobody will label is said in words", w: workflow(atLeast(auto, .9)), r: run(summaryOf(10_000, rate(auto, 9001, 10_000))), want: Inconclusive, reason: "more than a million cases in all to decide"},
		{why: "too many rare events fail by the lower one-sided bound", w: workflow(atMost(silent, .01)), r: run(summaryOf(1000, rate(silent, 25, 1000))), want: Fail, reason: "lower bound"},
		{why: "a metric over a part of the cases needs more cases of the run", w: workflow(atLeast(auto, .97)), r: run(summaryOf(100, rate(auto, 50, 50))), want: Inconclusive, cases: 244},
		{why: "one case decides nothing", w: workflow(atLeast(auto, .9)), r: run(summaryOf(1, rate(auto, 1, 1))), want: Inconclusive},
		{why: "nothing measured", w: workflow(atLeast(auto, .5)), r: run(unmeasured(100, 100)), want: Inconclusive, reason: "nothing measured"},
		{why: "no labels", w: workflow(atLeast(auto, .5)), r: run(unlabelled), want: Inconclusive, reason: "no labels"},
		{why: "nothing automated", w: workflow(atLeast(auto, .5)), r: run(summaryOf(100, rate(auto, 0, 0))), want: Inconclusive, reason: "no case that this metric is over"},
		{why: "a metric that the run does not have", w: workflow(atLeast("nosuch", .5)), r: run(summaryOf(100)), want: Inconclusive, reason: "no figure of this name"},
		{why: "an incomplete run never passes", w: workflow(atLeast(auto, .5)), r: incomplete, want: Inconclusive, reason: "not complete"},
		{why: "a gate without thresholds", w: workflow(), r: run(summaryOf(100, rate(auto, 100, 100))), want: Inconclusive, reason: "no thresholds"},
		{why: "advisory thresholds alone decide nothing", w: workflow(advisory(atLeast(auto, .5))), r: run(summaryOf(100, rate(auto, 100, 100))), want: Inconclusive, reason: "no critical threshold"},
		{why: "an advisory threshold that fails is shown", w: workflow(atLeast(auto, .5), advisory(atMost(score.EscalationRate, .1))), r: run(summaryOf(100, rate(auto, 100, 100), rate(score.EscalationRate, 50, 100))), want: Pass, wantLine: 3},
		{why: "fail beats inconclusive", w: workflow(atLeast(auto, .97), atMost(silent, .01)), r: run(summaryOf(100, rate(auto, 98, 100), rate(silent, 20, 100))), want: Fail, reason: "1 of 3 critical thresholds fail: silent_failure_rate"},
		{why: "what was not measured is counted against its limit", w: workflow(atLeast(auto, .5), atMost(score.NotMeasuredRate, .01)), r: run(unmeasured(2, 200)), want: Pass},
		{why: "more than the limit was not measured", w: workflow(atLeast(auto, .5), atMost(score.NotMeasuredRate, .01)), r: run(unmeasured(3, 200)), want: Inconclusive, reason: "not_measured"},
		{why: "more than 5% was not measured, and the gate does not say", w: workflow(atLeast(auto, .5)), r: run(unmeasured(11, 200)), want: Inconclusive, reason: "not_measured"},

		{why: "not worse: 10 and 12 discordant cases of 1000", w: workflow(notWorse(system, .02)), r: run(summaryOf(1000, rate(system, 950, 1000))), c: pairs(system, true, stats.Pairs{Both: 940, OnlyA: 10, OnlyB: 12, Neither: 38}), want: Pass, reason: "by less than the margin"},
		{why: "worse by 5 points where 1 is allowed", w: workflow(notWorse(system, .01)), r: run(summaryOf(1000, rate(system, 900, 1000))), c: pairs(system, true, stats.Pairs{Both: 890, OnlyA: 10, OnlyB: 60, Neither: 40}), want: Fail, reason: "by more than the margin"},
		{why: "no difference seen, and too few cases to leave the margin out", w: workflow(notWorse(system, .01)), r: run(summaryOf(100, rate(system, 95, 100))), c: pairs(system, true, stats.Pairs{Both: 93, OnlyA: 2, OnlyB: 2, Neither: 3}), want: Inconclusive, cases: 3140},
		{why: "of a rate where lower is better, more of it is worse", w: workflow(notWorse(silent, .01)), r: run(summaryOf(1000, rate(silent, 60, 1000))), c: pairs(silent, false, stats.Pairs{Both: 10, OnlyA: 60, OnlyB: 5, Neither: 925}), want: Fail},
		{why: "and less of it is better", w: workflow(notWorse(silent, .01)), r: run(summaryOf(1000, rate(silent, 15, 1000))), c: pairs(silent, false, stats.Pairs{Both: 10, OnlyA: 5, OnlyB: 60, Neither: 925}), want: Pass},
		{why: "a run without the baseline has no difference", w: workflow(notWorse(system, .01)), r: run(summaryOf(100, rate(system, 95, 100))), want: Inconclusive, reason: "does not hold the baseline"},
		{why: "eight clusters that do not differ do not bound a difference at 1 point", w: workflow(notWorse(system, .01)), r: clustered, c: grouped, want: Inconclusive},
		{why: "400 cases that do not differ do", w: workflow(notWorse(system, .01)), r: run(summaryOf(400, rate(system, 390, 400))), c: same, want: Pass},

		{why: "each value of a segment is a line, and one that fails fails the gate", w: workflow(inSegment(atLeast(auto, .9), "channel", 0)), r: run(summaryOf(1000),
			segment("email", summaryOf(500, rate(auto, 490, 500))), segment("paper", summaryOf(500, rate(auto, 400, 500)))), want: Fail, reason: "automated_accuracy (channel=paper)", wantLine: 3},
		{why: "a small segment is inconclusive however well it does", w: workflow(inSegment(atLeast(auto, .5), "channel", 100)), r: run(summaryOf(99), segment("email", summaryOf(99, rate(auto, 99, 99)))), want: Inconclusive, reason: "too small: 99 cases", cases: 100},
		{why: "a tag that the run does not have", w: workflow(inSegment(atLeast(auto, .5), "channel", 0)), r: run(summaryOf(99)), want: Inconclusive, reason: `no tag "channel"`},
		{why: "values past those that are counted one by one are not passed over", w: workflow(inSegment(atLeast(auto, .5), "channel", 0)), r: run(summaryOf(200), segment("email", summaryOf(100, rate(auto, 100, 100)))), want: Inconclusive, reason: "100 trials are in none"},

		{why: "a mean below its limit", w: workflow(atMost(score.CostPerCase, 3)), r: spent(0, 60, 1, 2), want: Pass},
		{why: "the same, where a wrong decision may cost 100", w: workflow(atMost(score.CostPerCase, 3)), r: spent(100, 60, 1, 2), want: Inconclusive, reason: "3.00 lies between", cases: 241},
		{why: "a mean over its limit", w: workflow(atMost(score.CostPerCase, 1)), r: spent(0, 60, 5, 6), want: Fail},
		{why: "a limit of a mean up to 0.05 is none of rare events", w: workflow(atMost(score.CostPerCase, .05)), r: spent(0, 60, .04, .06), want: Inconclusive},
		{why: "58 values bound no mean", w: workflow(atMost(score.CostPerCase, 3)), r: spent(0, 58, 1, 2), want: Inconclusive, reason: "it takes 59", cases: 59},
		{why: "one value bounds no mean", w: workflow(atMost(score.CostPerCase, 3)), r: run(summaryOf(1, mean(score.CostPerCase, 1))), want: Inconclusive},
		{why: "the same value ten times bounds no mean either", w: workflow(atMost(score.CostPerCase, 3)), r: run(summaryOf(10, mean(score.CostPerCase, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1))), want: Inconclusive, reason: "too few to bound it: 10", cases: 59},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			got, err := Run(&record.Header{Run: "r"}, tt.w, tt.r, tt.c, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Candidates) != 1 || got.Candidates[0].Design != "new" {
				t.Fatalf("candidates: %+v, want new alone", got.Candidates)
			}
			c := got.Candidates[0]
			if c.Verdict != tt.want || got.Verdict != tt.want {
				t.Errorf("verdict %s (%s), want %s\n%+v", c.Verdict, c.Reason, tt.want, c.Lines)
			}
			said := c.Reason
			for _, l := range c.Lines {
				said += "\n" + l.Reason
				if l.Explain == "" || !strings.HasSuffix(l.Explain, string(l.Verdict)) {
					t.Errorf("%s explains nothing: %q", l.Name(), l.Explain)
				}
			}
			if !strings.Contains(said, tt.reason) {
				t.Errorf("reasons %q do not say %q", said, tt.reason)
			}
			if tt.cases > 0 && c.Lines[0].CasesNeeded != tt.cases {
				t.Errorf("%d cases needed, want %d", c.Lines[0].CasesNeeded, tt.cases)
			}
			if tt.wantLine > 0 && len(c.Lines) != tt.wantLine {
				t.Errorf("%d lines, want %d", len(c.Lines), tt.wantLine)
			}
		})
	}
}

// TestNeededDecides holds the cases that a verdict asks for to what they do:
// with them, and the rate as it is, the same threshold decides.
func TestNeededDecides(t *testing.T) {
	for _, tt := range []struct {
		x, n int
		rule design.Threshold
	}{
		{195, 200, atLeast(score.AutomatedAccuracy, .95)},
		{190, 200, atLeast(score.AutomatedAccuracy, .97)},
		{2, 200, atMost(score.AutomatedAccuracy, .03)},
		{60, 200, atMost(score.AutomatedAccuracy, .35)},
	} {
		verdict := func(x, n int) Line {
			r := must(Run(&record.Header{}, workflow(tt.rule), run(summaryOf(n, rate(score.AutomatedAccuracy, x, n))), nil, nil))
			return r.Candidates[0].Lines[0]
		}
		before := verdict(tt.x, tt.n)
		if before.Verdict != Inconclusive || before.CasesNeeded <= tt.n {
			t.Fatalf("%d of %d: %s with %d cases needed, want inconclusive and more", tt.x, tt.n, before.Verdict, before.CasesNeeded)
		}
		n := before.CasesNeeded * 11 / 10 // counts are whole: the rate moves a little
		x := int(math.Round(float64(tt.x) / float64(tt.n) * float64(n)))
		if after := verdict(x, n); after.Verdict == Inconclusive {
			t.Errorf("%d of %d asks for %d cases, and %d of %d is inconclusive still: %s", tt.x, tt.n, before.CasesNeeded, x, n, after.Explain)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	r := run(summaryOf(10, rate(score.SystemAccuracy, 10, 10)))
	variant := &record.Header{Run: "r", Designs: []record.Design{{Name: "new", Variant: "oracle:extract"}}}
	for _, tt := range []struct {
		why     string
		h       *record.Header
		designs []string
		want    string
	}{
		{"an oracle variant is no design that could go live", variant, nil, `variant "oracle:extract"`},
		{"the baseline gets no verdict", &record.Header{}, []string{"as-is"}, "is the baseline"},
		{"a design that the run does not have", &record.Header{}, []string{"nosuch"}, `no candidate "nosuch" (there is: new)`},
	} {
		if _, err := Run(tt.h, workflow(), r, nil, tt.designs); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.why, err, tt.want)
		}
	}
}

func TestWorstOfCandidates(t *testing.T) {
	r := run(summaryOf(1000, rate(score.AutomatedAccuracy, 990, 1000)))
	r.Designs = append(r.Designs, score.Design{Name: "poor", Summary: summaryOf(1000, rate(score.AutomatedAccuracy, 900, 1000))})
	w := workflow(atLeast(score.AutomatedAccuracy, .97))
	if got := must(Run(&record.Header{}, w, r, nil, nil)); got.Verdict != Fail || got.Reason != "pass: new; fail: poor" {
		t.Errorf("all: %s (%s), want the worst of the candidates'", got.Verdict, got.Reason)
	}
	if got := must(Run(&record.Header{}, w, r, nil, []string{"new"})); got.Verdict != Pass || len(got.Candidates) != 1 {
		t.Errorf("--design new: %s with %d candidates, want pass with one", got.Verdict, len(got.Candidates))
	}
	r.Designs = r.Designs[:1]
	if got := must(Run(&record.Header{}, w, r, nil, nil)); got.Verdict != Inconclusive {
		t.Errorf("the baseline alone: %s, want inconclusive", got.Verdict)
	}
}
