package stress

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	kinds "github.com/rehearse-dev/rehearse/internal/builtin"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/people"
)

// worldCase is a case of the world, right or wrong as it comes.
type worldCase struct{ id, code, label string }

// world is a workflow with one design over the cases.
func world(t require, dir, steps string, cases []worldCase) (*Job, *engine.Runner) {
	var rows, book strings.Builder
	rows.WriteString("id,code,kind,label\n")
	book.WriteString("key,code\n")
	for i, c := range cases {
		fmt.Fprintf(&rows, "%s,%s,%s,%s\n", c.id, c.code, []string{"odd", "even"}[i%2], c.label)
		fmt.Fprintf(&book, "%s,%s\n", c.id, c.code)
	}
	for name, text := range map[string]string{
		"workflows/w/workflow.yaml": `
workflow: w
input: {id: string, code: {enum: [ship, hold, none], optional: true}, kind: {enum: [odd, even]}}
outcome: {decision: {enum: [ship, hold, none]}}
teams: {desk: {people: 1, wage: 60/h, minutes: 5}, board: {people: 1, wage: 60/h, minutes: 10}, chiefs: {people: 1, wage: 60/h, minutes: 20}}
systems: {erp: {owner: it}}
costs: {ship: {hold: 60, none: 5}, hold: {ship: 5, none: 5}, none: {ship: 1, hold: 1}}
currency: EUR
service_level: {turnaround: 30s, share: 0.9}
`,
		"workflows/w/d.yaml":           "design: d\nworkflow: w\n" + steps,
		"workflows/w/book.csv":         book.String(),
		"workflows/w/policies/ship.md": "# Sending\n\nTo ship goods, ask the warehouse.\n",
		"workflows/w/policies/hold.md": "# Keeping\n\nTo hold goods, tell the customer.\n",
		"datasets/w/dataset.yaml":      "dataset: w\nsource: cases.csv\nid: id\ninput: {id: id, code: code, kind: kind}\nlabels: {outcome: {decision: label}}\n",
		"datasets/w/cases.csv":         rows.String(),
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatalf("%v", err)
		}
	}
	w, problems := design.LoadWorkflow(filepath.Join(dir, "workflows/w/workflow.yaml"))
	if problems.Err() != nil {
		t.Fatalf("%v", problems)
	}
	var r flow.Registry
	kinds.Register(&r)
	r.AddStep("stand-in-model", flow.StepKind{Doc: "gives the code, and says that it took so long", Actor: flow.AI, New: func(flow.Config) (flow.Step, error) { return standInModel{}, nil }})
	p, problems := design.Load(filepath.Join(dir, "workflows/w/d.yaml"), w, &r, design.Options{})
	if problems.Err() != nil {
		t.Fatalf("%v", problems)
	}
	card, problems := dataset.Load(filepath.Join(dir, "datasets/w/dataset.yaml"))
	if problems.Err() != nil {
		t.Fatalf("%v", problems)
	}
	job := &Job{Workflow: w, Card: card, Seed: 1}
	return job, engine.NewRunner(p, 1, standInPeople{w})
}

// standInModel gives a case's code, and says that this took four seconds,
// and a tenth for every one of the figure that the id ends in.
type standInModel struct{}

func (standInModel) Patience() flow.Patience {
	return flow.Patience{Tries: 2, Try: 20 * time.Second, All: time.Minute}
}

func (standInModel) Do(_ context.Context, in flow.Input) (flow.Output, error) {
	id := in.Values[in.Schema.Index("id")].(string)
	took := 4*time.Second + time.Duration(id[len(id)-1]-'0')*100*time.Millisecond
	return flow.Output{Values: []any{in.Values[in.Schema.Index("code")]}, Attempts: []flow.Attempt{{Latency: took}}}, nil
}

// standInPeople answer what the label says.
type standInPeople struct{ w *design.Workflow }

func (s standInPeople) Answer(_ context.Context, c *flow.Case, key flow.Key, q engine.Question) ([]any, string, error) {
	values := make([]any, len(q.Fields))
	for i, name := range q.Fields {
		values[i], _ = people.Answer(s.w, q.Team, c.Label, key, s.w.Outcome.Index(name))
	}
	return values, string(people.Label), nil
}

// under runs the job under one built-in fault, at those strengths.
func under(t require, job *Job, r *engine.Runner, name string, strengths ...float64) *FaultResult {
	var f *Fault
	for _, b := range builtin(r.Plan()) {
		if b.Name == name {
			f = &b
		}
	}
	if f == nil {
		t.Fatalf("no fault %q", name)
	}
	f.Strengths = strengths
	job.Faults = []Fault{*f}
	got, err := job.Run(context.Background(), r)
	if err != nil {
		t.Fatalf("%v", err)
	}
	if len(got.Faults) != 1 {
		t.Fatalf("%s tells nothing: %+v", name, got.Untouched)
	}
	return &got.Faults[0]
}

// coded are so many cases, of which that share is labelled otherwise than its code
// says.
func coded(n int, wrong float64, r *rand.Rand) []worldCase {
	other := map[string]string{"ship": "hold", "hold": "ship"}
	out := make([]worldCase, n)
	for i := range out {
		c := worldCase{id: fmt.Sprintf("c%05d", i), code: []string{"ship", "hold"}[r.IntN(2)]}
		if c.label = c.code; r.Float64() < wrong {
			c.label = other[c.code]
		}
		out[i] = c
	}
	return out
}
