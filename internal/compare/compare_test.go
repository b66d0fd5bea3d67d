package compare_test

import (
	"math"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// figure is what a test says of some cases that are alike: how many, whether
// candidate and baseline were right, and their costs.
type figure struct {
	cases               int
	candidate, baseline bool
	costA, costB        float32
}

// scored makes a result of two designs from groups of cases; cluster gives the
// cluster of a case, or is nil.
func scored(figures []figure, repeats int, cluster func(int) int32) *score.Result {
	v := &score.Vectors{Designs: make([]score.DesignVectors, 2)}
	n := 0
	ratio := func(num float32) score.Ratio {
		return score.Ratio{Num: num * float32(repeats), Den: float32(repeats)}
	}
	one := map[bool]float32{true: 1}
	for _, f := range figures {
		for range f.cases {
			v.Weight = append(v.Weight, 1)
			if cluster != nil {
				v.Cluster = append(v.Cluster, cluster(n))
			}
			n++
			for i, right := range []bool{f.candidate, f.baseline} {
				d := &v.Designs[i]
				cost := []float32{f.costA, f.costB}[i]
				d.System = append(d.System, ratio(one[right]))
				d.Forced = append(d.Forced, score.Ratio{})
				d.Automated = append(d.Automated, ratio(one[right]))
				d.Escalated = append(d.Escalated, ratio(0))
				d.Silent = append(d.Silent, ratio(one[!right]))
				d.Handoff = append(d.Handoff, ratio(0))
				d.Failed = append(d.Failed, ratio(0))
				d.Cost = append(d.Cost, ratio(cost))
				d.Minutes = append(d.Minutes, ratio(0))
			}
		}
	}
	return &score.Result{Seed: 1, Vectors: v, Designs: []score.Design{{Name: "new"}, {Name: "old", Baseline: true}}}
}

func compared(t *testing.T, r *score.Result, metric string, margins compare.Margins) compare.Difference {
	t.Helper()
	out, err := compare.Run(r, "old", margins)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range out.Differences {
		if d.Metric == metric {
			return d
		}
	}
	t.Fatalf("no difference in %s", metric)
	return compare.Difference{}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// hundred is right under both in 70 cases, under the candidate alone in 10,
// under the baseline alone in 2.
var hundred = []figure{
	{cases: 70, candidate: true, baseline: true}, {cases: 10, candidate: true}, {cases: 2, baseline: true}, {cases: 18},
}

func TestRightOrWrong(t *testing.T) {
	d := compared(t, scored(hundred, 1, nil), score.SystemAccuracy, nil)
	near(t, "difference", d.Estimate.Value, 0.08, 1e-12)
	// Newcombe 1998, method 10, from Wilson limits of 80 and 72 in 100 and phi with its correction.
	near(t, "lower end", d.Lower, 0.01059969512624423, 1e-9)
	near(t, "upper end", d.Upper, 0.1511638228128565, 1e-9)
	// 2 P(X <= 2) - P(X = 2) of 12 tosses: (2*79 - 66) / 4096.
	near(t, "mid-p", d.P.Value, 92.0/4096, 1e-12)
	if d.Cases != 100 || d.OnlyCandidate != 10 || d.OnlyBaseline != 2 {
		t.Errorf("%d cases, %d and %d discordant", d.Cases, d.OnlyCandidate, d.OnlyBaseline)
	}
	// Alone it would be significant; in a family of metrics it is not.
	if d.Verdict != compare.CannotTell || !(d.Adjusted.Value > 0.05) {
		t.Errorf("verdict %q at %v adjusted", d.Verdict, d.Adjusted)
	}
}

func TestVerdicts(t *testing.T) {
	times := func(k int, figures []figure) []figure {
		var out []figure
		for _, f := range figures {
			f.cases *= k
			out = append(out, f)
		}
		return out
	}
	turned := func(figures []figure) []figure {
		var out []figure
		for _, f := range figures {
			f.candidate, f.baseline = f.baseline, f.candidate
			out = append(out, f)
		}
		return out
	}
	same := []figure{{cases: 480, candidate: true, baseline: true}, {cases: 3, candidate: true}, {cases: 4, baseline: true}, {cases: 13}}
	tests := []struct {
		why     string
		figures []figure
		metric  string
		margins compare.Margins
		want    compare.Verdict
		more    bool // says how many more cases would decide
	}{
		{"more right", times(5, hundred), score.SystemAccuracy, nil, compare.Better, false},
		{"less right", turned(times(5, hundred)), score.SystemAccuracy, nil, compare.Worse, false},
		{"fewer silent failures is better", times(5, hundred), score.SilentFailureRate, nil, compare.Better, false},
		{"more silent failures is worse", turned(times(5, hundred)), score.SilentFailureRate, nil, compare.Worse, false},
		{"nearly the same, without a margin", same, score.SystemAccuracy, nil, compare.CannotTell, true},
		{"nearly the same, within the margin", same, score.SystemAccuracy, compare.Margins{score.SystemAccuracy: 0.02}, compare.NotWorse, false},
		{"nearly the same, and the margin is narrower than the interval", same, score.SystemAccuracy, compare.Margins{score.SystemAccuracy: 0.005}, compare.CannotTell, true},
		{"another metric's margin is none of this one's", same, score.SystemAccuracy, compare.Margins{score.CostPerCase: 0.02}, compare.CannotTell, true},
		{"no difference at all", []figure{{cases: 50, candidate: true, baseline: true}}, score.SystemAccuracy, nil, compare.CannotTell, false},
		{"no case tells of both", hundred, score.ForcedAccuracy, nil, compare.CannotTell, false},
		{"cheaper", []figure{{cases: 40, costA: 1, costB: 2}, {cases: 40, costA: 2, costB: 4}}, score.CostPerCase, nil, compare.Better, false},
		{"dearer", []figure{{cases: 40, costA: 2, costB: 1}, {cases: 40, costA: 4, costB: 2}}, score.CostPerCase, nil, compare.Worse, false},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			d := compared(t, scored(test.figures, 1, nil), test.metric, test.margins)
			if d.Verdict != test.want {
				t.Errorf("verdict %q, want %q: %+v", d.Verdict, test.want, d)
			}
			if (d.FurtherCases > 0) != test.more {
				t.Errorf("%d further cases", d.FurtherCases)
			}
		})
	}
}

