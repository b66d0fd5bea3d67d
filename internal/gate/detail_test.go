package gate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// inDetail is a run of a baseline and a candidate that decide between a and b:
// half of the cases are a, every third is of the channel paper. Wrong says which
// cases a design gets wrong; what it gets wrong it decides the other way.
func inDetail(n int, wrong [2]func(i int) bool) *score.Result {
	v := &score.Vectors{TagNames: []string{"channel"}, Outcome: []string{"decision"}, Classes: []string{"a", "b"}, Designs: make([]score.DesignVectors, 2)}
	right := [2]map[string]int{{}, {}}
	cases := map[string]int{}
	for i := range n {
		channel := "email"
		if i%3 == 0 {
			channel = "paper"
		}
		cases[channel]++
		v.Cases, v.Weight = append(v.Cases, fmt.Sprint(i)), append(v.Weight, 1)
		v.Details = append(v.Details, score.CaseDetail{Tags: []string{channel}})
		for d := range v.Designs {
			x := &v.Designs[d]
			if x.Detail == nil {
				x.Detail = &score.Detail{Fields: make([][]score.Ratio, 1)}
			}
			truth := int16(i % 2)
			r, class := score.Ratio{Num: 1, Den: 1}, truth
			if wrong[d](i) {
				r.Num, class = 0, 1-truth
			} else {
				right[d][channel]++
			}
			x.System = append(x.System, r)
			x.Escalated = append(x.Escalated, score.Ratio{Den: 1})
			x.Detail.Automation = append(x.Detail.Automation, score.Ratio{Num: 1, Den: 1})
			x.Detail.Errors = append(x.Detail.Errors, score.Ratio{Num: 10 * (1 - r.Num), Den: 1})
			// What is right is said with 0.9, and what is wrong with 0.4.
			confidence := 0.4 + 0.5*float64(r.Num)
			x.Detail.Answers = append(x.Detail.Answers, score.Answer{Case: int32(i), Confidence: confidence, Right: r.Num == 1})
			x.Detail.Brier = append(x.Detail.Brier, score.Ratio{Num: 0.01 + 0.15*(1-r.Num), Den: 1})
			x.Detail.Fields[0] = append(x.Detail.Fields[0], r)
			x.Detail.Decisions = append(x.Detail.Decisions, score.Decided{Case: int32(i), Truth: truth, Class: class})
		}
	}
	r := run(summaryOf(n))
	r.Vectors = v
	for d := range r.Designs {
		all := right[d]["email"] + right[d]["paper"]
		r.Designs[d].Summary = summaryOf(n, rate(score.SystemAccuracy, all, n))
		r.Designs[d].Segments = nil
		for _, channel := range []string{"email", "paper"} {
			if cases[channel] > 0 {
				r.Designs[d].Segments = append(r.Designs[d].Segments,
					score.NewSegment("channel", channel, summaryOf(cases[channel], rate(score.SystemAccuracy, right[d][channel], cases[channel]))))
			}
		}
	}
	return r
}

func never(int) bool { return false }

