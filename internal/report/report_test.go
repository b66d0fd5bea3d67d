package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *report.Update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got), -update rewrites it\n%s", file, diff)
	}
}

func rate(name string, x, n int) score.Metric {
	iv, err := stats.Wilson(x, n, 0.95, stats.TwoSided)
	if err != nil {
		panic(err)
	}
	return score.Metric{Name: name, Numerator: float64(x), Denominator: float64(n), Interval: iv, Unit: "rate"}
}

func mean(name, unit string, value, half float64, n int) score.Metric {
	return score.Metric{
		Name: name, Numerator: value * float64(n), Denominator: float64(n), Unit: unit,
		Interval: stats.Interval{Estimate: stats.Num(value), Lower: value - half, Upper: value + half, Level: 0.95},
	}
}

// confidence is that of a candidate that is unusable as it stands.
func confidence() *score.Confidence {
	figures := score.ConfidenceFigures{
		N: 150, Mean: 0.41, Accuracy: 0.9667, Brier: stats.Num(0.33), LogLoss: stats.Num(0.9), ECE: stats.Num(0.55), ECEMass: stats.Num(0.55),
		AUROC: stats.Interval{Estimate: stats.Num(0.9), Lower: 0.85, Upper: 0.95, Level: 0.95},
		AURC:  stats.Num(0.01), ExcessAURC: stats.Num(0.008), AUGRC: stats.Num(0.006), Use: score.Unusable, Why: "its figures are no probabilities",
		EqualMass: []score.ReliabilityBin{{Low: 0.1, High: 0.4, Cases: 75, Mean: 0.3, Accuracy: 0.94}, {Low: 0.4, High: 0.6, Cases: 75, Mean: 0.5, Accuracy: 0.99}},
	}
	after := figures
	after.N, after.Mean, after.Brier, after.LogLoss, after.ECE, after.ECEMass = 80, 0.96, stats.Num(0.02), stats.Num(0.1), stats.Num(0.01), stats.Num(0.012)
	after.Use, after.Why = score.Usable, "it orders answers"
	return &score.Confidence{
		Step: "assess", ConfidenceFigures: figures, Refit: &score.Refit{Fitted: 70, Before: figures, After: after},
		Curve:    []score.RiskPoint{{Cutoff: 0.5, Coverage: 0.5, Risk: 0.01}, {Cutoff: 0.1, Coverage: 1, Risk: 0.0333}},
		Coverage: []score.CoverageAtRisk{{Risk: 0.01, Coverage: 0.5}, {Risk: 0.02, Coverage: 0.5}, {Risk: 0.05, Coverage: 1}, {Risk: 0.1, Coverage: 1}},
		Cost: &score.CostCurve{Team: "clerks", N: 150, People: 7, Points: []score.CostPoint{{Cutoff: stats.Num(0.5), Coverage: 0.5, Cost: 4}, {Cutoff: stats.Num(0.1), Coverage: 1, Cost: 5}},
			Best: score.CostPoint{Cutoff: stats.Num(0.5), Coverage: 0.5, Cost: 4}},
	}
}

