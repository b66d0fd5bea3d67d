package compare_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// inDetail adds to a scored result what a comparison in detail reads: every case
// is to be approved, a wrong decision holds it and costs one more than that of
// the case before, and cases take turns in the segments.
func inDetail(r *score.Result, segments ...string) *score.Result {
	v := r.Vectors
	v.Outcome, v.Classes, v.TagNames = []string{"decision"}, []string{"approve", "hold"}, []string{"channel"}
	for i := range v.Weight {
		v.Cases = append(v.Cases, fmt.Sprintf("c%d", i))
		v.Details = append(v.Details, score.CaseDetail{Input: uint64(i), Tags: []string{segments[i%len(segments)]}})
	}
	for k := range v.Designs {
		d := &v.Designs[k]
		none := func() []score.Ratio { return make([]score.Ratio, len(v.Cases)) }
		x := &score.Detail{Automation: none(), PrecLabel: none(), RecLabel: none(), PrecOutcome: none(), RecOutcome: none(), Recovered: none(), Errors: none(), Brier: none(), Routes: map[string][]score.Ratio{}}
		x.Fields = [][]score.Ratio{d.System}
		for i, s := range d.System {
			class := int16(0)
			if s.Num == 0 {
				class = 1
			}
			x.Decisions = append(x.Decisions, score.Decided{Case: int32(i), Class: class})
			x.Errors[i] = score.Ratio{Num: float32(i) * float32(class), Den: 1}
		}
		d.Detail = x
	}
	return r
}

