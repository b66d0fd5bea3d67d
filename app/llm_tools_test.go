package app_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

// toolbox is a project whose model may look an order up before it answers.
func toolbox(t *testing.T, step string) string {
	t.Helper()
	project := tickets(t, "    tools: [order]\n    rounds: 2\n"+step)
	path := filepath.Join(project, "workflows", "tickets", "llm.yaml")
	design, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tool := `steps:
  - name: order
    kind: compute
    tool: {about: Finds what an order cost., takes: {number: integer, currency: string?}}
    in: {number: called.number, text: input.text}
    compute: {cost: in.number * 2}
    out: {cost: integer}
`
	if err := os.WriteFile(path, bytes.Replace(design, []byte("steps:\n"), []byte(tool), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	return project
}

// calling answers by the ticket: most look an order up and answer by what it
// cost, some make calls of no use.
func calling(c *llmtest.Call) llmtest.Reply {
	var ticket int
	for _, m := range c.Messages {
		if _, err := fmt.Sscanf(m.Content, "ticket number %d", &ticket); err == nil {
			break
		}
	}
	call := func(name, arguments string) llmtest.Reply {
		return llmtest.Reply{Calls: []llmtest.ToolCall{{Name: name, Arguments: arguments}}, In: 100, Out: 20}
	}
	if c.Messages[len(c.Messages)-1].Role != "tool" {
		switch ticket {
		case 1:
			return call("order", `{"number":"; rm -rf /"}`)
		case 2:
			return call("order", `{}`)
		case 3:
			return call("order", `{"number":3,"{{ 7*7 }}":1}`)
		case 4:
			return call("order", `not JSON`)
		case 5:
			return call("../../etc/passwd", `{"number":5}`)
		}
		return call("order", fmt.Sprintf(`{"number":%d}`, ticket))
	}
	if ticket == 6 {
		return call("order", `{"number":6}`)
	}
	want := fmt.Sprintf(`{"cost":%d}`, 2*ticket)
	if got := c.Last(); got != want && !strings.Contains(got, `"error"`) {
		return llmtest.Reply{Status: 400, Message: "the tool gave " + got}
	}
	return right(ticket)
}

// TestTools: calls of tools are handoffs and spans of the trial, whose
// arguments are held to what the tool takes; the record is the same however
// many cases run at once, from stored answers, and after a recall.
func TestTools(t *testing.T) {
	s := serve(t, calling)
	project := toolbox(t, "")
	first := filepath.Join(project, "first")
	got, _ := replay(t, project, first, "--parallel", "1")
	broken := map[string]string{}
	for _, trial := range got {
		calls := 0
		for _, h := range trial.Handoffs {
			switch {
			case h.To != "order":
			case h.From != "assess":
				t.Errorf("%s: a handoff to the tool comes from %s", trial.Case, h.From)
			default:
				calls++
			}
			if h.Kind != "" {
				broken[trial.Case] = strings.TrimSpace(fmt.Sprintf("%s>%s %s %s %s %s", h.From, h.To, h.Kind, h.Clause, h.Detail, h.After))
			}
		}
		spans := 0
		for _, span := range trial.Spans {
			if span.Step == "order" && span.Class == "" {
				spans++
			}
		}
		switch trial.Case {
		case "t01", "t02", "t03", "t04":
			if calls != 1 || spans != 0 || trial.Status != flow.Automated {
				t.Errorf("%s: %d calls, %d spans, %s, want one call that the model goes on from", trial.Case, calls, spans, trial.Status)
			}
		case "t05":
			if calls != 0 || trial.Status != flow.Automated {
				t.Errorf("t05: %d calls, %s", calls, trial.Status)
			}
		case "t06":
			if calls != 2 || spans != 2 || outcome(trial) != "malformed rounds" {
				t.Errorf("t06: %d calls, %d spans, %s, want the third to be one too many", calls, spans, outcome(trial))
			}
		default:
			if calls != 1 || spans != 1 || trial.Status != flow.Automated {
				t.Errorf("%s: %d calls, %d spans, %s", trial.Case, calls, spans, trial.Status)
			}
		}
	}
	want := map[string]string{
		"t01": "assess>order malformed number  continue",
		"t02": "assess>order incomplete number absent continue",
		"t03": "assess>order malformed arguments unknown continue",
		"t04": "assess>order malformed arguments  continue",
		"t06": "assess>decide malformed output rounds escalate",
	}
	if diff := cmp.Diff(want, broken); diff != "" {
		t.Errorf("broken handoffs (-want +got):\n%s", diff)
	}
	paid := s.Paid()
	for name, args := range map[string][]string{
		"many":    {"--parallel", "64"},
		"offline": {"--offline"},
	} {
		again := filepath.Join(project, name)
		if _, stderr := replay(t, project, again, args...); s.Paid() != paid {
			t.Errorf("%s: %d calls, want %d: %s", name, s.Paid(), paid, stderr)
		}
		sameTrials(t, first, again)
	}
	noKeyIn(t, project)

	for _, format := range []string{"text", "html"} {
		if code, stdout, stderr := eval(t, "report", first, "--format", format); code != app.ExitDone || !strings.Contains(stdout, "assess") {
			t.Errorf("report as %s: exit code %d\n%s", format, code, stderr)
		}
	}
	if code, stdout, stderr := eval(t, "handoffs", first, "--design", "llm"); code != app.ExitDone || !strings.Contains(stdout, "order") {
		t.Errorf("handoffs: exit code %d\n%s%s", code, stdout, stderr)
	}
	t.Chdir(project)
	if code, stdout, stderr := eval(t, "diagram", "tickets/llm", "--run", first); code != app.ExitDone || !strings.Contains(stdout, "assess") {
		t.Errorf("diagram: exit code %d\n%s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := eval(t, "attribute", first, "--design", "llm"); code != app.ExitInput || !strings.Contains(stderr, "labels no step") {
		t.Errorf("attribute: exit code %d\n%s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := eval(t, "trace", first, "t07", "--design", "llm"); code != app.ExitDone || !strings.Contains(stdout+stderr, "order") {
		t.Errorf("trace: exit code %d\n%s%s", code, stdout, stderr)
	}
}

// TestToolsSampled: several samples call tools in order, so that the record is
// the same each time.
func TestToolsSampled(t *testing.T) {
	serve(t, calling)
	project := toolbox(t, "    samples: 3\n")
	path := filepath.Join(project, "workflows", "tickets", "llm.yaml")
	design, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	design = bytes.Replace(design, []byte("confidence: {field: confidence}"), []byte("confidence: {agreement: queue}"), 1)
	design = bytes.Replace(design, []byte("temperature: 0"), []byte("temperature: 1"), 1)
	if err := os.WriteFile(path, design, 0o644); err != nil {
		t.Fatal(err)
	}
	first, second := filepath.Join(project, "first"), filepath.Join(project, "second")
	replay(t, project, first, "--parallel", "64")
	replay(t, project, second, "--parallel", "1", "--offline")
	sameTrials(t, first, second)
}

// sameTrials compares the segments of two runs byte for byte.
func sameTrials(t *testing.T, a, b string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(a, "trials-*.parquet"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no segments in %s: %v", a, err)
	}
	for _, f := range files {
		x, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		y, err := os.ReadFile(filepath.Join(b, filepath.Base(f)))
		if err != nil || !bytes.Equal(x, y) {
			t.Errorf("%s is not the same in %s (%v)", filepath.Base(f), filepath.Base(b), err)
		}
	}
}