// example is a scored run of a baseline and a candidate.
func example() *report.Report {
	confusion := &stats.Confusion{Labels: []string{"pay", "hold"}, Counts: [][]float64{{150, 5}, {3, 40}}, None: []float64{2, 0}}
	summary := func(automated, right int) score.Summary {
		return score.Summary{
			Trials: 200, Cases: 200, Labelled: 200, ForcedUnknown: 200 - automated,
			Dispositions: map[score.Disposition]int{score.AutomatedCorrect: right, score.AutomatedWrong: automated - right, score.EscalatedUnknown: 200 - automated},
			Metrics: []score.Metric{
				rate(score.SystemAccuracy, 200-automated+right, 200), rate(score.AutomatedAccuracy, right, automated),
				rate(score.ForcedAccuracy, right, automated), rate(score.AutomationRate, automated, 200), rate(score.EscalationRate, 200-automated, 200),
				rate(score.EscalationPrecLabel, 0, 0), rate(score.EscalationRecLabel, 0, 0), rate(score.EscalationPrecOut, 0, 0), rate(score.EscalationRecOut, 0, automated-right),
				rate(score.SilentFailureRate, automated-right, 200), rate(score.FailureRate, 0, 200), rate(score.HandoffFailureRate, automated/20, 200),
				rate(score.RecoveredRate, automated/40, automated/20), rate(score.NotMeasuredRate, 0, 200),
				mean(score.CostPerCase, "money", 7-float64(automated)/40, 1, 200), mean(score.MinutesPerCase, "minutes", 10-float64(automated)/20, 0.5, 200),
			},
		}
	}
	broken := rate("", 6, 150)
	candidate := score.Design{
		Name: "model", Summary: summary(150, 145), Reasons: []score.Count{{Name: "low_confidence", Count: 50}},
		Decision: &score.Decision{Field: "decision", Confusion: confusion, Classification: confusion.Classify(), Matthews: confusion.Matthews(), Kappa: confusion.Kappa(stats.Nominal), NoDecision: 2},
		Fields:   []score.Field{{Name: "decision", Compare: "exact", Right: 190, Judged: 200, Interval: rate("", 190, 200).Interval}},
		Edges: []score.Edge{{From: "extract", To: "match", Handoffs: 150, Failed: 6, Interval: broken.Interval, Kinds: []score.KindCount{
			{Kind: flow.Incomplete, Clause: "po", Detail: "absent", Count: 6, Recovered: 3, Judged: 6, Examples: []string{"C-17", "C-20", "C-31"}, Interval: broken.Interval},
		}}},
		Cost:       score.Cost{Model: 0.1, People: 2, Errors: 1.15, Cases: 200, SavedMinutes: stats.Num(7.5), SavedHours: stats.Num(1500)},
		Wall:       score.Times{P50: 8e-5, P95: 4e-4, N: 200},
		Confidence: confidence(),
		Segments:   []score.Segment{{Column: "channel", Value: "email", Summary: summary(150, 140)}},
		Worst:      []score.Example{{Case: "C-9", Decided: "pay", Right: "hold", Cost: 400}},
	}
	baseline := score.Design{Name: "as-is", Baseline: true, Summary: summary(0, 0), Reasons: []score.Count{{Name: "by_design", Count: 200}}, Wall: score.Times{P50: 1e-6, P95: 2e-6, N: 200}}
	difference := func(metric, unit string, estimate, half float64, v compare.Verdict, more int) compare.Difference {
		return compare.Difference{
			Candidate: "model", Baseline: "as-is", Metric: metric, Unit: unit, Cases: 200, Verdict: v, FurtherCases: more,
			Interval: stats.Interval{Estimate: stats.Num(estimate), Lower: estimate - half, Upper: estimate + half, Level: 0.95},
			P:        stats.Num(0.01), Adjusted: stats.Num(0.03),
		}
	}
	return &report.Report{
		Header: &record.Header{Run: "r1"},
		Score: &score.Result{
			Run: "r1", Workflow: "claims", Title: "Claims of a small insurer", Currency: "EUR", Baseline: "as-is", Dataset: "claims-2025", Split: []string{"dev"},
			Cases: 200, Repeats: 1, Complete: true, Designs: []score.Design{baseline, candidate}, Warnings: []string{"perfect reviewers: people's answers are the label itself"},
		},
		Compare: &compare.Result{Baseline: "as-is", Family: "every candidate and metric of this table, by Holm", Differences: []compare.Difference{
			difference(score.SystemAccuracy, "rate", -0.025, 0.03, compare.CannotTell, 310),
			{Candidate: "model", Baseline: "as-is", Metric: score.AutomatedAccuracy, Unit: "rate", Why: "one of the designs has no such cases", Verdict: compare.CannotTell},
			difference(score.CostPerCase, "money", -3.75, 1.2, compare.Better, 0),
			difference(score.MinutesPerCase, "minutes", -7.5, 0.6, compare.Better, 0),
		}},
	}
}

