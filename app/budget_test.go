package app_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// spent is what a run says it paid.
func spent(t *testing.T, dir string) (spent, doubtful float64) {
	t.Helper()
	run, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := run.Spending()
	if err != nil {
		t.Fatal(err)
	}
	return s.Spent, s.Doubtful
}

const each = 0.002 // the price of an answer of right

// TestBudget stops before more is spent, says so, and goes on with more money
// without paying twice.
func TestBudget(t *testing.T) {
	s := serve(t, perTicket(func(n, _ int) llmtest.Reply { return right(n) }))
	project := tickets(t, "    max_tokens: 1000")
	dir := filepath.Join(project, "run")
	const budget = 0.05
	code, _, stderr := eval(t, "run", filepath.Join(project, "workflows", "tickets"), "--design", "llm", "--quiet", "--parallel", "8", "--budget", "0.05", "--out", dir)
	if code != app.ExitInterrupted || !strings.Contains(stderr, "of 0.05 are spent") || !strings.Contains(stderr, "--resume "+dir+" --budget") {
		t.Fatalf("exit code %d, want %d with what was spent and how to go on:\n%s", code, app.ExitInterrupted, stderr)
	}
	paid := s.Paid()
	if charged := float64(paid) * each; charged > budget || charged < budget-2*each {
		t.Errorf("%d answers of %v were paid, want as many as %v allows", paid, each, budget)
	}
	if got, doubtful := spent(t, dir); math.Abs(got-float64(paid)*each) > 1e-9 || doubtful != 0 {
		t.Errorf("the run says that it spent %v, and %v in doubt; the endpoint charged %v", got, doubtful, float64(paid)*each)
	}
	// What was spent counts.
	if code, _, stderr := eval(t, "run", "--resume", dir, "--quiet"); code != app.ExitInterrupted || s.Paid() != paid {
		t.Errorf("resumed without more money: exit code %d after %d further payments\n%s", code, s.Paid()-paid, stderr)
	}
	if code, _, stderr := eval(t, "run", "--resume", dir, "--quiet", "--budget", "1"); code != app.ExitDone {
		t.Fatalf("resumed with more money: exit code %d\n%s", code, stderr)
	}
	if got := trials(t, dir); len(got) != ticketCases || s.Paid() != ticketCases {
		t.Errorf("%d trials and %d payments, want %d of each", len(got), s.Paid(), ticketCases)
	}
	if got, _ := spent(t, dir); math.Abs(got-ticketCases*each) > 1e-9 {
		t.Errorf("the run says that it spent %v, want %v", got, ticketCases*each)
	}
	// The report adds up what is written down, over all the times that the run
	// went on; a second run pays nothing.
	if _, stdout, _ := eval(t, "report", dir); !strings.Contains(stdout, "this run paid 0.1000 for calls; stored answers saved 0.0000") {
		t.Errorf("the report does not say what was paid:\n%s", stdout)
	}
	again := filepath.Join(project, "again")
	replay(t, project, again)
	if _, stdout, _ := eval(t, "report", again); !strings.Contains(stdout, "this run paid 0.0000 for calls; stored answers saved 0.1000") {
		t.Errorf("the report does not say what was saved:\n%s", stdout)
	}
}

// TestBudgetCountsDoubt: answers that never arrived whole may have been
// charged, and count as if they had been.
func TestBudgetCountsDoubt(t *testing.T) {
	s := serve(t, perTicket(func(n, _ int) llmtest.Reply {
		if n%2 == 0 {
			return llmtest.Reply{Text: "{}", CutAfter: 40}
		}
		return right(n)
	}))
	project := tickets(t, "    max_tokens: 1000\n    retries: 0")
	dir := filepath.Join(project, "run")
	code, _, stderr := eval(t, "run", filepath.Join(project, "workflows", "tickets"), "--design", "llm", "--quiet", "--budget", "0.05", "--out", dir)
	got, doubtful := spent(t, dir)
	if code != app.ExitInterrupted || doubtful == 0 || got+doubtful > 0.05 || s.Paid() >= 25 {
		t.Errorf("exit code %d with %v spent and %v in doubt, for %d charges of the endpoint\n%s", code, got, doubtful, s.Paid(), stderr)
	}
}

