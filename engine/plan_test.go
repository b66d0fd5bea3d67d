package engine_test

import (
	"context"
	"errors"
	"testing"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/expr"
)

// The workflow of these tests decides a class from a number and a text that
// may be absent. Frame: 0 amount, 1 note; then what each step gives.
var (
	number   = flow.Type{Kind: flow.Number}
	text     = flow.Type{Kind: flow.String}
	optional = flow.Type{Kind: flow.String, Optional: true}
	class    = flow.Type{Kind: flow.Enum, Enum: []string{"yes", "no"}}

	input   = flow.NewSchema(flow.Field{Name: "amount", Type: number}, flow.Field{Name: "note", Type: optional})
	outcome = flow.NewSchema(flow.Field{Name: "decision", Type: class})
	job     = &design.Workflow{
		Name: "job", Input: input, Outcome: outcome,
		Compare: []design.Comparator{{Kind: design.Exact, Required: true}},
		Teams:   []design.Team{{Name: "clerks", Minutes: 5}, {Name: "experts", Minutes: 20}},
	}
)

// slot reads a place of the frame.
type slot int

func (s slot) Eval(frame []any) (any, error) { return frame[s], nil }

// value computes from a frame.
type value func(frame []any) (any, error)

func (v value) Eval(frame []any) (any, error) { return v(frame) }

func constant(x any) design.Value { return value(func([]any) (any, error) { return x, nil }) }

// over says whether a slot's number is above a limit, as a condition does: an
// absent number is something it cannot do without.
func over(at slot, name string, limit float64) design.Value {
	return value(func(frame []any) (any, error) {
		x, ok := frame[at].(float64)
		if !ok {
			return nil, &expr.Absent{Name: name}
		}
		return x > limit, nil
	})
}

// does is a step that gives the same whatever it gets.
func does(values ...any) flow.Step {
	return flow.StepFunc(func(context.Context, flow.Input) (flow.Output, error) { return flow.Output{Values: values}, nil })
}

func fails(class flow.ErrorClass) flow.Step {
	return flow.StepFunc(func(context.Context, flow.Input) (flow.Output, error) {
		return flow.Output{}, flow.Errorf(class, "no luck")
	})
}

// twice is the amount doubled, and its class.
var twice = flow.StepFunc(func(_ context.Context, in flow.Input) (flow.Output, error) {
	x := in.Values[0].(float64)
	if x < 0 {
		return flow.Output{Values: []any{nil, nil}}, nil
	}
	c := "no"
	if x > 5 {
		c = "yes"
	}
	return flow.Output{Values: []any{2 * x, c}}, nil
})

var assessed = flow.NewSchema(flow.Field{Name: "score", Type: flow.Type{Kind: flow.Number, Optional: true}}, flow.Field{Name: "class", Type: flow.Type{Kind: flow.Enum, Enum: class.Enum, Optional: true}})

// slots of what assess gives.
const (
	scored  slot = 2
	classed slot = 3
	acted   slot = 4
)

// assess is the first step of every plan: it gets the amount.
func assess(s flow.Step, broken design.Broken) *design.Node {
	return &design.Node{
		Name: "assess", Kind: "compute", Actor: flow.Rule, Out: assessed, OutSlot: int(scored), Step: s, Broken: broken,
		In:     []design.Binding{{Name: "amount", Type: number, Value: slot(0)}},
		Schema: flow.NewSchema(flow.Field{Name: "amount", Type: number}),
		Edge:   design.Edge{From: "input", UseInput: true},
	}
}

// post is an action that needs a class.
func post(s flow.Step, broken design.Broken) *design.Node {
	return &design.Node{
		Name: "post", Kind: "action", Actor: flow.System, Role: flow.Action, OutSlot: int(acted), Step: s, Broken: broken,
		Out:    flow.NewSchema(flow.Field{Name: "done", Type: flow.Type{Kind: flow.Boolean, Optional: true}}),
		In:     []design.Binding{{Name: "class", Type: assessed.Fields()[1].Type, Value: classed, Needed: true}},
		Schema: flow.NewSchema(flow.Field{Name: "class", Type: class}),
		Edge:   design.Edge{From: "assess", Steps: []int{0}},
	}
}

func decide(broken design.Broken, branches ...design.Branch) *design.Node {
	for i := range branches {
		if branches[i].To == 0 {
			branches[i].To = -1
		}
	}
	return &design.Node{
		Name: "decide", Kind: "route", Actor: flow.Rule, Role: flow.Routing, Broken: broken, OutSlot: int(acted),
		Edge: design.Edge{From: "assess", Steps: []int{0}},
		Route: &design.Route{
			Branches: branches,
			Reads:    []design.Read{{Name: "assess.score", Slot: int(scored)}},
			Schema:   flow.NewSchema(flow.Field{Name: "assess.score", Type: assessed.Fields()[0].Type}),
		},
	}
}

func plan(nodes ...*design.Node) *design.Plan {
	for i, n := range nodes {
		n.Index = i
		if n.Broken.Mode == design.Escalate {
			n.Broken.Edge = n.Edge
			n.Broken.Edge.UseInput = true
		}
	}
	return &design.Plan{
		Workflow: job, Design: &design.Design{Name: "try"}, Slots: 6, Nodes: nodes,
		Outcome: []design.Value{classed}, OutcomeEdge: design.Edge{Steps: []int{0}},
	}
}

func caseOf(amount any, note any) *flow.Case {
	return &flow.Case{ID: "c1", Index: 3, Cluster: "c1", Weight: 1, Input: flow.Message{Schema: input, Values: []any{amount, note}}}
}

func run(t *testing.T, p *design.Plan, people engine.People, c *flow.Case) *flow.Trial {
	t.Helper()
	var trial flow.Trial
	if _, err := engine.NewRunner(p, 1, people).NewWorker().Run(context.Background(), c, 0, 7, &trial, nil); err != nil {
		t.Fatal(err)
	}
	return &trial
}

// answers is a team that always says the same.
type answers struct {
	values []any
	err    error
}

func (a answers) Answer(context.Context, *flow.Case, flow.Key, engine.Question) ([]any, string, error) {
	return a.values, "recorded", a.err
}

var errNobody = errors.New("nobody knows")
