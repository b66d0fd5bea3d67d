package app_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// scored is the part of report.json about the design llm.
func scored(t *testing.T, dir string) (score.Design, *score.Money) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Score struct {
			Designs []score.Design
			Money   *score.Money
		}
	}
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(report.Score.Designs, func(d score.Design) bool { return d.Name == "llm" })
	if i < 0 {
		t.Fatal("the report has no design llm")
	}
	return report.Score.Designs[i], report.Score.Money
}

// TestLatencyIsNotReplayed: time that is measured now and latency as it was
// when an answer was paid for are two figures, and stored answers are in the
// second alone.
func TestLatencyIsNotReplayed(t *testing.T) {
	const latency = 20 * time.Millisecond
	serve(t, perTicket(func(n, _ int) llmtest.Reply {
		r := right(n)
		r.Latency = latency
		return r
	}))
	project := tickets(t, "")
	half, whole := filepath.Join(project, "half"), filepath.Join(project, "whole")
	replay(t, project, half, "--limit", "30")
	replay(t, project, whole)
	for dir, live := range map[string]int{half: 30, whole: ticketCases - 30} {
		d, _ := scored(t, dir)
		if d.Wall.N != live || d.Wall.P50 < latency.Seconds() {
			t.Errorf("%s: replay time %+v, want that of the %d live trials", filepath.Base(dir), d.Wall, live)
		}
		if d.Recorded == nil || d.Recorded.P50 < latency.Seconds() {
			t.Errorf("%s: recorded latency %+v, want at least %v", filepath.Base(dir), d.Recorded, latency)
		}
	}
	again := filepath.Join(project, "again")
	replay(t, project, again)
	if d, money := scored(t, again); d.Wall.N != 0 || d.Recorded.P50 < latency.Seconds() || money.Spent != 0 {
		t.Errorf("a run of stored answers: replay time %+v of no live trial, recorded latency %+v, money %+v", d.Wall, d.Recorded, money)
	}
}

// TestRepeatsAreCases: a case keeps its id over repeats, and each repeat has an
// answer of its own.
func TestRepeatsAreCases(t *testing.T) {
	s := serve(t, perTicket(func(n, time int) llmtest.Reply { return right(n + time) }))
	project := tickets(t, "")
	got, _ := replay(t, project, filepath.Join(project, "run"), "--limit", "5", "--repeat", "3", "--parallel", "1")
	ids := map[string][]int{}
	answers := map[string]bool{}
	for _, trial := range got {
		ids[trial.Case] = append(ids[trial.Case], trial.Repeat)
		answers[trial.Case+trial.Outcome[0].(string)] = true
	}
	for id, repeats := range ids {
		if !slices.Equal(repeats, []int{0, 1, 2}) {
			t.Errorf("case %s has the repeats %v", id, repeats)
		}
	}
	if len(ids) != 5 || len(answers) != 10 || s.Paid() != 15 {
		t.Errorf("%d cases with %d different answers after %d payments, want 5 with 10 after 15: a repeat reads no other one's answer", len(ids), len(answers), s.Paid())
	}
}

// TestUnmeasuredIsShown: what was not measured is beside the rates, and too
// much of it leaves nothing decided.
func TestUnmeasuredIsShown(t *testing.T) {
	serve(t, perTicket(func(n, _ int) llmtest.Reply {
		if n > 0 && n%4 == 0 {
			return llmtest.Reply{Status: 402, Message: "no credit"}
		}
		return right(n)
	}))
	project := tickets(t, "")
	workflow := filepath.Join(project, "workflows", "tickets", "workflow.yaml")
	text, err := os.ReadFile(workflow)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(workflow, append(text, "gate:\n  critical:\n    system_accuracy: {at_least: 0.5}\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(project, "run")
	replay(t, project, dir, "--parallel", "1")
	if _, out, _ := eval(t, "report", dir); !strings.Contains(out, "12 of 50 trials were not measured (budget 12); they are outside every rate") {
		t.Errorf("the report does not say what was not measured:\n%s", out)
	}
	if code, out, stderr := eval(t, "gate", dir); code != app.ExitInconclusive || !strings.Contains(out, "not_measured") {
		t.Errorf("gate with a quarter not measured: exit code %d, want %d\n%s%s", code, app.ExitInconclusive, out, stderr)
	}
}

// TestResumedTotals: figures after a resume are added up from what is stored,
// and are those of a run that was never stopped.
func TestResumedTotals(t *testing.T) {
	s := serve(t, perTicket(func(n, _ int) llmtest.Reply { return right(n) }))
	project := tickets(t, "    max_tokens: 1000")
	dir, whole := filepath.Join(project, "run"), filepath.Join(project, "whole")
	if code, _, stderr := eval(t, "run", filepath.Join(project, "workflows", "tickets"), "--design", "llm", "--quiet", "--parallel", "1", "--budget", "0.08", "--out", dir); code != app.ExitInterrupted {
		t.Fatalf("exit code %d, want %d\n%s", code, app.ExitInterrupted, stderr)
	}
	if code, _, stderr := eval(t, "run", "--resume", dir, "--quiet", "--budget", "1"); code != app.ExitDone {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	replay(t, project, whole)
	resumed, money := scored(t, dir)
	undisturbed, _ := scored(t, whole)
	if resumed.Trials != ticketCases || resumed.Cost != undisturbed.Cost || resumed.Dispositions[score.AutomatedCorrect] != undisturbed.Dispositions[score.AutomatedCorrect] {
		t.Errorf("resumed %+v, undisturbed %+v", resumed.Summary, undisturbed.Summary)
	}
	if paid := float64(s.Paid()) * each; math.Abs(money.Spent-paid) > 1e-9 || math.Abs(money.Listed-paid) > 1e-9 || money.Saved > 1e-9 {
		t.Errorf("money %+v, want %v spent and nothing saved", money, paid)
	}
}

// TestNothingJudged: where no case has a label nothing is right or wrong, and
// that is never a pass.
func TestNothingJudged(t *testing.T) {
	serve(t, perTicket(func(n, _ int) llmtest.Reply { return right(n) }))
	project := tickets(t, "")
	for name, change := range map[string]func(string) string{
		"workflows/tickets/workflow.yaml": func(s string) string {
			return s + "gate:\n  critical:\n    system_accuracy: {at_least: 0}\n"
		},
		"datasets/tickets/cases.csv": func(s string) string { return strings.NewReplacer(",billing\n", ",\n", ",tech\n", ",\n").Replace(s) },
	} {
		path := filepath.Join(project, filepath.FromSlash(name))
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		write(t, path, change(string(text)))
	}
	dir := filepath.Join(project, "run")
	if got, _ := replay(t, project, dir, "--limit", "10"); len(got) != 10 {
		t.Fatalf("%d trials", len(got))
	}
	if code, out, stderr := eval(t, "gate", dir); code != app.ExitInconclusive || !strings.Contains(out, "no labels") {
		t.Errorf("gate over nothing that can be judged: exit code %d, want %d\n%s%s", code, app.ExitInconclusive, out, stderr)
	}
}
