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
	values []any           // aligned with the step's out
	class  flow.ErrorClass // how it fails; "" where it answers
	detail string
}

// Do gives the answer, or fails.
func (m *mock) Do(context.Context, flow.Input) (flow.Output, error) {
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
			step := n.Step
			if m != nil {
				step = m
			} else if why := ownWork(step, t.given); why != "" {
				step = &unmocked{why}
			}
			s := spied{Step: step, name: n.Name, by: by}
			c.Step = &s
			if _, ok := step.(flow.RecordReader); ok {
				c.Step = &spiedReader{s}
			}
		}
		c.Tools = slices.Clone(n.Tools)
		for j, tool := range c.Tools {
			if why := ownWork(tool.Step, t.given); why != "" {
				own := *tool
				own.Step = &unmocked{why}
				c.Tools[j] = &own
			}
		}
		p.Nodes[i] = &c
	}
	return &p
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