func detailed(t *testing.T, r *score.Result, o compare.Options) *compare.Detailed {
	t.Helper()
	out, err := compare.InDetail(r, o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func metric(t *testing.T, all []compare.Difference, name string) compare.Difference {
	t.Helper()
	for _, d := range all {
		if d.Metric == name {
			return d
		}
	}
	t.Fatalf("no difference in %s", name)
	return compare.Difference{}
}

// The interval that holds for all of a family is Newcombe's at the level of
// Bonferroni.
func TestSimultaneous(t *testing.T) {
	out := detailed(t, inDetail(scored(hundred, 1, nil), "all"), compare.Options{Baseline: 1})
	d := metric(t, out.Differences, score.SystemAccuracy)
	tests := 0
	for _, d := range out.Differences {
		if d.P.Valid {
			tests++
		}
	}
	want, err := stats.NewcombePaired(stats.Pairs{Both: 70, OnlyA: 10, OnlyB: 2, Neither: 18}, 1-0.05/float64(tests))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, d.Simultaneous); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if !(d.Simultaneous.Lower < d.Lower && d.Simultaneous.Upper > d.Upper) {
		t.Errorf("%v to %v holds for all, and %v to %v for one", d.Simultaneous.Lower, d.Simultaneous.Upper, d.Lower, d.Upper)
	}
}

// What cannot be told has the difference that could have been, at the level of
// the family, and what can be told has none.
func TestDetectable(t *testing.T) {
	r := inDetail(scored(hundred, 1, nil), "all")
	out := detailed(t, r, compare.Options{Baseline: 1})
	d := metric(t, out.Differences, score.SystemAccuracy)
	tests := 0.0
	for _, d := range out.Differences {
		if d.P.Valid {
			tests++
		}
	}
	want, err := stats.DetectablePairs(100, stats.Discordance{OnlyA: 0.1, OnlyB: 0.02}, 0.05/tests, 0.8)
	if err != nil || d.Verdict != compare.CannotTell || d.Detectable != want || !want.Valid {
		t.Errorf("%q, detectable %v, want %v (%v)", d.Verdict, d.Detectable, want, err)
	}
	cost := metric(t, detailed(t, inDetail(scored([]figure{{cases: 40, costA: 1, costB: 2}, {cases: 40, costA: 2, costB: 4}}, 1, nil), "all"), compare.Options{Baseline: 1}).Differences, score.CostPerCase)
	if cost.Verdict != compare.Better || cost.Detectable.Valid {
		t.Errorf("%q, detectable %v", cost.Verdict, cost.Detectable)
	}
}

func TestEquivalence(t *testing.T) {
	same := []figure{{cases: 480, candidate: true, baseline: true}, {cases: 3, candidate: true}, {cases: 4, baseline: true}, {cases: 13}}
	better := []figure{{cases: 400, candidate: true, baseline: true}, {cases: 60, candidate: true}, {cases: 40}}
	for _, test := range []struct {
		why        string
		figures    []figure
		margin     float64
		verdict    compare.Verdict
		equivalent bool
	}{
		{"both ends within the margin", same, 0.02, compare.NotWorse, true},
		{"a margin narrower than the interval", same, 0.005, compare.CannotTell, false},
		{"better by more than the margin is not equivalent", better, 0.02, compare.Better, false},
		{"better, and within a wide margin", better, 0.3, compare.Better, true},
	} {
		d := metric(t, detailed(t, inDetail(scored(test.figures, 1, nil), "all"), compare.Options{Baseline: 1, Margins: compare.Margins{score.SystemAccuracy: test.margin}}).Differences, score.SystemAccuracy)
		if d.Verdict != test.verdict || d.Equivalent != test.equivalent || d.Margin != test.margin && test.equivalent {
			t.Errorf("%s: %q, equivalent %v, margin %v", test.why, d.Verdict, d.Equivalent, d.Margin)
		}
	}
}

// No case differs in ten clusters: that bounds nothing, so nothing is within a
// margin.
func TestNothingSeenIsNotWithinAMargin(t *testing.T) {
	r := scored([]figure{{cases: 20, candidate: true, baseline: true}}, 1, func(i int) int32 { return int32(i / 2) })
	d := compared(t, r, score.SystemAccuracy, compare.Margins{score.SystemAccuracy: 0.01})
	if d.Verdict != compare.CannotTell || d.Equivalent {
		t.Errorf("%q, equivalent %v, %v to %v", d.Verdict, d.Equivalent, d.Lower, d.Upper)
	}
}

func TestFlips(t *testing.T) {
	out := detailed(t, inDetail(scored(hundred, 1, nil), "all"), compare.Options{Baseline: 1})
	f := out.Flips[0]
	// Cases 70 to 79 are right under the candidate alone, 80 and 81 under the
	// baseline alone; a wrong decision costs the case's number.
	if f.Gained != 10 || f.Lost != 2 || f.GainedCost != 745 || f.LostCost != 161 || len(f.Gains) != 10 {
		t.Errorf("%+v", f)
	}
	want := []compare.Flip{
		{Case: "c81", Label: "approve", Candidate: "hold", Baseline: "approve", Cost: 81},
		{Case: "c80", Label: "approve", Candidate: "hold", Baseline: "approve", Cost: 80},
	}
	if diff := cmp.Diff(want, f.Losses); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// In one of two segments the candidate is better; the other tells nothing; a
// third has too few cases.
func TestSegments(t *testing.T) {
	r := inDetail(scored([]figure{{cases: 100, candidate: true}, {cases: 100, candidate: true, baseline: true}, {cases: 10, candidate: true}}, 1, nil), "x")
	for i := range r.Vectors.Details {
		r.Vectors.Details[i].Tags[0] = map[bool]string{true: "mail", false: "paper"}[i < 100]
		if i >= 200 {
			r.Vectors.Details[i].Tags[0] = "fax"
		}
	}
	out := detailed(t, r, compare.Options{Baseline: 1})
	if len(out.Segments) != 2 || out.SmallSegments != 1 {
		t.Fatalf("%d segments, %d too small", len(out.Segments), out.SmallSegments)
	}
	mail, paper := out.Segments[0], out.Segments[1]
	if mail.Value != "mail" || mail.Difference.Verdict != compare.Better || mail.Difference.Cases != 100 {
		t.Errorf("%+v", mail)
	}
	if paper.Value != "paper" || paper.Difference.Verdict != compare.CannotTell {
		t.Errorf("%+v", paper)
	}
	if _, err := compare.InDetail(r, compare.Options{Baseline: 1, Metric: "nosuch"}); err == nil {
		t.Error("a metric that there is not is compared")
	}
}

// Per-class figures are those of the confusion matrix.
func TestClasses(t *testing.T) {
	out := detailed(t, inDetail(scored(hundred, 1, nil), "all"), compare.Options{Baseline: 1})
	for name, want := range map[string]float64{
		"field:decision": 0.08, "recall:approve": 0.80 - 0.72, "precision:approve": 0, "f1:approve": 2*0.8/1.8 - 2*0.72/1.72, "error_cost": -5.84,
	} {
		d := metric(t, out.Others, name)
		near(t, name, d.Estimate.Value, want, 1e-6)
		if name == "error_cost" && d.Unit != "money" {
			t.Errorf("%s is in %s", name, d.Unit)
		}
	}
}

func TestRankings(t *testing.T) {
	// Three designs: the third is like the second, and both are far worse than
	// the first.
	r := scored([]figure{{cases: 300, candidate: true, baseline: true}, {cases: 90, candidate: true}, {cases: 10}}, 1, nil)
	third := r.Vectors.Designs[1]
	third.Automated = make([]score.Ratio, 400)
	r.Vectors.Designs = append(r.Vectors.Designs, third)
	r.Designs = append(r.Designs, score.Design{Name: "third"})
	out := detailed(t, inDetail(r, "all"), compare.Options{Baseline: 1})
	got := map[string]any{}
	for _, rank := range out.Rankings[:2] {
		for _, p := range rank.Places {
			got[rank.Metric+" "+p.Design] = p.Groups
		}
		got[rank.Metric] = rank.Absent
	}
	want := map[string]any{
		"system_accuracy": []string(nil), "system_accuracy new": []int{1}, "system_accuracy old": []int{2}, "system_accuracy third": []int{2},
		"automated_accuracy": []string{"third"}, "automated_accuracy new": []int{1}, "automated_accuracy old": []int{2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	near(t, "estimate", out.Rankings[0].Places[0].Estimate.Value, 0.975, 1e-12)
}

// Two runs are put side by side on the cases that both have, whatever their order.
func TestJoin(t *testing.T) {
	one, two := inDetail(scored(hundred, 1, nil), "a", "b"), inDetail(scored(hundred, 1, nil), "a", "b")
	one.Run, two.Run = "one", "two"
	// The second run has the cases the other way round, lacks one and has one
	// that the first lacks; another has a new input.
	v := two.Vectors
	for i, j := 0, len(v.Cases)-1; i < j; i, j = i+1, j-1 {
		v.Cases[i], v.Cases[j] = v.Cases[j], v.Cases[i]
		v.Details[i], v.Details[j] = v.Details[j], v.Details[i]
		s := v.Designs[0].System
		s[i], s[j] = s[j], s[i]
	}
	v.Cases[99] = "new"
	v.Details[98].Input = 1000
	joined, contestants, residues, err := compare.Join([]compare.Choice{{Result: one, Design: 0}, {Result: two, Design: 0}, {Result: two, Design: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]compare.Contestant{{Name: "new @ one", Design: "new", Run: "one"}, {Name: "new @ two", Design: "new", Run: "two"}, {Name: "old", Design: "old", Run: "two"}}, contestants); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n := len(joined.Vectors.Cases); n != 99 || joined.Vectors.Cases[0] != "c1" {
		t.Errorf("%d cases from %s on", n, joined.Vectors.Cases[0])
	}
	for i, id := range joined.Vectors.Cases {
		if a, b := joined.Vectors.Designs[0].System[i], joined.Vectors.Designs[1].System[i]; a != b {
			t.Errorf("%s is %v in one run and %v in the other, and both have the same", id, a, b)
		}
	}
	want := []compare.Residue{
		{What: "cases", First: "99 in common", Run: "one", Other: "1 more, left out"},
		{What: "cases", First: "99 in common", Run: "two", Other: "1 more, left out"},
		{What: "inputs", First: "as replayed", Run: "two", Other: "of 1 cases others"},
	}
	if diff := cmp.Diff(want, residues); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	two.Vectors.Classes = []string{"yes", "no"}
	if _, _, _, err := compare.Join([]compare.Choice{{Result: one}, {Result: two}}); err == nil {
		t.Error("runs of different outcomes are joined")
	}
	other := inDetail(scored(hundred, 1, nil), "a")
	for i := range other.Vectors.Cases {
		other.Vectors.Cases[i] += "x"
	}
	if _, _, _, err := compare.Join([]compare.Choice{{Result: one}, {Result: other}}); err == nil {
		t.Error("runs without a case in common are joined")
	}
}

func TestResidues(t *testing.T) {
	one := &record.Header{Run: "one", Seed: 1, Repeats: 1, Settings: map[string]string{}, Defaulted: map[string]string{"set": ""},
		Tool: record.Tool{Version: "1.0"}, Data: record.Data{Split: []string{"dev"}},
		Designs: []record.Design{{Name: "llm", Params: map[string]any{"cutoff": 0.5}, Outside: map[string]string{"ask": "model a"}}}}
	two := *one
	two.Run, two.Seed, two.Tool.Version = "two", 2, "1.1"
	two.Settings = map[string]string{"set": "cutoff=0.6", "parallel": "4"}
	two.Designs = []record.Design{{Name: "llm", Params: map[string]any{"cutoff": 0.6}, Outside: map[string]string{"ask": "model b"}}, {Name: "new"}}
	if got := compare.Residues([]*record.Header{one}); got != nil {
		t.Errorf("one run differs from itself: %v", got)
	}
	want := []compare.Residue{
		{What: "seed", First: "1", Run: "two", Other: "2"},
		{What: "tool version", First: "1.0", Run: "two", Other: "1.1"},
		{What: "--set", First: "none", Run: "two", Other: "cutoff=0.6"},
		{What: "design llm: parameter cutoff", First: "0.5", Run: "two", Other: "0.6"},
		{What: "design llm: step ask asks", First: "model a", Run: "two", Other: "model b"},
	}
	if diff := cmp.Diff(want, compare.Residues([]*record.Header{one, &two})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
