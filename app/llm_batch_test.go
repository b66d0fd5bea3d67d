package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// batching is a project whose models are asked in batches: one sorts a ticket,
// the other looks at what the first one made of it.
func batching(t *testing.T, o llmtest.Options, step string) (project string, s *llmtest.Server) {
	t.Helper()
	project = tickets(t, "")
	o.Key = plantedKey
	s = llmtest.New(o)
	t.Cleanup(s.Close)
	t.Setenv("REHEARSE_LLM_KEY", plantedKey)
	for name, content := range map[string]string{
		"workflows/tickets/llm.yaml": `design: llm
workflow: tickets
on_broken_handoff: desk
steps:
  - name: assess
    kind: llm
    model: small
    in: {text: input.text}
    prompt: prompts/assess.md
    confidence: {field: confidence}
    temperature: 0
    max_tokens: 600
    out: {queue: outcome.queue, confidence: probability}
` + step + `
  - name: check
    kind: llm
    model: small
    in: {queue: assess.queue, text: input.text}
    prompt: prompts/check.md
    max_tokens: 600
    out: {queue: outcome.queue, confidence: probability}
  - name: decide
    kind: route
    routes:
      - {when: assess.queue != check.queue or assess.confidence < 0.5 or check.confidence < 0.5, escalate: desk, because: low_confidence, show: [input.text]}
      - else: end
outcome: {queue: check.queue}
`,
		"workflows/tickets/prompts/check.md": "user:\nIs it {{ queue }}?\nuser:\n{{ text }}\n",
		"models.yaml": fmt.Sprintf(`models:
  small:
    base_url: %s
    model: stand-in
    key_env: REHEARSE_LLM_KEY
    batch: true
    prices: {input: 1, output: 2}
    batch_prices: {input: 0.5, output: 1}
`, s.URL),
	} {
		if err := os.WriteFile(filepath.Join(project, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return project, s
}

// sorted answers by the ticket's number.
func sorted(c *llmtest.Call) llmtest.Reply {
	var n int
	if _, err := fmt.Sscanf(c.Last(), "ticket number %d", &n); err != nil {
		return llmtest.Reply{Status: 400, Message: "unexpected prompt"}
	}
	return right(n)
}

// valued are trials without what tells a batch from a call of its own: what
// was paid, and how long it took.
func valued(trials []flow.Trial) []flow.Trial {
	for _, t := range trials {
		for _, s := range t.Spans {
			for i := range s.Attempts {
				s.Attempts[i].Price, s.Attempts[i].Latency = 0, 0
			}
		}
	}
	return trials
}

// TestBatchRun: a run that asks in batches has the trials of one that asks now,
// with a batch for every answer that hangs on another one; it is paid for at
// the prices of batches, and its answers serve later runs.
func TestBatchRun(t *testing.T) {
	project, s := batching(t, llmtest.Options{Answer: sorted, Batching: llmtest.Batching{Polls: 1}}, "")
	code, stdout, stderr := eval(t, "plan", filepath.Join(project, "workflows", "tickets"), "--design", "llm")
	if code != app.ExitDone || !strings.Contains(stdout, "asked in batches") || s.Received() != 0 {
		t.Errorf("plan: exit code %d, %d calls\n%s%s", code, s.Received(), stdout, stderr)
	}

	first := filepath.Join(project, "first")
	code, _, stderr = eval(t, "run", filepath.Join(project, "workflows", "tickets"), "--design", "llm", "--out", first, "--budget", "1")
	if code != app.ExitDone || !strings.Contains(stderr, "pass 2: batch") || !strings.Contains(stderr, "50 questions asked") {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	if s.Batches() != 2 || s.Paid() != 2*ticketCases {
		t.Errorf("%d batches, %d answers paid for", s.Batches(), s.Paid())
	}
	run, err := record.Open(first)
	if err != nil {
		t.Fatal(err)
	}
	spent, err := run.Spending()
	if want := 2 * ticketCases * (1000*0.5 + 500*1) / 1e6; err != nil || spent.Doubtful != 0 || spent.Spent < want-1e-9 || spent.Spent > want+1e-9 {
		t.Errorf("spent %+v, want %v (%v)", spent, want, err)
	}
	if code, report, stderr := eval(t, "report", first); code != app.ExitDone || !strings.Contains(report, "this run paid 0.1000 for calls; stored answers saved 0.0000") {
		t.Errorf("exit code %d\n%s%s", code, report, stderr)
	}
	noKeyIn(t, project)

	offline := filepath.Join(project, "offline")
	replay(t, project, offline, "--offline")
	sameTrials(t, first, offline)
	again := filepath.Join(project, "again")
	replay(t, project, again, "--live")
	sameTrials(t, first, again)
	if s.Received() != 2*ticketCases {
		t.Errorf("%d calls after runs of stored answers", s.Received())
	}

	if err := os.RemoveAll(filepath.Join(project, ".rehearse")); err != nil {
		t.Fatal(err)
	}
	live, _ := replay(t, project, filepath.Join(project, "live"), "--live")
	if diff := cmp.Diff(valued(live), valued(trials(t, first))); diff != "" || s.Batches() != 2 {
		t.Errorf("%d batches; trials of batches differ (-live +batch):\n%s", s.Batches(), diff)
	}
}

// TestBatchRunFaults: what goes wrong in a batch has the trial that it would
// have in a call, and everything else is measured.
func TestBatchRunFaults(t *testing.T) {
	answer := func(c *llmtest.Call) llmtest.Reply {
		r := sorted(c)
		if len(c.Messages) > 2 { // of the second step
			return r
		}
		switch c.Last() {
		case "ticket number 01":
			return llmtest.Reply{Status: 500}
		case "ticket number 02":
			return llmtest.Reply{Status: 400, Message: "no"}
		case "ticket number 03":
			return llmtest.Reply{Status: 400, Code: "content_filter"}
		case "ticket number 04":
			return llmtest.Reply{Drop: true}
		case "ticket number 05":
			return llmtest.Reply{Text: `{"queue":"neither"}`}
		case "ticket number 06":
			return llmtest.Reply{Status: 429, Code: "insufficient_quota"}
		}
		return r
	}
	project, s := batching(t, llmtest.Options{Answer: answer}, "    repairs: 1\n")
	got := map[string]string{}
	all, stderr := replay(t, project, filepath.Join(project, "run"))
	for _, trial := range all {
		if o := outcome(trial); o != "automated" && o != "" {
			got[trial.Case] = o
		}
	}
	want := map[string]string{
		"t01": "unavailable server", "t02": "rejected bad_request", "t03": "rejected content_filter",
		"t04": "unavailable timeout", "t06": "not_measured budget",
	}
	delete(got, "t05")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s(-want +got):\n%s", stderr, diff)
	}
	// Five tries, and a step more; the answer that broke its schema is asked
	// again in a batch of the second pass.
	if s.Batches() < 5 || s.Batches() > 7 {
		t.Errorf("%d batches", s.Batches())
	}
}

// TestBatchRunStops: an endpoint that takes nothing ends the run with what is
// to be mended, a budget that does not reach before anything is asked.
func TestBatchRunStops(t *testing.T) {
	project, s := batching(t, llmtest.Options{Answer: sorted}, "")
	run := filepath.Join(project, "run")
	args := []string{"run", filepath.Join(project, "workflows", "tickets"), "--design", "llm", "--quiet", "--out", run}
	if code, _, stderr := eval(t, append(args, "--budget", "0.01")...); code != app.ExitInterrupted || s.Batches() != 0 {
		t.Errorf("exit code %d after %d batches\n%s", code, s.Batches(), stderr)
	}
	if code, _, stderr := eval(t, "run", "--resume", run, "--quiet", "--budget", "1"); code != app.ExitDone || s.Batches() != 2 {
		t.Errorf("exit code %d after %d batches\n%s", code, s.Batches(), stderr)
	}
	if err := os.RemoveAll(filepath.Join(project, ".rehearse")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("REHEARSE_LLM_KEY", "sk-another-0123456789")
	code, _, stderr := eval(t, append(args[:len(args)-1], run+"2")...)
	if code != app.ExitCannot || !strings.Contains(stderr, "set REHEARSE_LLM_KEY") || !strings.Contains(stderr, "--resume") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	t.Setenv("REHEARSE_LLM_KEY", plantedKey)
	if code, _, stderr := eval(t, "run", "--resume", run+"2", "--quiet"); code != app.ExitDone {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	sameTrials(t, run, run+"2")
}

// TestBatchLessons: a step that calibrates, and shows examples that hang on
// another answer, learns from all of them before a case is asked about.
func TestBatchLessons(t *testing.T) {
	project, s := batching(t, llmtest.Options{Answer: sorted}, "")
	path := filepath.Join(project, "workflows", "tickets", "llm.yaml")
	design, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(design), "    confidence: {field: confidence}\n", "    confidence: {field: confidence, calibrate: platt}\n    learn: queue\n", 1)
	text = strings.Replace(text, "    prompt: prompts/check.md\n", "    prompt: prompts/check.md\n    learn: queue\n    examples: {k: 2}\n", 1)
	for name, content := range map[string]string{
		path: text,
		filepath.Join(project, "workflows", "tickets", "prompts", "check.md"): "system:\n{% for e in examples %}{{ e.input.queue }}: {{ e.answer }}\n{% endfor %}\nuser:\n{{ queue }}\nuser:\n{{ text }}\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	batch := filepath.Join(project, "batch")
	replay(t, project, batch)
	paid := s.Paid()
	offline := filepath.Join(project, "offline")
	replay(t, project, offline, "--offline")
	sameTrials(t, batch, offline)
	if err := os.RemoveAll(filepath.Join(project, ".rehearse")); err != nil {
		t.Fatal(err)
	}
	live, _ := replay(t, project, filepath.Join(project, "live"), "--live")
	if diff := cmp.Diff(valued(live), valued(trials(t, batch))); diff != "" {
		t.Errorf("trials of batches differ (-live +batch):\n%s", diff)
	}
	if asked := s.Paid() - paid; asked != paid {
		t.Errorf("%d answers in batches, %d asked now", paid, asked)
	}
}
