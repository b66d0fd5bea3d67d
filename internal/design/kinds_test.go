package design

import (
	"context"
	"errors"
	"iter"

	"github.com/rehearse-dev/rehearse/flow"
)

// testRegistry holds small kinds: echo computes its outputs, table has rows of
// conditions, fitter learns, and shown learns without calibration; book is an
// action, joined reports two faults at once.
func testRegistry() *flow.Registry {
	var r flow.Registry
	r.AddStep("echo", flow.StepKind{Doc: "computes its outputs", Actor: flow.Rule, New: newEcho})
	r.AddStep("fitter", flow.StepKind{Doc: "learns", Actor: flow.AI, New: func(c flow.Config) (flow.Step, error) { return newFitter(c) }})
	r.AddStep("shown", flow.StepKind{Doc: "learns from examples alone", Actor: flow.AI, New: func(c flow.Config) (flow.Step, error) {
		f, err := newFitter(c)
		return &shown{f}, err
	}})
	r.AddStep("table", flow.StepKind{Doc: "has rows of conditions", Actor: flow.Rule, New: newTable})
	r.AddStep("book", flow.StepKind{Doc: "does nothing", Role: flow.Action, Actor: flow.System, New: newBook})
	r.AddStep("bare", flow.StepKind{Doc: "has no keys of its own", Actor: flow.Rule, New: func(c flow.Config) (flow.Step, error) {
		return flow.StepFunc(func(context.Context, flow.Input) (flow.Output, error) { return flow.Output{}, nil }), nil
	}})
	r.AddStep("joined", flow.StepKind{Doc: "never pleased", Actor: flow.Rule, New: func(c flow.Config) (flow.Step, error) {
		return nil, errors.Join(c.Errorf(flow.Pos{}, "one fault"), errors.New("another fault"))
	}})
	return &r
}

type echo struct{ values []flow.Expr }

func newEcho(c flow.Config) (flow.Step, error) {
	var k struct {
		Set  flow.Texts `yaml:"set,omitempty"`
		File *flow.Text `yaml:"file"`
		Path *flow.Text `yaml:"path"`
		// Tools are asked for, and never called.
		Tools []flow.Text `yaml:"tools,omitempty"`
	}
	if err := c.Decode(&k); err != nil {
		return nil, err
	}
	if k.File != nil {
		if _, err := c.ReadFile(*k.File); err != nil {
			return nil, err
		}
	}
	if k.Path != nil {
		if _, err := c.Path(*k.Path); err != nil {
			return nil, err
		}
	}
	for _, name := range k.Tools {
		if _, err := c.Tool(name); err != nil {
			return nil, err
		}
	}
	e := &echo{values: make([]flow.Expr, c.Out().Len())}
	for _, s := range k.Set {
		i := c.Out().Index(s.Name)
		if i < 0 {
			return nil, c.Errorf(s.Pos, "the step gives no %q", s.Name)
		}
		x, err := c.Compile(s.Text, c.Out().Fields()[i].Type, flow.Scope{Name: "in", Schema: c.In()})
		if err != nil {
			return nil, err
		}
		e.values[i] = x
	}
	return e, nil
}

func (e *echo) Do(_ context.Context, in flow.Input) (flow.Output, error) {
	out := make([]any, len(e.values))
	for i, x := range e.values {
		if x == nil {
			continue
		}
		v, err := x.Eval(in.Values)
		if err != nil {
			return flow.Output{}, err
		}
		out[i] = v
	}
	return flow.Output{Values: out}, nil
}

type fitter struct{ target string }

func newFitter(c flow.Config) (*fitter, error) {
	var k struct {
		Learn flow.Text `yaml:"learn"`
	}
	if err := c.Decode(&k); err != nil {
		return nil, err
	}
	return &fitter{target: k.Learn.Value}, nil
}

func (f *fitter) Do(context.Context, flow.Input) (flow.Output, error) {
	return flow.Output{Values: []any{"approve", 0.9}}, nil
}
func (f *fitter) Target() string   { return f.target }
func (f *fitter) New() flow.Fitter { return &fitter{target: f.target} }
func (f *fitter) Fit(context.Context, iter.Seq2[flow.Example, error]) error {
	return nil
}
func (f *fitter) Calibrate(context.Context, iter.Seq2[flow.Example, error]) error {
	return nil
}

// shown learns from 10 training cases, and is not calibrated.
type shown struct{ *fitter }

func (shown) LearnsFrom() (train, calibration int) { return 10, 0 }

type rowsOnly struct{ flow.Table }

func newTable(c flow.Config) (flow.Step, error) {
	var k struct {
		Rows []flow.Text `yaml:"rows"`
		Hit  string      `yaml:"hit"`
		Else bool        `yaml:"else,omitempty"`
	}
	if err := c.Decode(&k); err != nil {
		return nil, err
	}
	for _, row := range k.Rows {
		if _, err := c.Compile(row, flow.Type{Kind: flow.Boolean}, flow.Scope{Name: "in", Schema: c.In()}); err != nil {
			return nil, err
		}
	}
	return rowsOnly{flow.Table{Rows: k.Rows, Policy: flow.HitPolicy(k.Hit), Else: k.Else}}, nil
}

func (rowsOnly) Do(context.Context, flow.Input) (flow.Output, error) { return flow.Output{}, nil }
func (t rowsOnly) DecisionTable() flow.Table                         { return t.Table }

func newBook(c flow.Config) (flow.Step, error) {
	var k struct {
		Key []flow.Text `yaml:"idempotency_key,omitempty"`
	}
	if err := c.Decode(&k); err != nil {
		return nil, err
	}
	for _, key := range k.Key {
		if _, err := c.Compile(key, flow.Type{Kind: flow.String}, flow.Scope{Name: "in", Schema: c.In()}); err != nil {
			return nil, err
		}
	}
	return flow.StepFunc(func(context.Context, flow.Input) (flow.Output, error) { return flow.Output{}, nil }), nil
}