func TestText(t *testing.T) {
	var b bytes.Buffer
	if err := example().Text(&b, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.txt.golden", b.Bytes())
	for i, line := range strings.Split(b.String(), "\n") {
		if n := len([]rune(line)); n > 140 {
			t.Errorf("line %d is %d wide, want at most 140: %s", i+1, n, line)
		}
	}
}

// Ids and tags that the card marks as personal are in no table.
func TestPersonalNames(t *testing.T) {
	r := example()
	r.HideIDs, r.HideTags = true, []string{"channel"}
	var b bytes.Buffer
	for _, print := range []func(io.Writer) error{r.HTML, r.Markdown, r.JSON, func(w io.Writer) error { return r.Text(w, report.TextOptions{}) }} {
		if err := print(&b); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"C-9", "C-17", "email"} {
		if strings.Contains(b.String(), text) {
			t.Errorf("%s is shown", text)
		}
	}
	if n := strings.Count(b.String(), "channel=(personal, not shown)"); n == 0 {
		t.Error("the segment is not shown at all")
	}
}

func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	if err := example().Markdown(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.md.golden", b.Bytes())
}

// A figure is written with its name and beside its interval.
func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := example().JSON(&b); err != nil {
		t.Fatal(err)
	}
	type interval struct{ Estimate, Lower, Upper *float64 }
	var got struct {
		Score struct {
			Designs []struct {
				Name    string
				Metrics []struct {
					Name        string
					Numerator   float64
					Denominator float64
					Interval    interval
				}
				Handoffs []struct {
					From  string
					Kinds []struct{ Kind string }
				}
			}
		}
		Compare struct {
			Differences []struct {
				Metric   string
				Verdict  string
				Interval interval
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	m := got.Score.Designs[1].Metrics[0]
	if m.Name != score.SystemAccuracy || m.Numerator != 195 || m.Denominator != 200 || m.Interval.Estimate == nil || *m.Interval.Estimate != 0.975 {
		t.Errorf("a metric is written as %+v", m)
	}
	if d := got.Compare.Differences[2]; d.Metric != score.CostPerCase || d.Verdict != "better" || *d.Interval.Estimate != -3.75 {
		t.Errorf("a difference is written as %+v", d)
	}
	if h := got.Score.Designs[1].Handoffs[0]; h.From != "extract" || h.Kinds[0].Kind != "incomplete" {
		t.Errorf("handoffs are written as %+v", h)
	}
}

var (
	claimInput = flow.NewSchema(flow.Field{Name: "text", Type: flow.Type{Kind: flow.String}}, flow.Field{Name: "iban", Type: flow.Type{Kind: flow.String}})
	claim      = &design.Workflow{
		Name: "claims", Input: claimInput, Teams: []design.Team{{Name: "clerks"}},
		Outcome: flow.NewSchema(flow.Field{Name: "decision", Type: flow.Type{Kind: flow.String}}),
	}
)

// traced is a case that was escalated, with its shadow.
func traced() (*flow.Trial, *flow.Case, score.Judgement) {
	needs := false
	c := &flow.Case{
		ID: "C-17", Time: time.Date(2025, 3, 1, 9, 0, 0, 0, time.UTC), Cluster: "acme", Input: flow.Message{Schema: claimInput, Values: []any{"a broken window", "DE02 1203"}},
		Label: &flow.Label{Outcome: flow.Message{Schema: claim.Outcome, Values: []any{"pay"}}, Routes: map[string]string{"decide": "end"}, NeedsPerson: &needs},
	}
	t := &flow.Trial{
		Case: "C-17", Design: "model", Status: flow.Escalated, Team: "clerks", Reason: "low_confidence", End: "decide", Shadow: []any{"hold"},
		Spans: []flow.Span{
			{Step: "extract", Kind: "extract", Actor: flow.Rule, Output: []byte(`{"amount":10,"iban":"DE02 1203"}`)},
			{Step: "match", Kind: "lookup", Actor: flow.System, Output: []byte(`{"ordered":null}`), Class: flow.ErrIncomplete, Error: "went on with what the design declares"},
			{Step: "assess", Kind: "classify", Actor: flow.AI, Output: []byte(`{"decision":"hold"}`), Confidence: &flow.Confidence{Raw: 0.4, Calibrated: 0.5}, Attempts: []flow.Attempt{{TokensIn: 100, TokensOut: 5, Latency: time.Second, Class: flow.ErrUnavailable}, {TokensIn: 100, TokensOut: 5, Latency: 2 * time.Second}}},
		},
		Routes: []flow.RouteTaken{
			{Step: "decide", Branch: 0, To: "clerks", Because: "low_confidence", Values: []byte(`{"assess.confidence":0.5,"input.iban":"DE02 1203"}`)},
			{Step: "decide", Branch: 1, To: "end", Values: []byte(`{"assess.confidence":0.5}`), Shadow: true},
		},
		Handoffs: []flow.Handoff{
			{From: "input", To: "extract"},
			{From: "extract", To: "match", Kind: flow.Incomplete, Clause: "po", Detail: "absent", After: "continue"},
			{From: "match", To: "assess"}, {From: "assess", To: "decide"}, {From: "assess", To: "clerks"}, {From: "assess", To: "decide", Shadow: true},
		},
	}
	g := score.Judgement{Disposition: score.EscalatedNeeded, Right: score.No, Shadow: score.No, Final: []any{"reject"}, Escalated: true, Measured: true, Handoff: true, Fields: []score.Tri{score.No}}
	return t, c, g
}

func trace(t *testing.T, trial *flow.Trial, c *flow.Case, g score.Judgement, o report.TraceOptions) string {
	t.Helper()
	var b bytes.Buffer
	if !o.JSON {
		if err := report.TraceHead(&b, c, o); err != nil {
			t.Fatal(err)
		}
	}
	if err := report.Trace(&b, trial, c, g, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// private is what a card asks for that marks the iban.
var private = &redact.Policy{Personal: []string{"iban"}, Public: []string{"text", "decision"}}

func TestTrace(t *testing.T) {
	trial, c, g := traced()
	got := trace(t, trial, c, g, report.TraceOptions{Workflow: claim, Redact: private})
	golden(t, "trace.txt.golden", []byte(got))
	asJSON := trace(t, trial, c, g, report.TraceOptions{Workflow: claim, Redact: private, JSON: true})
	if strings.Contains(got+asJSON, "DE02") {
		t.Error("the personal column is shown")
	}
	if !json.Valid([]byte(asJSON)) {
		t.Errorf("no JSON: %s", asJSON)
	}
}

// A trial that ended without anything is shown, too.
func TestTraceOfNothing(t *testing.T) {
	_, c, _ := traced()
	c.Label = nil
	for _, status := range []flow.Status{flow.Failed, flow.NotMeasured, flow.Automated, flow.Escalated} {
		got := trace(t, &flow.Trial{Case: "C-17", Design: "model", Status: status, Reason: "incomplete"}, c, score.Judgement{Disposition: score.Failed}, report.TraceOptions{Workflow: claim})
		if !strings.Contains(got, "design model") {
			t.Errorf("%s: %s", status, got)
		}
	}
}

// A number of cases that nobody will label is said in words.
func TestFurtherCasesInWords(t *testing.T) {
	r := example()
	r.Compare.Differences[0].FurtherCases = stats.ManyCases + 1
	var b bytes.Buffer
	if err := r.Markdown(&b); err != nil {
		t.Fatal(err)
	}
	if want := "cannot tell (more than a million more cases would)"; !strings.Contains(b.String(), want) {
		t.Errorf("the report does not say %q:\n%s", want, b.String())
	}
}

// A report of a table with hundreds of tags can still be read, and says what it
// leaves to the JSON form.
func TestManySegments(t *testing.T) {
	r := example()
	for i := range 500 {
		s := r.Score.Designs[1].Segments[0]
		s.Column = fmt.Sprintf("tag%d", i)
		r.Score.Designs[1].Segments = append(r.Score.Designs[1].Segments, s)
	}
	var b bytes.Buffer
	if err := r.Markdown(&b); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "=email |"); n != 120 {
		t.Errorf("%d segments are shown, want 120", n)
	}
	if want := "381 more are in report.json."; !strings.Contains(b.String(), want) {
		t.Errorf("the report does not say %q", want)
	}
}
