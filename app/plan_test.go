package app_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// planned is what eval plan says, of the total.
func planned(t *testing.T, dir string, args ...string) (total record.Estimate, steps int) {
	t.Helper()
	stdout, _ := evalIn(t, dir, app.ExitDone, append([]string{"plan", "tickets", "--format", "json"}, args...)...)
	var got struct {
		Total record.Estimate
		Steps []any
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	return got.Total, len(got.Steps)
}

// TestPlan estimates before anything is stored, after some is, and when all is;
// it calls nothing, wants no key, and keeps no run.
func TestPlan(t *testing.T) {
	s := serve(t, perTicket(func(n, _ int) llmtest.Reply { return right(n) }))
	t.Setenv("REHEARSE_LLM_KEY", "")
	project := tickets(t, "    max_tokens: 800")
	e, steps := planned(t, project, "--design", "llm", "--repeat", "2")
	if steps != 1 || e.Calls != (record.Range{Low: 100, Expected: 100, High: 100}) || e.Stored != 0 {
		t.Errorf("before anything is stored: %d steps, %+v", steps, e)
	}
	if e.TokensOut.High != 100*800 || !(e.Money.Low < e.Money.Expected && e.Money.Expected < e.Money.High) {
		t.Errorf("assumed %+v", e)
	}
	t.Setenv("REHEARSE_LLM_KEY", plantedKey)
	evalIn(t, project, app.ExitDone, "run", "tickets", "--design", "llm", "--quiet", "--limit", "20", "--out", "some")
	if run, err := record.Open("some"); err != nil || run.Header.Estimate == nil || run.Header.Estimate.Calls.Expected != 20 {
		t.Fatalf("the run does not keep what was expected of it: %v", err)
	}
	if stdout, _ := evalIn(t, project, app.ExitDone, "report", "some"); !strings.Contains(stdout, "this run paid 0.0400 for calls; stored answers saved 0.0000; ") || !strings.Contains(stdout, " was expected (") {
		t.Errorf("the report does not set estimate against actual:\n%s", stdout)
	}
	received := s.Received()
	e, _ = planned(t, project, "--design", "llm")
	// 1000 tokens in and 500 out of each of the other 30.
	if e.Stored != 20 || e.Calls.Expected != 30 || math.Abs(e.Money.Expected-30*each) > 30*each/100 || math.Abs(e.TokensIn.Expected-30_000) > 300 || e.TokensOut.Expected != 15_000 {
		t.Errorf("learnt from 20 answers: %+v", e)
	}
	for _, format := range []string{"text", "md", "html"} {
		if stdout, _ := evalIn(t, project, app.ExitDone, "plan", "tickets", "--format", format); !strings.Contains(stdout, "stored answers save 20") {
			t.Errorf("as %s:\n%s", format, stdout)
		}
	}
	if s.Received() != received {
		t.Errorf("planning made %d calls", s.Received()-received)
	}
	replay(t, project, filepath.Join(project, "all"))
	if e, _ := planned(t, project, "--design", "llm"); e.Calls.High != 0 || e.Money.High != 0 || e.Stored != ticketCases {
		t.Errorf("all is stored: %+v", e)
	}
	if e, steps := planned(t, project, "--design", "as-is"); steps != 0 || e != (record.Estimate{}) {
		t.Errorf("people make no calls: %d steps, %+v", steps, e)
	}
	noKeyIn(t, project)
}

// TestPlanLaterSteps: a step behind an answer that is not known may not be got
// to, and the low end leaves it out; routes that are known are taken.
func TestPlanLaterSteps(t *testing.T) {
	serve(t, func(c *llmtest.Call) llmtest.Reply {
		return llmtest.Reply{Text: `{"queue":"tech","confidence":0.4}`, In: 100, Out: 10}
	})
	project := tickets(t, `  - name: unsure
    kind: route
    routes:
      - {when: assess.confidence > 0.9, escalate: desk, because: sure, show: [input.text]}
      - else: again
  - name: again
    kind: llm
    in: {text: input.text}
    prompt: prompts/assess.md
    temperature: 1
    out: {queue: outcome.queue}`)
	e, steps := planned(t, project, "--design", "llm", "--limit", "10")
	if steps != 2 || e.Calls != (record.Range{Low: 10, Expected: 20, High: 20}) {
		t.Errorf("%d steps, %+v: want 10 calls that are certain and 10 that may be", steps, e)
	}
	replay(t, project, filepath.Join(project, "run"), "--limit", "10")
	if e, _ := planned(t, project, "--design", "llm", "--limit", "12"); e.Stored != 20 || e.Calls != (record.Range{Low: 2, Expected: 4, High: 4}) {
		t.Errorf("%+v: want two cases that are new", e)
	}
}

// TestChangedIdentity: another model behind the same name is said wherever
// designs, or runs, are compared.
func TestChangedIdentity(t *testing.T) {
	var version atomic.Int64
	serve(t, perTicket(func(n, _ int) llmtest.Reply {
		r := right(n)
		r.Model = fmt.Sprintf("stand-in-v%d", version.Load())
		return r
	}))
	project := tickets(t, "")
	before, after := filepath.Join(project, "before"), filepath.Join(project, "after")
	evalIn(t, project, app.ExitDone, "run", "tickets", "--quiet", "--limit", "20", "--out", before)
	version.Store(1)
	evalIn(t, project, app.ExitDone, "run", "tickets", "--quiet", "--out", after)
	for dir, want := range map[string]bool{before: false, after: true} {
		for _, command := range [][]string{{"report", dir}, {"report", dir, "--format", "json"}} {
			_, stdout, _ := eval(t, command...)
			said := strings.Contains(strings.Join(strings.Fields(stdout), " "), "the model behind one name changed")
			if said != want {
				t.Errorf("%v: warned %t, want %t\n%s", command, said, want, stdout)
			}
			if want && (!strings.Contains(stdout, "stand-in-v0") || !strings.Contains(stdout, "stand-in-v1")) {
				t.Errorf("%v: the models are not named\n%s", command, stdout)
			}
		}
	}
}

// TestPlanCalibration: calls that calibrate are planned too, and nothing that
// was learnt from a plan is kept for the run.
func TestPlanCalibration(t *testing.T) {
	s := serve(t, perTicket(func(n, _ int) llmtest.Reply { return right(n) }))
	project := tickets(t, "    learn: queue")
	design := filepath.Join(project, "workflows/tickets/llm.yaml")
	text, err := os.ReadFile(design)
	if err != nil {
		t.Fatal(err)
	}
	write(t, design, strings.Replace(string(text), "{field: confidence}", "{field: confidence, calibrate: platt}", 1))
	card := filepath.Join(project, "datasets/tickets/dataset.yaml")
	write(t, card, "dataset: tickets\nsource: cases.csv\nid: id\ninput: {text: text}\nlabels: {outcome: {queue: queue}}\nsplits: {by: column, column: part, train: [train], calibration: [calibration], dev: [dev]}\n")
	var cases strings.Builder
	cases.WriteString("id,text,queue,part\n")
	for n := range 40 {
		fmt.Fprintf(&cases, "t%02d,ticket number %02d,%s,%s\n", n, n, []string{"billing", "tech"}[n%3%2], []string{"calibration", "dev"}[n/20])
	}
	write(t, filepath.Join(project, "datasets/tickets/cases.csv"), cases.String())
	e, _ := planned(t, project, "--design", "llm")
	if e.Calls.Expected != 40 {
		t.Errorf("%+v: want a call for each of 20 cases of dev and of 20 that calibrate", e)
	}
	replay(t, project, filepath.Join(project, "run"))
	if s.Paid() != 40 {
		t.Errorf("%d answers were paid for, want the 40 that were planned", s.Paid())
	}
	if e, _ := planned(t, project, "--design", "llm"); e.Calls.High != 0 {
		t.Errorf("all is stored: %+v", e)
	}
}
