package app_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// TestInvoiceDesign runs the shipped llm design on shipped cases. The stand-in
// reads no more than an order number and a total, so what is tested is that
// the prompts, the schemas and the steps around them fit, not any accuracy.
func TestInvoiceDesign(t *testing.T) {
	project := t.TempDir()
	for _, sub := range []string{"workflows/invoice", "datasets/invoice"} {
		if err := os.CopyFS(filepath.Join(project, sub), os.DirFS(filepath.Join("..", filepath.FromSlash(sub)))); err != nil {
			t.Fatal(err)
		}
	}
	// The designs that learn take their time, and it is not about them.
	for _, learns := range []string{"model-cutoff.yaml", "rules-then-model.yaml"} {
		if err := os.Remove(filepath.Join(project, "workflows", "invoice", learns)); err != nil {
			t.Fatal(err)
		}
	}
	order, total := regexp.MustCompile(`\b45\d{8}\b`), regexp.MustCompile(`(?i)total[^\n]*\d`)
	var mu sync.Mutex
	asked := map[string]int{}
	s := serve(t, func(c *llmtest.Call) llmtest.Reply {
		system, user := c.Messages[0].Content, c.Last()
		reading := strings.HasPrefix(system, "You read business documents")
		seen := "assess"
		answer := map[string]any{"reason": "line 16", "decision": "hold", "confidence": 0.9}
		if reading {
			seen = "extract"
			answer = map[string]any{
				"supplier": "Somebody Ltd", "tax_id": nil, "iban_tail": nil, "invoice_number": "1", "po": nil,
				"amount": nil, "currency": "EUR", "due_date": "2025-09-30", "credit": false,
			}
			if po := order.FindString(user); po != "" {
				answer["po"] = po
			}
			if total.MatchString(user) {
				answer["amount"] = 99.5
			}
		} else if strings.Contains(user, "ordered\n- goods receipt") {
			seen = "assess with an order"
		}
		mu.Lock()
		asked[seen]++
		mu.Unlock()
		text, err := json.Marshal(answer)
		if err != nil || strings.Contains(user, "{{") || strings.Contains(user, "{%") {
			return llmtest.Reply{Status: 400, Message: "a prompt that was not filled in"}
		}
		return llmtest.Reply{Text: string(text)}
	})
	workflow, dir := filepath.Join(project, "workflows", "invoice"), filepath.Join(project, "run")
	code, _, stderr := eval(t, "run", workflow, "--design", "llm", "--limit", "60", "--parallel", "16", "--quiet", "--out", dir)
	if code != app.ExitDone {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	w, problems := design.LoadWorkflow(filepath.Join(workflow, "workflow.yaml"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	run, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for trial, err := range run.Trials(w.Outcome) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if trial.Status == flow.NotMeasured || trial.Status == flow.Failed {
			t.Errorf("%s: %s, %s", trial.Case, trial.Status, trial.Reason)
		}
		for _, span := range trial.Spans {
			if span.Kind == "llm" && span.Class != "" {
				t.Errorf("%s, step %s: %s: %s", trial.Case, span.Step, span.Class, span.Error)
			}
		}
	}
	if n != 60 || asked["extract"] == 0 || asked["assess"] == 0 || asked["assess with an order"] == 0 {
		t.Errorf("%d trials after the questions %v, want 60 after all three kinds", n, asked)
	}
	if s.Paid() != s.Received() {
		t.Errorf("%d of %d questions were refused", s.Received()-s.Paid(), s.Received())
	}
	// Without an endpoint the design is skipped, and the others are replayed.
	t.Setenv("REHEARSE_LLM_BASE_URL", "")
	code, _, stderr = eval(t, "run", workflow, "--limit", "20", "--quiet", "--no-report", "--out", filepath.Join(project, "all"))
	if code != app.ExitDone || !strings.Contains(stderr, `skipped design "llm"`) || !strings.Contains(stderr, "--design llm") {
		t.Errorf("without an endpoint: exit code %d\n%s", code, stderr)
	}
}
