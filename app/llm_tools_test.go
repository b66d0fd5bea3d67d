package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
	"github.com/rehearse-dev/rehearse/internal/record"
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
		return llmtest.Reply{Calls: []llmtest.ToolCall{{Name: name, Arguments: arguments}}, Model: "stand-in-2025", In: 100, Out: 20}
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

// labelled gives a project's cases labels of what step and tool should have
// given, and one split.
func labelled(t *testing.T, project string) {
	t.Helper()
	var cases strings.Builder
	cases.WriteString("id,text,queue,cost,split\n")
	for n := range ticketCases {
		fmt.Fprintf(&cases, "t%02d,ticket number %02d,%s,%d,test\n", n, n, []string{"billing", "tech"}[n%2], 2*n)
	}
	write(t, filepath.Join(project, "datasets", "tickets", "cases.csv"), cases.String())
	write(t, filepath.Join(project, "datasets", "tickets", "dataset.yaml"), `dataset: tickets
source: cases.csv
id: id
input: {text: text}
labels: {outcome: {queue: queue}, steps: {assess: {queue: queue}, order: {cost: cost}}}
splits: {by: column, column: split, test: test}
`)
}

// TestToolsPromoted: a design with tools is promoted, and does with each case
// what it did in the replay, from stored answers and with a model of its own.
func TestToolsPromoted(t *testing.T) {
	s := serve(t, calling)
	project := toolbox(t, "")
	labelled(t, project)
	workflow := filepath.Join(project, "workflows", "tickets", "workflow.yaml")
	text, err := os.ReadFile(workflow)
	if err != nil {
		t.Fatal(err)
	}
	write(t, workflow, string(text)+"gate:\n  critical:\n    automated_accuracy: {at_least: 0.8}\n")
	evalIn(t, project, app.ExitDone, "run", "tickets", "--split", "test", "--quiet", "--out", "replayed")
	evalIn(t, project, app.ExitDone, "promote", "llm", "--run", "replayed")
	evalIn(t, project, app.ExitDone, "verify", "workflows/tickets/production")
	run, err := record.Open("replayed")
	if err != nil {
		t.Fatal(err)
	}
	for name, session := range map[string]flow.Session{"stored": {Dir: ".rehearse", Offline: true}, "asked": {}} {
		paid := s.Paid()
		promoted, err := engine.Load(t.Context(), filepath.Join("workflows", "tickets", "production"), app.Builtin(), session)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for want, err := range run.Trials(promoted.Outcome()) {
			if err != nil {
				t.Fatal(err)
			}
			if want.Design != "llm" {
				continue
			}
			n++
			got, err := promoted.Run(t.Context(), &flow.Case{
				ID: want.Case, Cluster: want.Cluster, Weight: want.Weight, Index: want.Index,
				Input: flow.Message{Schema: promoted.Input(), Values: []any{"ticket number " + want.Case[1:]}},
			})
			if err != nil {
				t.Fatal(err)
			}
			latency := cmpopts.IgnoreFields(flow.Attempt{}, "Latency") // of calls made anew
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), latency); diff != "" {
				t.Errorf("%s, case %s (-replayed +promoted)\n%s", name, want.Case, diff)
			}
		}
		if again := s.Paid() - paid; n != ticketCases || (again > ticketCases) != (name == "asked") || name == "stored" && again > 0 {
			t.Errorf("%s: %d cases and %d calls", name, n, again)
		}
		if err := promoted.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestToolsAttributed: a step that calls tools is corrected as others are. Its
// tools are not, and that is said.
func TestToolsAttributed(t *testing.T) {
	s := serve(t, func(c *llmtest.Call) llmtest.Reply {
		r := calling(c)
		if strings.Contains(c.Messages[1].Content, "8") {
			r.Text = strings.Replace(r.Text, "billing", "tech", 1)
		}
		return r
	})
	project := toolbox(t, "")
	labelled(t, project)
	evalIn(t, project, app.ExitDone, "run", "tickets", "--split", "test", "--design", "llm", "--quiet", "--out", "run")
	paid := s.Paid()
	for _, args := range [][]string{{}, {"--shares"}} {
		stdout, _ := evalIn(t, project, app.ExitDone, append([]string{"attribute", "run", "--quiet", "--format", "json"}, args...)...)
		var got struct {
			Designs []struct {
				Parts []struct {
					Name       string
					FirstWrong int `json:"first_and_ended_wrong"`
				}
			}
			Warnings []string
		}
		if err := json.Unmarshal([]byte(stdout), &got); err != nil {
			t.Fatalf("%v\n%s", err, stdout)
		}
		// Tickets 8, 18, 28, 38 and 48 are sorted wrong; a person has 6, whose
		// answer never came.
		if len(got.Designs) != 1 || len(got.Designs[0].Parts) != 1 || got.Designs[0].Parts[0].Name != "assess" || got.Designs[0].Parts[0].FirstWrong != 5 {
			t.Errorf("%v: %s", args, stdout)
		}
		if all := strings.Join(got.Warnings, "\n"); !strings.Contains(all, "llm: order is a tool of assess: what it should have given hangs on what it is called with, so it is not corrected, and its gold tells nothing") {
			t.Errorf("%v: the tool is passed over in silence:\n%s", args, all)
		}
	}
	if s.Paid() != paid {
		t.Errorf("%d calls were paid for again", s.Paid()-paid)
	}
	for _, args := range [][]string{{"--without", "order"}, {"--replace", "order=gold"}} {
		if _, stderr := evalIn(t, project, app.ExitInput, append([]string{"attribute", "run", "--quiet"}, args...)...); !strings.Contains(stderr, `step "order" of design "llm" is a tool of "assess"`) {
			t.Errorf("%v: %s", args, stderr)
		}
	}
	evalIn(t, project, app.ExitDone, "attribute", "run", "--quiet", "--replace", "assess=gold", "--without", "assess")
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
