package report_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// What is kept of a run comes back as it was, figures that nobody knows too.
func TestSummary(t *testing.T) {
	known := stats.Interval{Estimate: stats.Num(0.9), Lower: 0.8, Upper: 0.95, Level: 0.95, Method: "Wilson"}
	unknown := stats.Interval{Upper: 1, Level: 0.95}
	scored := &score.Result{Workflow: "tickets", Designs: []score.Design{
		{Name: "as-is", Baseline: true, Summary: score.Summary{Metrics: []score.Metric{
			{Name: score.AutomatedAccuracy, Interval: unknown}, {Name: score.EscalationRate, Numerator: 10, Denominator: 10, Interval: known},
		}}},
		{Name: "rules", Summary: score.Summary{Metrics: []score.Metric{
			{Name: score.AutomatedAccuracy, Numerator: 9, Denominator: 10, Interval: known}, {Name: score.HandoffFailureRate, Interval: unknown},
		}}},
	}}
	judged := &gate.Result{Candidates: []gate.Candidate{{Design: "rules", Verdict: gate.Inconclusive}}}
	want := report.Summary{Workflow: "tickets", Designs: []report.Headline{
		{Design: "as-is", Baseline: true, Automated: report.Rate{Interval: unknown}, Escalated: report.Rate{Numerator: 10, Denominator: 10, Interval: known}},
		{Design: "rules", Automated: report.Rate{Numerator: 9, Denominator: 10, Interval: known}, Broken: report.Rate{Interval: unknown}, Gate: gate.Inconclusive},
	}}
	got := report.Summarise(scored, judged)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	kept, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var back report.Summary
	if err := json.Unmarshal(kept, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, back); diff != "" {
		t.Errorf("read back (-want +got)\n%s", diff)
	}
}

// What stands in a run's folder can be anything.
func TestHostileRuns(t *testing.T) {
	evil := "a\x1b[31m\r\u202e"
	list := report.Runs{Problems: []string{evil}, Runs: []report.RunLine{{
		Run: evil, Workflow: evil, Dataset: evil, Split: []string{evil}, State: record.State(evil), Designs: []string{evil},
		Summary: &report.Summary{Designs: []report.Headline{{Design: evil, Gate: gate.Verdict(evil)}}},
	}}}
	var b strings.Builder
	if err := list.Text(&b, report.TextOptions{}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\r\u202e") {
		t.Errorf("a terminal would obey this: %q", b.String())
	}
}

func TestAge(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 59 * time.Second: "59 s", time.Minute: "1 min", 119 * time.Minute: "119 min",
		2 * time.Hour: "2 h", 47 * time.Hour: "47 h", 48 * time.Hour: "2 d", 400 * 24 * time.Hour: "400 d",
	} {
		if got := report.Age(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}