func TestInDetail(t *testing.T) {
	// One of ten cases of paper wrong, and none else.
	paper := func(i int) bool { return i%30 == 0 }
	tests := []struct {
		why       string
		threshold design.Threshold
		n         int
		wrong     [2]func(int) bool // baseline, candidate
		want      map[string]Verdict
		said      string // in a reason
	}{
		{"a class is right as often as it is labelled", atLeast("recall:a", .9), 600, [2]func(int) bool{never, never}, map[string]Verdict{"": Pass}, ""},
		{"30 is even, so that what is wrong is all labelled a: 20 of 300", atLeast("recall:a", .95), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"": Inconclusive}, "95.00% lies between"},
		{"and b is wrongly decided for 20 times in 320", atLeast("precision:b", .98), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"": Fail}, ""},
		{"F1 of 280 right of 300 labelled and 280 decided is 96.55%", atLeast("f1:a", .93), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"": Pass}, ""},
		{"and is no more than 98%", atLeast("f1:a", .985), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"": Fail}, "upper bound"},
		{"a field is right as the case is, where there is no other", atLeast("field:decision", .95), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"": Inconclusive}, ""},
		{"the cost of errors is a mean: 20 of 600 cost 10", atMost(score.ErrorCost, 1), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"": Pass}, ""},
		{"a class in a segment: 20 of 100 of a on paper are wrong, and none by email", inSegment(atLeast("recall:a", .9), "channel", 0), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"email": Pass, "paper": Fail}, ""},
		{"a route that no design has", atLeast("route:sort", .9), 600, [2]func(int) bool{never, never}, map[string]Verdict{"": Inconclusive}, "no figure of this name"},

		{"of 300 of each class 280 and 300 are right", atLeast(score.MacroRecall, .93), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"": Pass}, ""},
		{"which is less than 99%", atLeast(score.MacroF1, .99), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"": Fail}, "upper bound"},
		{"precision is 1 and 300/320: its limit may be either", atLeast(score.MacroPrecision, .96), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"": Inconclusive}, "0.9600 lies between"},
		{"kappa is 0.933", atLeast(score.Kappa, .88), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"": Pass}, "of 600 cases"},
		{"so is about Matthews' correlation", atLeast(score.Matthews, .99), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"": Fail}, ""},
		{"right answers are surer than wrong ones, always", atLeast(score.AUROC, .8), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"": Pass}, ""},
		{"confidences are 0.11 off", atMost(score.ECE, .2), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"": Pass}, ""},
		{"all in one direction", atMost(score.ECE, .01), 600, [2]func(int) bool{never, never}, map[string]Verdict{"": Fail}, ""},
		{"their squares by 0.015", atMost(score.Brier, .06), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"": Pass}, ""},
		{"where all are right, nothing orders them", atLeast(score.AUROC, .6), 600, [2]func(int) bool{never, never}, map[string]Verdict{"": Inconclusive}, "no case that this metric is over"},
		{"a mean over classes of few labels", atLeast(score.MacroF1, .5), 18, [2]func(int) bool{never, never}, map[string]Verdict{"": Inconclusive}, `takes 10 labels of each, and of "a" there are 9`},
		{"few cases", atLeast(score.Kappa, .5), 40, [2]func(int) bool{never, never}, map[string]Verdict{"": Inconclusive}, "too few to bound it: 40, and it takes 59"},
		{"of all classes, against the baseline", notWorse(score.MacroF1, .02), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"": Inconclusive}, "margin"},
		{"of confidences, against the baseline", notWorse(score.Brier, .2), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"": Pass}, ""},
		{"of all classes, in a segment", inSegment(atLeast(score.MacroRecall, .88), "channel", 0), 900, [2]func(int) bool{never, paper}, map[string]Verdict{"email": Pass, "paper": Inconclusive}, ""},

		{"worse than the baseline on paper alone", inSegment(notWorse(score.SystemAccuracy, .02), "channel", 0), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"email": Pass, "paper": Fail}, ""},
		{"as good as the baseline on both", inSegment(notWorse(score.SystemAccuracy, .02), "channel", 0), 900, [2]func(int) bool{paper, paper}, map[string]Verdict{"email": Pass, "paper": Pass}, ""},
		{"as good as the baseline, on too few cases of paper to say", inSegment(notWorse(score.SystemAccuracy, .02), "channel", 0), 300, [2]func(int) bool{paper, paper}, map[string]Verdict{"email": Pass, "paper": Inconclusive}, "lies between"},
		{"fewer cases in a segment than are asked for", inSegment(notWorse(score.SystemAccuracy, .02), "channel", 300), 600, [2]func(int) bool{never, never}, map[string]Verdict{"email": Pass, "paper": Inconclusive}, "too small: 200 cases"},
		{"a class against the baseline", notWorse("recall:a", .02), 600, [2]func(int) bool{never, paper}, map[string]Verdict{"": Fail}, ""},
		{"one case decides nothing in any of them", inSegment(notWorse("recall:a", .02), "channel", 0), 1, [2]func(int) bool{never, never}, map[string]Verdict{"paper": Inconclusive}, ""},
	}
	for _, tt := range tests {
		r := inDetail(tt.n, tt.wrong)
		got := map[string]Verdict{}
		said := ""
		for _, l := range must(Run(&record.Header{}, workflow(tt.threshold), r, &compare.Result{Baseline: "as-is"}, nil)).Candidates[0].Lines {
			if l.Metric == tt.threshold.Metric {
				got[l.Value] = l.Verdict
				said += l.Reason + "\n" + l.Explain + "\n"
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || !strings.Contains(said, tt.said) {
			t.Errorf("%s (-want +got):\n%s\n%s", tt.why, diff, said)
		}
	}
}
