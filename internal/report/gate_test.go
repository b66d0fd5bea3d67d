package report

import (
	"bytes"
	"encoding/xml"
	"io"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// verdicts is a result with every verdict, tier and rule, and names that are
// markup to a careless printer.
func verdicts() *gate.Result {
	bounds := func(estimate, lower, upper float64, method string) stats.Interval {
		return stats.Interval{Estimate: stats.Num(estimate), Lower: lower, Upper: upper, Level: 0.95, Method: method}
	}
	return &gate.Result{
		Run: "20250101-invoice", Workflow: "invoice", Title: "Invoices | <b>all</b>", Dataset: "invoice-2025", Split: []string{"test"}, Cases: 1000,
		Baseline: "as-is", Verdict: gate.Fail, Reason: "fail: rules; inconclusive: model", Warnings: []string{"perfect reviewers"},
		Candidates: []gate.Candidate{
			{Design: "rules", Verdict: gate.Fail, Reason: "1 of 3 critical thresholds fail: automated_accuracy", Lines: []gate.Line{
				{Tier: gate.Critical, Metric: "automated_accuracy", Unit: "rate", Rule: gate.AtLeast, Limit: 0.97, Bounds: bounds(.94, .923, .9539, "Clopper-Pearson"),
					Numerator: 940, Denominator: 1000, Cases: 1000, Verdict: gate.Fail, Reason: "the upper bound 95.39% is below 97.00%", Explain: "0.9539 < 0.97? yes -> fail"},
				{Tier: gate.Critical, Metric: "system_accuracy", Unit: "rate", Rule: gate.NotWorse, Limit: 0.02, Bounds: bounds(-.002, -.011, .007, "Newcombe paired"),
					Numerator: 950, Denominator: 1000, Cases: 1000, Verdict: gate.Pass, Reason: "worse than the baseline by less than the margin", Explain: "-0.011 > -0.02? yes -> pass"},
				{Tier: gate.Critical, Metric: "not_measured", Unit: "rate", Rule: gate.AtMost, Limit: 0.01, Bounds: bounds(0, 0, 0, gate.Counted),
					Denominator: 1000, Cases: 1000, Verdict: gate.Pass, Reason: "0 of 1000 trials, counted", Explain: "0.00% <= 1.00%? yes -> pass"},
				{Tier: gate.Advisory, Metric: "cost_per_case", Unit: "money", Rule: gate.AtMost, Limit: 6, Bounds: bounds(7.2, 7.01, 7.39, "t"),
					Numerator: 7200, Denominator: 1000, Cases: 1000, Verdict: gate.Fail, Reason: "the lower bound 7.01 is above 6.00", Explain: "7.01 > 6? yes -> fail"},
			}},
			{Design: "model", Verdict: gate.Inconclusive, Reason: "2 of 2 critical thresholds are undecided", Lines: []gate.Line{
				{Tier: gate.Critical, Metric: "automated_accuracy", Segment: "channel", Value: "paper", Unit: "rate", Rule: gate.AtLeast, Limit: 0.94, Bounds: bounds(.95, .88, .98, "Clopper-Pearson"),
					Numerator: 76, Denominator: 80, Cases: 80, Verdict: gate.Inconclusive, Reason: "too small: 80 cases, and the threshold asks for 100", CasesNeeded: 125, Explain: "too small -> inconclusive"},
				{Tier: gate.Critical, Metric: "forced_accuracy", Unit: "rate", Rule: gate.AtLeast, Limit: 0.9, Bounds: stats.Interval{Lower: 0, Upper: 1},
					Verdict: gate.Inconclusive, Reason: "no labels, or none that this metric needs", Explain: "no labels -> inconclusive"},
			}},
		},
	}
}

func TestGatePrints(t *testing.T) {
	for _, tt := range []struct {
		golden string
		print  func(*Gate, io.Writer) error
	}{
		{"gate.txt", func(g *Gate, w io.Writer) error { return g.Text(w, TextOptions{}) }},
		{"gate.md", (*Gate).Markdown},
		{"gate.xml", (*Gate).JUnit},
	} {
		golden(t, tt.golden, func(w io.Writer) error { return tt.print(&Gate{Result: verdicts(), Explain: true}, w) })
	}
}

// TestJUnitCounts holds the counts of a suite to what is in it: a CI server
// goes by either.
func TestJUnitCounts(t *testing.T) {
	var out bytes.Buffer
	if err := (&Gate{Result: verdicts()}).JUnit(&out); err != nil {
		t.Fatal(err)
	}
	var suites junitSuites
	if err := xml.Unmarshal(out.Bytes(), &suites); err != nil {
		t.Fatal(err)
	}
	if suites.Tests != 8 || suites.Failures != 2 || suites.Errors != 3 || suites.Skipped != 1 {
		t.Errorf("%d tests, %d failures, %d errors, %d skipped; want 8 with the verdicts: 2 failed, 3 undecided, 1 advisory", suites.Tests, suites.Failures, suites.Errors, suites.Skipped)
	}
	found := 0
	for _, s := range suites.Suites {
		found += len(s.Cases)
	}
	if found != suites.Tests {
		t.Errorf("%d test cases, and the count is %d", found, suites.Tests)
	}
}