// TestBudgetRefused: a budget that bounds nothing is no budget.
func TestBudgetRefused(t *testing.T) {
	serve(t, perTicket(func(n, _ int) llmtest.Reply { return right(n) }))
	for _, tt := range []struct {
		why, step string
		args      []string
		code      int
		want      string
	}{
		{"answers of any length", "", []string{"--budget", "1"}, app.ExitCannot, "wants max_tokens"},
		{"no money at all", "    max_tokens: 10", []string{"--budget", "0"}, app.ExitUsage, "--budget takes an amount above 0"},
		{"less than none", "    max_tokens: 10", []string{"--budget=-1"}, app.ExitUsage, "--budget takes an amount above 0"},
		{"money without end", "    max_tokens: 10", []string{"--budget", "Inf"}, app.ExitUsage, "--budget takes an amount above 0"},
		{"no number", "    max_tokens: 10", []string{"--budget", "five"}, app.ExitUsage, "five"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			project := tickets(t, tt.step)
			code, _, stderr := eval(t, append([]string{"run", filepath.Join(project, "workflows", "tickets"), "--design", "llm", "--quiet"}, tt.args...)...)
			if code != tt.code || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit code %d, want %d and %q:\n%s", code, tt.code, tt.want, stderr)
			}
		})
	}
}

// TestModelsChanged: a run goes on under other limits, and not at other prices.
func TestModelsChanged(t *testing.T) {
	s := serve(t, perTicket(func(n, _ int) llmtest.Reply { return right(n) }))
	project := tickets(t, "    max_tokens: 1000")
	design := filepath.Join(project, "workflows", "tickets", "llm.yaml")
	change := func(path, old, now string) {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), old) {
			t.Fatalf("%s: %v, or no %q", path, err, old)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), old, now, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	change(design, "    prices: {input: 1, output: 2}\n", "    model: small\n")
	models := filepath.Join(project, "models.yaml")
	if err := os.WriteFile(models, []byte("models:\n  small: {base_url: '"+s.URL+"', model: small-1, key_env: REHEARSE_LLM_KEY, prices: {input: 1, output: 2}, limits: {concurrency: 4}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(project, "run")
	if code, _, stderr := eval(t, "run", filepath.Join(project, "workflows", "tickets"), "--design", "llm", "--quiet", "--budget", "0.05", "--out", dir); code != app.ExitInterrupted {
		t.Fatalf("exit code %d, want %d\n%s", code, app.ExitInterrupted, stderr)
	}
	change(models, "concurrency: 4", "concurrency: 3")
	change(models, "input: 1", "input: 1.5")
	if code, _, stderr := eval(t, "run", "--resume", dir, "--quiet", "--budget", "1"); code != app.ExitInput || !strings.Contains(stderr, "settings") {
		t.Errorf("resumed at other prices: exit code %d, want %d\n%s", code, app.ExitInput, stderr)
	}
	change(models, "input: 1.5", "input: 1")
	if code, _, stderr := eval(t, "run", "--resume", dir, "--quiet", "--budget", "1"); code != app.ExitDone || s.Paid() != ticketCases {
		t.Errorf("resumed under other limits: exit code %d after %d payments\n%s", code, s.Paid(), stderr)
	}
	noKeyIn(t, project)
	// A fault of models.yaml is said once, with its place.
	change(models, "model: small-1", "modle: small-1")
	t.Chdir(project)
	if code, out, _ := eval(t, "lint"); code != app.ExitInput || strings.Count(out, `models.yaml:2:`) != 2 || !strings.Contains(out, `unknown key "modle"`) {
		t.Errorf("lint: exit code %d\n%s", code, out)
	}
}