// Repeats are averaged within the case: four equal repeats say no more than one.
func TestRepeatsAreNotCases(t *testing.T) {
	byCase := func(i int) int32 { return int32(i) }
	once := compared(t, scored(hundred, 1, nil), score.SystemAccuracy, nil)
	four := compared(t, scored(hundred, 4, byCase), score.SystemAccuracy, nil)
	if four.Cases != 100 || four.Lower != once.Lower || four.P != once.P {
		t.Errorf("four equal repeats: %d cases, from %v at p %v; one: from %v at p %v", four.Cases, four.Lower, four.P, once.Lower, once.P)
	}
}

// Ten clusters of ten equal cases say little more than ten cases.
func TestClusters(t *testing.T) {
	byTen := func(i int) int32 { return int32(i / 10) }
	alone := compared(t, scored(hundred, 1, nil), score.SystemAccuracy, nil)
	d := compared(t, scored(hundred, 1, byTen), score.SystemAccuracy, nil)
	near(t, "difference", d.Estimate.Value, 0.08, 1e-12)
	if !(d.Lower < alone.Lower && d.Upper > alone.Upper) {
		t.Errorf("clustered %v to %v, want more than %v to %v of independent cases", d.Lower, d.Upper, alone.Lower, alone.Upper)
	}
	// The ten cases in which the candidate alone is right are one cluster, the
	// two of the baseline another; of four ways to flip two signs all are as
	// far from zero as 10-2, or farther.
	near(t, "p", d.P.Value, 1, 1e-12)
	if len(d.Warnings) == 0 {
		t.Error("ten clusters, and no warning of few")
	}
	// CR1 by hand: cluster sums of d - 0.08 are 9.2 once, -2.8 once, -0.8 eight
	// times; t with 9 degrees of freedom is 2.262157.
	half := 2.262157162798205 * math.Sqrt((9.2*9.2+2.8*2.8+8*0.8*0.8)*10/9) / 100
	near(t, "upper end", d.Upper, 0.08+half, 1e-9)
	if d.FurtherCases <= alone.FurtherCases {
		t.Errorf("%d further cases in clusters, %d alone", d.FurtherCases, alone.FurtherCases)
	}
}

// Automated accuracy is a difference of two ratios whose denominators differ.
func TestRatios(t *testing.T) {
	r := scored(hundred, 1, nil)
	// The candidate automates only the cases that both get right.
	for i := range r.Vectors.Designs[0].Automated {
		if i >= 70 {
			r.Vectors.Designs[0].Automated[i] = score.Ratio{}
		}
	}
	d := compared(t, r, score.AutomatedAccuracy, nil)
	near(t, "difference", d.Estimate.Value, 1-0.72, 1e-12)
	if d.Verdict != compare.Better || d.Cases != 100 || !(d.Lower > 0.18 && d.Upper < 0.38) {
		t.Errorf("%+v", d)
	}
	for i := range r.Vectors.Designs[0].Automated {
		r.Vectors.Designs[0].Automated[i] = score.Ratio{}
	}
	if d := compared(t, r, score.AutomatedAccuracy, nil); d.Estimate.Valid || d.Why == "" || d.Verdict != compare.CannotTell {
		t.Errorf("a candidate that automates nothing has no automated accuracy to compare: %+v", d)
	}
}

// What was not measured under one of the designs is in no comparison.
func TestNotMeasured(t *testing.T) {
	r := scored(hundred, 1, nil)
	d := &r.Vectors.Designs[0]
	for i := range 40 {
		d.System[i], d.Automated[i], d.Escalated[i], d.Silent[i], d.Handoff[i], d.Failed[i], d.Cost[i], d.Minutes[i] =
			score.Ratio{}, score.Ratio{}, score.Ratio{}, score.Ratio{}, score.Ratio{}, score.Ratio{}, score.Ratio{}, score.Ratio{}
	}
	out, err := compare.Run(r, "old", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range out.Differences {
		if d.Metric != score.ForcedAccuracy && d.Cases != 60 {
			t.Errorf("%s is compared on %d cases, want the 60 measured under both", d.Metric, d.Cases)
		}
	}
}

// The same result compares the same.
func TestSeeded(t *testing.T) {
	figures := []figure{{cases: 30, costA: 1, costB: 3}, {cases: 20, costA: 5, costB: 4}, {cases: 7, costA: 0, costB: 9}}
	first, second := compared(t, scored(figures, 1, nil), score.CostPerCase, nil), compared(t, scored(figures, 1, nil), score.CostPerCase, nil)
	if first.Interval != second.Interval || first.P != second.P {
		t.Errorf("%v at %v, then %v at %v", first.Interval, first.P, second.Interval, second.P)
	}
}

func TestNothingToCompare(t *testing.T) {
	r := scored(hundred, 1, nil)
	for _, baseline := range []string{"", "gone"} {
		if out, err := compare.Run(r, baseline, nil); out != nil || err != nil {
			t.Errorf("baseline %q: %v, %v", baseline, out, err)
		}
	}
}
