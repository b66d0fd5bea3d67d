package app_test

import (
	"encoding/json"
	"fmt"
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

// shipped is a design of the repository that asks a model, and a stand-in for
// what the model reads.
type shipped struct {
	// answer is what the stand-in gives to a question, and what kind it was.
	answer func(system, user string) (kind string, answer map[string]any)
	// calls are those of tools that it makes first; nil for none.
	calls func(user string) (kind string, calls []llmtest.ToolCall)
	asked []string // every kind of question that comes up
}

var (
	order      = regexp.MustCompile(`\b45\d{8}\b`)
	total      = regexp.MustCompile(`(?i)total[^\n]*\d`)
	policyNo   = regexp.MustCompile(`(?i)HM[- ]?(\d{3}) ?(\d{4})`)
	registryNo = regexp.MustCompile(`HRB ?(\d{6})`)
	taxNo      = regexp.MustCompile(`\bDE ?(\d{3}) ?(\d{3}) ?(\d{3})\b`)
	found      = regexp.MustCompile(`"found":true,"name":"([^"]+)"`)
)

var shippedDesigns = map[string]shipped{
	"invoice/llm": {
		asked: []string{"extract", "assess", "assess with an order"},
		answer: func(system, user string) (string, map[string]any) {
			if !strings.HasPrefix(system, "You read business documents") {
				kind := "assess"
				if strings.Contains(user, "ordered\n- goods receipt") {
					kind = "assess with an order"
				}
				return kind, map[string]any{"reason": "line 16", "decision": "hold", "confidence": 0.9}
			}
			answer := map[string]any{
				"supplier": "Somebody Ltd", "tax_id": nil, "iban_tail": nil, "invoice_number": "1", "po": nil,
				"amount": nil, "currency": "EUR", "due_date": "2025-09-30", "credit": false,
			}
			if po := order.FindString(user); po != "" {
				answer["po"] = po
			}
			if total.MatchString(user) {
				answer["amount"] = 99.5
			}
			return "extract", answer
		},
	},
	"invoice/llm-tools": {
		asked: []string{"look up", "look up an order", "assess", "assess an order that was found", "assess a vendor who was found"},
		calls: func(user string) (string, []llmtest.ToolCall) {
			kind, calls := "look up", []llmtest.ToolCall{{Name: "posted", Arguments: `{"supplier":"Somebody Ltd","invoice_number":"1"}`}}
			if po := order.FindString(user); po != "" {
				kind = "look up an order"
				calls = append(calls, llmtest.ToolCall{Name: "order", Arguments: `{"po":"` + po + `"}`}, llmtest.ToolCall{Name: "receipt", Arguments: `{"po":"` + po + `"}`})
			}
			if m := taxNo.FindStringSubmatch(user); m != nil {
				calls = append(calls, llmtest.ToolCall{Name: "vendor", Arguments: `{"tax_id":"DE` + m[1] + m[2] + m[3] + `"}`})
			}
			return kind, calls
		},
		answer: func(_, user string) (string, map[string]any) {
			kind, supplier := "assess", "Somebody Ltd"
			if strings.Contains(user, `"found":true,"supplier":`) {
				kind = "assess an order that was found"
			} else if m := found.FindStringSubmatch(user); m != nil {
				kind, supplier = "assess a vendor who was found", m[1]
			}
			return kind, map[string]any{
				"reason": "line 16", "supplier": supplier, "iban_tail": nil, "invoice_number": "1", "po": nil, "amount": 99.5,
				"currency": "EUR", "due_date": nil, "credit": false, "decision": "hold", "confidence": 0.9,
			}
		},
	},
	"claims/llm": {
		asked: []string{"read", "read without an estimate", "assess", "assess without an estimate"},
		answer: func(system, user string) (string, map[string]any) {
			if !strings.HasPrefix(system, "You read claims") {
				kind := "assess"
				if strings.Contains(user, "- estimate: missing, and needed") {
					kind = "assess without an estimate"
				}
				return kind, map[string]any{"reason": "line 4", "decision": "investigate", "confidence": 0.9}
			}
			kind := "read"
			answer := map[string]any{
				"policy": nil, "phone": "0400000000", "address": "1 Mill Road", "loss_date": "2025-07-30", "peril": "collision",
				"told": nil, "claimed": nil, "injury": false, "repairer": nil, "tax_id": nil, "job": "J-110", "work": nil, "main": 1, "cost": 900,
			}
			if strings.HasSuffix(user, "There is no estimate.") {
				kind, answer["cost"], answer["job"] = "read without an estimate", nil, nil
			}
			if m := policyNo.FindStringSubmatch(user); m != nil {
				answer["policy"] = m[1] + m[2]
			}
			return kind, answer
		},
	},
	"onboarding/llm": {
		asked: []string{"form", "papers", "assess", "assess with the registry"},
		answer: func(system, user string) (string, map[string]any) {
			switch {
			case strings.HasPrefix(system, "You read applications"):
				answer := map[string]any{
					"applicant": "Some Body", "family": "Body", "born": "1980-01-01", "reg_no": nil, "seat": "1 Street, 1000 Town",
					"company": "Some Company", "email": "some@example.com", "sector": "62.01", "figure": 1000, "thousands": false,
					"yearly": false, "seats": 1, "plan": "starter", "cash": false, "abroad": false,
				}
				if m := registryNo.FindStringSubmatch(user); m != nil {
					answer["reg_no"] = "HRB" + m[1]
				}
				return "form", answer
			case strings.HasPrefix(system, "You read the papers"):
				return "papers", map[string]any{
					"has_id": true, "id_number": nil, "id_family": "BODY", "id_born": nil, "id_expires": "2040-01-01", "has_proof": true,
					"proof_date": "2025-07-30", "has_owners": true, "has_attorney": false, "has_certificate": false, "has_licence": false,
				}
			}
			kind := "assess"
			if strings.Contains(user, "; directors: ") {
				kind = "assess with the registry"
			}
			return kind, map[string]any{"reason": "line 7", "decision": "ask_documents", "confidence": 0.9}
		},
	},
}

// TestShippedDesigns runs the shipped designs that ask a model on shipped cases. The
// stand-in reads next to nothing, so what is tested is that the prompts, the
// schemas and the steps around them fit, not any accuracy.
func TestShippedDesigns(t *testing.T) {
	for name, d := range shippedDesigns {
		workflow, design, _ := strings.Cut(name, "/")
		t.Run(name, func(t *testing.T) { runShipped(t, workflow, design, d) })
	}
}

// asks is what a call says after its system part: the question, and what tools
// gave.
func asks(c *llmtest.Call) string {
	var parts []string
	for _, m := range c.Messages[1:] {
		parts = append(parts, m.Content)
	}
	return strings.Join(parts, "\n")
}

func runShipped(t *testing.T, name, which string, d shipped) {
	project := t.TempDir()
	for _, sub := range []string{"workflows/" + name, "datasets/" + name} {
		if err := os.CopyFS(filepath.Join(project, sub), os.DirFS(filepath.Join("..", filepath.FromSlash(sub)))); err != nil {
			t.Fatal(err)
		}
	}
	// The designs that learn take their time, and it is not about them.
	for _, learns := range []string{"model-cutoff.yaml", "rules-then-model.yaml"} {
		if err := os.Remove(filepath.Join(project, "workflows", name, learns)); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	asked := map[string]int{}
	s := serve(t, func(c *llmtest.Call) llmtest.Reply {
		user := asks(c)
		if strings.Contains(user, "{{") || strings.Contains(user, "{%") {
			return llmtest.Reply{Status: 400, Message: "a prompt that was not filled in"}
		}
		kind, answer := d.answer(c.Messages[0].Content, user)
		var calls []llmtest.ToolCall
		if d.calls != nil && len(c.Messages) == 2 {
			kind, calls = d.calls(user)
		}
		mu.Lock()
		asked[kind]++
		mu.Unlock()
		if calls != nil {
			return llmtest.Reply{Calls: calls}
		}
		text, err := json.Marshal(answer)
		if err != nil {
			return llmtest.Reply{Status: 500, Message: err.Error()}
		}
		return llmtest.Reply{Text: string(text)}
	})
	workflow, dir := filepath.Join(project, "workflows", name), filepath.Join(project, "run")
	code, _, stderr := eval(t, "run", workflow, "--design", which, "--limit", "60", "--parallel", "16", "--quiet", "--out", dir)
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
			if (span.Kind == "llm" || d.calls != nil) && span.Class != "" {
				t.Errorf("%s, step %s: %s: %s", trial.Case, span.Step, span.Class, span.Error)
			}
		}
		for _, h := range trial.Handoffs {
			if d.calls != nil && h.Kind != "" {
				t.Errorf("%s, %s to %s: %s %s", trial.Case, h.From, h.To, h.Kind, h.Clause)
			}
		}
	}
	for _, kind := range d.asked {
		if n != 60 || asked[kind] == 0 {
			t.Errorf("%d trials after the questions %v, want 60 and a question %q", n, asked, kind)
		}
	}
	if s.Paid() != s.Received() {
		t.Errorf("%d of %d questions were refused", s.Received()-s.Paid(), s.Received())
	}
	code, planned, stderr := eval(t, "plan", workflow, "--design", which, "--limit", "60")
	if code != app.ExitDone || !strings.Contains(planned, fmt.Sprintf("calls: 0; stored answers save %d\n", s.Paid())) {
		t.Errorf("a plan of what is stored already: exit code %d\n%s%s", code, planned, stderr)
	}
	// Without an endpoint the design is skipped, and the others are replayed.
	t.Setenv("REHEARSE_LLM_BASE_URL", "")
	code, _, stderr = eval(t, "run", workflow, "--limit", "20", "--quiet", "--no-report", "--out", filepath.Join(project, "all"))
	if code != app.ExitDone || !strings.Contains(stderr, fmt.Sprintf("skipped design %q", which)) || !strings.Contains(stderr, "--design "+which+"\n") {
		t.Errorf("without an endpoint: exit code %d\n%s", code, stderr)
	}
}
