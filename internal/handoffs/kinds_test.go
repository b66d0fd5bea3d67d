package handoffs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/handoffs"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/replay"
)

// TestKinds provokes every kind of failure in every place where it can occur,
// each in a design of its own, and reads from the record of one run how it was
// classed. Case c1 has nothing wrong with it; c2 has, wherever a design looks;
// c3 is c1 and belongs to a person. Every case is run twice.
func TestKinds(t *testing.T) {
	covered := map[flow.HandoffKind]map[string]bool{"": {}}
	for _, row := range provoked {
		if covered[row.kind] == nil {
			covered[row.kind] = map[string]bool{}
		}
		covered[row.kind][row.place] = true
	}
	for _, kind := range flow.HandoffKinds {
		for _, place := range places {
			if !covered[kind][place] {
				t.Errorf("no row says whether a handoff can be %s where it goes to a %s", kind, place)
			}
		}
	}
	p := provoke(t)
	for i, row := range provoked {
		if row.steps == "" {
			continue // the row says why it cannot be
		}
		t.Run(strings.TrimSpace(fmt.Sprintf("%s %s %s", row.kind, row.place, row.why)), func(t *testing.T) {
			if row.kind != "" && !slices.ContainsFunc(row.want, func(line string) bool { return strings.Contains(line, " "+string(row.kind)) }) {
				t.Errorf("the row provokes no %s", row.kind)
			}
			d := p.result.Designs[i-p.left[i]]
			for repeat := range 2 {
				if diff := cmp.Diff(row.want, lines(&d, repeat, row.third)); diff != "" {
					t.Errorf("repeat %d (-want +got):\n%s", repeat, diff)
				}
			}
		})
	}
}

// lines are the failures of a design in one repeat, as
//
//	case from→to kind clause (detail) [, by label]
//
// without those of the third case, save where they are asked for.
func lines(d *handoffs.Design, repeat int, third bool) []string {
	var out []string
	for _, f := range d.Failures {
		if f.Repeat != repeat || f.Case == "c3" && !third {
			continue
		}
		line := fmt.Sprintf("%s %s→%s %s", f.Case, f.From, f.To, f.Kind)
		if f.Clause != "" {
			line += " " + f.Clause
		}
		if f.Detail != "" {
			line += " (" + f.Detail + ")"
		}
		if f.Judged {
			line += ", by label"
		}
		out = append(out, line)
	}
	return out
}

// provocation is a run of all rows.
type provocation struct {
	result *handoffs.Result
	left   []int // by row: how many before it have no design
}

const outer = `
workflow: outer
input: {bad: boolean, x: string?, y: string, num: string, at: time, seen: time}
outcome: {queue: {enum: [billing, tech]}, n: {type: integer, optional: true, required: false}}
teams: {desk: {people: 1, minutes: 4}, managers: {people: 1, minutes: 4, needs: [x]}}
systems: {crm: {owner: support, hosts: ["${KINDS_HOST}"]}, ledger: {owner: finance, needs: [x]}}
`

const inner = `
workflow: inner
input: {bad: boolean, x: string?, y: string, num: integer?}
outcome: {y: string}
teams: {desk: {people: 1}}
systems: {crm: {owner: support}}
`

const kindsCard = `
source: cases.jsonl
id: id
time: at
input: [bad, x, y, num, at, seen]
labels:
  outcome: {queue: queue}
  steps: {read: {x: gold}}
  routes: {decide: decide, choose: choose, sub.decide: decide}
  needs_person: person
`

const kindsCases = `{"id": "c1", "bad": false, "x": "a", "y": "a", "num": "3", "at": "2025-01-10T00:00:00Z", "seen": "2025-01-09T23:00:00Z", "queue": "billing", "gold": "a"}
{"id": "c2", "bad": true, "y": "a", "num": "three", "at": "2025-01-11T00:00:00Z", "seen": "2025-01-08T00:00:00Z", "queue": "billing", "gold": "a", "decide": "desk", "choose": "end"}
{"id": "c3", "bad": false, "x": "a", "y": "c", "num": "3", "at": "2025-01-12T00:00:00Z", "seen": "2025-01-12T00:00:00Z", "queue": "billing", "gold": "a", "person": true}
`

