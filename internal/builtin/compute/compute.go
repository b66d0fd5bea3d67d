// Package compute is the step kind `compute`: named expressions.
package compute

import (
	"context"
	"errors"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
)

// Config is the part of a design file that belongs to the kind.
type Config struct {
	// Compute are the expressions by name, in the order in which they are
	// evaluated. Each may read `in` and, by their bare names, those before it.
	Compute flow.Texts `yaml:"compute"`
}

// Kind makes steps of kind compute.
func Kind() flow.StepKind {
	return flow.StepKind{
		Doc: "Named expressions, evaluated in the order written: `compute: {gap: in.amount - in.ordered, share: gap / in.ordered}`. " +
			"Each reads `in` and, by their bare names, the ones before it. Every out field is one of them; names that out does not have are for use in between.",
		Role:   flow.Work,
		Actor:  flow.Rule,
		Config: (*Config)(nil),
		New:    func(cfg flow.Config) (flow.Step, error) { return New(cfg) },
	}
}

// Computation is a compiled list of expressions.
type Computation struct {
	terms []field.Term
	out   []int // aligned with out: which term
}

// New compiles the expressions.
func New(cfg flow.Config) (*Computation, error) {
	var c Config
	if err := cfg.Decode(&c); err != nil {
		return nil, err
	}
	var (
		s       = &Computation{out: make([]int, cfg.Out().Len())}
		errs    []error
		earlier []flow.Field
	)
	for i := range s.out {
		s.out[i] = -1
	}
	for _, n := range c.Compute {
		if slices.ContainsFunc(earlier, func(f flow.Field) bool { return f.Name == n.Name }) {
			continue // a repeated key, which the reader of the file reports
		}
		if n.Name == "in" || n.Name == "params" {
			errs = append(errs, cfg.Errorf(n.Pos, "compute: the name %q is taken", n.Name))
			continue
		}
		want := flow.Type{Kind: flow.Any, Optional: true}
		i := cfg.Out().Index(n.Name)
		if i >= 0 {
			want = cfg.Out().Fields()[i].Type
			s.out[i] = len(s.terms)
		}
		t, err := field.Compile(cfg, n.Text, want, flow.Scope{Name: "in", Schema: cfg.In()}, flow.Scope{Schema: flow.NewSchema(earlier...)})
		if err != nil {
			errs = append(errs, err)
		} else if i < 0 {
			want = t.Type()
		}
		s.terms = append(s.terms, t)
		earlier = append(earlier, flow.Field{Name: n.Name, Type: want})
	}
	for i, f := range cfg.Out().Fields() {
		if s.out[i] < 0 {
			errs = append(errs, cfg.Errorf(flow.Pos{}, "compute has no expression for the out field %q", f.Name))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// Do evaluates the expressions in order.
func (s *Computation) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	if err := ctx.Err(); err != nil {
		return flow.Output{}, err
	}
	// One allocation: the values of all expressions, and the out fields.
	n := len(s.terms)
	all := make([]any, n+len(s.out))
	scopes := [][]any{in.Values, all[:n]}
	for i, t := range s.terms {
		v, err := t.Eval(scopes...)
		if err != nil {
			return flow.Output{}, err
		}
		all[i] = v
	}
	values := all[n:]
	for i, from := range s.out {
		values[i] = all[from]
	}
	return flow.Output{Values: values}, nil
}
