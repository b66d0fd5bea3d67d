package designtest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// mock is what a step answers in a test in the place of its own work.
type mock struct {
	calls  []toolCall      // made before it answers
	values []any           // aligned with the step's out
	class  flow.ErrorClass // how it fails; "" where it answers
	detail string
}

// toolCall is a call of a tool in the place of one that a model would make.
type toolCall struct {
	tool      string
	arguments []byte // JSON
}

// Do makes the calls, and gives the answer or fails.
func (m *mock) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	for _, c := range m.calls {
		_, err := in.Tools.Call(ctx, c.tool, c.arguments)
		if own := (*flow.StepError)(nil); err != nil && (!errors.As(err, &own) || own.Class == flow.ErrNotMeasured) {
			return flow.Output{}, err // from anything else a model goes on
		}
	}
	if m.class != "" {
		return flow.Output{}, &flow.StepError{Class: m.class, Detail: m.detail, Err: errors.New("as mocked")}
	}
	return flow.Output{Values: slices.Clone(m.values)}, nil
}

// unmocked stands where a test has to say what the step answers.
type unmocked struct{ why string }

// Do answers nothing.
func (u *unmocked) Do(context.Context, flow.Input) (flow.Output, error) {
	return flow.Output{}, &flow.StepError{Class: flow.ErrNotMeasured, Detail: "not mocked", Err: errors.New(u.why)}
}

// ownWork says why a step cannot do its own work in a test; "" where it can.
func ownWork(s flow.Step, c *flow.Case) string {
	switch s.(type) {
	case flow.Fitter:
		return "it learns from cases"
	case flow.Opener, flow.Requirer:
		return "it calls something outside"
	case flow.RecordReader:
		if len(c.Recorded) == 0 {
			return "it reads what was recorded with a case, and the test names no case"
		}
	}
	return ""
}

// spied keeps what a step received.
type spied struct {
	flow.Step
	name string
	by   *spy
}

// Do keeps what came in and has the step do its work.
func (s *spied) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	s.by.received[s.name] = slices.Clone(in.Values)
	return s.Step.Do(ctx, in)
}

// spiedReader is a spied step that reads recorded columns.
type spiedReader struct{ spied }

// RecordedFields are those of the step.
func (s *spiedReader) RecordedFields() *flow.Schema {
	return s.Step.(flow.RecordReader).RecordedFields()
}

// spy is what a test sees of a trial beside its record.
type spy struct {
	received map[string][]any // by the step that was run
}

// plan is the design with the test's mocks in it, whose steps tell the spy
// what they receive.
func (t *Test) instrumented(by *spy) *design.Plan {
	p := *t.plan
	p.Nodes = slices.Clone(p.Nodes)
	for i, n := range p.Nodes {
		c := *n
		m := t.mocks[n.Name]
		switch {
		case n.Role == flow.Routing:
			continue
		case n.Role == flow.Answer:
			if m != nil {
				a := *n.Answer
				a.Final = false // the answer is known
				c.Answer = &a
			}
		default:
			c.Step = t.spied(n, by)
		}
		c.Tools = slices.Clone(n.Tools)
		for j, tool := range c.Tools {
			own := *tool
			own.Step = t.spied(tool, by)
			c.Tools[j] = &own
		}
		p.Nodes[i] = &c
	}
	return &p
}

// spied is the step of a node, or its mock, which tells the spy what it
// receives.
func (t *Test) spied(n *design.Node, by *spy) flow.Step {
	step := n.Step
	if m := t.mocks[n.Name]; m != nil {
		step = m
	} else if why := ownWork(step, t.given); why != "" {
		step = &unmocked{why}
	}
	s := spied{Step: step, name: n.Name, by: by}
	if _, ok := step.(flow.RecordReader); ok {
		return &spiedReader{s}
	}
	return &s
}

// people answer for teams what the test mocks.
type people map[string]*mock

// Answer gives what is mocked for the step.
func (p people) Answer(_ context.Context, _ *flow.Case, key flow.Key, q engine.Question) ([]any, string, error) {
	m := p[key.Step]
	if m == nil {
		return nil, "", fmt.Errorf("nobody answers for %s", q.Team.Name)
	}
	return slices.Clone(m.values), "mocked", nil
}