// provoke writes the designs, runs them in one run, and reads its handoffs.
func provoke(t *testing.T) provocation {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return at
	}
	write("workflows/inner/workflow.yaml", inner)
	write("workflows/outer/short.json", `{"properties": {"num": {"maxLength": 1}}}`)
	write("workflows/outer/table.csv", "key,value\na,1\n")
	write("cases.jsonl", kindsCases)
	standInSystem(t)
	r := new(flow.Registry)
	builtin.Register(r)
	r.AddStep("stand_in", flow.StepKind{Doc: "a step for tests", Role: flow.Work, Actor: flow.System, Config: (*standIn)(nil), New: newStandIn})
	r.AddStep("stand_in_action", flow.StepKind{Doc: "an action for tests", Role: flow.Action, Actor: flow.System, Config: (*standIn)(nil), New: newStandIn})
	w, problems := design.LoadWorkflow(write("workflows/outer/workflow.yaml", outer))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	card, problems := dataset.Load(write("dataset.yaml", kindsCard))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	p := provocation{left: make([]int, len(provoked))}
	h := &record.Header{FormatVersion: record.FormatVersion, Run: "kinds", State: record.Running, Seed: 1, Repeats: 2, SegmentCases: record.BlockCases}
	var plans []*design.Plan
	left := 0
	for i, row := range provoked {
		if p.left[i] = left; row.steps == "" {
			left++
			continue
		}
		name := fmt.Sprintf("row%d", i)
		if row.inner != "" {
			write("workflows/inner/"+name+".yaml", designText(name, "inner", "fail", row.inner, or(row.innerOutcome, "{y: input.y}")))
		}
		at := write("workflows/outer/"+name+".yaml", designText(name, "outer", or(row.broken, "fail"), strings.ReplaceAll(row.steps, "SUB", "kind: workflow, workflow: ../inner, design: "+name), or(row.outcome, `{queue: '"billing"'}`)))
		plan, problems := design.Load(at, w, r, design.Options{})
		if err := problems.Err(); err != nil {
			t.Fatalf("%s: %v", row.why, err)
		}
		plans, h.Designs = append(plans, plan), append(h.Designs, record.Design{Name: name})
	}
	writer, err := record.Create(filepath.Join(dir, "run"), h)
	if err != nil {
		t.Fatal(err)
	}
	job := &replay.Job{Plans: plans, Card: card, Seed: 1, Repeats: 2, Writer: writer}
	if err := replay.Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	run, err := record.Open(writer.Dir())
	if err != nil {
		t.Fatal(err)
	}
	known := make([]handoffs.Plan, len(plans))
	for i := range plans {
		known[i].Plan = plans[i]
	}
	if p.result, err = handoffs.Run(t.Context(), run, w, card, known, handoffs.Options{Limit: 100}); err != nil {
		t.Fatal(err)
	}
	return p
}

func designText(name, workflow, broken, steps, outcome string) string {
	return fmt.Sprintf("design: %s\nworkflow: %s\non_broken_handoff: %s\nsteps:\n%soutcome: %s\n", name, workflow, broken, steps, outcome)
}

func or(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

// standInSystem is a system that answers over HTTP by the path that is asked.
func standInSystem(t *testing.T) {
	asked := map[string]bool{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/down/true", r.URL.Path == "/once/true" && !asked["once"]:
			asked["once"] = true
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.URL.Path == "/refuses/true":
			w.WriteHeader(http.StatusUnprocessableEntity)
		case r.URL.Path == "/gone/true":
			w.WriteHeader(http.StatusNotFound)
		case r.URL.Path == "/babbles/true":
			fmt.Fprint(w, "<html>")
		default:
			fmt.Fprint(w, `{"x": "a"}`)
		}
	}))
	t.Cleanup(s.Close)
	t.Setenv("KINDS_URL", s.URL)
	t.Setenv("KINDS_HOST", strings.TrimPrefix(s.URL, "http://"))
}

// standIn is a step that gives what it gets under the names of its out, and
// for a case that is bad has the trouble it is told to have.
type standIn struct {
	Trouble string `yaml:"trouble,omitempty"` // an error class, or mistyped
	Waits   string `yaml:"waits,omitempty"`   // how long its call took
	Retried bool   `yaml:"retried,omitempty"` // its first call failed
	// Tools are called with Args, and in a case that is bad with Badly. What
	// comes of it does not matter to the step.
	Tools []flow.Text `yaml:"tools,omitempty"`
	Args  string      `yaml:"args,omitempty"`
	Badly string      `yaml:"badly,omitempty"`

	out, in *flow.Schema
	waits   time.Duration
}

func newStandIn(cfg flow.Config) (flow.Step, error) {
	s := &standIn{}
	err := cfg.Decode(s)
	s.in, s.out = cfg.In(), cfg.Out()
	if err == nil && s.Waits != "" {
		s.waits, err = time.ParseDuration(s.Waits)
	}
	for _, name := range s.Tools {
		if _, err := cfg.Tool(name); err != nil {
			return nil, err
		}
	}
	return s, err
}

func (s *standIn) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	out := flow.Output{Values: make([]any, s.out.Len())}
	for i, name := range s.out.Names() {
		out.Values[i] = in.Get(name)
	}
	bad, _ := in.Get("bad").(bool)
	for _, tool := range s.Tools {
		args := s.Args
		if bad {
			args = s.Badly
		}
		var own *flow.StepError
		if _, err := in.Tools.Call(ctx, tool.Value, []byte(args)); err != nil && !errors.As(err, &own) {
			return out, err
		}
	}
	if !bad {
		return out, nil
	}
	if s.Retried {
		out.Attempts = append(out.Attempts, flow.Attempt{Class: flow.ErrUnavailable})
	}
	if s.waits > 0 || s.Retried {
		out.Attempts = append(out.Attempts, flow.Attempt{Latency: s.waits})
	}
	switch s.Trouble {
	case "":
		return out, nil
	case "mistyped":
		out.Values[0] = struct{}{}
		return out, nil
	}
	return out, flow.Errorf(flow.ErrorClass(s.Trouble), "in trouble")
}
